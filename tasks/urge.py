"""Urging by hand (催办): the owner is asked about one work item, on the record and not too often."""

from __future__ import annotations

import json
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import RefusedError, Term
from models.lifecycle import TRANSITIONS, Action, ExtensionState, State
from models.substitutes import acting_for
from models.tables import Absence, Event, Extension, Item, Person, Unit, WorkItem
from models.workdays import Calendar
from tasks.directory import load_directory
from tasks.work import Hand, find_work, is_reviewer, told


class Urged(NamedTuple):
    """The work item that was urged, its owner, and who is told: the owner or who acts today."""

    work: WorkItem
    owner: Person
    reader: Person


def urge(
    session: Session, number: int, hand: Hand, *, words: str, calendar: Calendar, workdays: int
) -> Urged:
    """Urge the owner of a work item: by the coordinator, a leader in charge or the head of the unit.

    The same owner is urged about the same work once in `workdays`; 0 is without limit. Raises
    NotFoundError; RefusedError for others, where nothing is owed, before the next time, while an
    extension asked in time waits for its decision, and where nobody acts for an absent owner.
    """
    work = find_work(session, number)
    acting = acting_for(session, hand.today)
    _only_superiors(session, work, hand, acting)
    if (State(work.state), Action.URGE) not in TRANSITIONS:
        raise RefusedError("urge_nothing_owed", id=work.id, state=Term(f"state.{work.state}"))
    if work.owner_id is None:
        raise RefusedError("urge_no_owner", id=work.id)
    owner = session.get_one(Person, work.owner_id)
    # Hidden work stays with its owner: no substitute learns of it.
    hidden = session.get_one(Item, work.item_id).hidden
    reader = owner if hidden else session.get_one(Person, acting.get(owner.id, owner.id))
    if reader.id == hand.person.id:
        raise RefusedError("urge_yourself", id=work.id, name=hand.person.name)
    _not_while_extended(session, work)
    if reader is owner:
        _not_while_away(session, work, owner, hand)
    _not_too_often(session, work, owner, hand, calendar=calendar, workdays=workdays)
    told(session, work, hand, "urged", words=words.strip(), owner=owner.email, on=hand.today.isoformat())
    return Urged(work, owner, reader)


def _only_superiors(session: Session, work: WorkItem, hand: Hand, acting: dict[int, int]) -> None:
    head = session.get_one(Unit, work.unit_id).head_id or 0
    if hand.person.id in {head, acting.get(head)} or is_reviewer(session, work, hand):
        return
    raise RefusedError("urge_not_yours", id=work.id, name=hand.person.name)


def _not_while_extended(session: Session, work: WorkItem) -> None:
    """Asked too late, an extension spares nobody."""
    asked = session.scalar(
        select(Extension).where(
            Extension.work_item_id == work.id,
            Extension.state == ExtensionState.ASKED.value,
            Extension.late.is_(False),
        )
    )
    if asked is not None:
        raise RefusedError("urge_extension", id=work.id, until=asked.to_due_on)


def _not_while_away(session: Session, work: WorkItem, owner: Person, hand: Hand) -> None:
    away = session.scalar(
        select(Absence)
        .where(Absence.person_id == owner.id)
        .where(Absence.starts_on <= hand.today, Absence.ends_on >= hand.today)
        .order_by(Absence.starts_on)
        .limit(1)
    )
    if away is None:
        return
    raise RefusedError(
        "urge_absent",
        owner=owner.name,
        start=away.starts_on,
        end=away.ends_on,
        kind=away.kind,
        whom=_superior(session, work, owner, hand),
    )


def _superior(session: Session, work: WorkItem, owner: Person, hand: Hand) -> str:
    """Who can say who acts for an absent owner: the head of the unit, else the leader in charge."""
    directory = load_directory(session, hand.today, hand.today)
    unit = session.get_one(Unit, work.unit_id)
    others = [
        directory.by_id[one].name
        for one in (unit.head_id, directory.leader_in_charge(unit), directory.coordinator())
        if one in directory.by_id and one not in {owner.id, hand.person.id}
    ]
    return others[0] if others else hand.person.name


def _not_too_often(
    session: Session, work: WorkItem, owner: Person, hand: Hand, *, calendar: Calendar, workdays: int
) -> None:
    last = session.scalar(
        select(Event)
        .where(Event.verb == "work_item.urged", Event.subject == "work_item", Event.subject_id == work.id)
        .order_by(Event.id.desc())
        .limit(1)
    )
    if last is None:
        return
    said = json.loads(last.payload)
    again = calendar.add(date.fromisoformat(said["on"]), workdays)
    if said["owner"] != owner.email or hand.today >= again:
        return
    by = session.scalar(select(Person.name).where(Person.email == last.actor)) or last.actor
    raise RefusedError("urge_too_soon", id=work.id, by=by, at=last.at, workdays=workdays, next=again)
