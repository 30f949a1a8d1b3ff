"""Absences (请假、抽调、出差): recorded by hand beside those of the organisation file, ended early, told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.tables import Absence, Event, Person
from tasks.steps import Hand

#: Somebody will be, or is, away; somebody is back.
ABSENT, BACK = "person.absent", "person.back"
#: Who entered an absence: only the organisation file takes back what it brought.
BY_HAND, BY_FILE = "hand", "file"


class Snag(StrEnum):
    """What is wrong with a substitute for a part of the time; it is pointed out, not refused."""

    #: Substitutes lead back to whom they act for.
    CIRCLE = "circle"
    #: The substitute is away too; somebody acts for him, or nobody.
    AWAY = "substitute_away"
    AWAY_ALONE = "substitute_away_alone"


@dataclass(frozen=True)
class Pointed:
    """A snag, with whom and when it concerns; `next` acts then."""

    snag: Snag
    substitute: str
    start: date
    end: date
    next: str = ""


@dataclass(frozen=True)
class Recorded:
    """An absence as it was recorded, and what was pointed out."""

    absence: Absence
    pointed: tuple[Pointed, ...]


def record_absence(
    session: Session,
    person: Person,
    hand: Hand,
    *,
    starts_on: date,
    ends_on: date,
    substitute: Person | None = None,
    kind: str = "请假",
    reason: str = "",
) -> Recorded:
    """Record when a person is away, both days included, and who acts meanwhile.

    The same absence again changes nothing. Raises InputError for days that cannot be, RefusedError for
    one that is over, for one that overlaps another, and for a person who would act for himself.
    """
    if ends_on < starts_on:
        raise InputError("absence_dates", start=starts_on, end=ends_on)
    if ends_on < hand.today:
        raise RefusedError("absence_past", name=person.name, end=ends_on)
    if substitute is not None and substitute.id == person.id:
        raise RefusedError("absence_self", name=person.name)
    known = list(session.scalars(select(Absence).where(Absence.person_id == person.id)))
    values = {
        "substitute_id": substitute.id if substitute else None,
        "kind": kind,
        "ends_on": ends_on,
        "reason": reason,
    }
    # One that was taken back before it began ends before it starts: its row is used again.
    row = next((one for one in known if one.starts_on == starts_on), None)
    if row is not None and all(getattr(row, name) == value for name, value in values.items()):
        return Recorded(row, tuple(_snags(session, row)))
    for one in known:
        if one.starts_on <= ends_on and one.ends_on >= max(starts_on, one.starts_on):
            raise RefusedError(
                "absence_overlap", name=person.name, start=one.starts_on, end=one.ends_on, kind=one.kind
            )
    if row is None:
        row = Absence(person_id=person.id, starts_on=starts_on)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    record(session, [absent_fact(row, hand.actor, source=BY_HAND)], at=hand.at)
    return Recorded(row, tuple(_snags(session, row)))


def end_absence(session: Session, person: Person, hand: Hand, *, starts_on: date | None = None) -> Absence:
    """A person is back today: the present absence ended yesterday.

    One that has not begun is taken back only if `starts_on` names its first day, so that the same
    command twice undoes nothing else. Raises NotFoundError where there is none.
    """
    meant = Absence.starts_on <= hand.today if starts_on is None else Absence.starts_on == starts_on
    absence = session.scalar(
        select(Absence)
        .where(
            Absence.person_id == person.id,
            meant,
            Absence.ends_on >= hand.today,
            Absence.ends_on >= Absence.starts_on,
        )
        .order_by(Absence.starts_on)
        .limit(1)
    )
    if absence is None:
        raise NotFoundError("absence_none", name=person.name)
    payload = {
        "absence": absence.id,
        "substitute": absence.substitute_id,
        "from": absence.starts_on.isoformat(),
        "to": absence.ends_on.isoformat(),
        "on": hand.today.isoformat(),
    }
    absence.ends_on = max(hand.today, absence.starts_on) - timedelta(days=1)
    session.flush()
    record(session, [Fact(BACK, "person", person.id, hand.actor, payload)], at=hand.at)
    return absence


def absent_fact(absence: Absence, actor: str, *, source: str) -> Fact:
    """The event of an absence that was entered."""
    payload = {
        "absence": absence.id,
        "substitute": absence.substitute_id,
        "from": absence.starts_on.isoformat(),
        "to": absence.ends_on.isoformat(),
        "kind": absence.kind,
        "source": source,
    }
    return Fact(ABSENT, "person", absence.person_id, actor, payload, absence.reason)


def entered_by_hand(session: Session) -> set[int]:
    """The absences that no organisation file brought, and that none takes back."""
    payloads = map(json.loads, session.scalars(select(Event.payload).where(Event.verb == ABSENT)))
    return {one["absence"] for one in payloads if one["source"] == BY_HAND}


def _snags(session: Session, absence: Absence) -> Iterator[Pointed]:
    """Where the substitute's own absences leave the work with somebody else, or with nobody."""
    if absence.substitute_id is None:
        return
    people = {one.id: one for one in session.scalars(select(Person))}
    others = session.scalars(
        select(Absence)
        .where(Absence.ends_on >= absence.starts_on, Absence.starts_on <= absence.ends_on)
        .where(Absence.ends_on >= Absence.starts_on, Absence.id != absence.id)
        .order_by(Absence.starts_on)
    ).all()
    name = people[absence.substitute_id].name
    for away in others:
        if away.person_id != absence.substitute_id:
            continue
        start, end = max(away.starts_on, absence.starts_on), min(away.ends_on, absence.ends_on)
        acting = _followed(away, others, start, end, absence.person_id)
        if acting is None:
            snag = Snag.AWAY_ALONE if away.substitute_id is None else Snag.CIRCLE
            yield Pointed(snag, name, start, end)
        else:
            yield Pointed(Snag.AWAY, name, start, end, people[acting].name)


def _followed(away: Absence, others: Sequence[Absence], start: date, end: date, first: int) -> int | None:
    """Who acts in the end, following substitutes who are away in that time; None for nobody."""
    seen, acting = {first, away.person_id}, away.substitute_id
    while acting is not None and acting not in seen:
        seen.add(acting)
        further = next(
            (
                one
                for one in others
                if one.person_id == acting and one.starts_on <= end and one.ends_on >= start
            ),
            None,
        )
        if further is None:
            return acting
        acting = further.substitute_id
    return None
