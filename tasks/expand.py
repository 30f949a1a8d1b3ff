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
from models.settings import Contributions
from models.tables import LOOK_NOW, Item, Plan, PlanSlot, Responsible, Unit, WorkItem
from tasks.contributions import ask_planned
from tasks.follow_plan import Followed, follow_periods, follow_plan
from tasks.work_changes import Changes


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
    takes over what is still owed. One event names the whole set, and each work item that was there
    before keeps what changed on it. Requests for later dates that the plan has overtaken are ended by
    `tasks.extensions.end_overtaken`.
    """
    newest = session.scalar(select(func.max(WorkItem.id))) or 0
    changes = Changes(session) if newest else None
    periods = follow_periods(changes, plan, newest) if changes else 0
    session.execute(insert(WorkItem).from_select(_COLUMNS, _owed_rows(plan)))
    added, first, last = session.execute(
        select(func.count(), func.min(WorkItem.id), func.max(WorkItem.id)).where(WorkItem.id > newest)
    ).one()
    # What was just added follows the plan already: only what was there before is looked at.
    followed = follow_plan(changes, plan, newest) if changes else Followed()
    if added or periods or any(followed):
        payload = {
            "year": plan.year,
            "count": added,
            "first": first,
            "last": last,
            "periods": periods,
            **followed._asdict(),
            "digest": _digest(first, last, added),
        }
        (event,) = record(session, [Fact("work.expanded", "plan", plan.id, actor, payload)], at=at)
        if changes:
            changes.belong_to(event)
    return Expanded(added, followed.moved, followed.cancelled, followed.revived, followed.handed_over)


def assign(
    session: Session,
    plan: Plan,
    *,
    actor: str,
    at: datetime,
    today: date,
    grace_until: date,
    contributions: Contributions = "none",
) -> int:
    """Hand all scheduled work with a known owner to its owner (交办); gives how many.

    Nobody is late with what was never asked: work that is handed out for the first time and whose due
    date lies before `today` is due on `grace_until` instead; its original due date is kept. Supporting
    units are asked for what `contributions` says that the lead needs of them.
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
            sequence=WorkItem.sequence + case((late, 1), else_=0),
            look_on=LOOK_NOW,
        )
        .execution_options(synchronize_session=False)
    )
    count = affected(result)
    if count:
        payload = {"year": plan.year, "work_items": count, "since": at.isoformat()}
        record(session, [Fact("work.assigned", "plan", plan.id, actor, payload)], at=at)
    ask_planned(session, year=plan.year, which=contributions, at=at)
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


def _digest(first: int | None, last: int | None, count: int) -> str:
    """The fingerprint of a run of ids: the chain serialises writers, so a run names its set."""
    return hashlib.sha256(f"{first}-{last}:{count}".encode()).hexdigest()
