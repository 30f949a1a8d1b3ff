"""Rows of documents: work items of one item that stand together, however many units owe them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select
from sqlalchemy.orm import Session

from models.periods import Period
from models.standing import PUT_OFF
from models.tables import Item, Unit, WorkItem
from tasks.issue.ledger import WORKS, Stand, Work
from tasks.issue.office import COUNTED_KINDS, MOST_NAMED, Crowd, stands_in

#: So many work items of a row are read: twice what is named, because some may be left out of it.
_READ = 2 * MOST_NAMED


@dataclass(frozen=True)
class Row:
    """Work items of one item that stand together: same period, same due dates, several units.

    `period` is the document's. Of very many only the first are in `works`; `count` and `kinds` (units that
    stand in the period, by kind) speak of all.
    """

    period: Period
    works: tuple[Work, ...]
    count: int
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def first(self) -> Work:
        """The work item that speaks for all."""
        return self.works[0]

    @property
    def stand(self) -> Stand:
        """How they stand to the document's period."""
        return self.first.stand(self.period)

    @property
    def due_on(self) -> date | None:
        """The date that all of them share."""
        return self.first.due_on

    @property
    def crowd(self) -> Crowd:
        """Their units, of which those are named that stand in the period."""
        names = [work.unit for work in self.works if work.unit_stands_in(self.period)]
        return Crowd(self.count, names, self.kinds)

    @property
    def owners(self) -> tuple[str, ...]:
        """Their owners' names."""
        return tuple(work.owner for work in self.works)

    def without(self, works: Sequence[Work], kinds: Iterable[str]) -> Row | None:
        """The row without some work items, of units of these kinds; None if no other is left."""
        if not works:
            return self
        gone = {work.id for work in works}
        return (
            replace(
                self,
                works=tuple(work for work in self.works if work.id not in gone),
                count=self.count - len(works),
                kinds=Counter(self.kinds) - Counter(kinds),
            )
            if self.count > len(works)
            else None
        )


def rows_of(works: Iterable[Work], period: Period) -> tuple[Row, ...]:
    """Group work items so that one item of one date is one row, in the order given."""
    groups: dict[tuple[object, ...], list[Work]] = {}
    for work in works:
        groups.setdefault(work.same, []).append(work)
    return tuple(Row(period, tuple(group), len(group)) for group in groups.values())


def rows_where(session: Session, condition: ColumnElement[bool], period: Period) -> tuple[Row, ...]:
    """The same of all work items that meet a condition; one SELECT, of the first ones of each row."""
    numbered = _numbered(condition, period)
    counts = [numbered.c[name] for name in ("size", *COUNTED_KINDS)]
    rows = session.execute(
        WORKS.join(numbered, numbered.c.id == WorkItem.id)
        .where(numbered.c.place <= _READ)
        .add_columns(*counts)
    )
    groups: dict[tuple[object, ...], tuple[list[Work], int, dict[str, int]]] = {}
    for row in rows:
        work, (size, *kinds) = Work(*row[: -len(counts)]), row[-len(counts) :]
        known = groups.setdefault(work.same, ([], size, dict(zip(COUNTED_KINDS, kinds, strict=True))))
        known[0].append(work)
    return tuple(Row(period, tuple(works), size, kinds) for works, size, kinds in groups.values())


def _numbered(condition: ColumnElement[bool], period: Period) -> Subquery:
    """Each work item's place in its row, and how many stand there, with which kinds of units."""
    put_off = and_(PUT_OFF.c.work_item_id.is_not(None), WorkItem.original_due_on != WorkItem.due_on)
    first_due = case((put_off, WorkItem.original_due_on))
    row: dict[str, Any] = {
        "partition_by": (WorkItem.item_id, WorkItem.period, WorkItem.due_on, first_due),
        "order_by": (Unit.position, WorkItem.id),
        "rows": (None, None),
    }
    standing = {
        kind: func.sum(case((and_(Unit.kind == kind, stands_in(period)), 1), else_=0)).over(**row).label(kind)
        for kind in COUNTED_KINDS
    }
    return (
        select(
            WorkItem.id,
            func.row_number().over(**row).label("place"),
            func.count().over(**row).label("size"),
            *standing.values(),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(condition, WorkItem.parent_id.is_(None))
        .subquery()
    )
