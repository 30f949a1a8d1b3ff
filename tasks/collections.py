"""Collections: each of many people hands in one thing by one day; who has, who has not, one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.tables import Collection, HandIn, Item, Person, Unit
from tasks.collection_list import count_of, list_lines
from tasks.collection_people import Asked, Roll, away_through, load_roll
from tasks.directory import find_coordinator
from tasks.evidence import Kept
from tasks.work import Hand


@dataclass(frozen=True)
class Excused:
    """Somebody who is asked for nothing, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Opened:
    """A collection as it was opened: of how many it is asked, and who is excused from the start."""

    collection: Collection
    count: int
    excused: tuple[Excused, ...]


def open_collection(
    session: Session,
    hand: Hand,
    *,
    title: str,
    due: date,
    audience: str,
    item_ref: str = "",
    words: str = "",
) -> Opened:
    """Ask each person of an audience for one thing by `due`.

    The audience is who it means today; who is away from today through `due` is excused, with the reason.
    The coordinator may ask anybody, others only people of the units that they head or lead. Raises
    InputError without a title or with a date that is past, NotFoundError for an unknown item, RefusedError
    while a collection with the same title is open: nobody is asked twice for the same.
    """
    title = title.strip()
    if not title:
        raise InputError("collection_title")
    if due < hand.today:
        raise InputError("collection_due", due=due, today=hand.today)
    item = _find_item(session, due.year, item_ref) if item_ref else None
    _refuse_same(session, title)
    roll = load_roll(session, hand.today)
    asked = roll.resolve(audience)
    if not asked:
        raise InputError("collection_nobody")
    _check_reach(session, roll, hand, asked)
    collection = Collection(
        title=title,
        words=words.strip(),
        audience=audience.strip(),
        item_id=item.id if item else None,
        opened_by=hand.person.id,
        opened_at=hand.at,
        opened_on=hand.today,
        due_on=due,
    )
    session.add(collection)
    session.flush()
    excused = _ask(session, collection, asked, hand.today)
    payload = {
        "title": title,
        "due": due.isoformat(),
        "audience": collection.audience,
        "count": len(asked),
        "excused": [vars(one) for one in excused],
    }
    _record(session, collection, hand, "opened", payload)
    return Opened(collection, len(asked), excused)


def join(session: Session, number: int, hand: Hand, words: str) -> Opened:
    """Ask people too who were not asked when the collection was opened; who was asked stays as he is."""
    collection = _managed(session, number, hand)
    roll = load_roll(session, hand.today)
    known = set(session.scalars(select(HandIn.person_id).where(HandIn.collection_id == collection.id)))
    asked = [one for one in roll.resolve(words) if one.id not in known]
    _check_reach(session, roll, hand, asked)
    excused = _ask(session, collection, asked, hand.today)
    if asked:
        payload = {"title": collection.title, "people": [one.id for one in asked], "count": len(asked)}
        _record(session, collection, hand, "joined", payload)
    return Opened(collection, len(asked), excused)


def hand_in(
    session: Session, number: int, hand: Hand, *, of: Person, words: str, kept: Kept | None = None
) -> HandIn:
    """Hand in for `of`: a sentence or a file is enough.

    Handing in again replaces what was handed in, and the day of the first time stays; the event log keeps
    both. The same again changes nothing. People hand in for themselves; the coordinator, who opened the
    collection and the head of the unit may register it for others. Raises InputError with neither words
    nor a file, NotFoundError for who was not asked, RefusedError for a closed collection.
    """
    words = words.strip()
    if not words and kept is None:
        raise InputError("collection_empty", number=number)
    collection = find_collection(session, number)
    _refuse_closed(collection)
    row = _row_of(session, collection, of)
    if hand.person.id != of.id and not _speaks_for(session, collection, row, hand):
        raise RefusedError("collection_not_yours", name=hand.person.name, of=of.name)
    sha256, name = (kept.sha256, kept.name) if kept else ("", "")
    again = row.handed_in_on is not None
    if again and (row.words, row.sha256) == (words, sha256):
        return row
    row.words, row.sha256, row.name, row.excused = words, sha256, name, ""
    row.handed_in_at = row.handed_in_at or hand.at
    row.handed_in_on = row.handed_in_on or hand.today
    payload = {
        "person_id": of.id,
        "person": of.name,
        "words": words,
        "name": name,
        "sha256": sha256,
        "late": row.handed_in_on > collection.due_on,
        "again": again,
    }
    _record(session, collection, hand, "handed_in", payload)
    return row


def excuse(session: Session, number: int, hand: Hand, *, of: Person, reason: str) -> HandIn:
    """Let somebody off, with the reason. Raises RefusedError without one or for who has handed in."""
    if not reason.strip():
        raise RefusedError("collection_reason", name=of.name)
    collection = _managed(session, number, hand)
    row = _row_of(session, collection, of)
    if row.handed_in_on is not None:
        raise RefusedError("collection_done_already", name=of.name, day=row.handed_in_on)
    if row.excused != reason.strip():
        row.excused = reason.strip()
        payload = {"person_id": of.id, "person": of.name}
        _record(session, collection, hand, "excused", payload, reason=row.excused)
    return row


