"""The open work of a document's period as its readers are shown it, read no further than is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select

from models.documents import DocumentKind
from models.lifecycle import OPEN_STATES
from models.periods import Period
from models.standing import due_in
from models.tables import Item, WorkItem
from notifications.telling import Telling
from notifications.work_rows import MOST_ROWS, WorkRow, by_reader, for_whom, row_fact, work_rows

#: Workdays that a unit has to sign for a document.
ANSWER_WORKDAYS = 3
#: So many owners are read at once.
_AT_ONCE = 2000
#: One who answers for all of it acts for fewer people than that.
_FEW = 50

Where = Sequence[ColumnElement[bool]]


class Owed(NamedTuple):
    """Work that a letter shows: its first rows, how many there are, how many are late.

    `own` says whether the reader answers for all of it, himself or for somebody absent.
    """

    rows: Sequence[WorkRow] = ()
    total: int = 0
    late: int = 0
    own: bool = False


def shown_in(kind: str, period: Period) -> Where:
    """The work due in a period; for owners also what begins in it, for units what was carried over."""
    begins = WorkItem.start_on.between(period.start, period.end)
    beside = begins if kind == DocumentKind.CALENDAR else WorkItem.due_on < period.start
    return or_(due_in(period), beside), WorkItem.state.in_(OPEN_STATES), Item.withdrawn_at.is_(None)


def owed_by_owners(telling: Telling, where: Where) -> Iterator[tuple[int, list[WorkRow]]]:
    """Who reads of which work: the owner, or who acts for an absent owner."""
    roster = telling.roster
    owners = select(WorkItem.owner_id).join(Item, Item.id == WorkItem.item_id).distinct()
    owning = telling.session.scalars(owners.where(*where, WorkItem.owner_id.is_not(None)))
    # Whoever reads for several is read of at once.
    ordered = sorted((roster.addressee(owner), owner) for owner in owning if owner is not None)
    some: list[int] = []
    for place, (reader, owner) in enumerate(ordered):
        if len(some) >= _AT_ONCE and reader != ordered[place - 1][0]:
            yield from _of_owners(telling, where, some)
            some = []
        some.append(owner)
    yield from _of_owners(telling, where, some)


def _of_owners(telling: Telling, where: Where, owners: Sequence[int]) -> Iterator[tuple[int, list[WorkRow]]]:
    rows = work_rows(telling.session, *where, WorkItem.owner_id.in_(owners))
    yield from by_reader(telling.roster, rows).items()


def owed_by_units(telling: Telling, where: Where, units: Sequence[int]) -> dict[int, list[WorkRow]]:
    """The announced work of each of these units and all below it."""
    below = {unit: telling.roster.below(unit) for unit in units}
    every = set().union(*below.values())
    found: dict[int, list[tuple[int, WorkRow]]] = {}
    rows = work_rows(telling.session, *where, Item.hidden.is_(False), WorkItem.unit_id.in_(every))
    for place, row in enumerate(rows):
        found.setdefault(row.unit_id, []).append((place, row))
    return {
        unit: [row for _, row in sorted(one for below_it in some for one in found.get(below_it, ()))]
        for unit, some in below.items()
    }


def owed_by_all(telling: Telling, where: Where, reader: int) -> Owed:
    """The announced work of the whole bureau, of which only the first rows are read; parts are in wholes."""
    announced = (*where, WorkItem.parent_id.is_(None), Item.hidden.is_(False))
    late = func.sum(case((WorkItem.due_on < telling.today, 1), else_=0))
    counted = select(func.count(), func.coalesce(late, 0)).select_from(WorkItem)
    total, late_count = telling.session.execute(
        counted.join(Item, Item.id == WorkItem.item_id).where(*announced)
    ).one()
    owners = select(WorkItem.owner_id).join(Item, Item.id == WorkItem.item_id).where(*announced).distinct()
    few = set(telling.session.scalars(owners.limit(_FEW)))
    own = bool(total) and len(few) < _FEW and few <= _mine(telling, reader)
    rows = work_rows(telling.session, *announced, most=MOST_ROWS)
    return Owed(rows, total, late_count, own)


def owed(telling: Telling, rows: Sequence[WorkRow], reader: int) -> Owed:
    """What a letter shows of these rows."""
    mine = _mine(telling, reader)
    late = sum(1 for row in rows if row.due_on and row.due_on < telling.today)
    own = bool(rows) and all(row.owner_id in mine for row in rows)
    return Owed(rows[:MOST_ROWS], len(rows), late, own)


def owed_facts(telling: Telling, shown: Owed, reader: int) -> dict[str, object]:
    """The values that templates show of it."""
    rows = [
        row_fact(
            row,
            day=telling.today,
            calendar=telling.calendar,
            for_whom=for_whom(telling.roster, row, reader),
        )
        for row in shown.rows
    ]
    return {
        "rows": rows,
        "total": shown.total,
        "own": shown.own,
        "more": shown.total - len(rows),
        "late": shown.late,
        "answer_by": telling.calendar.add(telling.today, ANSWER_WORKDAYS).isoformat(),
    }


def _mine(telling: Telling, reader: int) -> set[int | None]:
    return {reader, *telling.roster.acts_for(reader)}
