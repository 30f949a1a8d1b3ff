"""The people of an organisation file: read row by row, then held against each other and against the units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from models.proposal import PersonRow, UnitRow
from models.roles import Role
from tasks.read_plan.problems import Problems
from tasks.read_plan.records import Record

#: What every mail server takes; blanks, line breaks and quoted forms are refused rather than interpreted.
_ADDRESS = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9])?@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
)
_LONGEST_ADDRESS = 254
_UNITS_NAMED = ("department", "branch", "group", "temporary_branch")


class Person(NamedTuple):
    """A person and the record it was read from."""

    row: PersonRow
    record: Record


class Roster:
    """Finds people by name or by address."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Learn everybody's name and address."""
        self._known: dict[str, list[PersonRow]] = {}
        for person, _ in people:
            for key in {person.name, person.email.casefold()} - {""}:
                self._known.setdefault(key, []).append(person)

    def called(self, name: str) -> list[PersonRow]:
        """Everybody with this name or this address."""
        return self._known.get(name) or self._known.get(name.casefold(), [])


def read_people(rows: Iterable[Record], problems: Problems) -> list[Person]:
    """The people of a table, each checked by itself."""
    people = []
    for record in rows:
        name = record.text("name")
        if not name:
            problems.fail("person_name_missing", at=record.place("name"))
            continue
        person = PersonRow(
            no=record.text("no"),
            name=name,
            email=record.raw("email"),
            department=record.text("department"),
            branch=record.text("branch"),
            group=record.text("group"),
            temporary_branch=record.text("temporary_branch"),
            title=record.text("title"),
            roles=record.names("roles"),
            in_charge_of=record.names("in_charge_of"),
            remark=record.text("remark"),
            row=record.row.number,
        )
        _check_address(person, record, problems)
        people.append(Person(person, record))
    return people


def check_people(people: Sequence[Person], units: Iterable[UnitRow], problems: Problems) -> None:
    """Hold the people against each other and against the units."""
    _check_unique(people, problems)
    known = {unit.name: unit for unit in units}
    for person, record in people:
        _check_units(person, record, known, problems=problems)
    if people and not any(Role.COORDINATOR in role for person, _ in people for role in person.roles):
        problems.warn("coordinator_missing", at=people[0].record.table_place("roles"))


def well_formed(address: str) -> bool:
    """Whether mail can be sent to the address; nothing that could break a header passes."""
    return len(address) <= _LONGEST_ADDRESS and ".." not in address and bool(_ADDRESS.fullmatch(address))


def _check_address(person: PersonRow, record: Record, problems: Problems) -> None:
    at = record.place("email")
    if not person.email:
        problems.fail("person_email_missing", at=at, name=person.name)
    elif not well_formed(person.email):
        problems.fail("person_email_malformed", at=at, name=person.name, email=record.text("email"))


def _check_unique(people: Sequence[Person], problems: Problems) -> None:
    names: dict[str, PersonRow] = {}
    addresses: dict[str, PersonRow] = {}
    for person, record in people:
        same = names.setdefault(person.name, person)
        if same is not person:
            problems.warn("person_name_shared", at=record.place("name"), name=person.name, first=same.row)
        same = addresses.setdefault(person.email.casefold(), person)
        if same is not person and person.email:
            at, email = record.place("email"), record.text("email")
            problems.fail("person_email_repeated", at=at, email=email, first=same.row)


def _check_units(
    person: PersonRow, record: Record, known: Mapping[str, UnitRow], *, problems: Problems
) -> None:
    named = [(field, getattr(person, field)) for field in _UNITS_NAMED]
    for field, unit in [*named, *(("in_charge_of", unit) for unit in person.in_charge_of)]:
        if unit and unit not in known:
            at, heading = record.place(field), record.header.heading(field)
            problems.fail("person_unit_unknown", at=at, name=person.name, heading=heading, unit=unit)
    if not person.department:
        problems.warn("person_department_missing", at=record.place("department"), name=person.name)
    group = known.get(person.group)
    if group and person.branch and group.parent != person.branch:
        at = record.place("group")
        problems.warn(
            "person_group_elsewhere", at=at, name=person.name, group=person.group, branch=person.branch
        )
