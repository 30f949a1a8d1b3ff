"""What supporting units are told: which contributions the plan or a lead expects of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, select, tuple_

from models.lifecycle import OWED_STATES
from models.tables import Contribution, Item, Unit, WorkItem
from notifications.telling import Audience, Draft, News, Nobody, Telling
from notifications.work_rows import WorkRow, row_fact, work_rows


class _Asked(NamedTuple):
    """What somebody is asked to contribute: to one item once, however many units and periods it has."""

    first_id: int
    owner_id: int | None
    #: The supporting units for which it is asked.
    units: tuple[str, ...]
    #: How many units lead, and how many work items there are.
    leads: int
    times: int
    last_due: str
    words: str


def planned_contributions(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One entry per supporting owner with everything that the plan expects of him, item by item."""
    for one in news:
        since = Contribution.asked_at == datetime.fromisoformat(one.payload["since"])
        asked = _asked(telling, and_(since, Contribution.words == ""))
        yield from _drafts(telling, audiences[0].letter, one, asked, {})


def asked_contributions(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One entry per supporting owner with what leads asked him for since the last telling."""
    latest = {(one.subject_id, one.payload["unit_id"]): one for one in news}
    pair = tuple_(Contribution.work_item_id, Contribution.unit_id)
    asked = _asked(telling, and_(pair.in_(list(latest)), Contribution.words != ""))
    by = {number: telling.name_of(one.actor) for (number, _), one in latest.items() if number}
    yield from _drafts(telling, audiences[0].letter, news[0], asked, by)


def _asked(telling: Telling, where: ColumnElement[bool]) -> list[_Asked]:
    """Open contributions to owed work; unannounced inspections ask nobody."""
    rows = telling.session.execute(
        select(
            WorkItem.item_id,
            Contribution.owner_id,
            Contribution.words,
            WorkItem.id,
            WorkItem.unit_id,
            WorkItem.due_on,
            Unit.name,
        )
        .select_from(Contribution)
        .join(WorkItem, WorkItem.id == Contribution.work_item_id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == Contribution.unit_id)
        .where(where, Contribution.given_at.is_(None), Contribution.waived_at.is_(None))
        .where(WorkItem.state.in_(OWED_STATES), Item.hidden.is_(False))
        .order_by(WorkItem.due_on, Item.position, WorkItem.id, Unit.position)
    )
    groups: dict[tuple[object, ...], list[Row[tuple[Any, ...]]]] = {}
    for row in rows:
        groups.setdefault((row.item_id, row.owner_id, row.words), []).append(row)
    return [_grouped(group) for group in groups.values()]


def _grouped(rows: Sequence[Row[tuple[Any, ...]]]) -> _Asked:
    dues = [row.due_on.isoformat() for row in rows if row.due_on]
    return _Asked(
        first_id=rows[0].id,
        owner_id=rows[0].owner_id,
        units=tuple(dict.fromkeys(row.name for row in rows)),
        leads=len({row.unit_id for row in rows}),
        times=len({row.id for row in rows}),
        last_due=max(dues, default=""),
        words=rows[0].words,
    )


def _drafts(
    telling: Telling, letter: str, news: News, asked: Sequence[_Asked], by: Mapping[int, str]
) -> Iterator[Draft | Nobody]:
    wanted = {one.first_id for one in asked}
    found = {row.id: row for row in work_rows(telling.session, WorkItem.id.in_(wanted))}
    readers: dict[int, list[_Asked]] = {}
    for one in asked:
        if one.owner_id is None:
            yield Nobody(letter, "、".join(one.units))
        else:
            readers.setdefault(telling.roster.addressee(one.owner_id), []).append(one)
    for reader, owed in readers.items():
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"{letter}:{news.id}:{reader}",
            event_id=news.id,
            facts={
                "rows": [_row(telling, found[one.first_id], one, reader, by) for one in owed],
                "total": len(owed),
                "more": 0,
            },
            on_behalf=tuple(dict.fromkeys(o for one in owed if (o := one.owner_id) and o != reader)),
            thread=f"work-{owed[0].first_id}" if len(owed) == 1 else "",
        )


def _row(
    telling: Telling, row: WorkRow, asked: _Asked, reader: int, by: Mapping[int, str]
) -> dict[str, object]:
    """A work item as rows have it; who leads it, who asks, for which of the reader's units."""
    owner = telling.roster.people.get(asked.owner_id or 0)
    fact = row_fact(
        row,
        day=telling.today,
        calendar=telling.calendar,
        words=asked.words,
        for_whom=owner.name if owner and owner.id != reader else "",
    )
    return fact | {
        "for_units": list(asked.units),
        "leads": asked.leads,
        "times": asked.times,
        "last_due": asked.last_due,
        "by": by.get(row.id, ""),
    }
