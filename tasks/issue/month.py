"""A month as its documents see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from models.periods import Period
from tasks.issue.changes import Line
from tasks.issue.days import NotableDay
from tasks.issue.ledger import Row, Stand, Work
from tasks.issue.office import Office
from tasks.issue.text import day_and_weekday, oneline, short_date, words


@dataclass(frozen=True)
class Month:
    """What was collected for a month: `works` one by one, `rows` with equal ones put together.

    Unannounced items are in none of them, only in `unannounced`, for the internal register.
    """

    period: Period
    office: Office
    days: Mapping[date, NotableDay]
    works: tuple[Work, ...]
    cancelled: tuple[Work, ...]
    rows: tuple[Row, ...]
    unannounced: tuple[Row, ...]
    #: The date that the documents bear.
    today: date
    at: datetime
    home: Path

    @property
    def year(self) -> int:
        """The year of the month."""
        return self.period.start.year

    def stands(self, stand: Stand) -> list[Row]:
        """The rows that stand so to the month."""
        return [row for row in self.rows if row.stand is stand]


def when_words(month: Month, row: Row) -> str:
    """The date of a row: with its weekday if it lies in the month."""
    if row.due_on is None:
        return words("calendar.long")
    if row.stand is Stand.DUE:
        return day_and_weekday(row.due_on, month.year)
    return short_date(row.due_on, month.year)


def row_lines(month: Month, rows: Iterable[Row]) -> tuple[Line, ...]:
    """One line for each item and period; several dates or groups of units stand side by side."""
    found: dict[str, Line] = {}
    for row in rows:
        key = f"{row.first.ref}/{row.first.period}"
        value = _value(month, row)
        if key in found:
            value = f"{found[key].value}；{value}"
        found[key] = Line(key, oneline(row.first.title), value)
    return tuple(found.values())


def _value(month: Month, row: Row) -> str:
    units = month.office.unit_words(row.unit_ids)
    key = {Stand.DUE: "due", Stand.CARRIED: "carried", Stand.RUNNING: "running"}[row.stand]
    if row.due_on is None:
        return words("calendar.value_long", units=units)
    return words(f"calendar.value_{key}", date=when_words(month, row), units=units)
