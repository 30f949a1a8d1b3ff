"""One worksheet's XML read in a single pass: values, merged ranges, formulas that were never calculated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from models.errors import InputError
from tasks.read_plan.formats import PLAIN, Format, number_cell
from tasks.read_plan.grid import MAX_CELLS, Cell, Merge, Sparse
from tasks.read_plan.package import Attributes, Handlers, Package, local

_DIGITS = "0123456789"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


@dataclass(frozen=True)
class Book:
    """What the cells of a workbook refer to."""

    strings: tuple[str, ...] = ()
    formats: tuple[Format, ...] = ()
    since_1904: bool = False

    def format(self, style: str | None) -> Format:
        """The number format behind a cell's style number."""
        number = int(style or 0)
        return self.formats[number] if number < len(self.formats) else PLAIN


class SheetReader:
    """Collects one sheet while its XML goes by. Empty cells, however formatted, leave nothing behind."""

    def __init__(self, book: Book, *, file: str) -> None:
        """Start before the first row."""
        self.cells: Sparse = {}
        self.merges: list[Merge] = []
        self.uncalculated: list[tuple[int, int]] = []
        self.broken: list[tuple[int, int, str]] = []
        self._book = book
        self._file = file
        self._shared: dict[int, Cell] = {}
        self._count = 0
        self._row = self._column = 0
        self._type = "n"
        self._style: str | None = None
        self._text: list[str] = []
        self._listening = self._formula = self._aside = False
        self._starts = {
            "c": self._start_cell,
            "row": self._start_row,
            "v": self._listen,
            "t": self._listen,
            "f": self._note_formula,
            "rPh": self._start_aside,
            "mergeCell": self._merge,
        }
        self._ends = {
            "c": self._end_cell,
            "v": self._stop_listening,
            "t": self._stop_listening,
            "rPh": self._end_aside,
        }

    def read(self, package: Package, name: str) -> None:
        """Read the sheet that the package holds under `name`."""
        package.read_xml(name, Handlers(self._start, self._end, self._hear))

    def _start(self, name: str, attributes: Attributes) -> None:
        begin = self._starts.get(name) or self._starts.get(local(name))
        if begin is not None:
            begin(attributes)

    def _end(self, name: str) -> None:
        finish = self._ends.get(name) or self._ends.get(local(name))
        if finish is not None:
            finish()

    def _hear(self, text: str) -> None:
        if self._listening:
            self._text.append(text)

    def _start_row(self, attributes: Attributes) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._column = 0

    def _start_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            self._row, self._column = _place(place)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s")
        self._formula = False

    def _listen(self, _: Attributes) -> None:
        self._listening = not self._aside

    def _stop_listening(self) -> None:
        self._listening = False

    def _note_formula(self, _: Attributes) -> None:
        self._formula = True

    def _start_aside(self, _: Attributes) -> None:
        """Phonetic runs repeat the text in another script."""
        self._aside = True

    def _end_aside(self) -> None:
        self._aside = False

    def _merge(self, attributes: Attributes) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        top, left = _place(first)
        bottom, right = _place(last or first)
        self.merges.append(Merge(top, left, bottom, right))
        if len(self.merges) > MAX_CELLS:
            raise InputError("read_too_many_cells", file=self._file, limit=MAX_CELLS)

    def _end_cell(self) -> None:
        if self._text:
            text = "".join(self._text)
            self._text.clear()
            self._keep(self._cell(text))
        elif self._formula and self._type != "str":
            self.uncalculated.append((self._row, self._column))

    def _keep(self, cell: Cell) -> None:
        if not cell.text or cell.text.isspace():
            return
        self._count += 1
        if self._count > MAX_CELLS:
            raise InputError("read_too_many_cells", file=self._file, limit=MAX_CELLS)
        self.cells.setdefault(self._row, {})[self._column] = cell

    def _cell(self, text: str) -> Cell:
        if self._type == "s":
            return self._shared_cell(int(text))
        if self._type == "n":
            return self._number(text)
        if self._type == "d":
            return _dated(text)
        if self._type == "e":
            self.broken.append((self._row, self._column, text))
            return Cell()
        return Cell(text)

    def _shared_cell(self, number: int) -> Cell:
        cell = self._shared.get(number)
        if cell is None:
            if not 0 <= number < len(self._book.strings):
                raise ValueError(number)
            cell = self._shared[number] = Cell(self._book.strings[number])
        return cell

    def _number(self, text: str) -> Cell:
        value = float(text)
        if not isfinite(value):
            return Cell(text)
        return number_cell(value, self._book.format(self._style), since_1904=self._book.since_1904)


def _dated(text: str) -> Cell:
    day: date = datetime.fromisoformat(text).date()
    return Cell(day.isoformat(), day)


def _place(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as `B12`. Raises ValueError outside any spreadsheet."""
    letters = reference.rstrip(_DIGITS)
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    row = int(reference[len(letters) :])
    if not (0 < row <= _LAST_ROW and 0 < column <= _LAST_COLUMN):
        raise ValueError(reference)
    return row, column
