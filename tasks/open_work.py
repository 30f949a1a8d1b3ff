"""Open work that no calendar announces: something occurred, a notice came, an inspection was made."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.lifecycle import State
from models.schedule import Kind
from models.tables import Item, Responsible, Unit, WorkItem
from models.workdays import Calendar

#: Kinds of items whose work comes from occurrences.
OCCASIONAL = (Kind.RELATIVE, Kind.VAGUE, Kind.UNSCHEDULED, Kind.AWAITING)


def open_work(
    session: Session,
    *,
    year: int,
    ref: str,
    occurred_on: date,
    calendar: Calendar,
    actor: str,
    at: datetime,
    due_on: date | None = None,
    unit: Unit | None = None,
    words: str = "",
) -> list[WorkItem]:
    """Open the work of an occasional item for what occurred on `occurred_on`.

    A relative item (会后7日内) is due so many days or workdays later, moved to a workday; other kinds
    need `due_on`. The period is the day of the occurrence, so the same occurrence opened twice gives
    the same work. Raises NotFoundError, RefusedError for items with dates and for another `due_on` than
    the work was opened with, InputError without a date or with one before the occurrence.
    """
    item = session.scalar(select(Item).where(Item.year == year, Item.ref == ref, Item.withdrawn_at.is_(None)))
    if item is None:
        raise NotFoundError("plan_item_unknown", ref=ref, year=year)
    if Kind(item.kind) not in OCCASIONAL:
        raise RefusedError("open_scheduled", ref=ref, phrase=item.phrase)
    nominal = due_on or _relative(item, occurred_on, calendar)
    if nominal is None:
        raise InputError("open_due", ref=ref, phrase=item.phrase)
    if nominal < occurred_on:
        raise InputError("open_due_past", ref=ref, due=nominal, on=occurred_on)
    due = calendar.shift(nominal, item.shift)
    period = occurred_on.isoformat()
    present = {
        work.unit_id: work
        for work in session.scalars(
            select(WorkItem).where(WorkItem.item_id == item.id, WorkItem.period == period)
        )
    }
    answerable = _who(session, item, unit, occurred_on)
    asked = {unit_id for unit_id, _ in answerable}
    for unit_id, work in present.items():
        if due_on and unit_id in asked and work.nominal_due_on != due_on:
            raise RefusedError("open_already", ref=ref, on=period, id=work.id, due=work.due_on)
    fresh = [
        WorkItem(
            item_id=item.id,
            unit_id=unit_id,
            period=period,
            state=State.ASSIGNED.value if owner_id else State.SCHEDULED.value,
            owner_id=owner_id,
            start_on=occurred_on,
            due_on=due,
            original_due_on=due,
            nominal_due_on=nominal,
            assigned_at=at if owner_id else None,
        )
        for unit_id, owner_id in answerable
        if unit_id not in present
    ]
    session.add_all(fresh)
    session.flush()
    payload = {"ref": ref, "occurred_on": period, "words": words}
    record(session, [Fact("work_item.opened", "work_item", row.id, actor, payload) for row in fresh], at=at)
    return [work for unit_id, work in present.items() if unit_id in asked] + fresh


def _relative(item: Item, occurred_on: date, calendar: Calendar) -> date | None:
    if item.days is None:
        return None
    if item.workdays:
        return calendar.add(occurred_on, item.days)
    return occurred_on + timedelta(days=item.days)


def _who(session: Session, item: Item, unit: Unit | None, day: date) -> list[tuple[int, int | None]]:
    """The units that lead the item and exist on the day, each with the person who answers."""
    query = (
        select(Responsible.unit_id, Responsible.owner_id)
        .join(Unit, Unit.id == Responsible.unit_id)
        .where(Responsible.plan_item_id == item.plan_item_id, Responsible.role == "lead")
        .where(or_(Unit.starts_on.is_(None), Unit.starts_on <= day))
        .where(or_(Unit.ends_on.is_(None), Unit.ends_on >= day))
        .order_by(Responsible.position)
    )
    if unit is not None:
        query = query.where(Responsible.unit_id == unit.id)
    found = [(unit_id, owner_id) for unit_id, owner_id in session.execute(query)]
    if not found:
        raise NotFoundError("open_unit", ref=item.ref, unit=unit.name if unit else "-")
    return found
