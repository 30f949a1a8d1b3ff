"""Collections as lists: who has handed in, who has not, how far each has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from models.tables import Collection, HandIn, Person, Unit
from tasks.collection_people import Asked, load_roll


class Line(NamedTuple):
    """One person in a collection's list, under the unit that he belonged to when he was asked."""

    person_id: int
    name: str
    email: str
    active: bool
    unit_id: int | None
    unit: str
    handed_in_at: datetime | None
    handed_in_on: date | None
    words: str
    sha256: str
    file: str
    excused: str

    @property
    def owes(self) -> bool:
        """Whether it is still owed."""
        return self.handed_in_on is None and not self.excused

    def stand(self, due: date) -> str:
        """`handed_in`, `late`, `excused`, `open`, or `left` for who is gone and has not handed in."""
        if self.handed_in_on is not None:
            return "late" if self.handed_in_on > due else "handed_in"
        if self.excused:
            return "excused"
        return "open" if self.active else "left"


class Count(NamedTuple):
    """How far a collection has come, in people; who is excused is not owed."""

    owed: int
    handed_in: int
    excused: int

    @property
    def open(self) -> int:
        """How many have not handed in."""
        return self.owed - self.handed_in

    @property
    def coverage(self) -> int:
        """Per cent of those who owe it that have handed in, rounded down: 100 means everybody."""
        return 100 * self.handed_in // self.owed if self.owed else 100


@dataclass(frozen=True)
class Summary:
    """A collection with its counts."""

    collection: Collection
    count: Count


def list_lines(session: Session, number: int) -> list[Line]:
    """Everybody of whom a collection was asked, by unit."""
    rows = session.execute(
        select(
            HandIn.person_id,
            Person.name,
            Person.email,
            Person.active,
            HandIn.unit_id,
            func.coalesce(Unit.name, ""),
            HandIn.handed_in_at,
            HandIn.handed_in_on,
            HandIn.words,
            HandIn.sha256,
            HandIn.name,
            HandIn.excused,
        )
        .join(Person, Person.id == HandIn.person_id)
        .join(Unit, Unit.id == HandIn.unit_id, isouter=True)
        .where(HandIn.collection_id == number)
        .order_by(Unit.position.is_(None), Unit.position, Unit.id, Person.id)
    )
    return [Line(*row) for row in rows]


def count_of(lines: Iterable[Line]) -> Count:
    """The counts of a list."""
    lines = list(lines)
    excused = sum(1 for line in lines if line.excused and line.handed_in_on is None)
    handed_in = sum(1 for line in lines if line.handed_in_on is not None)
    return Count(len(lines) - excused, handed_in, excused)


def list_collections(session: Session, *, every: bool = False) -> list[Summary]:
    """The open collections with their counts, or all of them; by due date, with one SELECT."""
    wanted = Collection.id.is_not(None) if every else Collection.closed_at.is_(None)
    return summaries(session, wanted)


def summaries(session: Session, where: ColumnElement[bool]) -> list[Summary]:
    """The collections that meet a condition, with their counts."""
    handed_in = HandIn.handed_in_on.is_not(None)
    excused = and_(HandIn.handed_in_on.is_(None), HandIn.excused != "")
    rows = session.execute(
        select(
            Collection,
            func.count(HandIn.id),
            func.coalesce(func.sum(case((handed_in, 1), else_=0)), 0),
            func.coalesce(func.sum(case((excused, 1), else_=0)), 0),
        )
        .join(HandIn, HandIn.collection_id == Collection.id, isouter=True)
        .where(where)
        .group_by(Collection.id)
        .order_by(Collection.due_on, Collection.id)
    )
    return [Summary(one, Count(asked - off, done, off)) for one, asked, done, off in rows]


def joiners(session: Session, collection: Collection, lines: Sequence[Line], day: date) -> tuple[Asked, ...]:
    """Who belongs to the audience by now and was not asked: they are offered, never added silently."""
    if collection.closed_at is not None:
        return ()
    known = {line.person_id for line in lines}
    means = load_roll(session, day).resolve(collection.audience, strict=False)
    return tuple(one for one in means if one.id not in known)
