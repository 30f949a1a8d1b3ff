"""An organisation file becomes units, people and absences, with all that does not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.errors import InputError
from models.messages import Lang
from models.proposal import OrganisationFile
from tasks.read_plan.absences import read_absences
from tasks.read_plan.grid import Grid
from tasks.read_plan.headers import Header, find_header, headings_of, title_above
from tasks.read_plan.people import Roster, check_people, read_people
from tasks.read_plan.problems import Place, Problems
from tasks.read_plan.records import Record, records
from tasks.read_plan.source import Source, read_source
from tasks.read_plan.units import check_units, read_units
from tasks.read_plan.vocabulary import ABSENCES, PEOPLE, UNITS, Vocabulary

#: The tables of the file by what they hold; the first two must be there.
_TABLES = {"机构": UNITS, "人员": PEOPLE, "请假抽调": ABSENCES}
_MANDATORY = ("机构", "人员")


def read_organisation(path: Path, *, limit_mib: int = 64, lang: Lang = "zh") -> OrganisationFile:
    """Read units, people and absences from an .xlsx or .docx file; nothing is stored.

    The tables are known by their headings, whatever their sheets are called and in which order they stand.
    Everything wrong becomes a problem in `lang`; problems marked as errors keep the file from being imported.
    Raises InputError when the file cannot be read, exceeds `limit_mib` MiB, or lacks units or people.
    """
    problems = Problems(path.name, lang)
    source = read_source(path, problems, limit_mib=limit_mib)
    return organise(source, problems)


def organise(source: Source, problems: Problems) -> OrganisationFile:
    """The organisation that a file's grids hold. Raises InputError without units or people."""
    tables: dict[str, list[tuple[Grid, Header]]] = {what: [] for what in _TABLES}
    for grid in source.grids:
        known = _recognise(grid)
        if known:
            tables[known[0]].append((grid, known[1]))
        elif grid.rows:
            problems.warn("sheet_without_headings", at=Place(grid.sheet), name=grid.sheet)
    for what in _MANDATORY:
        _require(what, tables, source)
    units = read_units(_records(tables["机构"]), problems)
    people = read_people(_records(tables["人员"]), problems)
    check_units(units, people, problems)
    check_people(people, [unit.row for unit in units], problems)
    absences = read_absences(_records(tables["请假抽调"]), Roster(people), problems)
    return OrganisationFile(
        source=source.name,
        sha256=source.sha256,
        title=title_above(*tables["机构"][0]) or Path(source.name).stem,
        units=tuple(unit.row for unit in units),
        people=tuple(person.row for person in people),
        absences=tuple(absences),
        problems=tuple(problems.found),
    )


def _recognise(grid: Grid) -> tuple[str, Header] | None:
    """What the grid holds: the table of which it names the most headings."""
    found = [(what, header) for what, known in _TABLES.items() if (header := find_header(grid, known))]
    return max(found, key=lambda match: len(match[1].columns), default=None)


def _require(what: str, tables: dict[str, list[tuple[Grid, Header]]], source: Source) -> None:
    if tables[what]:
        return
    headings = [text for grid in source.grids for text in headings_of(grid)]
    raise InputError(
        "organisation_headings_missing",
        file=source.name,
        what=what,
        expected=_expected(_TABLES[what]),
        found="、".join(headings) or "—",
    )


def _expected(vocabulary: Vocabulary) -> str:
    return "、".join(vocabulary.name(field) for field in vocabulary.exact if field in vocabulary.mandatory)


def _records(tables: list[tuple[Grid, Header]]) -> Iterator[Record]:
    for grid, header in tables:
        yield from records(grid, header)
