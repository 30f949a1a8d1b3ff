"""The half-year inspection: open it, record what was found, release it; problems become work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.lifecycle import State
from models.messages import say
from models.periods import Period, covering
from models.schedule import Kind
from models.tables import Finding, Inspection, Item, Person, Unit, WorkItem
from models.workdays import Calendar
from tasks.issue.text import words as say_on_paper

OPEN, RELEASED = "open", "released"
PROBLEM, MERIT = "problem", "merit"
#: The category of rectification items, which are no part of the year's list.
CATEGORY = "检查整改"
_AFTER_PLAN = 10_000


@dataclass(frozen=True)
class Found:
    """A recorded finding; `work` is what puts it right, None for a merit. `fresh`: made by this call."""

    finding: Finding
    work: WorkItem | None
    fresh: bool


def open_inspection(session: Session, period: Period, *, actor: str, at: datetime) -> Inspection:
    """Open the inspection of a half-year; opening it again changes nothing.

    Raises InputError unless `period` is a half-year.
    """
    if "-H" not in period.key:
        document = say("document.inspection", "zh")
        raise InputError("document_period", period=period.key, document=document, wanted="2026-H1")
    inspection = _find(session, period)
    if inspection is None:
        inspection = Inspection(period=period.key, state=OPEN, created_at=at)
        session.add(inspection)
        session.flush()
        fact = Fact("inspection.opened", "inspection", inspection.id, actor, {"period": period.key})
        record(session, [fact], at=at)
    return inspection


def record_finding(
    session: Session,
    period: Period,
    unit_name: str,
    words: str,
    *,
    kind: str,
    rectify_by: date | None,
    by: Person,
    calendar: Calendar,
    at: datetime,
    today: date,
) -> Found:
    """Record what an inspector found in a unit; a `problem` becomes an item and its work item.

    `rectify_by` moves to the workday before it where it is a rest day; the head of the unit answers
    for the work. The same words on the same unit are recorded once. Raises NotFoundError for an
    inspection that is not open or an unknown unit, RefusedError after the release, InputError for an
    unknown kind, missing words, or a problem without a date to come.
    """
    inspection = _find(session, period)
    if inspection is None:
        raise NotFoundError("inspection_not_open", period=period.key)
    unit = session.scalar(select(Unit).where(Unit.name == unit_name.strip()))
    if unit is None:
        raise NotFoundError("finding_unit", unit=unit_name)
    known = session.scalar(
        select(Finding).where(
            Finding.inspection_id == inspection.id,
            Finding.unit_id == unit.id,
            Finding.words == words.strip(),
            Finding.kind == kind,
        )
    )
    if known is not None:
        return Found(known, _work_of(session, known), fresh=False)
    if inspection.state == RELEASED:
        raise RefusedError("inspection_released", period=period.key)
    due = calendar.earlier(rectify_by) if rectify_by and kind == PROBLEM else None
    _check(unit, words, kind, due, today)
    finding = Finding(
        inspection_id=inspection.id,
        number=_next_number(session, inspection),
        unit_id=unit.id,
        words=words.strip(),
        kind=kind,
        found_by=by.id,
        found_on=today,
        rectify_by=due,
    )
    session.add(finding)
    session.flush()
    work = _rectification(session, finding, unit, period=period, nominal=rectify_by, at=at)
    record(session, _facts(finding, work, by), at=at)
    return Found(finding, work, fresh=True)


def release_inspection(session: Session, period: Period, *, actor: str, at: datetime) -> Inspection:
    """Close the book of findings: the bulletin is out. Releasing again changes nothing.

    Raises NotFoundError if the inspection was never opened.
    """
    inspection = _find(session, period)
    if inspection is None:
        raise NotFoundError("inspection_not_open", period=period.key)
    if inspection.state != RELEASED:
        inspection.state, inspection.released_at = RELEASED, at
        fact = Fact("inspection.released", "inspection", inspection.id, actor, {"period": period.key})
        record(session, [fact], at=at)
    return inspection


def _find(session: Session, period: Period) -> Inspection | None:
    return session.scalar(select(Inspection).where(Inspection.period == period.key))


def _check(unit: Unit, words: str, kind: str, rectify_by: date | None, today: date) -> None:
    if kind not in {PROBLEM, MERIT}:
        raise InputError("finding_kind", kind=kind)
    if not words.strip():
        raise InputError("finding_words")
    if kind == PROBLEM and rectify_by is None:
        raise InputError("finding_needs_date", unit=unit.name)
    if kind == PROBLEM and rectify_by is not None and rectify_by < today:
        raise InputError("finding_date_past", unit=unit.name, date=rectify_by)


def _next_number(session: Session, inspection: Inspection) -> int:
    last = session.scalar(select(func.max(Finding.number)).where(Finding.inspection_id == inspection.id))
    return (last or 0) + 1


def _work_of(session: Session, finding: Finding) -> WorkItem | None:
    return session.scalar(select(WorkItem).where(WorkItem.finding_id == finding.id))


def reference(period: Period, number: int) -> str:
    """The number for life of a rectification item: 整改2026H1-03."""
    return f"整改{period.key.replace('-', '')}-{number:02}"


def _rectification(
    session: Session, finding: Finding, unit: Unit, *, period: Period, nominal: date | None, at: datetime
) -> WorkItem | None:
    """What puts a problem right: an item outside the plan, owed by the head of the unit."""
    if finding.kind != PROBLEM or finding.rectify_by is None:
        return None
    ref = reference(period, finding.number)
    item = Item(
        year=period.start.year,
        ref=ref,
        no=ref,
        position=_AFTER_PLAN + finding.number,
        category=CATEGORY,
        title=say_on_paper("finding.title", words=finding.words),
        kind=Kind.DEADLINE.value,
        origin="finding",
    )
    session.add(item)
    session.flush()
    work = WorkItem(
        item_id=item.id,
        unit_id=unit.id,
        period=covering(finding.found_on, finding.rectify_by).key,
        state=(State.ASSIGNED if unit.head_id else State.SCHEDULED).value,
        owner_id=unit.head_id,
        start_on=finding.found_on,
        due_on=finding.rectify_by,
        original_due_on=finding.rectify_by,
        nominal_due_on=nominal,
        assigned_at=at if unit.head_id else None,
        finding_id=finding.id,
    )
    session.add(work)
    session.flush()
    return work


def _facts(finding: Finding, work: WorkItem | None, by: Person) -> list[Fact]:
    payload = {"unit_id": finding.unit_id, "words": finding.words, "kind": finding.kind}
    facts = [Fact("finding.recorded", "finding", finding.id, by.email, payload)]
    if work is not None:
        opened = {"state": work.state, "finding_id": finding.id}
        facts.append(Fact("work_item.opened", "work_item", work.id, by.email, opened))
    return facts
