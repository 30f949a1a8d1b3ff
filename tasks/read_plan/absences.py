"""The absences of an organisation file: who is away when, and who stands in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from models.proposal import AbsenceRow, PersonRow
from tasks.read_plan.people import Roster
from tasks.read_plan.problems import Problems
from tasks.read_plan.records import Record


class Absence(NamedTuple):
    """An absence and the record it was read from."""

    row: AbsenceRow
    record: Record


def read_absences(rows: Iterable[Record], roster: Roster, problems: Problems) -> list[AbsenceRow]:
    """The absences of a table whose people and days are known; the others are errors.

    People are found by address, by name where no address is given.
    """
    found = [absence for record in rows if (absence := _read(record, roster, problems))]
    _check_overlaps(found, problems)
    return [absence.row for absence in found]


def _read(record: Record, roster: Roster, problems: Problems) -> Absence | None:
    person = _person(record, roster, problems)
    substitute = _substitute(record, roster, problems)
    days = [_day(record, field, problems) for field in ("starts_on", "ends_on")]
    if person is None or substitute is None or None in days:
        return None
    starts_on, ends_on = (day for day in days if day)
    row = AbsenceRow(
        email=person.email,
        substitute=substitute.email,
        kind=record.text("kind"),
        starts_on=starts_on,
        ends_on=ends_on,
        reason=record.text("reason"),
        row=record.row.number,
    )
    if ends_on < starts_on:
        problems.fail("absence_ends_before_start", at=record.place("ends_on"), person=person.name)
    if person.email == substitute.email:
        problems.fail("absence_substitute_is_self", at=record.place("substitute"), person=person.name)
    return Absence(row, record)


def _person(record: Record, roster: Roster, problems: Problems) -> PersonRow | None:
    named = record.raw("email") or record.text("name")
    if not named:
        problems.fail("absence_person_missing", at=record.place("email"))
        return None
    return _one(record, ("email", "name"), roster, problems=problems, unknown="absence_person_unknown")


def _substitute(record: Record, roster: Roster, problems: Problems) -> PersonRow | None:
    fields = ("substitute", "substitute_name")
    if not any(record.text(field) for field in fields):
        person = record.text("name") or record.text("email")
        problems.fail("absence_substitute_missing", at=record.place("substitute"), person=person)
        return None
    return _one(record, fields, roster, problems=problems, unknown="absence_substitute_unknown")


def _one(
    record: Record, fields: tuple[str, str], roster: Roster, *, problems: Problems, unknown: str
) -> PersonRow | None:
    """The one person that the address, or else the name, stands for."""
    address, name = (record.text(field) for field in fields)
    known = roster.called(record.raw(fields[0]) or name)
    at = record.place(fields[0] if address else fields[1])
    if not known:
        problems.fail(unknown, at=at, person=address or name)
        return None
    if len(known) > 1:
        problems.fail("absence_person_ambiguous", at=at, person=address or name)
        return None
    if name and name != known[0].name and name != address:
        problems.warn("absence_name_differs", at=record.place(fields[1]), name=name, email=address)
    return known[0]


def _day(record: Record, field: str, problems: Problems) -> date | None:
    if not record.text(field):
        person = record.text("name") or record.text("email")
        problems.fail(
            "absence_date_missing",
            at=record.place(field),
            person=person,
            heading=record.header.heading(field),
        )
    return record.day(field, problems)


def _check_overlaps(absences: Sequence[Absence], problems: Problems) -> None:
    away: dict[str, list[AbsenceRow]] = {}
    for absence, _ in absences:
        away.setdefault(absence.email, []).append(absence)
    calendars = {email: _Calendar(rows) for email, rows in away.items()}
    for absence, record in absences:
        person = record.text("name") or absence.email
        other = calendars[absence.email].before(absence)
        if other:
            problems.warn("absence_overlaps", at=record.place("starts_on"), person=person, other=other.row)
        stand_in = calendars.get(absence.substitute) if absence.substitute != absence.email else None
        other = stand_in.during(absence) if stand_in else None
        if other:
            name = record.text("substitute_name") or absence.substitute
            problems.warn(
                "absence_substitute_absent", at=record.place("substitute"), person=name, other=other.row
            )


class _Calendar:
    """One person's absences in the order in which they start, with the one that lasts longest so far."""

    def __init__(self, rows: Iterable[AbsenceRow]) -> None:
        self._rows = sorted(rows, key=lambda row: (row.starts_on, row.row))
        self._starts = [row.starts_on for row in self._rows]
        self._positions = {(row.starts_on, row.row): position for position, row in enumerate(self._rows)}
        self._longest = list(accumulate(self._rows, _longer))

    def during(self, absence: AbsenceRow) -> AbsenceRow | None:
        """An absence that shares a day with this one."""
        return self._reaching(bisect_right(self._starts, absence.ends_on), absence)

    def before(self, absence: AbsenceRow) -> AbsenceRow | None:
        """An absence of the same person that starts earlier and is not over yet."""
        return self._reaching(self._positions[absence.starts_on, absence.row], absence)

    def _reaching(self, count: int, absence: AbsenceRow) -> AbsenceRow | None:
        longest = self._longest[count - 1] if count else None
        return longest if longest and longest.ends_on >= absence.starts_on else None


def _longer(one: AbsenceRow, two: AbsenceRow) -> AbsenceRow:
    return two if two.ends_on > one.ends_on else one
