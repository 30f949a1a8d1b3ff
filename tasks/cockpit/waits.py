"""What waits for whom, read from the tables: decisions, work, questions, mail that was given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, case, func, or_, select

from models.approval.state import SeatKind, Status
from models.database import Instant
from models.lifecycle import PlanState, State
from models.light_history import COUNTED
from models.pages import Ref, To
from models.tables import (
    Approval,
    ApprovalStep,
    Event,
    Gate,
    Item,
    Notice,
    Person,
    Plan,
    PlanItem,
    WorkItem,
)
from tasks.approvals.inbox import REWORK, waiting_for
from tasks.cockpit.view import MOST_ROWS, View
from tasks.directory import find_coordinator
from tasks.sweep.words import Words, words_of
from tasks.unannounced import UNANNOUNCED_APPROVALS, UNANNOUNCED_KIND

#: What is waited for, in the order in which a person's are counted.
DECISION, ADVICE, AGAIN, SIGNATURE, REDO, ANSWER, MAIL = WHATS = (
    "decision",
    "advice",
    "rework",
    "signature",
    "redo",
    "answer",
    "mail",
)
_KINDS = {SeatKind.ADVICE.value: ADVICE, REWORK: AGAIN}
#: How the outbox calls mail that was given up.
_PARKED = "parked"


@dataclass(frozen=True)
class Wait:
    """`count` things wait for a person since a local day, the first of them until `due`."""

    what: str
    person: int
    name: str
    title: str
    count: int
    since: date
    due: date | None = None
    ref: Ref | None = None


def decisions(view: View) -> Iterator[Wait]:
    """Seats and returned requests; nothing that is about unannounced work. Three SELECTs."""
    hidden = set(view.session.scalars(_HIDDEN))
    gates = {(approval, key): run for approval, key, run in view.session.execute(_GATES)}
    for seat in waiting_for(view.session, None, view.today):
        if seat.approval in hidden:
            continue
        run = gates.get((seat.approval, seat.step))
        yield Wait(
            _KINDS.get(seat.kind, DECISION),
            seat.holder,
            seat.holder_name,
            seat.title,
            1,
            seat.opened_on or _local(view, seat.opened_at),
            seat.due_on,
            Ref(To.RUN, run) if run else None,
        )


_HIDDEN = UNANNOUNCED_APPROVALS.where(Approval.status.in_((Status.RUNNING, Status.RETURNED)))
_GATES = (
    select(Gate.approval_id, ApprovalStep.key, Gate.run)
    .join(ApprovalStep, and_(ApprovalStep.approval_id == Gate.approval_id, ApprovalStep.number == Gate.step))
    .where(Gate.closed_at.is_(None), Gate.run != "")
)


def work(view: View) -> Iterator[Wait]:
    """Work that has begun and nobody signed for, and work that was sent back, by owner; one SELECT."""
    statement = _work(words_of(view.session.get_bind().dialect.name))
    for row in view.session.execute(statement, {"day": view.today}):
        what = SIGNATURE if row.state == State.ASSIGNED.value else REDO
        title = row.title if row.works == 1 else view.say("waiting_several", count=row.works, title=row.title)
        yield Wait(what, row.person, row.name, title, row.works, row.since or view.today, row.due)


#: When each work item was last sent back.
_RETURNED = (
    select(Event.subject_id.label("work_item_id"), func.max(Event.at, type_=Instant).label("at"))
    .where(Event.subject == "work_item", Event.verb == "work_item.returned")
    .group_by(Event.subject_id)
    .subquery("returned")
)


def _work(words: Words) -> Select[Any]:
    """Work waits since it was sent back, or since it was begun and handed out."""
    handed_out = words.utc_day(WorkItem.assigned_at.expression)
    begun = case((WorkItem.start_on > handed_out, WorkItem.start_on), else_=handed_out)
    since = func.min(
        case((_RETURNED.c.at.is_not(None), words.utc_day(_RETURNED.c.at)), else_=begun), type_=Date
    )
    return (
        select(
            WorkItem.owner_id.label("person"),
            Person.name,
            WorkItem.state,
            func.count().label("works"),
            func.min(Item.title).label("title"),
            since.label("since"),
            func.min(WorkItem.due_on).label("due"),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Person, Person.id == WorkItem.owner_id)
        .outerjoin(_RETURNED, and_(_RETURNED.c.work_item_id == WorkItem.id, WorkItem.state == State.RETURNED))
        .where(COUNTED, WorkItem.state.in_((State.ASSIGNED, State.RETURNED)))
        .where(or_(WorkItem.start_on.is_(None), WorkItem.start_on <= bindparam("day", type_=Date)))
        .group_by(WorkItem.owner_id, Person.name, WorkItem.state)
        .order_by(since, WorkItem.owner_id)
        .limit(MOST_ROWS)
    )


def coordinators(view: View) -> Iterator[Wait]:
    """What waits for the coordinator: a plan's open questions, mail that was given up. Three SELECTs."""
    coordinator = find_coordinator(view.session, view.settings.coordinator)
    person, name = (coordinator.id, coordinator.name) if coordinator else (0, view.say("nobody"))
    for title, count, at in view.session.execute(_QUESTIONS):
        words = view.say("waiting_questions", title=title, count=count)
        yield Wait(ANSWER, person, name, words, count, _local(view, at))
    count, oldest = view.session.execute(_STUCK).one()
    if count:
        yield Wait(MAIL, person, name, view.say("waiting_mail", count=count), count, _local(view, oldest))


_QUESTIONS = (
    select(Plan.title, func.count(), Plan.created_at)
    .join(PlanItem, PlanItem.plan_id == Plan.id)
    .where(Plan.state.in_((PlanState.DRAFT, PlanState.RETURNED)))
    .where(or_(PlanItem.confirm_time, PlanItem.confirm_owner))
    # Nobody is to see even that it is asked about.
    .where(PlanItem.kind != UNANNOUNCED_KIND)
    .group_by(Plan.id, Plan.title, Plan.created_at)
    .order_by(Plan.id)
)
_STUCK = select(func.count(), func.min(Notice.created_at, type_=Instant)).where(Notice.state == _PARKED)


def _local(view: View, at: datetime) -> date:
    return at.astimezone(view.settings.zone).date()
