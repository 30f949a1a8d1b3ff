"""A temporary unit comes to its end: what it would have owed later ends with it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.journal import SYSTEM, Fact, record
from models.lifecycle import MOVABLE_STATES
from models.messages import say
from models.tables import Unit, WorkItem
from tasks.approvals.staff import Staff
from tasks.extensions import end_overtaken
from tasks.follow_plan import UNIT_ENDED
from tasks.work_changes import Changes


class UnitEnded(NamedTuple):
    """A unit and how much of its work was cancelled, parts that others had included."""

    unit: Unit
    works: int


def end_units(session: Session, staff: Staff) -> list[UnitEnded]:
    """Cancel what is still open of units that end today or ended before, and is due later or never.

    What is due on the last day or earlier stays owed by the unit's head. One event a unit names the
    set; called daily, and doing it again changes nothing.
    """
    later = or_(WorkItem.due_on.is_(None), WorkItem.due_on > Unit.ends_on)
    rows = (
        select(WorkItem)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(Unit.ends_on <= staff.today, WorkItem.state.in_(MOVABLE_STATES), later)
    )
    units = select(Unit).where(Unit.id.in_(rows.with_only_columns(WorkItem.unit_id))).order_by(Unit.id)
    ended = []
    for unit in session.scalars(units).all():
        assert unit.ends_on is not None  # noqa: S101  # the query asks for it
        changes = Changes(session)
        count = changes.cancel(rows.where(Unit.id == unit.id))
        on = unit.ends_on.isoformat()
        payload = {"unit": unit.name, "ends_on": on, "count": count, "digest": changes.digest()}
        reason = say("moves.unit_ended", staff.settings.lang, unit=unit.name, on=on)
        (event,) = record(session, [Fact(UNIT_ENDED, "unit", unit.id, SYSTEM, payload, reason)], at=staff.now)
        changes.belong_to(event)
        ended.append(UnitEnded(unit, count))
    if ended:
        session.expire_all()
        end_overtaken(session, staff)
    return ended
