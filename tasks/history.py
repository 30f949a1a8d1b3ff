"""Reading the whole story of one work item, with a fixed number of statements."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.errors import NotFoundError
from models.lifecycle import State
from models.substitutes import acting_for
from models.tables import (
    Contribution,
    Event,
    Extension,
    Item,
    Person,
    Plan,
    PlanItem,
    Reminder,
    Responsible,
    Unit,
    WorkChange,
    WorkItem,
)
from tasks.evidence import evidence_of
from tasks.story import Asked, Changed, Happened, Helper, Relative, Rung, Story


def story_of(session: Session, number: int, today: date) -> Story:
    """The story of a work item, with a fixed number of statements. Raises NotFoundError."""
    first = (
        select(func.min(Plan.activated_at))
        .join(PlanItem, PlanItem.plan_id == Plan.id)
        .where(Plan.year == Item.year, PlanItem.ref == Item.ref)
        .scalar_subquery()
    )
    row = session.execute(
        select(WorkItem, Item, Unit, Person, first)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .outerjoin(Person, Person.id == WorkItem.owner_id)
        .where(WorkItem.id == number)
    ).one_or_none()
    if row is None:
        raise NotFoundError("work_unknown", id=number)
    work, item, unit, owner, registered_at = row
    family = _family(session, work)
    return Story(
        work=work,
        item=item,
        unit=unit,
        owner=owner,
        substitute=_substitute(session, work, today),
        registered_at=registered_at,
        extensions=_extensions(session, number),
        helpers=_helpers(session, work, item),
        parent=next((one for one in family if one.id == work.parent_id), None),
        parts=[one for one in family if one.parent_id == number],
        evidence=evidence_of(session, number),
        changes=_changes(session, number),
        rungs=_rungs(session, number),
        events=_events(session, work, item),
    )


def _substitute(session: Session, work: WorkItem, today: date) -> str:
    acting = acting_for(session, today).get(work.owner_id or 0)
    return session.get_one(Person, acting).name if acting else ""


def _extensions(session: Session, number: int) -> list[Asked]:
    rows = session.execute(
        select(
            Extension.asked_at,
            Person.name,
            Extension.late,
            Extension.from_due_on,
            Extension.to_due_on,
            Extension.granted_due_on,
            Extension.reason,
            Extension.progress,
            Extension.state,
            Extension.decided_at,
        )
        .join(Person, Person.id == Extension.person_id)
        .where(Extension.work_item_id == number)
        .order_by(Extension.id)
    )
    return [Asked(*row) for row in rows]


def _helpers(session: Session, work: WorkItem, item: Item) -> list[Helper]:
    """The supporting units of the plan, and whoever was asked besides."""
    asked = and_(Contribution.unit_id == Unit.id, Contribution.work_item_id == work.id)
    planned = and_(
        Responsible.unit_id == Unit.id,
        Responsible.plan_item_id == item.plan_item_id,
        Responsible.role == "supporting",
    )
    rows = session.execute(
        select(
            Unit.name,
            Person.name,
            Contribution.words,
            Contribution.asked_at,
            Contribution.given_at,
            Contribution.waived_at,
            Contribution.reason,
        )
        .outerjoin(Contribution, asked)
        .outerjoin(Responsible, planned)
        .outerjoin(Person, Person.id == func.coalesce(Contribution.owner_id, Responsible.owner_id))
        .where(or_(Contribution.id.is_not(None), Responsible.id.is_not(None)))
        .order_by(Unit.position, Unit.id)
    )
    return [Helper(*row) for row in rows]


def _family(session: Session, work: WorkItem) -> list[Relative]:
    rows = session.execute(
        select(
            WorkItem.id,
            Item.ref,
            Item.title,
            Unit.name,
            Person.name,
            WorkItem.due_on,
            WorkItem.closed_on,
            WorkItem.state,
            WorkItem.light,
            WorkItem.parent_id,
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .outerjoin(Person, Person.id == WorkItem.owner_id)
        .where(or_(WorkItem.parent_id == work.id, WorkItem.id == work.parent_id))
        .order_by(WorkItem.id)
    )
    return [Relative(*row) for row in rows]


def _changes(session: Session, number: int) -> list[Changed]:
    """What plan versions and hand-overs changed; the ids of owners become names."""
    before, after, actor = aliased(Person), aliased(Person), aliased(Person)
    handed_over = WorkChange.kind == "handed_over"
    rows = session.execute(
        select(
            Event.at,
            func.coalesce(actor.name, ""),
            WorkChange.kind,
            func.coalesce(before.name, WorkChange.was),
            func.coalesce(after.name, WorkChange.now),
            Event.reason,
            Event.id,
        )
        .join(Event, Event.id == WorkChange.event_id)
        .outerjoin(actor, actor.email == Event.actor)
        .outerjoin(before, and_(handed_over, cast(before.id, Text) == WorkChange.was))
        .outerjoin(after, and_(handed_over, cast(after.id, Text) == WorkChange.now))
        .where(WorkChange.work_item_id == number)
        .order_by(WorkChange.id)
    )
    return [Changed(*row) for row in rows]


def _rungs(session: Session, number: int) -> list[Rung]:
    rows = session.execute(
        select(Reminder.on, Reminder.track, Reminder.rung, Reminder.due_on)
        .where(Reminder.work_item_id == number)
        .order_by(Reminder.id)
    )
    return [Rung(*row) for row in rows]


def _events(session: Session, work: WorkItem, item: Item) -> list[Happened]:
    """The work item's own events; of filed work also the filing, whose event is the year's."""
    which = and_(Event.subject == "work_item", Event.subject_id == work.id)
    if work.state == State.ARCHIVED and work.closed_at is not None:
        year = and_(Event.subject == "year", Event.subject_id == item.year, Event.verb == "work.archived")
        which = or_(which, and_(year, Event.at >= work.closed_at))
    rows = session.execute(
        select(Event.id, Event.at, Event.actor, Person.name, Event.verb, Event.payload, Event.reason)
        .outerjoin(Person, Person.email == Event.actor)
        .where(which)
        .order_by(Event.id)
    )
    found = [
        Happened(number, at, actor, name or _known(actor), verb, json.loads(payload), reason)
        for number, at, actor, name, verb, payload, reason in rows
    ]
    filings = [one for one in found if one.verb == "work.archived"]
    return [one for one in found if one not in filings[1:]]


def _known(actor: str) -> str:
    return "" if actor == "SYSTEM" else actor
