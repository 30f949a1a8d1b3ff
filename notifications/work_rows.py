"""Work items as rows of a letter: one SELECT, and the plain values that templates show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from models.tables import Item, Person, Unit, WorkItem
from models.workdays import Calendar
from notifications.roster import Roster

#: Most rows that a letter shows; it says how many more there are.
MOST_ROWS = 40


class WorkRow(NamedTuple):
    """A work item with the words around it."""

    id: int
    owner_id: int | None
    unit_id: int
    no: str
    key: bool
    hidden: bool
    title: str
    unit: str
    owner: str | None
    period: str
    start_on: date | None
    due_on: date | None
    target: float | None
    done: float


_OWNER = aliased(Person)
#: Built once: putting a statement of this size together takes longer than running it.
_QUERY = (
    select(
        WorkItem.id,
        WorkItem.owner_id,
        WorkItem.unit_id,
        Item.no,
        Item.key,
        Item.hidden,
        Item.title,
        Unit.name,
        _OWNER.name,
        WorkItem.period,
        WorkItem.start_on,
        WorkItem.due_on,
        WorkItem.target,
        WorkItem.done,
    )
    .join(Item, Item.id == WorkItem.item_id)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .outerjoin(_OWNER, _OWNER.id == WorkItem.owner_id)
    .order_by(WorkItem.due_on, Item.position, WorkItem.id)
)


def work_rows(
    session: Session, *where: ColumnElement[bool], most: int | None = None, **values: object
) -> list[WorkRow]:
    """The work items that fulfil all of `where`, by due date; `values` are what it leaves open.

    At most the first `most`.
    """
    return [WorkRow(*row) for row in session.execute(_QUERY.where(*where).limit(most), values)]


def row_fact(
    row: WorkRow,
    *,
    day: date | None = None,
    calendar: Calendar | None = None,
    words: str = "",
    for_whom: str = "",
) -> dict[str, object]:
    """The values that templates show of a work item.

    With `day`, `left` is the number of workdays until it is due (if a calendar is given) and `late`
    the calendar days that it is overdue. `for_whom` names the owner for whom the reader acts.
    """
    late = max(0, (day - row.due_on).days) if day and row.due_on else 0
    left = calendar.between(day, row.due_on) if calendar and day and row.due_on and not late else None
    return {
        "id": row.id,
        "no": row.no,
        "key": row.key,
        "title": row.title,
        "unit": row.unit,
        "owner": row.owner or "",
        "period": row.period,
        "start": row.start_on.isoformat() if row.start_on else "",
        "due": row.due_on.isoformat() if row.due_on else "",
        "target": row.target,
        "done": row.done,
        "left": left,
        "late": late,
        "words": words,
        "for_whom": for_whom,
    }


def for_whom(roster: Roster, row: WorkRow, reader: int) -> str:
    """The name of the absent owner for whom the reader acts, or nothing."""
    acts = row.owner_id is not None and roster.acting.get(row.owner_id) == reader
    return row.owner or "" if acts else ""


def principals(rows: Iterable[WorkRow], reader: int) -> tuple[int, ...]:
    """The owners for whom the reader acts."""
    return tuple(dict.fromkeys(row.owner_id for row in rows if row.owner_id not in {None, reader}))


def by_reader(roster: Roster, rows: Sequence[WorkRow]) -> dict[int, list[WorkRow]]:
    """Rows by who reads of them: the owner, or who acts for an absent owner."""
    found: dict[int, list[WorkRow]] = {}
    for row in rows:
        if row.owner_id is not None:
            found.setdefault(roster.addressee(row.owner_id, hidden=row.hidden), []).append(row)
    return found
