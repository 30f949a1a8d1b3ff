"""What reading the coordinator's files gives, before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from models.schedule import Schedule


@dataclass(frozen=True)
class Problem:
    """One thing to mend or to know, with the place where it stands.

    `row` counts from 1 as the spreadsheet does; `column` is the letter or the heading.
    An `error` keeps the file from being imported; the others are warnings.
    """

    file: str
    message: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    error: bool = False


@dataclass(frozen=True)
class ProposedItem:
    """One row of the plan as it was read; texts are normalised, phrases kept as written.

    `ref` is the number for life: `no`, made unique with `#2`, `#3` where rows share one.
    """

    ref: str
    no: str
    category: str
    title: str
    key: bool
    owner: str
    lead: str
    supporting: str
    standard: str
    remark: str
    schedule: Schedule
    lead_units: tuple[str, ...] = ()
    supporting_units: tuple[str, ...] = ()
    sheet: str = ""
    row: int | None = None


@dataclass(frozen=True)
class Proposal:
    """A plan file as it was read: nothing of it is stored yet."""

    year: int
    title: str
    source: str
    sha256: str
    items: tuple[ProposedItem, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories in the order in which they first appear."""
        return tuple(dict.fromkeys(item.category for item in self.items))


@dataclass(frozen=True)
class UnitRow:
    """A unit of the organisation file. `parent` and `head` are names."""

    code: str
    name: str
    kind: str
    parent: str
    head: str
    starts_on: date | None
    ends_on: date | None
    remark: str
    row: int


@dataclass(frozen=True)
class PersonRow:
    """A person of the organisation file.

    `units` are the names of the units in which the person is a member: department, branch,
    group, temporary branch. `roles` are posts; `in_charge_of` the units led (分管).
    """

    no: str
    name: str
    email: str
    department: str
    branch: str
    group: str
    temporary_branch: str
    title: str
    roles: tuple[str, ...]
    in_charge_of: tuple[str, ...]
    remark: str
    row: int


@dataclass(frozen=True)
class AbsenceRow:
    """A period in which a substitute acts; people are given by address."""

    email: str
    substitute: str
    kind: str
    starts_on: date
    ends_on: date
    reason: str
    row: int


@dataclass(frozen=True)
class OrganisationFile:
    """An organisation file as it was read."""

    source: str
    sha256: str
    title: str
    units: tuple[UnitRow, ...]
    people: tuple[PersonRow, ...]
    absences: tuple[AbsenceRow, ...]
    problems: tuple[Problem, ...] = field(default=())

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the file from being imported."""
        return tuple(problem for problem in self.problems if problem.error)
