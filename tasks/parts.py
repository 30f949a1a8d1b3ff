"""Breaking down (分解): the lead splits a work item into parts with owners and dates of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError, Term
from models.lifecycle import Action, State
from models.roles import UnitKind
from models.tables import Item, Person, Post, Unit, WorkItem
from models.workdays import Calendar
from tasks.directory import find_person, find_unit
from tasks.part_words import PartWords
from tasks.steps import Hand, find_work, mine, take_step, told

#: Where a part's item comes from; what lists and counts the year's items leaves it out.
ORIGIN = "part"
#: A part may be split once more, its parts may not; and so many parts a work item has at most.
DEEPEST, MOST_PARTS = 2, 50

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class _Wanted(NamedTuple):
    """A part as it is to be, everything resolved."""

    place: str
    title: str
    owner: Person
    unit: Unit
    start_on: date
    nominal_due_on: date
    due_on: date

    @property
    def identity(self) -> tuple[str, int]:
        """What makes two parts of a work item the same."""
        return self.title, self.unit.id


def split(
    session: Session, number: int, hand: Hand, parts: Sequence[PartWords], *, calendar: Calendar
) -> list[WorkItem]:
    """Split a work item into parts that are handed out at once; gives them in the order given.

    By who answers for it; who has not signed for it signs by that. A part lies within the dates of the
    whole, starts today and ends with the whole where nothing is written, belongs to its owner's
    department, and moves from a rest day as the whole's item says. A part that is there already as it
    is written is given as it is: splitting twice changes nothing.

    Raises InputError naming where each part stands and its field, RefusedError where the work is split
    too deeply or too often, is overdue, or is not owed; nothing is kept then.
    """
    work = mine(session, number, hand)
    if not parts:
        raise InputError("split_nothing", id=number)
    if work.due_on is not None and work.due_on < hand.today:
        raise RefusedError("split_overdue", id=number, due=work.due_on)
    if _depth(session, work) >= DEEPEST:
        raise RefusedError("split_depth", id=number, levels=DEEPEST)
    item = session.get_one(Item, work.item_id)
    wanted = [_resolved(session, work, item, hand, one, calendar) for one in parts]
    _no_doubles(wanted)
    present = _present(session, work)
    fresh = [one for one in wanted if not _is_there(present, one)]
    if len(present) + len(fresh) > MOST_PARTS:
        raise RefusedError("split_many", id=number, most=MOST_PARTS)
    if fresh:
        take_step(work, Action.SPLIT)
        work.accepted_at = work.accepted_at or hand.at
        refs = _refs(session, item)
        made = [_make(session, work, item, hand, one, ref=next(refs)) for one in fresh]
        present |= {one.identity: part for one, part in zip(fresh, made, strict=True)}
        _tell(session, work, item, hand, fresh, made)
    return [present[one.identity] for one in wanted]


def _resolved(
    session: Session, work: WorkItem, item: Item, hand: Hand, words: PartWords, calendar: Calendar
) -> _Wanted:
    if not words.title:
        raise InputError("part_title", place=words.place)
    owner = _owner(session, words)
    nominal = _day(words, "due") or work.due_on
    if nominal is None:
        raise InputError("part_due", place=words.place)
    # A whole that begins later cannot have a part that has begun.
    earliest = max(hand.today, work.start_on or hand.today)
    latest = work.due_on or date.max
    due = calendar.shift(nominal, item.shift)
    if nominal < earliest or max(nominal, due) > latest:
        raise InputError(
            "part_due_outside", place=words.place, due=nominal, first=earliest, last=work.due_on or "—"
        )
    start = _day(words, "start") or min(earliest, due)
    first = work.start_on or date.min
    if not first <= start <= due:
        raise InputError(
            "part_start_outside", place=words.place, start=start, first=work.start_on or "—", last=due
        )
    unit = _unit(session, work, hand, owner, words)
    return _Wanted(words.place, words.title, owner, unit, start, nominal, due)


def _owner(session: Session, words: PartWords) -> Person:
    if not words.owner:
        raise InputError("part_owner_none", place=words.place)
    try:
        return find_person(session, words.owner)
    except NotFoundError as error:
        raise InputError("part_owner", place=words.place, name=words.owner) from error
    except RefusedError as error:
        raise InputError("part_owner_ambiguous", place=words.place, **error.facts) from error


def _unit(session: Session, work: WorkItem, hand: Hand, owner: Person, words: PartWords) -> Unit:
    """The unit written, else the whole's own if the owner belongs to it, else the owner's department."""
    if words.unit:
        try:
            return find_unit(session, words.unit)
        except NotFoundError as error:
            raise InputError("part_unit", place=words.place, name=words.unit) from error
    own = session.get_one(Unit, work.unit_id)
    units = session.scalars(
        select(Unit)
        .join(Post, Post.unit_id == Unit.id)
        .where(Post.person_id == owner.id)
        .where(or_(Post.starts_on.is_(None), Post.starts_on <= hand.today))
        .where(or_(Post.ends_on.is_(None), Post.ends_on >= hand.today))
        .order_by(Post.id)
    ).all()
    if own.id in {unit.id for unit in units}:
        return own
    return next((unit for unit in units if unit.kind == UnitKind.DEPARTMENT), own)


def _day(words: PartWords, field: str) -> date | None:
    """The day in a field, as 2026-03-31, 2026/3/31 or 2026年3月31日; nothing for nothing."""
    written = words.start if field == "start" else words.due
    if not written:
        return None
    found = _DAY.fullmatch(written)
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(written)
    except ValueError as error:
        name = Term(f"part_field.{field}")
        raise InputError("part_day", place=words.place, field=name, value=written) from error


def _no_doubles(wanted: Sequence[_Wanted]) -> None:
    places: dict[tuple[str, int], str] = {}
    for one in wanted:
        first = places.setdefault(one.identity, one.place)
        if first != one.place:
            raise InputError("part_twice", place=one.place, first=first, title=one.title)


def _present(session: Session, work: WorkItem) -> dict[tuple[str, int], WorkItem]:
    """The parts that there are; cancelled ones may be written anew."""
    rows = session.execute(
        select(Item.title, WorkItem)
        .join(Item, Item.id == WorkItem.item_id)
        .where(WorkItem.parent_id == work.id, WorkItem.state != State.CANCELLED)
    )
    return {(title, part.unit_id): part for title, part in rows}


def _is_there(present: dict[tuple[str, int], WorkItem], one: _Wanted) -> bool:
    """Whether a part is there as it is written; raises RefusedError if it is there otherwise."""
    part = present.get(one.identity)
    if part is None:
        return False
    if (part.owner_id, part.nominal_due_on) != (one.owner.id, one.nominal_due_on):
        raise RefusedError("part_already", place=one.place, id=part.id, title=one.title)
    return True


def _depth(session: Session, work: WorkItem) -> int:
    """How many work items this one is a part of."""
    depth, above = 0, work.parent_id
    while above is not None:
        depth, above = depth + 1, find_work(session, above).parent_id
    return depth


def _refs(session: Session, item: Item) -> Iterator[str]:
    """`38-1`, `38-2`, …: refs that the year does not have yet."""
    taken = session.scalars(
        select(Item.ref).where(Item.year == item.year, Item.ref.startswith(f"{item.ref}-", autoescape=True))
    )
    numbers = [int(number) for ref in taken if (number := ref[len(item.ref) + 1 :]).isdecimal()]
    return (f"{item.ref}-{number}" for number in count(max(numbers, default=0) + 1))


def _make(session: Session, work: WorkItem, item: Item, hand: Hand, one: _Wanted, *, ref: str) -> WorkItem:
    own = Item(
        year=item.year,
        ref=ref,
        no=ref,
        position=item.position,
        category=item.category,
        title=one.title,
        kind=item.kind,
        hidden=item.hidden,
        origin=ORIGIN,
        shift=item.shift,
    )
    session.add(own)
    session.flush()
    part = WorkItem(
        item_id=own.id,
        unit_id=one.unit.id,
        period=work.period,
        state=State.ASSIGNED.value,
        owner_id=one.owner.id,
        start_on=one.start_on,
        due_on=one.due_on,
        original_due_on=one.due_on,
        nominal_due_on=one.nominal_due_on,
        assigned_at=hand.at,
        parent_id=work.id,
    )
    session.add(part)
    session.flush()
    return part


def _tell(
    session: Session,
    work: WorkItem,
    item: Item,
    hand: Hand,
    wanted: Sequence[_Wanted],
    made: Sequence[WorkItem],
) -> None:
    """One event for each part, and one on the whole that names them all."""
    # Letters put the words of several openings together: an unannounced item's have no place in them.
    words = "" if item.hidden else f"{item.ref}　{item.title}（分解）"
    named = []
    for one, part in zip(wanted, made, strict=True):
        ref = session.get_one(Item, part.item_id).ref
        told(session, part, hand, "opened", parent=work.id, ref=ref, title=one.title, words=words)
        named.append(
            {
                "id": part.id,
                "ref": ref,
                "title": one.title,
                "owner": one.owner.name,
                "unit": one.unit.name,
                "due": one.due_on.isoformat(),
            }
        )
    told(session, work, hand, "split", parts=named)
