"""Rows of a table by field, with the place of each field for messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tasks.read_plan.days import read_day
from tasks.read_plan.grid import Grid, Row
from tasks.read_plan.headers import Header
from tasks.read_plan.problems import Place, Problems
from tasks.read_plan.rows import is_no_item
from tasks.read_plan.text import normal

_BETWEEN = re.compile(r"[、，,；;]")


@dataclass(frozen=True)
class Record:
    """One row below the headings."""

    grid: Grid
    header: Header
    row: Row

    def text(self, field: str) -> str:
        """The normalised text of a field, blank where the table has no such column."""
        return normal(self.header.cell(self.row, field).text)

    def raw(self, field: str) -> str:
        """The text of a field as typed, but for blanks around it."""
        return self.header.cell(self.row, field).text.strip(" \t\u3000\xa0")

    def names(self, field: str) -> tuple[str, ...]:
        """The names in a field, split on 、，,；;."""
        return tuple(name for name in _BETWEEN.split(self.text(field)) if name)

    def day(self, field: str, problems: Problems) -> date | None:
        """The day in a field; what is no whole date becomes a problem."""
        return read_day(self.header.cell(self.row, field), problems, at=self.place(field))

    def place(self, field: str) -> Place:
        """Where the field stands."""
        return Place(self.grid.sheet, self.row.number, self.header.heading(field))

    def table_place(self, field: str) -> Place:
        """Where the heading of the field stands."""
        return Place(self.grid.sheet, self.header.last, self.header.heading(field))


def records(grid: Grid, header: Header) -> Iterator[Record]:
    """The rows below the headings that hold something of their own and are no notes."""
    for row in grid.rows:
        record = Record(grid, header, row)
        if (
            row.number > header.last
            and not is_no_item(row)
            and not header.repeated_in(row)
            and _filled(record)
        ):
            yield record


def _filled(record: Record) -> bool:
    """Numbers may be printed into rows that are otherwise blank."""
    return any(
        record.row.cell(column).text.strip()
        for field, column in record.header.columns.items()
        if field != "no"
    )
