"""Expand the plan in force into work items: item × responsible unit × period, in one statement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from models.database import affected
from models.journal import Fact, record
from models.lifecycle import State
from models.tables import Event, Item, Plan, PlanSlot, Responsible, Unit, WorkItem

#: States in which nobody has begun: such work follows the plan when its period or unit goes away.
UNTOUCHED = (State.SCHEDULED, State.ASSIGNED)
#: States in which a changed due date still matters.
_OWED = (State.SCHEDULED, State.ASSIGNED, State.ACCEPTED, State.RETURNED)


@dataclass(frozen=True)
class Expanded:
    """How many work items were added, moved to new dates, cancelled, taken up again, and handed over."""

    added: int
    moved: int
    cancelled: int
    revived: int = 0
    handed_over: int = 0


def expand(session: Session, plan: Plan, *, actor: str, at: datetime) -> Expanded:
    """Make the year's work items what the plan in force says; doing it again adds nothing.

    A unit that exists only for a time (临时党支部) gets the periods that it lives through. Work that a
    newer version drops is cancelled if nobody has begun it, and taken up again when a still newer one
    has it back; changed dates move what is still owed and keep the original due date; a changed owner
    takes over what is still owed. One event names the whole set.
    """
    newest = session.scalar(select(func.max(WorkItem.id))) or 0
    session.execute(insert(WorkItem).from_select(_COLUMNS, _owed_rows(plan)))
    added, first, last = session.execute(
        select(func.count(), func.min(WorkItem.id), func.max(WorkItem.id)).where(WorkItem.id > newest)
    ).one()
    revived = moved = cancelled = handed_over = 0
    if newest:
        # What was just added follows the plan already: only what was there before is looked at.
        revived = _take_up_again(session, plan, newest)
        moved = _follow_dates(session, plan, newest)
        cancelled = _drop_unplanned(session, plan, newest)
        handed_over = _follow_owners(session, plan, newest)
    if added or moved or cancelled or revived or handed_over:
        payload = {
            "year": plan.year,
            "count": added,
            "first": first,
            "last": last,
            "moved": moved,
            "cancelled": cancelled,
            "revived": revived,
            "handed_over": handed_over,
            "digest": _digest(first, last, added),
        }
        record(session, [Fact("work.expanded", "plan", plan.id, actor, payload)], at=at)
    return Expanded(added, moved, cancelled, revived, handed_over)


def assign(session: Session, plan: Plan, *, actor: str, at: datetime, today: date, grace_until: date) -> int:
    """Hand all scheduled work with a known owner to its owner (交办); gives how many.

    Nobody is late with what was never asked: work that is handed out for the first time and whose due
    date lies before `today` is due on `grace_until` instead; its original due date is kept.
    """
    late = and_(WorkItem.assigned_at.is_(None), WorkItem.due_on < today)
    items = select(Item.id).where(Item.year == plan.year).scalar_subquery()
    result = session.execute(
        update(WorkItem)
        .where(
            WorkItem.state == State.SCHEDULED.value,
            WorkItem.owner_id.is_not(None),
            WorkItem.item_id.in_(items),
        )
        .values(
            state=State.ASSIGNED.value,
            assigned_at=at,
            due_on=case((late, grace_until), else_=WorkItem.due_on),
        )
        .execution_options(synchronize_session=False)
    )
    count = affected(result)
    if count:
        payload = {"year": plan.year, "work_items": count, "since": at.isoformat()}
        record(session, [Fact("work.assigned", "plan", plan.id, actor, payload)], at=at)
    return count


_COLUMNS = (
    "item_id",
    "unit_id",
    "period",
    "state",
    "light",
    "owner_id",
    "start_on",
    "due_on",
    "original_due_on",
    "nominal_due_on",
    "planned_due_on",
    "target",
    "done",
    "returns",
)


def _owed_rows(plan: Plan) -> Select[tuple[object, ...]]:
    """Every (item, unit, period) of the plan that is not a work item yet, in order of due dates."""
    present = select(WorkItem.id).where(
        WorkItem.item_id == Item.id, WorkItem.unit_id == Unit.id, WorkItem.period == PlanSlot.period
    )
    return (
        select(
            Item.id,
            Unit.id,
            PlanSlot.period,
            literal(State.SCHEDULED.value),
            literal("grey"),
            Responsible.owner_id,
            PlanSlot.start_on,
            PlanSlot.due_on,
            PlanSlot.due_on,
            PlanSlot.nominal_due_on,
            PlanSlot.due_on,
            PlanSlot.target,
            literal(0.0),
            literal(0),
        )
        .select_from(Item)
        .join(Responsible, Responsible.plan_item_id == Item.plan_item_id)
        .join(Unit, Unit.id == Responsible.unit_id)
        .join(PlanSlot, PlanSlot.plan_item_id == Item.plan_item_id)
        .where(Item.year == plan.year, Responsible.role == "lead", _alive())
        .where(~present.exists())
        .order_by(PlanSlot.due_on, Item.position, Unit.position)
    )


def _alive() -> ColumnElement[bool]:
    """The unit lives through at least a part of the slot."""
    return and_(
        or_(Unit.starts_on.is_(None), PlanSlot.due_on.is_(None), Unit.starts_on <= PlanSlot.due_on),
        or_(
            Unit.ends_on.is_(None),
            Unit.ends_on >= func.coalesce(PlanSlot.start_on, PlanSlot.due_on, Unit.ends_on),
        ),
    )


def _take_up_again(session: Session, plan: Plan, newest: int) -> int:
    """Schedule again what an older version dropped and this one has; what a person cancelled stays so."""
    by_hand = select(Event.id).where(
        Event.verb == "work_item.cancelled", Event.subject == "work_item", Event.subject_id == WorkItem.id
    )
    result = session.execute(
        update(WorkItem)
        .where(WorkItem.id <= newest, WorkItem.state == State.CANCELLED.value)
        .where(_planned(plan.year), ~by_hand.exists())
        .values(state=State.SCHEDULED.value, assigned_at=None)
        .execution_options(synchronize_session=False)
    )
    return affected(result)


def _follow_dates(session: Session, plan: Plan, newest: int) -> int:
    """Move what is still owed to the dates and targets of the plan in force."""
    slot = (
        select(PlanSlot)
        .join(Item, Item.plan_item_id == PlanSlot.plan_item_id)
        .where(Item.id == WorkItem.item_id, PlanSlot.period == WorkItem.period, Item.year == plan.year)
    )
    new_due = slot.with_only_columns(PlanSlot.due_on).scalar_subquery()
    changed = slot.where(
        or_(
            PlanSlot.due_on.is_distinct_from(WorkItem.planned_due_on),
            PlanSlot.nominal_due_on.is_distinct_from(WorkItem.nominal_due_on),
            PlanSlot.start_on.is_distinct_from(WorkItem.start_on),
            PlanSlot.target.is_distinct_from(WorkItem.target),
        )
    ).exists()
    result = session.execute(
        update(WorkItem)
        .where(WorkItem.id <= newest, WorkItem.state.in_([state.value for state in _OWED]), changed)
        .values(
            due_on=new_due,
            planned_due_on=new_due,
            nominal_due_on=slot.with_only_columns(PlanSlot.nominal_due_on).scalar_subquery(),
            start_on=slot.with_only_columns(PlanSlot.start_on).scalar_subquery(),
            target=slot.with_only_columns(PlanSlot.target).scalar_subquery(),
        )
        .execution_options(synchronize_session=False)
    )
    return affected(result)


def _follow_owners(session: Session, plan: Plan, newest: int) -> int:
    """Give what is still owed to the owner whom the plan in force names; the new owner signs for it anew."""
    named = (
        select(Responsible.owner_id)
        .join(Item, Item.plan_item_id == Responsible.plan_item_id)
        .where(Item.id == WorkItem.item_id, Item.year == plan.year)
        .where(Responsible.role == "lead", Responsible.unit_id == WorkItem.unit_id)
    )
    result = session.execute(
        update(WorkItem)
        .where(WorkItem.id <= newest, WorkItem.state.in_([state.value for state in _OWED]))
        .where(named.where(Responsible.owner_id.is_distinct_from(WorkItem.owner_id)).exists())
        .values(owner_id=named.scalar_subquery(), state=State.SCHEDULED.value)
        .execution_options(synchronize_session=False)
    )
    return affected(result)


def _drop_unplanned(session: Session, plan: Plan, newest: int) -> int:
    """Cancel untouched work whose unit or period the plan in force no longer has."""
    year = select(Item.id).where(Item.year == plan.year, Item.origin != "finding", _dated())
    result = session.execute(
        update(WorkItem)
        .where(WorkItem.id <= newest, WorkItem.state.in_([state.value for state in UNTOUCHED]))
        .where(WorkItem.item_id.in_(year.scalar_subquery()), ~_planned(plan.year))
        .values(state=State.CANCELLED.value)
        .execution_options(synchronize_session=False)
    )
    return affected(result)


def _planned(year: int) -> ColumnElement[bool]:
    """The plan in force has the work item's unit and period."""
    return (
        select(Item.id)
        .join(Responsible, Responsible.plan_item_id == Item.plan_item_id)
        .join(PlanSlot, PlanSlot.plan_item_id == Item.plan_item_id)
        .where(
            Item.id == WorkItem.item_id,
            Item.year == year,
            Responsible.role == "lead",
            Responsible.unit_id == WorkItem.unit_id,
            PlanSlot.period == WorkItem.period,
        )
        .exists()
    )


def _dated() -> ColumnElement[bool]:
    """Items whose work comes from slots, not from being opened when something occurs."""
    slots = select(PlanSlot.id).where(PlanSlot.plan_item_id == Item.plan_item_id)
    return or_(Item.plan_item_id.is_(None), slots.exists())


def _digest(first: int | None, last: int | None, count: int) -> str:
    """The fingerprint of a run of ids: the chain serialises writers, so a run names its set."""
    return hashlib.sha256(f"{first}-{last}:{count}".encode()).hexdigest()
