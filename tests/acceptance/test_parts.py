"""Documents of many branches are written in parts by several workers; one that is killed loses nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, make_url, select

from flows.api import Api
from flows.follow_ups import FOLLOWER
from flows.office import Office, open_office
from flows.server import Server, noted
from models.following import newest_event, open_cursor
from models.messages import say
from models.tables import Event as Happening
from models.tables import Order, Publication
from tasks.orders import OrderState
from tests.patience import eventually
from tests.up_home import ask, finished, going, leave_the_day_alone, processes_below

pytestmark = pytest.mark.prefect

DAY = "2026-03-27"
#: Two branches a part; who stops working on one is replaced after ten seconds.
SETTINGS = {"DUBAN_PART_BRANCHES": "2", "DUBAN_LEASE_SECONDS": "10"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Any) -> Path:  # noqa: ANN401  # of conftest
    """A bureau whose plan is in force."""
    home = tmp_path_factory.mktemp("parts")
    Path(make_url(sqlite_databases.copy("in_force")).database or "").rename(home / "duban.db")
    office = open_office(home, date.fromisoformat(DAY))
    with office.write() as session:  # what the plan brought about is over: only April is looked at
        open_cursor(session, FOLLOWER).event_id = newest_event(session)
    leave_the_day_alone(office)
    office.engine.dispose()
    return home


@pytest.fixture(scope="module")
def office(home: Path) -> Generator[Office]:
    office = open_office(home, date.fromisoformat(DAY))
    yield office
    office.engine.dispose()


def test_two_workers_share_the_parts_and_the_other_finishes_what_a_killed_one_began(
    home: Path, office: Office
) -> None:
    with going(home, "--workers", "2", before=("--as-of", DAY), environ=SETTINGS) as (_up, server):
        api = Api(server.api_url)
        api.start(api.deployments()[say("flow.monthly_calendar", "zh")], {"period": "2026-04"})
        victim = kill_who_works(office, home)
        eventually(lambda: issued(office) or None)
        dead = eventually(lambda: finished(server, victim))
        eventually(lambda: shown(server) == 100)

    with office.read() as session:
        parts = session.execute(
            select(Order.state, Order.attempts, Order.units).where(Order.whole != "").order_by(Order.id)
        ).all()
        slips = session.execute(
            select(Publication.unit_id, Publication.version).where(
                Publication.kind == "slip", Publication.period == "2026-04"
            )
        ).all()
        told = session.scalar(select(func.count()).where(Happening.verb == "month.issued"))
    assert {one.state for one in parts} == {OrderState.DONE}
    assert len(parts) >= 3
    assert max(one.attempts for one in parts) >= 2
    branches = {unit for one in parts for unit in one.units}
    assert {unit for unit, _ in slips} <= branches
    assert all(version == 1 for _, version in slips)
    assert len({unit for unit, _ in slips}) == len(slips)
    assert told == 1
    assert (dead["state_type"], dead["state_name"]) == ("CRASHED", "中断")
    assert dead["parent_task_run_id"]  # it was shown below the month's run
    assert {"提醒单分片", "2026-04"} <= set(dead["tags"])


def issued(office: Office) -> bool:
    """Whether the whole month is there."""
    with office.read() as session:
        return session.scalar(select(Happening.id).where(Happening.verb == "month.issued")) is not None


def kill_who_works(office: Office, home: Path) -> str:
    """Kill the run of a part that is under way, and the worker that started it; gives the run's id."""
    never = Event()
    while True:
        with office.read() as session:
            claim = session.scalar(
                select(Order.claim).where(Order.whole != "", Order.state == OrderState.RUNNING)
            )
        for worker in workers(home) if claim else ():
            below = processes_below(worker)
            if any(runs(pid, str(claim)) for pid in below):
                for pid in (worker, *below):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                with office.read() as session:
                    left = session.scalar(
                        select(Order.id).where(Order.claim == claim, Order.state == OrderState.RUNNING)
                    )
                if left is not None:
                    return str(claim)
        never.wait(0.02)


def workers(home: Path) -> list[int]:
    """The processes of the workers."""
    running = noted(home)
    return [pid for name, pid in running.parts.items() if name.startswith("worker")] if running else []


def runs(pid: int, run: str) -> bool:
    """Whether a process is that of a flow run: Prefect names it in the environment."""
    try:
        return run.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def shown(server: Server) -> float:
    """How many per cent of the month the progress artifact shows."""
    found = ask(server, "artifacts/latest/filter", {"artifacts": {"type": {"any_": ["progress"]}}})
    return float(found[0]["data"]) if found else 0.0
