"""What the letter of assignment says: all that one person newly owes, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from models.lifecycle import OPEN_STATES
from models.tables import Item, Person, Unit, WorkItem
from notifications.telling import Audience, Draft, News, Telling
from notifications.work_rows import MOST_ROWS, by_reader, for_whom, principals, row_fact, work_rows


class Series(NamedTuple):
    """An item that one owner owes for one unit: how many times, from when to when."""

    owner_id: int
    hidden: bool
    year: int
    no: str
    key: bool
    title: str
    unit: str
    owner: str
    first_id: int
    times: int
    first_due: date | None
    last_due: date | None


def assigned(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One letter per owner with everything that one assignment gave him, however much it is."""
    for one in news:
        since = datetime.fromisoformat(one.payload["since"])
        found = _series(telling, WorkItem.assigned_at == since, Item.year == one.payload["year"])
        key = f"assigned:{one.subject_id}:{one.id}"
        yield from _letters(telling, found, audiences[0].letter, key=key, event_id=one.id)


def opened(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One draft per owner with the occasional work and the parts that were opened since the last telling."""
    events = {one.subject_id: one for one in news}
    rows = work_rows(telling.session, WorkItem.id.in_(list(events)), WorkItem.state.in_(OPEN_STATES))
    for reader, owed in by_reader(telling.roster, rows).items():
        first = min(events[row.id].id for row in owed)
        facts = [
            row_fact(
                row,
                day=telling.today,
                calendar=telling.calendar,
                words=str(events[row.id].payload.get("words", "")),
                for_whom=for_whom(telling.roster, row, reader),
            )
            for row in owed
        ]
        yield Draft(
            letter=audiences[0].letter,
            person_id=reader,
            dedupe=f"opened:{first}:{reader}",
            event_id=first,
            facts={"rows": facts, "total": len(facts), "more": 0},
            on_behalf=principals(owed, reader),
        )


def _series(telling: Telling, *where: ColumnElement[bool]) -> list[Series]:
    owner = aliased(Person)
    keys = (WorkItem.owner_id, Item.hidden, Item.year, Item.no, Item.key, Item.title, Unit.name, owner.name)
    rows = telling.session.execute(
        select(
            *keys,
            func.min(WorkItem.id),
            func.count(WorkItem.id),
            func.min(WorkItem.due_on),
            func.max(WorkItem.due_on),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(owner, owner.id == WorkItem.owner_id)
        .where(WorkItem.state.in_(OPEN_STATES), *where)
        .group_by(*keys, Item.id, Item.position, Unit.id)
        .order_by(func.min(WorkItem.due_on), Item.position, Unit.id)
    )
    return [Series(*row) for row in rows]


def _letters(
    telling: Telling, found: Sequence[Series], letter: str, *, key: str, event_id: int
) -> Iterator[Draft]:
    readers: dict[int, list[Series]] = {}
    for series in found:
        readers.setdefault(telling.roster.addressee(series.owner_id, hidden=series.hidden), []).append(series)
    for reader, owed in readers.items():
        year = owed[0].year
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"{key}:{reader}",
            event_id=event_id,
            facts=_facts(owed, reader),
            on_behalf=tuple(dict.fromkeys(one.owner_id for one in owed if one.owner_id != reader)),
            thread=f"plan-{year}",
        )


def _facts(owed: Sequence[Series], reader: int) -> dict[str, object]:
    """Grouped by the month in which each item is first due; those without a date come last."""
    dated = sorted(owed, key=lambda one: (one.first_due is None, one.first_due or date.max))
    shown = dated[:MOST_ROWS]
    months = groupby(shown, key=lambda one: one.first_due.isoformat()[:7] if one.first_due else "")
    first = dated[0].first_due
    return {
        "year": owed[0].year,
        "items": len(owed),
        "total": sum(one.times for one in owed),
        "first_due": first.isoformat() if first else "",
        "months": [{"month": month, "rows": [_row(one, reader) for one in rows]} for month, rows in months],
        "more": len(dated) - len(shown),
    }


def _row(one: Series, reader: int) -> dict[str, object]:
    return {
        "id": one.first_id,
        "no": one.no,
        "key": one.key,
        "title": one.title,
        "unit": one.unit,
        "times": one.times,
        "first_due": one.first_due.isoformat() if one.first_due else "",
        "last_due": one.last_due.isoformat() if one.last_due else "",
        "for_whom": "" if one.owner_id == reader else one.owner,
    }
