"""What a lead's work item still waits for: contributions that were asked for, and its parts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.lifecycle import DONE_STATES, OPEN_STATES, State
from models.tables import Contribution, Item, Unit, WorkItem


class Asked(NamedTuple):
    """A contribution that is still open, and the unit that owes it."""

    contribution: Contribution
    unit: str


class Part(NamedTuple):
    """A part of a work item that is still owed."""

    work: WorkItem
    ref: str


class PartsDone(NamedTuple):
    """How many of a work item's parts are closed; cancelled ones are no parts of it any more."""

    closed: int
    total: int


def open_contributions(session: Session, work_id: int) -> list[Asked]:
    """The contributions that a work item waits for, in the order of the units."""
    rows = session.execute(
        select(Contribution, Unit.name)
        .join(Unit, Unit.id == Contribution.unit_id)
        .where(
            Contribution.work_item_id == work_id,
            Contribution.given_at.is_(None),
            Contribution.waived_at.is_(None),
        )
        .order_by(Unit.position, Unit.id)
    )
    return [Asked(*row) for row in rows]


def waive(asked: Iterable[Asked], *, at: datetime, reason: str) -> list[str]:
    """Do without these contributions, for a reason; gives the names of their units."""
    units = []
    for one in asked:
        one.contribution.waived_at = at
        one.contribution.reason = reason
        units.append(one.unit)
    return units


def open_parts(session: Session, work_id: int) -> list[Part]:
    """The parts of a work item that are still owed, in the order in which it was split."""
    rows = session.execute(
        select(WorkItem, Item.ref)
        .join(Item, Item.id == WorkItem.item_id)
        .where(WorkItem.parent_id == work_id, WorkItem.state.in_(OPEN_STATES))
        .order_by(WorkItem.id)
    )
    return [Part(*row) for row in rows]


def parts_done(session: Session, work_id: int) -> PartsDone:
    """How far a work item that was split has come: its progress where it has no target."""
    states = dict(
        session.execute(
            select(WorkItem.state, func.count()).where(WorkItem.parent_id == work_id).group_by(WorkItem.state)
        )
        .tuples()
        .all()
    )
    closed = sum(states.get(state, 0) for state in DONE_STATES)
    return PartsDone(closed, sum(states.values()) - states.get(State.CANCELLED, 0))
