"""The common shape of a table, whichever file it came from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeAlias

from models.errors import InputError

#: More filled cells than this are no work plan, and would cost memory: the file is refused.
MAX_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows.

    `day` is set for date cells, `month_only` when their format shows no day. A cell that repeats a merged
    range is marked `down` or `across` by where its origin stands.
    """

    text: str = ""
    day: date | None = None
    month_only: bool = False
    down: bool = False
    across: bool = False

    @property
    def own(self) -> bool:
        """Whether the text was typed here, not spread by a merged range."""
        return not (self.down or self.across)


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something; `cells` by column number, both counted from 1."""

    number: int
    cells: Mapping[int, Cell]

    def cell(self, column: int) -> Cell:
        """The cell of the column, an empty one where nothing stands."""
        return self.cells.get(column, EMPTY)


@dataclass(frozen=True)
class Grid:
    """A table by rows; rows without content are left out.

    `above` are the lines of text before the table of a document.
    """

    sheet: str
    rows: tuple[Row, ...]
    above: tuple[str, ...] = field(default=())


class Merge(NamedTuple):
    """A merged range, all four bounds included."""

    top: int
    left: int
    bottom: int
    right: int


#: Cells by row, then by column, while a file is being read.
Sparse: TypeAlias = dict[int, dict[int, Cell]]


def column_letter(column: int) -> str:
    """The spreadsheet's name of a column: 1 is A, 27 is AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def grid_of(sheet: str, cells: Sparse, merges: Iterable[Merge] = (), *, file: str) -> Grid:
    """The grid of sparse cells with every true merge spread over the rows that exist.

    Raises InputError when a range would blow the table up beyond MAX_CELLS.
    """
    spread(cells, merges, file=file)
    return Grid(sheet, tuple(Row(number, cells[number]) for number in sorted(cells)))


def spread(cells: Sparse, merges: Iterable[Merge], *, file: str) -> None:
    """Write the origin of each merged range into the cells it covers.

    Rows without content of their own stay out: a range over the whole sheet costs nothing.
    """
    numbers = sorted(cells)
    width = max((max(row) for row in cells.values() if row), default=0)
    budget = MAX_CELLS
    for merge in merges:
        origin = cells.get(merge.top, {}).get(merge.left)
        if origin is None:
            continue
        right = min(merge.right, width)
        rows = numbers[bisect_left(numbers, merge.top) : bisect_right(numbers, merge.bottom)]
        budget -= len(rows) * max(right - merge.left + 1, 0)
        if budget < 0:
            raise InputError("read_too_many_cells", file=file, limit=MAX_CELLS)
        _cover(cells, rows, merge._replace(right=right))


def _cover(cells: Sparse, rows: list[int], merge: Merge) -> None:
    origin = cells[merge.top][merge.left]
    for number in rows:
        for column in range(merge.left, merge.right + 1):
            down, across = number > merge.top, column > merge.left
            if down or across:
                cells[number][column] = replace(origin, down=down, across=across)
