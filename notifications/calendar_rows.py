"""Dated work items as calendars need them: a fixed number of SELECTs, however many people there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, Integer, bindparam, func, or_, select
from sqlalchemy.orm import Session

from models.lifecycle import DONE_STATES, OPEN_STATES, State
from models.tables import Absence, Event, Item, Person, Unit, WorkChange, WorkItem

#: Ids in one statement; SQLite takes some 32,000 values.
_AT_ONCE = 10_000
#: What a person did that shows in a calendar; a set-based step writes rows of `WorkChange`.
_SHOWN_STEPS = ("opened", "extended", "returned", "cancelled")
_HANDED_OVER = "handed_over"


class DatedWork(NamedTuple):
    """A work item with a due date that its owner was told of."""

    id: int
    owner_id: int | None
    owner: str
    unit_id: int
    unit: str
    code: str
    no: str
    title: str
    standard: str
    category: str
    key: bool
    hidden: bool
    period: str
    state: str
    due_on: date
    sequence: int
    assigned_at: datetime
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is still owed."""
        return self.state in OPEN_STATES

    @property
    def is_done(self) -> bool:
        """Whether it was crossed off."""
        return self.state in DONE_STATES

    @property
    def is_cancelled(self) -> bool:
        """Whether it was dropped."""
        return self.state == State.CANCELLED


@dataclass(frozen=True)
class Dated:
    """What was read: the work, who owned it before, and when it last changed."""

    works: tuple[DatedWork, ...]
    former: Mapping[int, frozenset[int]]
    changed: Mapping[int, datetime]

    def stamp(self, work: DatedWork) -> datetime:
        """The instant of the last change that a calendar shows."""
        known = (work.assigned_at, work.closed_at, self.changed.get(work.id))
        return max(at for at in known if at is not None)

    def left(self, work: DatedWork) -> frozenset[int]:
        """Who had it once, and has it no more."""
        return self.former.get(work.id, frozenset()) - {work.owner_id or 0}


_DAY = bindparam("day", type_=Date)
_IDS = bindparam("ids", expanding=True, type_=Integer)
_WORKS = (
    select(
        WorkItem.id,
        WorkItem.owner_id,
        func.coalesce(Person.name, ""),
        WorkItem.unit_id,
        Unit.name,
        Unit.code,
        Item.no,
        Item.title,
        Item.standard,
        Item.category,
        Item.key,
        Item.hidden,
        WorkItem.period,
        WorkItem.state,
        WorkItem.due_on,
        WorkItem.sequence,
        WorkItem.assigned_at,
        WorkItem.closed_at,
    )
    .join(Item, Item.id == WorkItem.item_id)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .join(Person, Person.id == WorkItem.owner_id, isouter=True)
    .where(WorkItem.due_on.is_not(None), WorkItem.assigned_at.is_not(None), WorkItem.state != State.SCHEDULED)
    .order_by(WorkItem.due_on, Item.position, WorkItem.id)
)
#: The year's work, and what is still owed from before.
_SHOWN = _WORKS.where(
    or_(
        WorkItem.due_on.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        WorkItem.due_on.is_not(None) & WorkItem.state.in_(OPEN_STATES),
    )
)
_CHANGES = (
    select(WorkChange.work_item_id, func.max(Event.at))
    .join(Event, Event.id == WorkChange.event_id)
    .group_by(WorkChange.work_item_id)
)
_STEPS = (
    select(Event.subject_id, func.max(Event.at))
    .where(Event.subject == "work_item", Event.verb.in_([f"work_item.{one}" for one in _SHOWN_STEPS]))
    .group_by(Event.subject_id)
)
_FORMER = select(WorkChange.work_item_id, WorkChange.was).where(WorkChange.kind == _HANDED_OVER)
_ABSENT = (
    select(Absence.person_id, func.max(Absence.ends_on))
    .where(Absence.starts_on <= _DAY, Absence.ends_on >= _DAY, Absence.substitute_id.is_not(None))
    .group_by(Absence.person_id)
)


def dated_of_year(session: Session, today: date) -> Dated:
    """The dated work of the year of `today`, and what is still owed from earlier ones."""
    year = {"first": date(today.year, 1, 1), "last": date(today.year, 12, 31)}
    works = [DatedWork(*row) for row in session.connection().execute(_SHOWN, year)]
    return _with_changes(session, works, [None])


def dated_with_ids(session: Session, ids: Sequence[int]) -> Dated:
    """The dated ones among some work items."""
    chunks = [list(ids[start : start + _AT_ONCE]) for start in range(0, len(ids), _AT_ONCE)]
    works = []
    for chunk in chunks:
        rows = session.connection().execute(_WORKS.where(WorkItem.id.in_(_IDS)), {"ids": chunk})
        works += [DatedWork(*row) for row in rows]
    return _with_changes(session, works, chunks)


def absent_until(session: Session, day: date) -> dict[int, date]:
    """Until when those are away for whom somebody acts on `day`."""
    return {row[0]: row[1] for row in session.connection().execute(_ABSENT, {"day": day})}


def _with_changes(session: Session, works: Sequence[DatedWork], chunks: Sequence[list[int] | None]) -> Dated:
    changed: dict[int, datetime] = {}
    former: defaultdict[int, set[int]] = defaultdict(set)
    for chunk in chunks:
        for number, at in _instants(session, chunk):
            changed[number] = max(at, changed.get(number, at))
        query = _FORMER if chunk is None else _FORMER.where(WorkChange.work_item_id.in_(chunk))
        for number, person in session.execute(query):
            if person.isdigit():
                former[number].add(int(person))
    return Dated(tuple(works), {number: frozenset(who) for number, who in former.items()}, changed)


def _instants(session: Session, chunk: list[int] | None) -> Iterator[tuple[int, datetime]]:
    for query, column in ((_CHANGES, WorkChange.work_item_id), (_STEPS, Event.subject_id)):
        narrowed: ColumnElement[bool] | None = None if chunk is None else column.in_(chunk)
        rows = session.execute(query if narrowed is None else query.where(narrowed))
        yield from ((number, at) for number, at in rows)