def close(session: Session, number: int, hand: Hand) -> Collection:
    """Close a collection: nobody is chased any more, and its event names who has not handed in.

    Closing a closed one changes nothing.
    """
    collection = _managed(session, number, hand, closed=True)
    if collection.closed_at is not None:
        return collection
    collection.closed_at = hand.at
    lines = list_lines(session, collection.id)
    count = count_of(lines)
    payload = {
        "title": collection.title,
        "count": count.owed,
        "handed_in": count.handed_in,
        "uncovered": [line.name for line in lines if line.owes],
    }
    _record(session, collection, hand, "closed", payload)
    return collection


def find_collection(session: Session, number: int) -> Collection:
    """The collection with this number, locked for the caller's transaction. Raises NotFoundError."""
    collection = session.get(Collection, number, with_for_update=True)
    if collection is None:
        raise NotFoundError("collection_unknown", number=number)
    return collection


def managed(session: Session, number: int, hand: Hand) -> Collection:
    """The same, open, for its coordinator or who opened it. Raises RefusedError for anybody else."""
    return _managed(session, number, hand)


def _managed(session: Session, number: int, hand: Hand, *, closed: bool = False) -> Collection:
    collection = find_collection(session, number)
    if not _manages(session, collection, hand):
        raise RefusedError("collection_not_manager", name=hand.person.name)
    if not closed:
        _refuse_closed(collection)
    return collection


def _ask(
    session: Session, collection: Collection, asked: Sequence[Asked], today: date
) -> tuple[Excused, ...]:
    """Note what each of them owes; who is away through the due date owes nothing."""
    away = away_through(session, today, max(collection.due_on, today))
    excused = []
    for one in asked:
        absence = away.get(one.id)
        reason = f"{absence.kind}（{absence.starts_on}—{absence.ends_on}）" if absence else ""
        if absence:
            excused.append(Excused(one.name, reason))
        session.add(
            HandIn(collection_id=collection.id, person_id=one.id, unit_id=one.unit_id, excused=reason)
        )
    session.flush()
    return tuple(excused)


def _find_item(session: Session, year: int, ref: str) -> Item:
    item = session.scalar(select(Item).where(Item.year == year, Item.ref == ref))
    if item is None:
        raise NotFoundError("collection_item", ref=ref, year=year)
    return item


def _refuse_same(session: Session, title: str) -> None:
    same = select(Collection).where(Collection.title == title, Collection.closed_at.is_(None))
    present = session.scalar(same.limit(1))
    if present is not None:
        raise RefusedError("collection_same", title=title, number=present.id, due=present.due_on)


def _refuse_closed(collection: Collection) -> None:
    if collection.closed_at is not None:
        raise RefusedError("collection_closed", number=collection.id, title=collection.title)


def _check_reach(session: Session, roll: Roll, hand: Hand, asked: Sequence[Asked]) -> None:
    if _coordinates(session, hand):
        return
    led = roll.led_by(hand.person.id)
    beyond = [one.name for one in asked if not roll.belongs_to(one.id, led)]
    if beyond:
        names = "、".join(beyond[:3]) + ("…" if len(beyond) > 3 else "")  # noqa: PLR2004  # an example
        raise RefusedError("collection_beyond", name=hand.person.name, count=len(beyond), names=names)


def _coordinates(session: Session, hand: Hand) -> bool:
    coordinator = find_coordinator(session, hand.coordinator)
    return coordinator is not None and coordinator.id == hand.person.id


def _manages(session: Session, collection: Collection, hand: Hand) -> bool:
    return hand.person.id == collection.opened_by or _coordinates(session, hand)


def _speaks_for(session: Session, collection: Collection, row: HandIn, hand: Hand) -> bool:
    unit = session.get(Unit, row.unit_id) if row.unit_id else None
    return (unit is not None and unit.head_id == hand.person.id) or _manages(session, collection, hand)


def _row_of(session: Session, collection: Collection, person: Person) -> HandIn:
    row = session.scalar(
        select(HandIn)
        .where(HandIn.collection_id == collection.id, HandIn.person_id == person.id)
        .with_for_update()
    )
    if row is None:
        raise NotFoundError("collection_not_asked", name=person.name, number=collection.id)
    return row


def _record(
    session: Session,
    collection: Collection,
    hand: Hand,
    verb: str,
    payload: Mapping[str, object],
    *,
    reason: str = "",
) -> None:
    fact = Fact(f"collection.{verb}", "collection", collection.id, hand.actor, payload, reason)
    record(session, [fact], at=hand.at)
