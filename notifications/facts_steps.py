"""What owners are told of others' steps on their work: sent back, or crossed off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.lifecycle import State
from models.tables import WorkItem
from notifications.telling import Audience, Draft, News, Telling
from notifications.work_rows import MOST_ROWS, WorkRow, by_reader, for_whom, principals, row_fact, work_rows


def steps(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One letter per owner with all such steps since the last telling that still stand.

    Nobody is told of his own steps.
    """
    letter = audiences[0].letter
    latest = {one.subject_id: one for one in news}
    state = State(audiences[0].verb.removeprefix("work_item."))
    rows = work_rows(telling.session, WorkItem.id.in_(list(latest)), WorkItem.state == state)
    foreign = [row for row in rows if not _own(telling, row, latest[row.id])]
    for reader, owed in by_reader(telling.roster, foreign).items():
        first = min((latest[row.id] for row in owed), key=lambda one: one.id)
        shown = owed[:MOST_ROWS]
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"{letter}:{first.id}:{reader}",
            event_id=first.id,
            facts={
                "rows": [_row(telling, row, latest[row.id], reader) for row in shown],
                "total": len(owed),
                "more": len(owed) - len(shown),
            },
            on_behalf=principals(owed, reader),
            thread=f"work-{owed[0].id}" if len(owed) == 1 else "",
        )


def _own(telling: Telling, row: WorkRow, news: News) -> bool:
    return row.owner_id is not None and telling.roster.by_address.get(news.actor) == row.owner_id


def _row(telling: Telling, row: WorkRow, news: News, reader: int) -> dict[str, object]:
    words = str(news.payload.get("words") or news.reason)
    owed = news.verb.endswith(State.RETURNED)
    fact = row_fact(
        row,
        day=telling.today if owed else None,
        calendar=telling.calendar if owed else None,
        words=words,
        for_whom=for_whom(telling.roster, row, reader),
    )
    return fact | {"by": telling.name_of(news.actor)}
