"""Collections are chased in one list: before the due date, on it, and every workday after it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.errors import RefusedError
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import Collection, Event, HandIn, Person
from models.workdays import Calendar
from tasks.collection_list import Summary, count_of, list_collections, list_lines
from tasks.collections import managed
from tasks.work import Hand

#: The first reminder comes so many workdays before the due date.
REMIND_WORKDAYS = 3
SOON, DUE, LATE = "soon", "due", "late"
_CHASED, _UNCOVERED, _REMINDED = "collection.chased", "collection.uncovered", "collection.reminded"


def chase(session: Session, settings: Settings, *, day: date, calendar: Calendar, at: datetime) -> int:
    """Record for each open collection what must be chased on `day`; gives how many events that were.

    In the caller's transaction, with a fixed number of SELECTs. On a rest day nothing is chased; days that
    were missed are caught up in one go, and the same day again gives nothing. `settings.uncovered_days`
    calendar days before the due date those who have not handed in are named to the coordinator, once.
    """
    if not calendar.is_workday(day):
        return 0
    wanted = [one for one in list_collections(session) if one.count.open]
    if not wanted:
        return 0
    ids = [one.collection.id for one in wanted]
    last, named = _last_rungs(session, ids), _named(session, ids)
    facts = [
        _fact(one, _CHASED, {"rung": rung, "day": day.isoformat()})
        for one in wanted
        if (rung := rung_on(one.collection, calendar, day)) and _height(rung) > last.get(one.collection.id, 0)
    ]
    facts += [
        _fact(one, _UNCOVERED, {"day": day.isoformat(), "people": people})
        for one, people in _uncovered(session, settings, wanted, named, day)
    ]
    return len(record(session, facts, at=at))


def remind(
    session: Session, number: int, hand: Hand, *, words: str, every: int, calendar: Calendar
) -> Summary:
    """Remind all who have not handed in, by hand, once in `every` workdays at most.

    Raises RefusedError when it was done just before, and when nobody owes anything.
    """
    collection = managed(session, number, hand)
    last = session.scalar(
        select(Event.payload)
        .where(Event.subject == "collection", Event.subject_id == number, Event.verb == _REMINDED)
        .order_by(Event.id.desc())
        .limit(1)
    )
    if last is not None:
        before = date.fromisoformat(json.loads(last)["day"])
        again = calendar.add(before, every)
        if hand.today < again:
            raise RefusedError("collection_reminded", number=number, day=before, again=again)
    lines = list_lines(session, number)
    summary = Summary(collection, count_of(lines))
    if not summary.count.open:
        raise RefusedError("collection_complete", number=number, title=collection.title)
    payload = {"words": words.strip(), "day": hand.today.isoformat()}
    record(session, [_fact(summary, _REMINDED, payload, actor=hand.actor)], at=hand.at)
    return summary


def rung_on(collection: Collection, calendar: Calendar, day: date) -> str:
    """Where a collection stands on a workday: `soon`, `due`, `late-1` and so on by workdays, or nothing.

    On the day of asking nobody is chased. A due date on a rest day is chased on the workday before it.
    """
    if day <= collection.opened_on:
        return ""
    if day > collection.due_on:
        return f"{LATE}-{max(1, calendar.between(collection.due_on, day))}"
    left = calendar.between(day, collection.due_on)
    if left == 0:
        return DUE
    return SOON if left <= REMIND_WORKDAYS else ""


def _height(rung: str) -> int:
    """The order of the rungs."""
    name, _, number = rung.partition("-")
    return {SOON: 1, DUE: 2, LATE: 2}[name] + int(number or 0)


def _last_rungs(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How high each collection was chased already."""
    newest = (
        select(func.max(Event.id))
        .where(Event.subject == "collection", Event.subject_id.in_(ids), Event.verb == _CHASED)
        .group_by(Event.subject_id)
    )
    rows = session.execute(select(Event.subject_id, Event.payload).where(Event.id.in_(newest)))
    return {number: _height(json.loads(payload)["rung"]) for number, payload in rows if number is not None}


def _named(session: Session, ids: Sequence[int]) -> frozenset[int]:
    """The collections whose uncovered were named to the coordinator."""
    rows = session.scalars(
        select(Event.subject_id).where(
            Event.subject == "collection", Event.subject_id.in_(ids), Event.verb == _UNCOVERED
        )
    )
    return frozenset(number for number in rows if number is not None)


def _uncovered(
    session: Session, settings: Settings, wanted: Sequence[Summary], named: frozenset[int], day: date
) -> Iterator[tuple[Summary, list[str]]]:
    """Collections that run longer than that, once so few days are left."""
    before = timedelta(days=settings.uncovered_days)
    ripe = [
        one
        for one in wanted
        if one.collection.id not in named
        and one.collection.opened_on < one.collection.due_on - before <= day <= one.collection.due_on
    ]
    people: dict[int, list[str]] = {one.collection.id: [] for one in ripe}
    if ripe:
        rows = session.execute(
            select(HandIn.collection_id, Person.name)
            .join(Person, Person.id == HandIn.person_id)
            .where(HandIn.collection_id.in_(people), HandIn.handed_in_on.is_(None), HandIn.excused == "")
            .order_by(HandIn.id)
        )
        for number, name in rows:
            people[number].append(name)
    return ((one, people[one.collection.id]) for one in ripe)


def _fact(one: Summary, verb: str, more: Mapping[str, object], *, actor: str = SYSTEM) -> Fact:
    number = one.collection.id
    payload = {"collection": number, "open": one.count.open, "coverage": one.count.coverage}
    return Fact(verb, "collection", number, actor, {**payload, **more})
