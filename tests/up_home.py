"""A home in which `duban up` runs, as a user starts it: the real command, looked at from outside."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sqlalchemy import update

from flows.catch_up import place_missed
from flows.office import Office, open_office
from flows.server import Server, noted
from models.database import open_database
from models.migrate import migrate
from models.tables import Order
from tasks.approvals.inbox import waiting_for
from tasks.confirm_plan import Answer, confirm_plan, questions
from tasks.import_organisation import import_organisation
from tasks.orders import OrderState
from tasks.read_plan.organisation import read_organisation
from tasks.store_plan import find_plan
from tests.deciding import approve_all
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
DUBAN = [sys.executable, "-m", "cli"]
PIPES: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

Row = Mapping[str, Any]


def prepare_home(home: Path, day: date, url: str = "") -> None:
    """A migrated home with the example organisation; its database may be elsewhere."""
    home.mkdir(parents=True, exist_ok=True)
    if url:
        (home / "duban.toml").write_text(f'database_url = "{url}"\n', "utf-8")
    engine = open_database(url or f"sqlite:///{home / 'duban.db'}")
    migrate(engine)
    engine.dispose()
    office = open_office(home, day)
    with office.write() as session:
        file = read_organisation(DATA / "org_2026.xlsx")
        import_organisation(session, file, actor="SYSTEM", at=office.clock.now(), today=day)
    office.engine.dispose()


def leave_the_day_alone(office: Office) -> None:
    """What the rehearsed day itself owes counts as done: a test looks at its own runs alone."""
    place_missed(office, since=time.min)
    with office.write() as session:
        session.execute(update(Order).values(state=OrderState.DONE.value))


def confirm_everything(office: Office) -> None:
    """Settle what is unclear in the plan of 2026 as it was read."""
    with office.write() as session:
        plan = find_plan(session, 2026)
        answers = [Answer(one.ref) for one in questions(plan, "zh")]
        at = office.clock.now()
        confirm_plan(session, plan, answers, calendar=office.calendar([2026]), actor="SYSTEM", at=at)


def approve_everything(office: Office) -> None:
    """Let everybody approve whatever waits for them."""
    with office.write() as session:
        for number in {one.approval for one in waiting_for(session, None, office.clock.today())}:
            approve_all(session, number, office.clock.now())


@contextmanager
def going(
    home: Path, *options: str, before: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[str], Server]]:
    """`duban up` of this home, ready; killed at the end if it is still there."""
    words = [*DUBAN, "--home", str(home), *before, "up", "--port", "0", *options]
    with subprocess.Popen(words, **PIPES, env=os.environ | dict(environ or {})) as up:
        try:
            assert up.stdout is not None
            while "Ctrl-C" not in up.stdout.readline():
                assert up.poll() is None, up.stderr.read() if up.stderr else ""
            server = noted(home)
            assert server is not None
            yield up, server
        finally:
            up.terminate()
            try:
                up.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                up.kill()


def duban(home: Path, *words: str, day: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    as_of = ["--as-of", day] if day else []
    return subprocess.run(
        [*DUBAN, "--home", str(home), *as_of, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def ask(server: Server, path: str, body: object) -> Any:  # noqa: ANN401  # what the server answers, {} when busy
    """What Prefect's API answers; {} where it is busy or not there."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        connection.request("POST", f"/api/{path}", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        answer = json.loads(content) if content else {}
    except OSError:
        return {}
    finally:
        connection.close()
    return answer if response.status < 300 else {}


def lose_prefect(home: Path) -> None:
    """Prefect's database is gone, with all that it knew of flows, runs and events."""
    for file in (home / "prefect").glob("prefect.db*"):
        file.unlink()


def runs_of(server: Server, name: str) -> list[Row]:
    """The flow runs of this name, oldest first."""
    body = {"flow_runs": {"name": {"any_": [name]}}, "sort": "START_TIME_ASC"}
    return list(ask(server, "flow_runs/filter", body) or ())


def finished(server: Server, run: str) -> Any:  # noqa: ANN401  # the run, None while it is under way
    """The run with this id once it has ended."""
    runs = ask(server, "flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    ended = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
    return next((run for run in runs if run["state_type"] in ended), None)


def processes_below(pid: int) -> list[int]:
    """Everything that a process started, and what that started."""
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
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
    select.select([watched], [], [], PATIENCE)
    os.close(watched)
