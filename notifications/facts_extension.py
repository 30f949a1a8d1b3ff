"""What owners are told of their requests for later due dates: granted, refused, or sent back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import select

from models.tables import Extension, WorkItem
from notifications.calendars import attach_changes
from notifications.telling import Audience, Draft, News, Telling
from notifications.work_rows import WorkRow, by_reader, for_whom, principals, row_fact, work_rows


def extensions_decided(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft]:
    """One letter per owner with all decisions of a kind since the last telling, the last one of each work.

    The moved dates go along as a calendar file.
    """
    letter = audiences[0].letter
    latest = {one.subject_id: one for one in news}
    asked = _asked_for(telling, [one.payload["extension"] for one in latest.values()])
    rows = work_rows(telling.session, WorkItem.id.in_(list(latest)))
    readers = by_reader(telling.roster, rows)
    files = attach_changes(telling, {reader: [row.id for row in owed] for reader, owed in readers.items()})
    for reader, owed in readers.items():
        first = min(latest[row.id].id for row in owed)
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"{letter}:{first}:{reader}",
            event_id=first,
            facts={
                "rows": [_row(telling, row, latest[row.id], reader, asked) for row in owed],
                "total": len(owed),
                "more": 0,
            },
            on_behalf=principals(owed, reader),
            thread=f"work-{owed[0].id}" if len(owed) == 1 else "",
            attachments=files.get(reader, ()),
        )


def _asked_for(telling: Telling, ids: Sequence[int]) -> dict[int, tuple[date, date]]:
    """From when to when each request wanted to move a due date."""
    query = select(Extension.id, Extension.from_due_on, Extension.to_due_on).where(Extension.id.in_(ids))
    return {number: (before, after) for number, before, after in telling.session.execute(query)}


def _row(
    telling: Telling, row: WorkRow, news: News, reader: int, asked: Mapping[int, tuple[date, date]]
) -> dict[str, object]:
    """A work item as rows have it, what was decided by whom, and the dates that it is about."""
    before, until = asked[news.payload["extension"]]
    granted = news.verb.endswith(".extended")
    outcome = "granted" if granted else "returned" if news.payload.get("returned") else "refused"
    fact = row_fact(
        row,
        day=telling.today,
        calendar=telling.calendar,
        words=str(news.payload.get("words", "")),
        for_whom=for_whom(telling.roster, row, reader),
    )
    return fact | {
        "outcome": outcome,
        "from": before.isoformat(),
        "until": str(news.payload["to"]) if granted else until.isoformat(),
        "by": telling.name_of(news.actor),
    }
