"""The units of an organisation file: read row by row, then held against each other and against the people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.proposal import UnitRow
from models.roles import BRANCHES, Role, UnitKind
from tasks.read_plan.people import Person, Roster
from tasks.read_plan.problems import Problems
from tasks.read_plan.records import Record

_TEMPORARY = "临时"
#: 中国共产党支部工作条例（试行）第四条: a branch needs three full members.
_FEWEST_MEMBERS = 3


class Unit(NamedTuple):
    """A unit and the record it was read from."""

    row: UnitRow
    record: Record


def read_units(rows: Iterable[Record], problems: Problems) -> list[Unit]:
    """The units of a table, each checked by itself. A unit without a code is called by its name."""
    units = []
    for record in rows:
        name = record.text("name")
        if not name:
            problems.fail("unit_name_missing", at=record.place("name"))
            continue
        unit = UnitRow(
            code=record.text("code") or name,
            name=name,
            kind=record.text("kind"),
            parent=record.text("parent"),
            head=record.text("head"),
            starts_on=record.day("starts_on", problems),
            ends_on=record.day("ends_on", problems),
            remark=record.text("remark"),
            row=record.row.number,
        )
        _check_kind(unit, record, problems)
        _check_days(unit, record, problems)
        units.append(Unit(unit, record))
    return units


def check_units(units: Sequence[Unit], people: Sequence[Person], problems: Problems) -> None:
    """Hold the units against each other and against the people."""
    _check_unique(units, problems)
    _check_parents(units, problems)
    _check_heads(units, Roster(people), problems)
    _check_branches(units, people, problems)


def _check_kind(unit: UnitRow, record: Record, problems: Problems) -> None:
    at, expected = record.place("kind"), "、".join(UnitKind)
    if not unit.kind:
        problems.fail("unit_kind_missing", at=at, name=unit.name, expected=expected)
    elif unit.kind not in set(UnitKind):
        problems.warn("unit_kind_unusual", at=at, name=unit.name, kind=unit.kind, expected=expected)


def _check_days(unit: UnitRow, record: Record, problems: Problems) -> None:
    if unit.starts_on and unit.ends_on and unit.ends_on < unit.starts_on:
        problems.fail("unit_ends_before_start", at=record.place("ends_on"), name=unit.name)
    if unit.kind.startswith(_TEMPORARY) and not unit.ends_on:
        problems.warn("unit_temporary_without_end", at=record.place("ends_on"), name=unit.name)


def _check_unique(units: Sequence[Unit], problems: Problems) -> None:
    names: dict[str, UnitRow] = {}
    codes: dict[str, UnitRow] = {}
    for unit, record in units:
        same = names.setdefault(unit.name, unit)
        if same is not unit:
            problems.fail("unit_name_repeated", at=record.place("name"), name=unit.name, first=same.row)
        same = codes.setdefault(unit.code, unit)
        if same is not unit and record.text("code"):
            problems.fail("unit_code_repeated", at=record.place("code"), code=unit.code, first=same.row)


def _check_parents(units: Sequence[Unit], problems: Problems) -> None:
    by_name = {unit.name: (unit, record) for unit, record in units}
    for unit, record in units:
        if unit.parent and unit.parent not in by_name:
            problems.fail(
                "unit_parent_unknown", at=record.place("parent"), name=unit.name, parent=unit.parent
            )
    for circle in _circles({unit.name: unit.parent for unit, _ in units}):
        _, record = by_name[circle[0]]
        problems.fail("unit_parents_in_a_circle", at=record.place("parent"), names=" → ".join(circle))


def _circles(parents: dict[str, str]) -> list[list[str]]:
    """Every circle of parents once, from the unit that is met first."""
    found: list[list[str]] = []
    settled: set[str] = set()
    for first in parents:
        name, path = first, dict[str, int]()
        while name in parents and name not in settled and name not in path:
            path[name] = len(path)
            name = parents[name]
        if name in path:
            found.append([*list(path)[path[name] :], name])
        settled.update(path)
    return found


def _check_heads(units: Sequence[Unit], roster: Roster, problems: Problems) -> None:
    for unit, record in units:
        known = roster.called(unit.head) if unit.head else [unit.head]
        if len(known) != 1:
            key = "unit_head_ambiguous" if known else "unit_head_unknown"
            problems.fail(key, at=record.place("head"), name=unit.name, head=unit.head)


def _check_branches(units: Sequence[Unit], people: Sequence[Person], problems: Problems) -> None:
    members: Counter[str] = Counter()
    for person, _ in people:
        if Role.PARTY_MEMBER in person.roles:
            members.update({person.branch, person.temporary_branch})
    for unit, record in units:
        if unit.kind in BRANCHES and members[unit.name] < _FEWEST_MEMBERS:
            problems.warn(
                "branch_too_small", at=record.place("name"), name=unit.name, members=members[unit.name]
            )
