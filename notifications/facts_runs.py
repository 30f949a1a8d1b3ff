"""What the coordinator is told of a run that failed: which, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from notifications.telling import Audience, Draft, News, Nobody, Telling


def failed_runs(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One letter a day for each order that failed, and one more when it is given up."""
    letter = audiences[0].letter
    readers = telling.roster.coordinator()
    for one in news:
        if not readers:
            yield Nobody(letter, str(one.payload["title"]))
        again = str(one.payload["again"])
        for reader in (telling.roster.addressee(person) for person in readers):
            yield Draft(
                letter=letter,
                person_id=reader,
                dedupe=f"{letter}:{one.subject_id}:{telling.today}:{'again' if again else 'over'}:{reader}",
                event_id=one.id,
                facts={
                    "number": one.subject_id,
                    "title": one.payload["title"],
                    "reason": one.reason,
                    "again": _time(again, telling),
                    "link": one.payload["link"],
                },
                thread=f"order-{one.subject_id}",
            )


def _time(instant: str, telling: Telling) -> str:
    """The local time of day of an instant; nothing for nothing."""
    return f"{datetime.fromisoformat(instant).astimezone(telling.settings.zone):%H:%M}" if instant else ""
