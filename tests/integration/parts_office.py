"""The example bureau's office, whose branches are dealt with in parts; and what a month left behind.

PYTEST_DONT_REWRITE: tests import its helpers before pytest takes its fixture from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from flows.office import Office
from flows.orders import ORDERS, work_on
from flows.run import run_flow
from flows.stories.step import Outcome, plainly
from models.database import open_database
from models.settings import Settings
from models.tables import Event, Order, Publication, SlipNumber
from tasks.orders import Held

DAY = date(2026, 1, 6)
FEBRUARY, MARCH, QUARTER = "2026-02", "2026-03", "2026-Q1"


def office_at(url: str, home: Path, *, branches: int = 3, day: date = DAY) -> Office:
    """An office of the bureau, on a connection of its own."""
    settings = Settings(home=home, database_url=url, part_branches=branches)
    return Office(settings, open_database(url), settings.clock().at(day))


def documents(office: Office) -> dict[tuple[str, str, int, int], tuple[Any, ...]]:
    """What was issued: every version with what it says and the bytes of its files."""
    with office.read() as session:
        found = session.scalars(select(Publication)).all()
        return {
            (one.kind, one.period, one.unit_id, one.version): (
                one.title,
                one.state,
                one.content,
                one.body,
                one.changes,
                [(office.settings.home / file["path"]).read_bytes() for file in one.files],
            )
            for one in found
        }


def told(office: Office, verb: str) -> list[dict[str, Any]]:
    """The payloads of the events with a verb."""
    with office.read() as session:
        payloads = session.scalars(select(Event.payload).where(Event.verb == verb).order_by(Event.id))
        return [json.loads(payload) for payload in payloads]


def numbers(office: Office) -> list[tuple[int, str, int]]:
    """The numbers of slips: number, period, branch."""
    with office.read() as session:
        rows = select(SlipNumber.number, SlipNumber.period, SlipNumber.unit_id)
        return list(session.execute(rows.order_by(SlipNumber.number)).tuples())


def orders(office: Office, flow: str = "monthly_calendar_part") -> list[Order]:
    """The orders of parts."""
    with office.read() as session:
        return list(session.scalars(select(Order).where(Order.flow == flow).order_by(Order.id)))


def head(office: Office, flow: str = "monthly_calendar", period: str = FEBRUARY) -> Outcome:
    """The flow itself, as Prefect would run it: parts are left to others."""
    return ORDERS[flow](plainly, office, period=period)


def whole(office: Office, flow: str = "monthly_calendar", period: str = FEBRUARY) -> Outcome:
    """The flow as the command runs it: everything."""
    return run_flow(office, flow, period=period)


def part(office: Office, order: Order) -> Outcome:
    """The work of a part, whoever holds its order."""
    units = tuple(order.units)
    return work_on(
        plainly, office, Held(order.id, order.key, order.flow, order.parameters, units, order.whole, "", 1)
    )


@contextmanager
def counting(office: Office) -> Iterator[list[str]]:
    """The statements that the database is given meanwhile."""
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(statement)

    event.listen(office.engine, "before_cursor_execute", note)
    yield found
    event.remove(office.engine, "before_cursor_execute", note)
