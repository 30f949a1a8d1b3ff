"""A half-year as the bulletin sees it: rates, findings, what is overdue, what was sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models.periods import Period
from models.settings import Settings
from models.standing import DONE_LATE, IN_FORCE, PUT_OFF, WAS_PUT_OFF, due_in, overdue_on
from models.tables import Finding, Inspection, Item, Person, Unit, WorkItem
from tasks.inspect import MERIT, PROBLEM, reference
from tasks.issue.ledger import Work, works_where
from tasks.issue.office import Office, open_office
from tasks.issue.places import Place, Places, places_of
from tasks.rates import RECURRING, Rates, is_over, rates_by_unit, together

#: The bulletin's own figures, in their order.
FIGURES = ("due", "on_time", "late", "open_overdue", "made_up", "missed")


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
    places: Places
    rates: tuple[tuple[Place, Rates], ...]
    findings: tuple[Found, ...]
    #: The numbers of the work items that each of the bulletin's own figures counts, in order.
    counted: Mapping[str, Sequence[int]]
    #: Overdue and still open on `today`, by branch.
    overdue: dict[int, tuple[Work, ...]]
    #: How many were sent back at least once, by branch.
    returned: Mapping[int, int]
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
    """Everything that the bulletin speaks of: some ten SELECTs, whatever the number of branches.

    Only what is listed one by one is read with all that is said of it; of the rest numbers will do.
    """
    places = places_of(session, period)
    rates = _rates(places, rates_by_unit(session, period, today=today))
    listed = works_where(session, and_(_in_half(period), or_(overdue_on(today), DONE_LATE, WAS_PUT_OFF)))
    works = [work for work in listed if work.due_on and work.due_on in period]
    return Half(
        period,
        open_office(session, settings, period),
        places,
        tuple((branch, together(rates[branch.id])) for branch in places.branches),
        _findings(session, period),
        _counted(session, places, period, today),
        _by_branch(places, [work for work in works if work.overdue(today)]),
        _returned(session, places, period),
        _by_branch(places, [work for work in works if work.made_up(today)]),
        _by_branch(places, [work for work in listed if work.first_due_on and work.first_due_on in period]),
        today,
        at,
        settings.home,
    )


_KNOWN = and_(Item.hidden.is_(False), IN_FORCE)


def _in_half(period: Period) -> ColumnElement[bool]:
    first_due = WorkItem.original_due_on.between(period.start, period.end)
    return and_(or_(due_in(period), and_(first_due, WAS_PUT_OFF)), _KNOWN)


def _counted(session: Session, places: Places, period: Period, today: date) -> dict[str, list[int]]:
    """The work items that the bulletin's figures count, by the figures' names; one SELECT."""
    closed = WorkItem.closed_on.is_not(None)
    rows = session.execute(
        select(
            WorkItem.id,
            WorkItem.unit_id,
            WorkItem.period,
            Item.kind.in_(RECURRING).label("recurring"),
            closed.label("closed"),
            DONE_LATE.label("late"),
            overdue_on(today).label("overdue"),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(due_in(period), _KNOWN, WorkItem.parent_id.is_(None), or_(closed, WorkItem.due_on < today))
        .order_by(WorkItem.id)
    )
    found: dict[str, list[int]] = {name: [] for name in FIGURES}
    for number, unit, key, recurring, is_closed, late, overdue in rows:
        if places.branch_of(unit) is None:
            continue
        ended = recurring and is_over(key, today)
        true = (True, is_closed and not late, late, overdue, late and ended, overdue and ended)
        for name, counts in zip(FIGURES, true, strict=True):
            if counts:
                found[name].append(number)
    return found


def _returned(session: Session, places: Places, period: Period) -> dict[int, int]:
    rows = session.execute(
        select(WorkItem.unit_id, func.count())
        .join(Item, Item.id == WorkItem.item_id)
        .where(due_in(period), _KNOWN, WorkItem.parent_id.is_(None), WorkItem.returns > 0)
        .group_by(WorkItem.unit_id)
    )
    found: dict[int, int] = defaultdict(int)
    for unit, count in rows:
        branch = places.branch_of(unit)
        if branch is not None:
            found[branch] += count
    return dict(found)


def _rates(places: Places, by_unit: Mapping[int, Rates]) -> dict[int | None, list[Rates]]:
    """The rates of each branch and its groups."""
    found: dict[int | None, list[Rates]] = defaultdict(list)
    for unit, rates in by_unit.items():
        found[places.branch_of(unit)].append(rates)
    return found


def _by_branch(places: Places, works: Sequence[Work]) -> dict[int, tuple[Work, ...]]:
    found: dict[int, list[Work]] = defaultdict(list)
    for work in works:
        branch = places.branch_of(work.unit_id)
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
