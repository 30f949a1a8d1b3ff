"""What Prefect lost is set in motion again: orders that nobody took, runs that were cut off."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from flows.cut_off import KNOWN_WITHIN, worker_name
from flows.holding import take_order
from flows.office import Office, office_now
from flows.restart import BEGINS_WITHIN, PATIENCE, TRIGGERED_WITHIN, end_dead_runs, start_owed
from flows.server import Server, claimed, note
from models.settings import Settings
from tasks.orders import Wanted, place
from tests.fake_prefect import FakePrefect

MARCH = {"period": "2026-03"}


@pytest.fixture
def office(organised: Engine, tmp_path: Path) -> Office:
    settings = Settings(home=tmp_path, database_url=organised.url.render_as_string(hide_password=False))
    (tmp_path / "up").mkdir()
    note(tmp_path, Server(0, os.getpid(), 0, {"relay": os.getpid(), "worker-1": os.getpid()}))
    return Office(settings, organised, settings.clock())


@pytest.fixture
def gone() -> str:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return str(process.pid)


def under_way(
    prefect: FakePrefect, process: str, *, since: datetime, worker: str = worker_name("worker-1")
) -> dict[str, Any]:
    """A run that has begun."""
    run = prefect.start("月度行事历", MARCH)
    found = prefect.runs([run])[run]
    found["labels"], found["infrastructure_pid"] = {"prefect.worker.name": worker}, process
    prefect.put(run, "RUNNING", since)
    return found


def owe(office: Office) -> int:
    """An order that has waited for longer than a trigger takes."""
    wanted = Wanted("monthly_calendar/2026-03", "monthly_calendar", MARCH)
    with office.write() as session:
        return place(session, [wanted], at=office.clock.now() - TRIGGERED_WITHIN)[wanted.key]


def test_a_run_whose_process_is_gone_is_ended_soon(office: Office, gone: str) -> None:
    prefect, now = FakePrefect(), office.clock.now()
    run = under_way(prefect, gone, since=now - KNOWN_WITHIN - timedelta(seconds=1))

    assert end_dead_runs(office, prefect) == 1
    assert (run["state"]["type"], run["state"]["name"]) == ("CRASHED", "中断")
    assert end_dead_runs(office, prefect) == 0


def test_a_run_of_which_it_cannot_be_known_is_left_alone_for_ten_minutes(office: Office, gone: str) -> None:
    prefect, now = FakePrefect(), office.clock.now()
    soon, late = now - KNOWN_WITHIN - timedelta(seconds=1), now - PATIENCE - timedelta(seconds=1)
    under_way(prefect, gone, since=now)
    under_way(prefect, gone, since=soon, worker="elsewhere-1")
    under_way(prefect, str(os.getpid()), since=soon)
    under_way(prefect, "", since=soon)
    old = under_way(prefect, "", since=late)

    assert end_dead_runs(office, prefect) == 1
    assert old["state"]["type"] == "CRASHED"


def test_processes_of_an_up_that_is_not_ours_are_not_judged(office: Office, gone: str) -> None:
    prefect = FakePrefect()
    note(office.settings.home, Server(0, 1, 0, {"relay": 1, "worker-1": 1}))
    under_way(prefect, gone, since=office.clock.now() - KNOWN_WITHIN - timedelta(seconds=1))

    assert end_dead_runs(office, prefect) == 0


def test_a_run_that_ends_while_it_is_looked_at_is_left_as_it_ended(office: Office, gone: str) -> None:
    class Ending(FakePrefect):
        """Where the run ends after it was first asked for."""

        def post(self, path: str, body: Any) -> Any:  # noqa: ANN401  # JSON
            if "id" in body.get("flow_runs", {}):
                self.put(run["id"], "COMPLETED")
            return super().post(path, body)

    prefect = FakePrefect()
    run = under_way(prefect, gone, since=office.clock.now() - KNOWN_WITHIN - timedelta(seconds=1))
    ending = Ending(by_key=prefect.by_key)

    assert end_dead_runs(office, ending) == 0
    assert run["state"]["type"] == "COMPLETED"


def test_a_run_that_holds_its_order_keeps_it_until_its_lease_is_over(office: Office, gone: str) -> None:
    prefect, number = FakePrefect(), owe(office)
    run = under_way(prefect, gone, since=office.clock.now() - KNOWN_WITHIN - timedelta(seconds=1))
    assert take_order(office, "monthly_calendar", MARCH, order=number, claim=run["id"])

    assert end_dead_runs(office, prefect) == 0
    assert start_owed(office, prefect) == 0


def test_an_order_whose_run_was_cut_off_before_it_took_it_gets_one_more_run(office: Office) -> None:
    prefect, number = FakePrefect(), owe(office)
    assert [start_owed(office, prefect) for _ in range(2)] == [1, 0]
    (first,) = prefect.by_key.values()
    assert first["parameters"] == {**MARCH, "order": number}

    prefect.put(first["id"], "CRASHED")
    for _ in range(2):
        start_owed(office, prefect)
    (_, second) = prefect.by_key.values()
    assert second["parameters"] == first["parameters"]

    prefect.put(second["id"], "CRASHED")
    start_owed(office, prefect)
    assert len(prefect.by_key) == 2


def test_a_run_that_waits_for_a_worker_is_not_doubled(office: Office) -> None:
    """Parts of a large month wait for one another: whatever is due has a run already."""
    prefect, number = FakePrefect(), owe(office)
    queued = prefect.start("月度行事历", {**MARCH, "order": number}, key="part of a whole")

    assert start_owed(office, prefect) == 0
    prefect.put(queued, "RUNNING")
    assert start_owed(office, prefect) == 0
    prefect.put(queued, "RUNNING", office.clock.now() - BEGINS_WITHIN)
    assert start_owed(office, prefect) == 1
    assert len(prefect.by_key) == 2


def test_a_run_that_outlives_its_up_goes_by_the_day_of_the_one_that_runs_now(
    organised: Engine, tmp_path: Path
) -> None:
    """A gate that was opened in a rehearsal and is decided weeks later, in real life."""
    url = organised.url.render_as_string(hide_password=False)
    (tmp_path / "duban.toml").write_text(f'database_url = "{url}"\n', "utf-8")
    with claimed(tmp_path):
        note(tmp_path, Server(0, os.getpid(), 0, as_of="2026-03-09"))
        rehearsing = office_now(str(tmp_path), "2026-03-02")
    living = office_now(str(tmp_path), "2026-03-02")
    (tmp_path / "duban.toml").write_text(
        f'database_url = "{url}"\nprefect_url = "http://127.0.0.1:1/api"\n', "utf-8"
    )
    elsewhere = office_now(str(tmp_path), "2026-03-02")

    for office in (rehearsing, living, elsewhere):
        office.engine.dispose()
    assert rehearsing.clock.today() == date(2026, 3, 9)
    assert living.clock.fixed is None
    assert elsewhere.clock.today() == date(2026, 3, 2)
