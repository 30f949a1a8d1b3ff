"""A half-year as the bulletin sees it: rates, findings, what is overdue, what was sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models.lifecycle import DONE_STATES, State
from models.periods import Period
from models.settings import Settings
from models.tables import Finding, Inspection, Item, Person, Unit, WorkItem
from tasks.inspect import MERIT, PROBLEM, reference
from tasks.issue.ledger import Work, works_where
from tasks.issue.office import Office, Place, open_office
from tasks.rates import NOTHING, PUT_OFF, Rates, rates_by_unit, together


@dataclass(frozen=True)
class Found:
    """A finding as printed."""

    number: int
    unit_id: int
    unit: str
    words: str
    kind: str
    rectify_by: date | None
    owner: str


@dataclass(frozen=True)
class Half:
    """What was collected for a half-year's bulletin; groups count with their branches."""

    period: Period
    office: Office
    rates: tuple[tuple[Place, Rates], ...]
    findings: tuple[Found, ...]
    #: All that is due in the half-year, by branch.
    works: dict[int, tuple[Work, ...]]
    #: Overdue and still open on `today`, by branch.
    overdue: dict[int, tuple[Work, ...]]
    #: Sent back at least once, by branch.
    returned: dict[int, tuple[Work, ...]]
    #: Recurring work of a period that was made up after its date, by branch.
    made_up: dict[int, tuple[Work, ...]]
    #: Put off from a date in the half-year, by branch; also what is due after it by now.
    put_off: dict[int, tuple[Work, ...]]
    today: date
    at: datetime
    home: Path

    @property
    def total(self) -> Rates:
        """All branches together."""
        return together(rates for _, rates in self.rates)

    @property
    def merits(self) -> list[Found]:
        """What is praised."""
        return [one for one in self.findings if one.kind == MERIT]

    @property
    def problems(self) -> list[Found]:
        """What must be put right."""
        return [one for one in self.findings if one.kind == PROBLEM]

    def reference(self, found: Found) -> str:
        """The number of a problem's rectification item."""
        return reference(self.period, found.number)


def collect_half(session: Session, settings: Settings, period: Period, *, today: date, at: datetime) -> Half:
    """Everything that the bulletin speaks of: six SELECTs, whatever the number of branches."""
    office = open_office(session, settings, period)
    by_unit = rates_by_unit(session, period, today=today)
    known = works_where(session, _in_half(period))
    works = [work for work in known if work.due_on and work.due_on in period]
    overdue = [
        work for work in works if work.state not in DONE_STATES and work.due_on and work.due_on < today
    ]
    return Half(
        period,
        office,
        tuple((branch, _of_branch(office, branch, by_unit)) for branch in office.branches),
        _findings(session, period),
        _by_branch(office, works),
        _by_branch(office, overdue),
        _by_branch(office, [work for work in works if work.returns]),
        _by_branch(office, [work for work in works if work.made_up(today)]),
        _by_branch(office, [work for work in known if work.first_due_on and work.first_due_on in period]),
        today,
        at,
        settings.home,
    )


def _in_half(period: Period) -> ColumnElement[bool]:
    due = WorkItem.due_on.between(period.start, period.end)
    first_due = WorkItem.original_due_on.between(period.start, period.end)
    in_half = or_(due, and_(first_due, PUT_OFF.c.work_item_id.is_not(None)))
    return and_(in_half, Item.hidden.is_(False), WorkItem.state != State.CANCELLED)


def _of_branch(office: Office, branch: Place, by_unit: dict[int, Rates]) -> Rates:
    own = [rates for unit, rates in by_unit.items() if office.branch_of(unit) == branch.id]
    return together(own) if own else NOTHING


def _by_branch(office: Office, works: Sequence[Work]) -> dict[int, tuple[Work, ...]]:
    found: dict[int, list[Work]] = defaultdict(list)
    for work in works:
        branch = office.branch_of(work.unit_id)
        if branch is not None:
            found[branch].append(work)
    return {branch: tuple(own) for branch, own in found.items()}


def _findings(session: Session, period: Period) -> tuple[Found, ...]:
    rows = session.execute(
        select(
            Finding.number,
            Finding.unit_id,
            Unit.name.label("unit"),
            Finding.words,
            Finding.kind,
            Finding.rectify_by,
            func.coalesce(Person.name, "").label("owner"),
        )
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Unit, Unit.id == Finding.unit_id)
        .join(Person, Person.id == Unit.head_id, isouter=True)
        .where(Inspection.period == period.key)
        .order_by(Unit.position, Finding.number)
    )
    return tuple(Found(**row) for row in rows.mappings())
