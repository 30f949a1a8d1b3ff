"""What was expanded before follows the plan that is in force now: in set-based steps, with a trace each.

Only what differs is touched. Parts follow the work that they are parts of, never the plan itself.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from models.lifecycle import MOVABLE_STATES, UNTOUCHED_STATES, ExtensionState, State
from models.tables import (
    Event,
    Extension,
    Item,
    Plan,
    PlanSlot,
    Responsible,
    Unit,
    WorkChange,
    WorkItem,
)
from tasks.work_changes import Change, Changes, in_words

#: Items whose work comes from elsewhere than a plan: nothing that a plan lacks concerns them.
OTHER_ORIGINS = ("finding", "part")
#: The events of hand-overs by people, and of units that came to their end.
HANDED_OVER, UNIT_ENDED = "work.handed_over", "unit.ended"


class Followed(NamedTuple):
    """How many work items were moved or got another target, cancelled, taken up again, handed over."""

    moved: int = 0
    cancelled: int = 0
    revived: int = 0
    handed_over: int = 0


def follow_plan(changes: Changes, plan: Plan, newest: int) -> Followed:
    """Let the work items up to the id `newest` follow the plan in force; the order of steps matters."""
    revived = _take_up_again(changes, plan, newest)
    moved = _follow_dates(changes, plan, newest)
    cancelled = _drop_unplanned(changes, plan, newest)
    handed_over = _follow_owners(changes, plan, newest)
    return Followed(moved, cancelled, revived, handed_over)


def follow_periods(changes: Changes, plan: Plan, newest: int) -> int:
    """Let work that is done once follow its one date into another period; done before anything is added.

    Identity is item, unit and period: otherwise a deadline that moves from April to May would leave the
    work in hand behind and ask for it once more. Recurring work keeps its periods.
    """
    once = (
        select(PlanSlot.plan_item_id)
        .group_by(PlanSlot.plan_item_id)
        .having(func.count(PlanSlot.id) == 1)
        .scalar_subquery()
    )
    other = aliased(WorkItem)
    several = select(other.id).where(
        other.item_id == WorkItem.item_id, other.unit_id == WorkItem.unit_id, other.id != WorkItem.id
    )
    slot = (
        select(PlanSlot.period)
        .join(Item, Item.plan_item_id == PlanSlot.plan_item_id)
        .where(Item.id == WorkItem.item_id, Item.year == plan.year, PlanSlot.plan_item_id.in_(once))
        .where(PlanSlot.period != WorkItem.period)
    )
    rows = select(WorkItem).where(
        WorkItem.id <= newest, WorkItem.state.in_(MOVABLE_STATES), slot.exists(), ~several.exists()
    )
    found = changes.note(Change.PERIOD, in_words(WorkItem.period), in_words(slot.scalar_subquery()), rows)
    if found:
        changes.change(Change.PERIOD, period=slot.scalar_subquery())
    return found


def _take_up_again(changes: Changes, plan: Plan, newest: int) -> int:
    """Schedule again what an older version dropped and this one has.

    What a person cancelled stays so, and what ended with its unit unless the unit lives longer now.
    """
    by_hand = select(Event.id).where(
        Event.verb == "work_item.cancelled", Event.subject == "work_item", Event.subject_id == WorkItem.id
    )
    with_unit = (
        select(WorkChange.id)
        .join(Event, Event.id == WorkChange.event_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(WorkChange.work_item_id == WorkItem.id, Event.verb == UNIT_ENDED)
        .where(or_(WorkItem.due_on.is_(None), Unit.ends_on < WorkItem.due_on))
        .correlate(WorkItem)
    )
    rows = select(WorkItem).where(
        WorkItem.id <= newest,
        WorkItem.state == State.CANCELLED.value,
        _planned(plan.year),
        ~by_hand.exists(),
        ~with_unit.exists(),
    )
    found = changes.note(Change.REVIVED, in_words(WorkItem.state), cast(State.SCHEDULED.value, Text), rows)
    if found:
        changes.change(Change.REVIVED, state=State.SCHEDULED.value, assigned_at=None, accepted_at=None)
    return found


def _follow_dates(changes: Changes, plan: Plan, newest: int) -> int:
    """Move what is still owed to the dates and targets of the plan in force.

    A due date that a person moved stays while the plan's own date does; where the plan moves, the later
    of the plan's and a granted one holds.
    """
    slot = (
        select(PlanSlot)
        .join(Item, Item.plan_item_id == PlanSlot.plan_item_id)
        .where(Item.id == WorkItem.item_id, PlanSlot.period == WorkItem.period, Item.year == plan.year)
    )
    due, nominal, start, target = (
        slot.with_only_columns(column).scalar_subquery()
        for column in (PlanSlot.due_on, PlanSlot.nominal_due_on, PlanSlot.start_on, PlanSlot.target)
    )
    replanned = PlanSlot.due_on.is_distinct_from(WorkItem.planned_due_on)
    dates = or_(
        replanned,
        PlanSlot.nominal_due_on.is_distinct_from(WorkItem.nominal_due_on),
        PlanSlot.start_on.is_distinct_from(WorkItem.start_on),
    )
    other_target = PlanSlot.target.is_distinct_from(WorkItem.target)
    moves = slot.where(dates).exists()
    keeps = and_(_granted(), slot.where(replanned, PlanSlot.due_on < WorkItem.due_on).exists())
    new_due = case((keeps, WorkItem.due_on), (slot.where(replanned).exists(), due), else_=WorkItem.due_on)
    rows = select(WorkItem).where(
        WorkItem.id <= newest,
        WorkItem.state.in_(MOVABLE_STATES),
        slot.where(or_(dates, other_target)).exists(),
    )
    kind = case((keeps, Change.KEPT.value), (moves, Change.MOVED.value), else_=Change.RETARGETED.value)
    was = case((keeps, in_words(due)), (moves, in_words(WorkItem.due_on)), else_=in_words(WorkItem.target))
    now = case((moves, in_words(new_due)), else_=in_words(target))
    found = changes.note(kind, was, now, rows)
    if found:
        dated = select(WorkItem).where(
            WorkItem.id.in_(changes.of(Change.KEPT, Change.MOVED)), slot.where(other_target).exists()
        )
        changes.note(Change.RETARGETED, in_words(WorkItem.target), in_words(target), dated)
        changes.change(
            Change.MOVED,
            Change.KEPT,
            Change.RETARGETED,
            due_on=new_due,
            planned_due_on=due,
            nominal_due_on=nominal,
            start_on=start,
            target=target,
        )
        changes.clip_parts()
    return found


def _granted() -> ColumnElement[bool]:
    """The due date in force is one that was granted."""
    return (
        select(Extension.id)
        .where(
            Extension.work_item_id == WorkItem.id,
            Extension.state == ExtensionState.GRANTED.value,
            Extension.granted_due_on == WorkItem.due_on,
        )
        .exists()
    )


def _drop_unplanned(changes: Changes, plan: Plan, newest: int) -> int:
    """Cancel untouched work whose unit or period the plan in force no longer has."""
    year = select(Item.id).where(Item.year == plan.year, Item.origin.not_in(OTHER_ORIGINS), _dated())
    rows = select(WorkItem).where(
        WorkItem.id <= newest,
        WorkItem.state.in_(UNTOUCHED_STATES),
        WorkItem.item_id.in_(year.scalar_subquery()),
        ~_planned(plan.year),
    )
    return changes.cancel(rows)


def _follow_owners(changes: Changes, plan: Plan, newest: int) -> int:
    """Give what is still owed to the owner whom the plan in force names; the new owner signs for it anew.

    What a person handed over from the very owner whom the plan names stays where it was put.
    """
    named = _named(plan.year)
    by_hand = (
        select(WorkChange.id)
        .join(Event, Event.id == WorkChange.event_id)
        .where(
            WorkChange.work_item_id == WorkItem.id,
            Event.verb == HANDED_OVER,
            WorkChange.was == cast(Responsible.owner_id, Text),
            WorkChange.now == cast(WorkItem.owner_id, Text),
        )
        .correlate(WorkItem, Responsible)
    )
    other = named.where(Responsible.owner_id.is_distinct_from(WorkItem.owner_id), ~by_hand.exists())
    owner = named.with_only_columns(Responsible.owner_id).scalar_subquery()
    rows = select(WorkItem).where(WorkItem.id <= newest, WorkItem.state.in_(MOVABLE_STATES), other.exists())
    found = changes.note(Change.HANDED_OVER, in_words(WorkItem.owner_id), in_words(owner), rows)
    if found:
        changes.change(Change.HANDED_OVER, owner_id=owner, state=State.SCHEDULED.value, accepted_at=None)
    return found


def _named(year: int) -> Select[tuple[int]]:
    """The line of the plan in force that says who leads the work item."""
    return (
        select(Responsible.id)
        .join(Item, Item.plan_item_id == Responsible.plan_item_id)
        .where(Item.id == WorkItem.item_id, Item.year == year)
        .where(Responsible.role == "lead", Responsible.unit_id == WorkItem.unit_id)
    )


def _planned(year: int) -> ColumnElement[bool]:
    """The plan in force has the work item's unit and period."""
    return (
        _named(year)
        .join(PlanSlot, PlanSlot.plan_item_id == Item.plan_item_id)
        .where(PlanSlot.period == WorkItem.period)
        .exists()
    )


def _dated() -> ColumnElement[bool]:
    """Items whose work comes from slots, not from being opened when something occurs."""
    slots = select(PlanSlot.id).where(PlanSlot.plan_item_id == Item.plan_item_id)
    return or_(Item.plan_item_id.is_(None), slots.exists())
