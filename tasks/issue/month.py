"""A month as its documents see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from models.periods import Period
from models.settings import Settings
from tasks.issue.changes import Line
from tasks.issue.days import NotableDay
from tasks.issue.ledger import Stand, Work
from tasks.issue.office import Office, local_day, open_office
from tasks.issue.rows import Row
from tasks.issue.text import day_and_weekday, oneline, short_date, words


@dataclass(frozen=True)
class Month:
    """What all documents of a month say: who issues them, and when."""

    period: Period
    office: Office
    #: The date that the documents bear.
    today: date
    at: datetime
    home: Path

    @property
    def year(self) -> int:
        """The year of the month."""
        return self.period.start.year


@dataclass(frozen=True)
class Announced(Month):
    """What was collected for a month's calendar: `works` one by one, None if they are too many for that.

    Unannounced items are in none of it, only in `unannounced`, for the internal register.
    """

    days: Mapping[date, NotableDay]
    rows: tuple[Row, ...]
    unannounced: tuple[Row, ...]
    works: tuple[Work, ...] | None
    cancelled: tuple[Work, ...]

    @property
    def count(self) -> int:
        """How many work items the rows stand for."""
        return sum(row.count for row in self.rows)

    def stands(self, stand: Stand) -> list[Row]:
        """The rows that stand so to the month."""
        return [row for row in self.rows if row.stand is stand]


def open_month(session: Session, settings: Settings, period: Period, *, at: datetime) -> Month:
    """The month whose documents are written at an instant."""
    office = open_office(session, settings, period)
    return Month(period, office, local_day(at, settings), at, settings.home)


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
    units = month.office.unit_words(row.crowd)
    key = {Stand.DUE: "due", Stand.CARRIED: "carried", Stand.RUNNING: "running"}[row.stand]
    if row.due_on is None:
        return words("calendar.value_long", units=units)
    return words(f"calendar.value_{key}", date=when_words(month, row), units=units)
