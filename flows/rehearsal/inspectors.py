"""The invented inspectors: what they find in the units, judged from the record as real ones would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from flows.office import Office
from models.lifecycle import OPEN_STATES
from models.messages import say
from models.periods import Period
from models.roles import BRANCHES
from models.tables import Inspection, Item, Unit, WorkItem
from models.workdays import Calendar
from tasks.directory import find_coordinator
from tasks.inspect import MERIT, OPEN, PROBLEM, record_finding

#: At most so many problems and merits an inspection.
PROBLEMS, MERITS = 4, 2
#: Workdays after the inspection opened on which the findings are entered, and given to put them right.
FINDS_AFTER, RECTIFY_WITHIN = 2, 15


@dataclass(frozen=True)
class Seen:
    """What the record shows of a unit: overdue open work, with one title, and work closed late."""

    unit: str
    overdue: int
    title: str
    late: int


def inspection_to_visit(office: Office, calendar: Calendar) -> str | None:
    """The half-year whose inspection opened so many workdays before today, or nothing."""
    with office.read() as session:
        query = select(Inspection.period, Inspection.created_at).where(Inspection.state == OPEN)
        for period, created_at in session.execute(query):
            opened_on = created_at.astimezone(office.clock.zone).date()
            if calendar.between(opened_on, office.clock.today()) == FINDS_AFTER:
                return str(period)
    return None


def enter_findings(office: Office, period: Period, calendar: Calendar) -> int:
    """Enter what was found in each unit; gives how many findings."""
    today = office.clock.today()
    with office.write() as session:
        inspector = find_coordinator(session, office.settings.coordinator)
        assert inspector is not None  # noqa: S101  # the stage appointed one
        found = judge(_look(session, period, today))
        for unit, words, kind in found:
            record_finding(
                session,
                period,
                unit,
                words,
                kind=kind,
                rectify_by=calendar.add(today, RECTIFY_WITHIN) if kind == PROBLEM else None,
                by=inspector,
                calendar=calendar,
                at=office.clock.now(),
                today=today,
            )
    return len(found)


def judge(seen: list[Seen]) -> list[tuple[str, str, str]]:
    """Findings as (unit, words, kind): the worst are named, the best praised.

    Findings stand in an official document, so they are Chinese whatever the language of the desk.
    """
    behind = [one for one in seen if one.overdue or one.late]
    worst = sorted(behind, key=lambda one: (-one.overdue, -one.late))
    best = [one for one in seen if not one.overdue and not one.late]
    found = [(one.unit, _problem(one), PROBLEM) for one in worst[:PROBLEMS]]
    found += [(one.unit, say("rehearsal.merit", "zh"), MERIT) for one in best[:MERITS]]
    if not worst and seen:
        found.append((seen[-1].unit, say("rehearsal.problem_files", "zh"), PROBLEM))
    return found


def _problem(one: Seen) -> str:
    if one.overdue:
        return say("rehearsal.problem_overdue", "zh", title=one.title, count=one.overdue)
    return say("rehearsal.problem_late", "zh", count=one.late)


def _look(session: Session, period: Period, today: date) -> list[Seen]:
    units = session.scalars(
        select(Unit)
        .where(Unit.kind.in_([kind.value for kind in BRANCHES]))
        .where(or_(Unit.starts_on.is_(None), Unit.starts_on <= today))
        .where(or_(Unit.ends_on.is_(None), Unit.ends_on >= today))
        .order_by(Unit.position)
    ).all()
    return [_seen(session, unit, period, today) for unit in units]


def _seen(session: Session, unit: Unit, period: Period, today: date) -> Seen:
    overdue = session.execute(
        select(Item.title)
        .join(WorkItem, WorkItem.item_id == Item.id)
        .where(
            WorkItem.unit_id == unit.id,
            WorkItem.state.in_(OPEN_STATES),
            WorkItem.due_on < today,
            Item.hidden.is_(False),
        )
        .order_by(WorkItem.due_on, WorkItem.id)
    ).all()
    late = session.scalar(
        select(func.count()).where(
            WorkItem.unit_id == unit.id,
            WorkItem.closed_on > WorkItem.due_on,
            WorkItem.due_on.between(period.start, today),
        )
    )
    return Seen(unit.name, len(overdue), overdue[0].title if overdue else "", late or 0)
