"""`duban up` as a user runs it: the real command in a process of its own, and what is left after it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from flows.server import Server, noted, running_server
from flows.timetable import POOL, TIMETABLE
from models.messages import say
from tests.patience import PATIENCE, eventually
from tests.up_home import ask, duban, finished, going, gone, is_there, processes_below

pytestmark = pytest.mark.prefect


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    assert duban(home, "init").returncode == 0
    return home


def test_up_serves_the_timetable_and_leaves_nothing_behind(home: Path) -> None:
    with going(home) as (up, server):
        second = duban(home, "up")
        due = eventually(lambda: ask(server, "flow_runs/filter", DUE))
        deployments = eventually(lambda: served(server, len(TIMETABLE)))
        order = f"deployments/{deployments['邮件投递']['id']}/create_flow_run"
        ordered = eventually(lambda: ask(server, order, {}).get("id"))
        done = eventually(lambda: finished(server, ordered))
        children = processes_below(up.pid)
        up.send_signal(signal.SIGTERM)
        said, _ = up.communicate(timeout=PATIENCE)

    assert second.returncode == 1
    assert server.ui_url in second.stderr
    assert set(deployments) == {say(f"flow.{entry.name}", "zh") for entry in TIMETABLE}
    assert all(one["work_pool_name"] == POOL for one in deployments.values())
    schedule = deployments["每日督办"]["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("30 8 * * *", "Asia/Shanghai")
    assert due[0]["deployment_id"] == deployments["每日督办"]["id"]
    assert due[0]["expected_start_time"].endswith("T00:30:00Z")
    assert (done["name"], done["state_name"]) == ("邮件投递：没有待发邮件", "已完成")
    assert said.endswith("已停止。\n")
    assert up.returncode == 0
    assert len(children) >= 4
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


def test_a_part_that_dies_is_started_again(home: Path) -> None:
    with going(home) as (up, server):
        relay = server.parts["relay"]
        os.kill(relay, signal.SIGKILL)
        again = eventually(lambda: restarted(home, relay))
        healthy = duban(home, "status")
        up.send_signal(signal.SIGINT)
        said, _ = up.communicate(timeout=PATIENCE)

    assert again != relay
    assert "事件接续正常" in healthy.stdout
    assert "事件接续意外停止（退出码 -9），1 秒后重新启动" in said
    assert "事件接续已重新启动" in said
    assert up.returncode == 0


#: Runs of the daily supervision that the scheduler made from its cron line; nobody ordered them.
DUE = {
    "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    "deployments": {"name": {"any_": ["每日督办"]}},
    "sort": "EXPECTED_START_TIME_ASC",
}


def restarted(home: Path, before: int) -> int:
    """The process of the relay once it is another one that lives."""
    running = noted(home)
    now = running.parts.get("relay", 0) if running else 0
    return now if now != before and is_there(now) else 0


def served(server: Server, count: int) -> dict[str, Any]:
    """The deployments by name, once they are all there."""
    found = {one["name"]: one for one in ask(server, "deployments/filter", {})}
    return found if len(found) == count else {}
