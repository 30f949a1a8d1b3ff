"""Word documents: every table as a grid, with the lines of text that stand above it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from models.errors import InputError
from tasks.read_plan.grid import MAX_CELLS, Cell, Grid, Merge, Sparse, grid_of
from tasks.read_plan.package import Attributes, Handlers, local, open_package
from tasks.read_plan.text import normal

_DOCUMENT = "word/document.xml"
#: Marks inside a run that part words.
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t"}
#: What is shown elsewhere already (`Fallback`) or was struck out (`moveFrom`).
_ASIDE = frozenset({"Fallback", "moveFrom"})
#: A heading above a table is a line, not a paragraph of prose.
_HEADING_LENGTH = 30


def read_docx(path: Path, *, limit_mib: int) -> list[Grid]:
    """The tables of the document body in their order; a table inside a cell counts as text of that cell.

    Each grid is named after the last short line above its table. Raises InputError when the file is no
    document, is damaged, or exceeds `limit_mib` unpacked.
    """
    with open_package(path, limit_mib=limit_mib) as package:
        if _DOCUMENT not in package.names:
            raise InputError("read_no_document", file=path.name)
        reader = _DocumentReader(path.name)
        package.read_xml(_DOCUMENT, Handlers(reader.start, reader.end, reader.hear))
        return reader.grids


@dataclass
class _Table:
    """A table while it goes by; `open` holds the vertical merges that may still grow, by column."""

    cells: Sparse = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    open: dict[int, Merge] = field(default_factory=dict)
    row: int = 0
    column: int = 1

    def put(self, text: str, *, span: int, continues: bool) -> None:
        """Place the next cell of the row; a cell that continues the one above widens its merge."""
        above = self.open.get(self.column)
        if continues and above is not None:
            self.open[self.column] = above._replace(bottom=self.row)
        else:
            self._close(self.column)
            self.open[self.column] = Merge(self.row, self.column, self.row, self.column + span - 1)
            if text.strip():
                self.cells.setdefault(self.row, {})[self.column] = Cell(text)
        self.column += span

    def _close(self, column: int) -> None:
        merge = self.open.pop(column, None)
        if merge is not None and (merge.top, merge.left) != (merge.bottom, merge.right):
            self.merges.append(merge)

    def grid(self, above: list[str], *, number: int, file: str) -> Grid:
        """The finished grid."""
        for column in list(self.open):
            self._close(column)
        heading = above[-1] if above and len(above[-1]) <= _HEADING_LENGTH else f"表{number}"
        grid = grid_of(heading, self.cells, self.merges, file=file)
        return Grid(grid.sheet, grid.rows, tuple(above))


class _DocumentReader:
    """Collects tables and the text between them while the document goes by."""

    def __init__(self, file: str) -> None:
        self.grids: list[Grid] = []
        self._file = file
        self._table = _Table()
        self._depth = self._aside = 0
        self._above: list[str] = []
        self._text: list[str] = []
        self._listening = False
        self._span, self._continues = 1, False
        self._count = 0
        self._starts = {
            "tbl": self._start_table,
            "tr": self._start_row,
            "tc": self._start_cell,
            "gridBefore": self._skip_columns,
            "gridSpan": self._note_span,
            "vMerge": self._note_merge,
        }
        self._ends = {
            "tbl": self._end_table,
            "tc": self._end_cell,
            "p": self._end_paragraph,
        }

    def start(self, name: str, attributes: Attributes) -> None:
        """Follow the structure; what is aside is not followed."""
        name = local(name)
        if name in _ASIDE:
            self._aside += 1
        elif name == "t":
            self._listening = not self._aside
        elif name in _BREAKS:
            self._text.append(_BREAKS[name])
        elif name in self._starts:
            self._starts[name]({local(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        """Put away what has ended."""
        name = local(name)
        if name in _ASIDE:
            self._aside -= 1
        elif name == "t":
            self._listening = False
        elif name in self._ends:
            self._ends[name]()

    def hear(self, text: str) -> None:
        """Keep what stands inside `t`."""
        if self._listening:
            self._text.append(text)

    def _start_table(self, _: Attributes) -> None:
        self._depth += 1
        if self._depth == 1:
            self._table = _Table()

    def _start_row(self, _: Attributes) -> None:
        if self._depth == 1:
            self._table.row += 1
            self._table.column = 1

    def _start_cell(self, _: Attributes) -> None:
        if self._depth == 1:
            self._text.clear()
            self._span, self._continues = 1, False

    def _skip_columns(self, attributes: Attributes) -> None:
        if self._depth == 1:
            self._table.column += _count(attributes)

    def _note_span(self, attributes: Attributes) -> None:
        if self._depth == 1:
            self._span = max(1, _count(attributes))

    def _note_merge(self, attributes: Attributes) -> None:
        if self._depth == 1:
            self._continues = attributes.get("val", "continue") == "continue"

    def _end_paragraph(self) -> None:
        if self._depth:
            self._text.append("\n")
            return
        line = normal("".join(self._text))
        self._text.clear()
        if line:
            self._above.append(line)

    def _end_cell(self) -> None:
        if self._depth > 1:
            return
        self._count += 1
        if self._count > MAX_CELLS:
            raise InputError("read_too_many_cells", file=self._file, limit=MAX_CELLS)
        self._table.put("".join(self._text).strip("\n"), span=self._span, continues=self._continues)
        self._text.clear()

    def _end_table(self) -> None:
        self._depth -= 1
        if not self._depth:
            number = len(self.grids) + 1
            self.grids.append(self._table.grid(self._above, number=number, file=self._file))
            self._above = []


def _count(attributes: Attributes) -> int:
    return min(int(attributes.get("val", "1")), 1000)
