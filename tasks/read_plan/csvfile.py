"""CSV files as a grid, in the encodings and with the separators that offices use."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path

from models.errors import InputError
from tasks.read_plan.grid import MAX_CELLS, Cell, Grid, Sparse, grid_of

#: Byte order marks first; without one UTF-8 refuses nearly every text that is GB18030.
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_ENCODINGS = ("utf-8", "gb18030")
_SEPARATORS = (",", ";", "\t")
_SAMPLE_ROWS = 40


def read_csv(path: Path) -> list[Grid]:
    """The one grid of a CSV file, named after the file.

    Rows count from 1 as a spreadsheet shows them: a row with line breaks inside quotes is one row. Raises
    InputError when the encoding is unknown or the quoting broken.
    """
    text = _decode(path)
    cells = _cells(_records(text, _separator(text), file=path.name), file=path.name)
    return [grid_of(path.stem, cells, file=path.name)]


def _decode(path: Path) -> str:
    content = path.read_bytes()
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _decoded(content, (encoding,), file=path.name)
    return _decoded(content, _ENCODINGS, file=path.name)


def _decoded(content: bytes, encodings: tuple[str, ...], *, file: str) -> str:
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError("read_encoding_unknown", file=file)


def _separator(text: str) -> str:
    """The separator that splits the most rows into the same number of columns."""
    return max(_SEPARATORS, key=lambda separator: _regularity(text, separator))


def _regularity(text: str, separator: str) -> tuple[int, int]:
    try:
        widths = Counter(len(row) for row in islice(_reader(text, separator), _SAMPLE_ROWS) if len(row) > 1)
    except csv.Error:
        return (0, 0)
    width, rows = max(widths.items(), key=lambda found: (found[1], found[0]), default=(0, 0))
    return (rows, width)


def _reader(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text, newline=""), delimiter=separator)


def _records(text: str, separator: str, *, file: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, record in enumerate(_reader(text, separator), start=1):
            yield number, record
    except csv.Error as error:
        raise InputError("read_csv_broken", file=file, row=number + 1) from error


def _cells(records: Iterator[tuple[int, list[str]]], *, file: str) -> Sparse:
    cells: Sparse = {}
    left = MAX_CELLS
    for number, record in records:
        row = {
            column: Cell(text) for column, text in enumerate(record, start=1) if text and not text.isspace()
        }
        left -= len(row)
        if left < 0:
            raise InputError("read_too_many_cells", file=file, limit=MAX_CELLS)
        if row:
            cells[number] = row
    return cells
