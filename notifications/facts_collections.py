"""What collections tell: that something is asked, that it is still owed, and who has not handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, case, func, or_, select

from models.tables import Collection, HandIn, Unit
from notifications.telling import Audience, Draft, News, Nobody, Telling

ASKED, CHASED, GAPS = "collection_asked", "collection_chased", "collection_gaps"
_OPENED, _JOINED = "collection.opened", "collection.joined"
#: Those who have not handed in are named to whoever looks after them.
_OVERSEEN = frozenset({"collection.chased", "collection.reminded"})
_UNCOVERED = "collection.uncovered"
#: How many names a list in a letter has at most; it says how many more there are.
MOST_NAMES = 150


class _Owed(NamedTuple):
    """What one person still owes to one collection."""

    collection_id: int
    person_id: int
    unit_id: int | None
    unit: str


class _Head(NamedTuple):
    """A collection with its counts."""

    id: int
    title: str
    words: str
    due_on: date
    opened_by: int
    asked: int
    handed_in: int


@dataclass
class _Reader:
    """What one reader is told, each by the collection's number."""

    asked: dict[int, News] = field(default_factory=dict)
    chased: dict[int, News] = field(default_factory=dict)
    gaps: dict[int, tuple[News, list[_Owed]]] = field(default_factory=dict)


