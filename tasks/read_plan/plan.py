"""A plan file becomes a proposal: items as they were written, each with its time phrase read."""

from __future__ import annotations

import re
from pathlib import Path

from models.errors import InputError
from models.messages import Lang
from models.proposal import Proposal
from tasks.read_plan.headers import find_header, headings_of, title_above
from tasks.read_plan.items import Table, read_items
from tasks.read_plan.problems import Place, Problems
from tasks.read_plan.source import Source, read_source
from tasks.read_plan.vocabulary import PLAN

_YEAR = re.compile(r"(20\d\d)年")
#: A warning that these columns are missing stands once for the whole sheet.
_WANTED = {
    "time": "column_time_missing",
    "lead": "column_lead_missing",
    "owner": "column_owner_missing",
}


def read_plan(path: Path, *, year: int, limit_mib: int = 64, lang: Lang = "zh") -> Proposal:
    """Read a plan of `year` from an .xlsx, .csv or .docx file; nothing is stored.

    Every visible sheet or table with headings counts. What is doubtful becomes a problem of the proposal, in
    `lang`. Raises InputError when the file cannot be read, holds more than `limit_mib` MiB (packed or
    unpacked), or has no headings of a plan.
    """
    problems = Problems(path.name, lang)
    source = read_source(path, problems, limit_mib=limit_mib)
    return propose(source, year=year, problems=problems)


def propose(source: Source, *, year: int, problems: Problems) -> Proposal:
    """The proposal that a file's grids hold. Raises InputError when none of them has headings of a plan."""
    tables = _tables(source, problems)
    if not tables:
        raise InputError(
            "plan_headings_missing",
            file=source.name,
            expected="、".join(PLAN.name(field) for field in ("title", "lead", "time")),
            found="、".join(text for grid in source.grids for text in headings_of(grid)) or "—",
        )
    title = title_above(tables[0].grid, tables[0].header) or Path(source.name).stem
    _check_year(title, year, problems)
    for table in tables:
        _check_columns(table, problems)
    items = tuple(read_items(tables, year=year, problems=problems))
    if not items:
        problems.fail("no_items")
    return Proposal(year, title, source.name, source.sha256, items, tuple(problems.found))


def _tables(source: Source, problems: Problems) -> list[Table]:
    found = []
    for grid in source.grids:
        header = find_header(grid, PLAN)
        if header is not None:
            found.append(Table(grid, header))
        elif grid.rows:
            problems.warn("sheet_without_headings", at=Place(grid.sheet), name=grid.sheet)
    return found


def _check_year(title: str, year: int, problems: Problems) -> None:
    named = _YEAR.findall(title)
    if named and str(year) not in named:
        problems.warn("title_other_year", title=title, found="、".join(named), year=year)


def _check_columns(table: Table, problems: Problems) -> None:
    header = table.header
    at = Place(table.grid.sheet, header.first)
    for field, key in _WANTED.items():
        if field not in header.columns:
            problems.warn(key, at=at)
    if header.unread:
        problems.warn("columns_unread", at=at, headings="、".join(header.unread))
