"""A month as its documents see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from models.periods import Period
from tasks.issue.days import NotableDay
from tasks.issue.ledger import Row, Stand, Work
from tasks.issue.office import Office
from tasks.issue.text import day_and_weekday, short_date, words


@dataclass(frozen=True)
class Month:
    """What was collected for a month: `works` one by one, `rows` with equal ones put together."""

    period: Period
    office: Office
    days: Mapping[date, NotableDay]
    works: tuple[Work, ...]
    cancelled: tuple[Work, ...]
    rows: tuple[Row, ...]
    #: The date that the documents bear.
    today: date
    at: datetime
    home: Path

    @property
    def year(self) -> int:
        """The year of the month."""
        return self.period.start.year

    def stands(self, stand: Stand, *, hidden: bool = False) -> list[Row]:
        """The rows that stand so to the month, open or unannounced ones."""
        return [row for row in self.rows if row.stand is stand and row.first.hidden is hidden]


def when_words(month: Month, row: Row) -> str:
    """The date of a row: with its weekday if it lies in the month."""
    if row.due_on is None:
        return words("calendar.long")
    if row.stand is Stand.DUE:
        return day_and_weekday(row.due_on, month.year)
    return short_date(row.due_on, month.year)