def collections(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """For each reader one entry a kind, with all collections since the last telling as they stand.

    Who owes something is asked, then chased. The heads of units get one list of their people who have
    not handed in, the coordinator one of all. What is closed or handed in meanwhile is not told.
    """
    letters = {audience.letter for audience in audiences}
    verbs = {_OPENED, _JOINED, _UNCOVERED, *_OVERSEEN}
    latest = [one for one in news if one.verb in verbs and one.subject_id]
    ids = sorted({one.subject_id for one in latest if one.subject_id})
    if not ids:
        return
    heads = {row[0]: _Head(*row) for row in telling.session.connection().execute(_HEADS, {"ids": ids})}
    owed: defaultdict[int, list[_Owed]] = defaultdict(list)
    for row in telling.session.connection().execute(_OWED, {"ids": ids}):
        owed[row[0]].append(_Owed(*row))
    readers: defaultdict[int, _Reader] = defaultdict(_Reader)
    for one in latest:
        if one.subject_id and one.subject_id in owed:
            _spread(telling, one, owed[one.subject_id], readers)
    for person, reader in readers.items():
        for draft in _drafts(telling, person, reader, heads):
            if draft.letter in letters:
                yield draft


_IDS = bindparam("ids", expanding=True, type_=Integer)
_HEADS = (
    select(
        Collection.id,
        Collection.title,
        Collection.words,
        Collection.due_on,
        Collection.opened_by,
        func.sum(case((or_(HandIn.handed_in_on.is_not(None), HandIn.excused == ""), 1), else_=0)),
        func.sum(case((HandIn.handed_in_on.is_not(None), 1), else_=0)),
    )
    .join(HandIn, HandIn.collection_id == Collection.id)
    .where(Collection.id.in_(_IDS))
    .group_by(Collection.id)
)
_OWED = (
    select(HandIn.collection_id, HandIn.person_id, HandIn.unit_id, func.coalesce(Unit.name, ""))
    .join(Collection, Collection.id == HandIn.collection_id)
    .join(Unit, Unit.id == HandIn.unit_id, isouter=True)
    .where(Collection.id.in_(_IDS), Collection.closed_at.is_(None))
    .where(HandIn.handed_in_on.is_(None), HandIn.excused == "")
    .order_by(HandIn.collection_id, Unit.position.is_(None), Unit.position, Unit.id, HandIn.person_id)
)


def _spread(telling: Telling, news: News, owed: Sequence[_Owed], readers: Mapping[int, _Reader]) -> None:
    """Note with each reader what an event means to him."""
    number, roster = owed[0].collection_id, telling.roster
    present = [one.person_id for one in owed if roster.people[one.person_id].active]
    if news.verb in {_OPENED, _JOINED}:
        wanted = set(news.payload.get("people", present))
        for person in wanted.intersection(present):
            readers[person].asked[number] = news
    if news.verb in _OVERSEEN:
        for person in present:
            readers[person].chased[number] = news
        for reader, people in _by_head(telling, owed).items():
            readers[reader].gaps[number] = (news, people)
    if news.verb in {_UNCOVERED, *_OVERSEEN}:
        # The coordinator sees all of them, head of a unit or not.
        for reader in roster.coordinator():
            readers[reader].gaps[number] = (news, list(owed))


def _by_head(telling: Telling, owed: Sequence[_Owed]) -> dict[int, list[_Owed]]:
    """Who has not handed in, by the head of the unit or who acts for him; nobody is named to himself."""
    found: defaultdict[int, list[_Owed]] = defaultdict(list)
    for one in owed:
        for head in telling.roster.unit_head(one.unit_id or 0):
            reader = telling.roster.addressee(head)
            if reader != one.person_id:
                found[reader].append(one)
    return found


def _drafts(telling: Telling, person: int, reader: _Reader, heads: Mapping[int, _Head]) -> Iterator[Draft]:
    told: list[tuple[str, list[News], list[dict[str, object]]]] = []
    # Who is asked for the first time today need not be chased as well.
    chased = {number: one for number, one in reader.chased.items() if number not in reader.asked}
    for letter, found in ((ASKED, reader.asked), (CHASED, chased)):
        rows = [_row(telling, heads[number], one) for number, one in found.items()]
        told.append((letter, list(found.values()), rows))
    lists = [
        _row(telling, heads[number], one) | _gaps(telling, heads[number], owed)
        for number, (one, owed) in reader.gaps.items()
    ]
    told.append((GAPS, [one for one, _ in reader.gaps.values()], lists))
    for letter, news, rows in told:
        if rows:
            first = min(news, key=lambda one: one.id)
            yield Draft(
                letter=letter,
                person_id=person,
                dedupe=f"{letter}:{first.id}:{person}",
                event_id=first.id,
                facts={"rows": rows, "total": len(rows), "more": 0},
                # Who may hand in later today or is late already must hear of it now.
                pressing=letter == CHASED and any(_presses(row) for row in rows),
            )


def _presses(row: Mapping[str, object]) -> bool:
    return bool(row["late"]) or row["left"] in {0, 1}


def _row(telling: Telling, head: _Head, news: News) -> dict[str, object]:
    """A collection as its entries show it; `left` in workdays, `late` in calendar days."""
    late = max(0, (telling.today - head.due_on).days)
    people = telling.roster.people
    return {
        "id": head.id,
        "title": head.title,
        "words": head.words,
        "said": str(news.payload.get("words", "")) if news.verb in _OVERSEEN else "",
        "by": people[head.opened_by].name if head.opened_by in people else "",
        "due": head.due_on.isoformat(),
        "left": None if late else telling.calendar.between(telling.today, head.due_on),
        "late": late,
    }


def _gaps(telling: Telling, head: _Head, owed: Sequence[_Owed]) -> dict[str, object]:
    """Who has not handed in, by unit, and how far the whole collection has come."""
    units: dict[str, list[str]] = {}
    for one in owed[:MOST_NAMES]:
        units.setdefault(one.unit, []).append(_name(telling, one.person_id))
    return {
        "owed": head.asked,
        "handed_in": head.handed_in,
        "coverage": 100 * head.handed_in // head.asked if head.asked else 100,
        "open": len(owed),
        "units": [{"unit": unit, "names": names} for unit, names in units.items()],
        "more": max(0, len(owed) - MOST_NAMES),
    }


def _name(telling: Telling, person_id: int) -> str:
    """A name; with the address where several people share it."""
    person = telling.roster.people[person_id]
    return f"{person.name}<{person.email}>" if person.name in telling.namesakes else person.name
