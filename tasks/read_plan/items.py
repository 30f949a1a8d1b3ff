"""The rows below the headings become items, by the conventions of those who write such tables.

Only true merges are filled down; a blank number or category below a filled one always is. A category that is
blank on a whole sheet is the sheet's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from models.proposal import ProposedItem
from models.schedule import Schedule
from tasks.read_plan.grid import Cell, Grid, Row
from tasks.read_plan.headers import Header
from tasks.read_plan.numbering import Number, give_refs
from tasks.read_plan.owners import people_line, read_owners, units_line
from tasks.read_plan.phrases import read_date_cell, read_phrase
from tasks.read_plan.problems import Place, Problems
from tasks.read_plan.rows import KEY, band, bare_category, bare_number, holds_content, is_no_item
from tasks.read_plan.text import normal

#: Enough of a title to find the row by.
_SHOWN_TITLE = 20
#: How the columns that go into the item under their own names are put into one line.
_TEXTS: dict[str, Callable[[str], str]] = {
    "owner": people_line,
    "lead": units_line,
    "supporting": units_line,
    "standard": normal,
    "remark": normal,
}


@dataclass(frozen=True)
class Table:
    """A grid in which headings were found."""

    grid: Grid
    header: Header


@dataclass(frozen=True)
class _Draft:
    """A row that is an item, with what it inherits from the rows above."""

    row: Row
    table: Table
    title: str
    key: bool
    number: Number

    def cell(self, field: str) -> Cell:
        return self.table.header.cell(self.row, field)

    def place(self, field: str) -> Place:
        return Place(self.table.grid.sheet, self.row.number, self.table.header.heading(field))


def read_items(tables: Sequence[Table], *, year: int, problems: Problems) -> list[ProposedItem]:
    """The items of all tables in their order, numbered across the whole file."""
    drafts = [draft for table in tables for draft in _drafts(table, problems)]
    refs = give_refs([draft.number for draft in drafts], problems)
    phrases = _Phrases(year)
    items = []
    for draft, (no, ref) in zip(drafts, refs, strict=True):
        lead, supporting = read_owners(draft.cell("lead").text, draft.cell("supporting").text)
        if not lead and "lead" in draft.table.header.columns:
            problems.warn("row_without_lead", at=draft.place("lead"), title=draft.number.title)
        items.append(
            ProposedItem(
                ref=ref,
                no=no,
                category=draft.number.category,
                title=draft.title,
                key=draft.key,
                **{field: line(draft.cell(field).text) for field, line in _TEXTS.items()},
                schedule=phrases.read(draft.cell("begin"), draft.cell("time")),
                lead_units=lead,
                supporting_units=supporting,
                sheet=draft.table.grid.sheet,
                row=draft.row.number,
            )
        )
    return items


def _drafts(table: Table, problems: Problems) -> Iterator[_Draft]:
    header, no, category = table.header, "", ""
    for row in table.grid.rows:
        if row.number <= header.last or is_no_item(row) or header.repeated_in(row):
            continue
        if heading := band(row, header):
            category = heading
            continue
        typed = header.cell(row, "no")
        no = bare_number(typed.text) or no
        category = bare_category(header.cell(row, "category").text) or category
        if holds_content(row, header):
            draft = _draft(row, table, no=no, category=category or bare_category(table.grid.sheet))
            if draft.title:
                yield draft
            else:
                problems.warn("row_without_title", at=draft.place("title"))


def _draft(row: Row, table: Table, *, no: str, category: str) -> _Draft:
    header, sheet = table.header, table.grid.sheet
    columns = sorted(header.columns[field] for field in ("title", "measure") if field in header.columns)
    texts = [normal(row.cell(column).text) for column in columns if not row.cell(column).across]
    # A measure beside its task is joined to it, in the order of the columns.
    title = "：".join(dict.fromkeys(bare for text in texts if (bare := text.lstrip(KEY))))
    number = header.cell(row, "no")
    key = any(text.startswith(KEY) for text in texts) or KEY in number.text
    place = Place(sheet, row.number, header.heading("no"))
    typed = number.own and bool(bare_number(number.text))
    return _Draft(row, table, title, key, Number(no, typed, category, title[:_SHOWN_TITLE], place))


class _Phrases:
    """Reads time cells of one plan year; what was read once is not read again."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._known: dict[str, Schedule] = {}

    def read(self, begin: Cell, time: Cell) -> Schedule:
        """The schedule of a row's time, which begins at `begin` where the table has such a column."""
        if begin.text.strip() and time.text.strip():
            return self._phrase(f"{_written(begin)}至{_written(time)}")
        cell = time if time.text.strip() else begin
        if cell.day is not None:
            return read_date_cell(cell.day, year=self._year, month_only=cell.month_only)
        return self._phrase("\n".join(filter(None, map(normal, cell.text.splitlines()))))

    def _phrase(self, lines: str) -> Schedule:
        """Lines part times that would run together, so they are read as lines and kept as one phrase."""
        if lines not in self._known:
            self._known[lines] = replace(read_phrase(lines, year=self._year), phrase=normal(lines))
        return self._known[lines]


def _written(cell: Cell) -> str:
    """A date cell as people write dates in words."""
    if cell.day is None:
        return normal(cell.text)
    day = "" if cell.month_only else f"{cell.day.day}日"
    return f"{cell.day.year}年{cell.day.month}月{day}"
