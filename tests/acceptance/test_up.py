"""`duban up` as a user runs it: the real command in a process of its own, and what is left after it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from flows.server import Server, running_server

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).resolve().parents[2]
DUBAN = [sys.executable, "-m", "cli"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    subprocess.run([*DUBAN, "--home", str(home), "init"], cwd=ROOT, check=True, capture_output=True)
    return home


def test_up_serves_the_timetable_and_leaves_nothing_behind(home: Path) -> None:
    with going(home) as (up, server):
        second = run_up(home)
        due = eventually(lambda: ask(server, "flow_runs/filter", DUE))
        deployments = eventually(lambda: served(server, 7))
        order = f"deployments/{deployments['邮件投递']['id']}/create_flow_run"
        ordered = eventually(lambda: ask(server, order, {}).get("id"))
        done = eventually(lambda: finished(server, ordered))
        children = processes_below(up.pid)
        up.send_signal(signal.SIGTERM)
        said, _ = up.communicate(timeout=60)

    assert second.returncode == 1
    assert server.ui_url in second.stderr
    assert set(deployments) == {
        "年度计划",
        "月度行事历",
        "季度清单",
        "半年检查",
        "半年汇报",
        "每日督办",
        "邮件投递",
    }
    schedule = deployments["每日督办"]["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("30 8 * * *", "Asia/Shanghai")
    assert due[0]["deployment_id"] == deployments["每日督办"]["id"]
    assert due[0]["expected_start_time"].endswith("T00:30:00Z")
    assert (done["name"], done["state_name"]) == ("邮件投递：没有待发邮件", "已完成")
    assert said.endswith("正在停止……\n已停止。\n")
    assert up.returncode == 0
    assert len(children) >= 2
    assert not [pid for pid in children if is_there(pid)]
    assert running_server(home) is None


def test_nothing_outlives_an_up_that_was_killed(home: Path) -> None:
    with going(home) as (up, _server):
        children = processes_below(up.pid)
        up.kill()
        up.communicate()
        for pid in children:
            gone(pid)

    assert len(children) >= 2
    assert not [pid for pid in children if is_there(pid)]


#: Runs of the daily supervision that the scheduler made from its cron line; nobody ordered them.
DUE = {
    "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    "deployments": {"name": {"any_": ["每日督办"]}},
    "sort": "EXPECTED_START_TIME_ASC",
}


@contextmanager
def going(home: Path) -> Generator[tuple[subprocess.Popen[str], Server]]:
    """`duban up` of this home, ready; killed at the end if it is still there."""
    with subprocess.Popen([*DUBAN, "--home", str(home), "up", "--port", "0"], **PIPES) as up:
        try:
            assert up.stdout is not None
            while "Ctrl-C" not in up.stdout.readline():
                assert up.poll() is None
            server = running_server(home)
            assert server is not None
            yield up, server
        finally:
            up.kill()


PIPES: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def run_up(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DUBAN, "--home", str(home), "up"], cwd=ROOT, capture_output=True, text=True, check=False
    )


def ask(server: Server, path: str, body: object) -> Any:  # noqa: ANN401  # what the server answers, {} when busy
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", f"/api/{path}", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return answer if response.status < 300 else {}


def served(server: Server, count: int) -> dict[str, Any]:
    """The deployments by name, once they are all there."""
    found = {one["name"]: one for one in ask(server, "deployments/filter", {})}
    return found if len(found) == count else {}


def finished(server: Server, run: str) -> Any:  # noqa: ANN401  # the same
    runs = ask(server, "flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    return next((run for run in runs if run["state_type"] in {"COMPLETED", "FAILED", "CRASHED"}), None)


def eventually(look: Callable[[], Any]) -> Any:  # noqa: ANN401  # what was looked for
    """What is there at last: schedules and runs take the server a while, and it may be busy (503)."""
    until, never = time.monotonic() + 90, Event()
    while not (found := look()):
        assert time.monotonic() < until
        never.wait(0.5)
    return found


def processes_below(pid: int) -> list[int]:
    """Everything that a process started, and what that started."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for child in found for below in processes_below(child)]


def is_there(pid: int) -> bool:
    """Whether a process lives; one that only waits to be buried does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([watched], [], [], 60)
    os.close(watched)
