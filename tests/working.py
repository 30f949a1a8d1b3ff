"""Work on the example bureau's items: find one, act on it as a person, see what became of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.tables import Event, Item, Unit, WorkItem
from tasks.directory import find_person
from tasks.work import Hand, finish
from tests.deciding import staff_on

NOON = datetime(2026, 3, 30, 4, tzinfo=UTC)
TODAY = date(2026, 3, 30)
OWNER, COORDINATOR, LEADER = "吕国平", "林晓东", "韩国梁"

T = TypeVar("T")


def one(engine: Engine, ref: str, *, unit: str = "第一党支部", period: str = "") -> int:
    """The number of a work item."""
    with reading(engine) as session:
        query = select(WorkItem.id).join(Item).join(Unit, Unit.id == WorkItem.unit_id)
        query = query.where(Item.ref == ref, Unit.name == unit)
        found = query.where(WorkItem.period == period) if period else query
        return session.scalars(found.order_by(WorkItem.due_on)).all()[0]


def do(
    engine: Engine, step: Callable[[Session, int, Hand], T], number: int, by: str, *, today: date = TODAY
) -> T:
    """Do a step as a person, at noon of a day."""
    at = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    with unit_of_work(engine) as session:
        return step(session, number, Hand(find_person(session, by), at, today))


def done(session: Session, number: int, hand: Hand, *, words: str = "", reason: str = "") -> WorkItem:
    """Finish with the staff of the day."""
    return finish(session, number, hand, words=words, staff=staff_on(session, NOON), reason=reason)


def now(engine: Engine, number: int) -> WorkItem:
    """How a work item stands."""
    with reading(engine) as session:
        return session.get_one(WorkItem, number)


def told(engine: Engine, number: int) -> list[str]:
    """What the log says of it."""
    return [verb for verb, _ in history(engine, number)]


def history(engine: Engine, number: int) -> list[tuple[str, dict[str, Any]]]:
    """What the log says of it, with the facts."""
    with reading(engine) as session:
        query = select(Event.verb, Event.payload).where(
            Event.subject == "work_item", Event.subject_id == number
        )
        rows = session.execute(query.order_by(Event.id))
        return [(verb.removeprefix("work_item."), json.loads(payload)) for verb, payload in rows]
