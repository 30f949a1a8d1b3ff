"""Parts of a work item as they are written down: on the command line, or as the rows of a table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from models.errors import InputError
from tasks.read_plan.csvfile import read_csv
from tasks.read_plan.grid import Row

#: What the columns of a table of parts may be called.
_HEADINGS = {
    "title": ("题目", "分项", "工作内容", "title"),
    "owner": ("责任人", "owner"),
    "start": ("起", "开始", "start"),
    "due": ("止", "到期", "完成时限", "due"),
    "unit": ("单位", "责任单位", "unit"),
}
#: The fields in the order in which they are written where no headings stand.
FIELDS = tuple(_HEADINGS)
#: Those that must be written.
_NEEDED = ("title", "owner")
#: What separates the fields on the command line.
_SEPARATOR = re.compile("[;；]")


class PartWords(NamedTuple):
    """One part as written; `place` says where: `--part 2`, or file and row."""

    place: str
    title: str
    owner: str
    start: str
    due: str
    unit: str


def read_part(text: str, number: int) -> PartWords:
    """A part as `题目;责任人;起;止[;单位]`; empty dates mean today and the whole's due date.

    Raises InputError for another number of fields.
    """
    place = f"--part {number}"
    fields = [one.strip() for one in _SEPARATOR.split(text)]
    if not len(_NEEDED) <= len(fields) <= len(FIELDS):
        raise InputError("part_fields", place=place, count=len(fields))
    return PartWords(place, *fields, *[""] * (len(FIELDS) - len(fields)))


def read_parts(path: Path) -> list[PartWords]:
    """The parts of a CSV file, a row each, under headings in any order or without any.

    Raises InputError, also for a file without a single part.
    """
    (grid,) = read_csv(path)
    rows = list(grid.rows)
    columns = _columns(rows[0]) if rows else {}
    if columns:
        rows = rows[1:]
    else:
        columns = {field: number for number, field in enumerate(FIELDS, start=1)}
    if not rows:
        raise InputError("parts_none", file=path.name)
    return [_row(row, columns, path.name) for row in rows]


def _columns(row: Row) -> dict[str, int]:
    """Columns by field if the row is one of headings; raises InputError for one that nobody knows."""
    found, unknown = dict[str, int](), []
    for number, cell in row.cells.items():
        heading = cell.text.strip().lower()
        field = next((one for one, names in _HEADINGS.items() if heading in names), "")
        if field:
            found[field] = number
        else:
            unknown.append(cell.text.strip())
    if found and (unknown or not found.keys() >= set(_NEEDED)):
        raise InputError("part_headings", row=row.number, unknown="、".join(unknown) or "-")
    return found


def _row(row: Row, columns: dict[str, int], file: str) -> PartWords:
    beyond = [number for number in row.cells if number not in columns.values()]
    place = f"{file}:{row.number}"
    if beyond:
        raise InputError("part_fields", place=place, count=max(beyond))
    values = {field: row.cell(number).text.strip() for field, number in columns.items()}
    return PartWords(place, *(values.get(field, "") for field in FIELDS))
