"""From an event's commit to the start of the flow that follows, beside Prefect's own trigger.

Ours: an event in the log, its order, the relay, Prefect's event, the trigger, a worker. Baseline: the
same Prefect event handed straight to the server, for the same trigger, deployment and worker. What
lies between is the relay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figure import Figure
from benchmarks.up import everything_up, wait_for
from flows.api import Api
from flows.happenings import follow_up_event
from flows.office import Office, open_office
from models.database import open_database
from models.journal import Fact, record
from models.migrate import migrate

BOUND = 1.5
ROUNDS = 9
#: No workday: the runs measured have nothing to do.
DAY = date(2026, 3, 1)
FLOW, EVENT = "mail_round", "duban.extension.granted"


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """The seconds of both, in turn."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        engine = open_database(f"sqlite:///{home / 'duban.db'}")
        migrate(engine)
        engine.dispose()
        office = open_office(home, DAY)
        parts = ("server", "worker", "relay")
        with everything_up(home, parts, as_of=DAY.isoformat()) as api:
            ours, baseline = list[float](), list[float]()
            for number in range(1 + (1 if short else ROUNDS)):
                ours.append(_after_commit(office, api))
                baseline.append(_after_emit(office, api, -1 - number))
        office.engine.dispose()
    # The first round wakes everything up.
    yield Figure("follow_up starts", median(ours[1:]), median(baseline[1:]), BOUND, short=short)


def _after_commit(office: Office, api: Api) -> float:
    """Seconds from the commit of an event to the start of the run that follows."""
    known = _runs(api)
    with office.write() as session:
        fact = Fact("work_item.extended", "work_item", 1, "SYSTEM", {"extension": 0, "to": "2026-03-31"})
        record(session, [fact], at=office.clock.now())
    return _started(api, known, _now(office))


def _after_emit(office: Office, api: Api, order: int) -> float:
    """Seconds from handing the event to the server to the start of the run that its trigger starts."""
    known = _runs(api)
    began = _now(office)
    # A negative order is none: the run finds nothing to do, as ours does.
    signal = follow_up_event(EVENT, event=0, at=began, flow=FLOW, order=order, about={}, lang="zh")

    def emitted() -> bool:
        api.emit([signal])  # the same event twice is one
        return True

    wait_for(emitted)
    return _started(api, known, began)


def _started(api: Api, known: set[str], began: datetime) -> float:
    def found() -> dict[str, Any] | None:
        fresh = [run for key, run in _all(api).items() if key not in known and run["state_type"] in _OVER]
        return fresh[0] if fresh else None

    # The start is read off the run: looking seldom costs no precision, and leaves the server its time.
    run = wait_for(found, every=0.5)
    started = datetime.fromisoformat(run["start_time"])
    return (started - began).total_seconds()


_OVER = {"COMPLETED", "FAILED", "CRASHED"}


def _runs(api: Api) -> set[str]:
    return set(wait_for(lambda: _all(api)))


def _all(api: Api) -> dict[str, dict[str, Any]]:
    """The runs that were not made by a schedule."""
    asked = {"flow_runs": {"start_time": {"is_null_": False}}, "sort": "START_TIME_DESC", "limit": 50}
    return {one["id"]: one for one in api.post("/flow_runs/filter", asked)}


def _now(office: Office) -> datetime:
    return office.settings.clock().now()
