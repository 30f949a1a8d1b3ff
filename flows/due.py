"""Which document is due today: what a run decides that was started by the clock and names no period.

A document stays due until its time is over, so that a machine that was off on the right days still
issues it, late; a document that exists already is not due again. The usual days: the last three
workdays before the month, the first workday of the quarter, 1 June and 1 December.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from flows.office import Office
from models import periods
from models.periods import Period
from models.tables import Plan, Publication
from models.workdays import Calendar

#: A month's calendar is issued on one of the last so many workdays of the month before.
LAST_WORKDAYS = 3


@dataclass(frozen=True)
class Timed:
    """A document that the clock starts: its kind of publication, and the period that is due on a day."""

    kind: str
    period: Callable[[date, Calendar], Period | None]


def month_due(today: date, calendar: Calendar) -> Period:
    """The next month in the last three workdays of a month, before that the month that runs."""
    this = periods.month(today.year, today.month)
    after = this.end + timedelta(days=1)
    if today >= calendar.add(calendar.last_workday(this.end), 1 - LAST_WORKDAYS):
        return periods.month(after.year, after.month)
    return this


def quarter_due(today: date, calendar: Calendar) -> Period:  # noqa: ARG001  # one form for all
    """The quarter that runs."""
    return periods.quarter(today.year, (today.month + 2) // 3)


def inspection_due(today: date, calendar: Calendar) -> Period | None:  # noqa: ARG001  # one form for all
    """The half-year that ends this month."""
    if today.month in {6, 12}:
        return periods.half(today.year, today.month // 6)
    return None


def report_due(today: date, calendar: Calendar) -> Period | None:  # noqa: ARG001  # one form for all
    """The half-year that has just ended, in the month after it."""
    if today.month in {1, 7}:
        ended = today.replace(day=1) - timedelta(days=1)
        return periods.half(ended.year, ended.month // 6)
    return None


TIMED = {
    "monthly_calendar": Timed("calendar", month_due),
    "quarterly_checklist": Timed("checklist", quarter_due),
    "half_year_inspection": Timed("bulletin", inspection_due),
    "half_year_report": Timed("report", report_due),
}


def due_today(office: Office, name: str) -> Period | None:
    """The period whose document flow `name` owes today; None on rest days and where none is owed.

    Nothing is owed for a year without a plan in force, nor where the document exists already.
    """
    today = office.clock.today()
    calendar = office.calendar([today.year])
    period = TIMED[name].period(today, calendar) if calendar.is_workday(today) else None
    return period if period and _is_owed(office, TIMED[name].kind, period) else None


def _is_owed(office: Office, kind: str, period: Period) -> bool:
    year = period.start.year
    with office.read() as session:
        in_force = session.scalar(select(Plan.id).where(Plan.year == year, Plan.activated_at.is_not(None)))
        exists = session.scalar(
            select(Publication.id).where(Publication.kind == kind, Publication.period == period.key)
        )
    return in_force is not None and exists is None
