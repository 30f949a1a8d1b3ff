"""A page for managers as a value: a browser, a terminal and a program show it each in its own way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from models.figures import amount
from models.messages import Lang, say

#: What a cell holds; None is an empty one.
Value = str | int | float | date | None
#: The column whose numbers are changes: shown with their sign.
CHANGE = "change"


class To(StrEnum):
    """What a page can point at."""

    #: Another page, by its key.
    PAGE = "page"
    #: A file of an issued document: `<publication id>/<role>`.
    DOCUMENT = "document"
    #: What a flow did for a period, by the key of its outcome: `monthly-calendar-2026-04`.
    OUTCOME = "outcome"
    #: All runs of a flow, by its name in `flows.orders`; one run by its id.
    FLOW = "flow"
    RUN = "run"


@dataclass(frozen=True)
class Ref:
    """A link that is made an address where the page is shown, or left out where there is none."""

    to: To
    name: str


@dataclass(frozen=True)
class Cell:
    """A value that points somewhere, or stands out."""

    value: Value
    ref: Ref | None = None
    strong: bool = False


Content = Value | Cell


@dataclass(frozen=True)
class Lines:
    """Sentences and links, a line each. `passing`: it changes all the time and says nothing new by that."""

    lines: tuple[Content, ...]
    title: str = ""
    passing: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under columns; `columns` are keys of the catalogue's section `page_column`.

    `grouped`: rows that share their first value belong together, and people read it once.
    """

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Content, ...], ...]
    title: str = ""
    note: str = ""
    #: Headings that no catalogue knows, such as units' names, by column.
    headings: Mapping[str, str] | None = None
    grouped: bool = False
    passing: bool = False

    def heads(self, lang: Lang) -> list[str]:
        """What stands above the columns."""
        own = self.headings or {}
        return [own.get(column) or say(f"page_column.{column}", lang) for column in self.columns]

    def texts(self, lang: Lang, *, year: int) -> list[list[str]]:
        """The rows for people."""
        rows = [
            [
                shown(content, lang, year=year, change=column == CHANGE)
                for column, content in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]
        if self.grouped:
            firsts = [row[0] for row in rows]
            for row, before in zip(rows[1:], firsts, strict=False):
                row[0] = "" if row[0] == before else row[0]
        return rows

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers only."""
        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.columns)
        return [all(isinstance(value_of(one), int | float | None) for one in column) for column in columns]


@dataclass(frozen=True)
class Page:
    """One page: its key for life, what it is about, the one sentence that it says, and the rest.

    `day` is the local day as of which it speaks.
    """

    key: str
    title: str
    summary: str
    day: date
    blocks: tuple[Lines | Table, ...]

    @property
    def fingerprint(self) -> str:
        """The same as long as the page says the same; what is passing does not count."""
        lasting = [_block(one) for one in self.blocks if not one.passing]
        said = json.dumps([self.title, self.summary, lasting], ensure_ascii=False, default=str)
        return hashlib.sha256(said.encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """The page for programs: plain JSON values, days as ISO days, rows by column."""
        return {
            "key": self.key,
            "title": self.title,
            "summary": self.summary,
            "day": self.day.isoformat(),
            "blocks": [_block(one) for one in self.blocks],
        }


def value_of(content: Content) -> Value:
    """The value of a cell, whatever else it is."""
    return content.value if isinstance(content, Cell) else content


def shown(content: Content, lang: Lang, *, year: int, change: bool = False) -> str:
    """A value for people: a day without the `year` it is read in, a dot for a count of nothing.

    `change` says that a number is one against earlier: it gets its sign.
    """
    value = value_of(content)
    if value is None:
        return ""
    if isinstance(value, date):
        key = "page.day" if value.year == year else "page.day_and_year"
        return say(key, lang, year=value.year, month=value.month, day=value.day)
    if isinstance(value, str):
        return value
    if change:
        return "—" if not value else f"{'▲' if value > 0 else '▼'}{amount(abs(value))}"
    return amount(value) if value else "·"


def _block(block: Lines | Table) -> dict[str, Any]:
    if isinstance(block, Lines):
        return {"title": block.title, "lines": [_plain(one) for one in block.lines]}
    return {
        "key": block.key,
        "title": block.title,
        "rows": [dict(zip(block.columns, map(_plain, row), strict=True)) for row in block.rows],
        "note": block.note,
    }


def _plain(content: Content) -> Any:  # noqa: ANN401  # any JSON value
    value = value_of(content)
    known = value.isoformat() if isinstance(value, date) else value
    if isinstance(content, Cell) and content.ref is not None:
        return {"value": known, "ref": [content.ref.to.value, content.ref.name]}
    return known
