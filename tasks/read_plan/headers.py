"""Where the headings of a table stand and which column means what, with title rows and double headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tasks.read_plan.grid import EMPTY, Cell, Grid, Row
from tasks.read_plan.text import normal
from tasks.read_plan.vocabulary import Vocabulary

#: Nobody puts more title rows than this above a table.
_LOOK_AT = 30
#: A heading is a word or two; whole sentences are content.
_LONGEST_HEADING = 12
#: A heading that only holds a known word claims less than one that is it.
_LOOSE = 100
_BRACKETS = re.compile(r"[（(\[【〔].*?[)）\]】〕]")
_MARKS = re.compile(r"[\W_]+")


class Claim(NamedTuple):
    """A column that says it is a field; the lower the rank the better the claim."""

    rank: int
    field: str


@dataclass(frozen=True)
class Header:
    """The heading rows `first` to `last`, the column of each field, and all headings.

    `unread` are the headings that name no field, or one that a better column has.
    """

    first: int
    last: int
    columns: Mapping[str, int]
    headings: Mapping[int, str]
    unread: tuple[str, ...] = ()

    def cell(self, row: Row, name: str) -> Cell:
        """The row's cell of a field.

        Empty where the table has no such column, or where a text merged from the left covers it: such a text
        belongs to the column in which it starts.
        """
        cell = row.cell(self.columns.get(name, 0))
        return EMPTY if cell.across else cell

    def heading(self, name: str) -> str:
        """The heading of a field as the table writes it."""
        return self.headings.get(self.columns.get(name, 0), "")

    def repeated_in(self, row: Row) -> bool:
        """Whether the row says the headings again, as tables do at the top of a printed page."""
        texts = _typed(row)
        same = sum(text == self.headings.get(column) for column, text in texts.items())
        return same > 1 and same == len(texts)


def find_header(grid: Grid, vocabulary: Vocabulary) -> Header | None:
    """The heading rows that name the most fields, the upper ones among equals.

    None where no row names every mandatory field.
    """
    best: Header | None = None
    for header in _candidates(grid, vocabulary):
        if best is None or len(header.columns) > len(best.columns):
            best = header
    return best


def headings_of(grid: Grid) -> list[str]:
    """What the table has where headings might stand: the texts of its fullest upper row, shortened."""
    fullest = max(grid.rows[:_LOOK_AT], key=lambda row: len(_texts(row)), default=None)
    return [text[:_LONGEST_HEADING] for text in _texts(fullest)[:_LONGEST_HEADING]] if fullest else []


def title_above(grid: Grid, header: Header) -> str:
    """The first line above the headings, blank where there is none."""
    rows = (row for row in grid.rows if row.number < header.first)
    return next((text for text in (*grid.above, *(text for row in rows for text in _texts(row)))), "")


def label(text: str) -> str:
    """A heading reduced to its words: no white space, brackets or marks."""
    short = normal(text)
    return _MARKS.sub("", _BRACKETS.sub("", short)) or _MARKS.sub("", short)


def claim(text: str, vocabulary: Vocabulary) -> Claim | None:
    """The field that a heading claims, None for anything that is no known heading."""
    word = label(text)
    if not word:
        return None
    for name, synonyms in vocabulary.exact.items():
        if word in synonyms:
            return Claim(synonyms.index(word), name)
    if len(word) > _LONGEST_HEADING:
        return None
    for rank, (part, name) in enumerate(vocabulary.loose):
        if part in word:
            return Claim(_LOOSE + rank, name)
    return None


def _candidates(grid: Grid, vocabulary: Vocabulary) -> Iterator[Header]:
    rows = grid.rows[:_LOOK_AT]
    for position, row in enumerate(rows):
        if not _looks_like_headings(row, vocabulary):
            continue
        below = rows[position + 1] if position + 1 < len(rows) else None
        lower = below if below is not None and _refines(row, below, vocabulary) else None
        header = _header(row, lower, vocabulary)
        if vocabulary.mandatory <= set(header.columns):
            yield header


def _looks_like_headings(row: Row, vocabulary: Vocabulary) -> bool:
    """At least two fields are named, and at least half of what stands in the row is a heading."""
    texts = _texts(row)
    found = [found for found in (claim(text, vocabulary) for text in texts) if found]
    return len({known.field for known in found}) > 1 and 2 * len(found) >= len(texts)


def _refines(upper: Row, lower: Row, vocabulary: Vocabulary) -> bool:
    """Whether `lower` is a second heading row: everything typed there is a heading, under a group heading."""
    typed = {column: text for column, text in _typed(lower).items() if lower.cell(column).own}
    if not typed or not all(claim(text, vocabulary) for text in typed.values()):
        return False
    grouped = [column for column in typed if _groups(upper, column)]
    return bool(grouped) and (len(typed) > 1 or upper.cell(grouped[0]).across)


def _groups(upper: Row, column: int) -> bool:
    """A group heading is merged over several columns, or leaves the next columns blank."""
    here, beside = upper.cell(column), upper.cell(column + 1)
    return here.across or beside.across or not here.text.strip() or not beside.text.strip()


def _header(upper: Row, lower: Row | None, vocabulary: Vocabulary) -> Header:
    headings = _typed(upper) | (_typed(lower) if lower is not None else {})
    claims = {column: claim(text, vocabulary) for column, text in headings.items()}
    columns = _share_out({column: found for column, found in claims.items() if found}, vocabulary)
    unread = (text for column, text in sorted(headings.items()) if column not in columns.values())
    last = lower.number if lower is not None else upper.number
    return Header(upper.number, last, columns, headings, tuple(dict.fromkeys(unread)))


def _typed(row: Row) -> dict[int, str]:
    return {
        column: normal(cell.text)
        for column, cell in row.cells.items()
        if cell.text.strip() and not cell.across
    }


def _share_out(claims: Mapping[int, Claim], vocabulary: Vocabulary) -> dict[str, int]:
    """Give each field its best column; the second one goes where `seconds` says."""
    columns: dict[str, int] = {}
    spare: dict[str, int] = {}
    for column, (_, name) in sorted(claims.items(), key=lambda item: (item[1].rank, item[0])):
        (spare if name in columns else columns).setdefault(name, column)
    for name, other in vocabulary.seconds:
        if name in spare:
            columns.setdefault(other, spare[name])
    return columns


def _texts(row: Row) -> list[str]:
    """What is written in the row from left to right, a merged text counted once."""
    return [text for _, text in sorted(_typed(row).items())]
