"""What an owner is told who is urged by hand: about one work item, by whom, until when to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import func, select

from models.lifecycle import OWED_STATES
from models.tables import Event, WorkItem
from notifications.telling import Audience, Draft, News, Telling
from notifications.work_rows import WorkRow, for_whom, row_fact, work_rows

#: Who is urged answers within so many workdays, and by the due date if that is sooner.
ANSWER_WORKDAYS = 3


def urged(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One letter for every urging whose work is still owed by whom it was meant for."""
    ids = {one.subject_id for one in news if one.subject_id}
    owed = WorkItem.state.in_(OWED_STATES)
    rows = {row.id: row for row in work_rows(telling.session, WorkItem.id.in_(ids), owed)}
    reported = _reported(telling, ids)
    times = _times(telling, ids)
    for one in news:
        row = rows.get(one.subject_id or 0)
        if row is None or row.owner_id is None or not _meant(telling, row, one):
            continue
        reader = telling.roster.addressee(row.owner_id, hidden=row.hidden)
        yield Draft(
            letter=audiences[0].letter,
            person_id=reader,
            dedupe=f"{audiences[0].letter}:{one.id}:{reader}",
            event_id=one.id,
            facts=_facts(telling, row, one, reader, reported.get(row.id))
            | {"times": sum(event <= one.id for event in times[row.id])},
            on_behalf=(row.owner_id,) if reader != row.owner_id else (),
            thread=f"work-{row.id}",
        )


def _meant(telling: Telling, row: WorkRow, news: News) -> bool:
    """Who took the work over since is not the one who was urged."""
    return telling.roster.by_address.get(str(news.payload.get("owner"))) == row.owner_id


def _reported(telling: Telling, ids: set[int]) -> dict[int, date | None]:
    """The day of each work item's last progress report."""
    rows = telling.session.execute(select(WorkItem.id, WorkItem.reported_on).where(WorkItem.id.in_(ids)))
    return dict(rows.tuples().all())


def _times(telling: Telling, ids: set[int]) -> dict[int, list[int]]:
    """The events by which each work item was ever urged by hand."""
    found: dict[int, list[int]] = {one: [] for one in ids}
    rows = telling.session.execute(
        select(func.coalesce(Event.subject_id, 0), Event.id)
        .where(Event.subject == "work_item", Event.verb == "work_item.urged", Event.subject_id.in_(ids))
        .order_by(Event.id)
    )
    for number, event in rows:
        found[number].append(event)
    return found


def _facts(
    telling: Telling, row: WorkRow, news: News, reader: int, reported: date | None
) -> dict[str, object]:
    fact = row_fact(
        row,
        day=telling.today,
        calendar=telling.calendar,
        for_whom=for_whom(telling.roster, row, reader),
    )
    return {
        "row": fact,
        "by": telling.name_of(news.actor),
        "words": str(news.payload.get("words", "")),
        "reported": reported.isoformat() if reported else "",
        "answer_by": _answer_by(telling, row).isoformat(),
        "extend_by": _extend_by(telling, row),
    }


def _answer_by(telling: Telling, row: WorkRow) -> date:
    limit = telling.calendar.add(telling.today, ANSWER_WORKDAYS)
    return min(limit, row.due_on) if row.due_on and row.due_on >= telling.today else limit


def _extend_by(telling: Telling, row: WorkRow) -> str:
    """The last day on which an extension can still be asked for; nothing once that is over."""
    if row.due_on is None:
        return ""
    last = telling.calendar.add(row.due_on, -telling.settings.extension_workdays_before)
    return last.isoformat() if last >= telling.today else ""
