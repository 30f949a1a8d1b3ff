"""Progress reports: kept with the day of what was done, counted once for the work and for its whole."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InputError, RefusedError
from models.lifecycle import OPEN_STATES
from models.tables import LOOK_NOW, Feedback, WorkItem
from tasks.approvals.subject import Decided
from tasks.steps import Hand, parent_of, told

#: Largest quantity that one report may name.
MOST_DONE = 1e9


def note_report(
    session: Session,
    work: WorkItem,
    hand: Hand,
    *,
    words: str,
    quantity: float | None = None,
    on: date | None = None,
    activity: int | None = None,
    supporting: int | None = None,
) -> date:
    """Keep a report and add its quantity to what is done; gives the day of what is reported.

    What is reported on a part counts for the work that it is a part of. `supporting` is the unit that
    contributes: only the lead's own reports end its silence. Raises as `feedback`.
    """
    if not words.strip():
        raise InputError("feedback_words", id=work.id)
    if quantity is not None and not 0 <= quantity <= MOST_DONE:
        raise InputError("feedback_quantity", id=work.id, quantity=quantity)
    day = _reportable(work, hand, on or hand.today)
    if _counted(session, work, activity):
        raise RefusedError("activity_counted", id=work.id)
    report = Feedback(
        work_item_id=work.id,
        person_id=hand.person.id,
        at=hand.at,
        on=day,
        words=words.strip(),
        quantity=quantity,
        unit_id=supporting,
        activity_id=activity,
    )
    session.add(report)
    work.done += quantity or 0
    work.look_on = LOOK_NOW
    if supporting is None:
        heard(work, hand)
    _pass_on(session, work, hand, report)
    return day


def _reportable(work: WorkItem, hand: Hand, day: date) -> date:
    """The day, if it may be reported today: 补台账 is a fault that inspectors look for."""
    if day > hand.today:
        raise RefusedError("feedback_future", id=work.id, on=day)
    earliest = hand.today - timedelta(days=hand.report_back_days)
    if day < earliest:
        raise RefusedError("feedback_back", id=work.id, on=day, days=hand.report_back_days, earliest=earliest)
    return day


def heard(work: WorkItem, hand: Hand | Decided) -> None:
    """Somebody reported today."""
    work.reported_on = max(work.reported_on or hand.today, hand.today)
    work.look_on = LOOK_NOW


def _counted(session: Session, work: WorkItem, activity: int | None) -> bool:
    """Whether an activity counts for the work already, by itself or through a part."""
    if activity is None:
        return False
    counted = select(Feedback.id).where(Feedback.work_item_id == work.id, Feedback.activity_id == activity)
    return session.scalar(counted) is not None


def _pass_on(session: Session, work: WorkItem, hand: Hand, report: Feedback) -> None:
    """Let the work that this is a part of hear of a report, and count its quantity once there."""
    parent = parent_of(session, work)
    if parent is None or parent.state not in OPEN_STATES:
        return
    parent.look_on = LOOK_NOW
    if report.unit_id is None:
        heard(parent, hand)
    counts = parent.target is not None and report.quantity is not None
    if counts and not _counted(session, parent, report.activity_id):
        parent.done += report.quantity or 0
        session.add(
            Feedback(
                work_item_id=parent.id,
                person_id=report.person_id,
                at=report.at,
                on=report.on,
                words=report.words,
                quantity=report.quantity,
                unit_id=report.unit_id,
                activity_id=report.activity_id,
            )
        )
        told(
            session,
            parent,
            hand,
            "feedback",
            words=report.words,
            quantity=report.quantity,
            part=report.work_item_id,
        )
    _pass_on(session, parent, hand, report)
