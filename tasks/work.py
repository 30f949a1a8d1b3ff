"""What people do with a work item: accept, report, finish, return, cancel; each one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.errors import RefusedError
from models.lifecycle import DONE_STATES, OPEN_STATES, UNTOUCHED_STATES, Action, State
from models.messages import say
from models.tables import Event, Item, Unit, WorkItem
from tasks.approvals.ask import ask, end_approval
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Decided, Subject
from tasks.extensions import end_overtaken
from tasks.lights import settle
from tasks.reports import heard, note_report
from tasks.steps import (
    Hand,
    answers_for,
    find_work,
    is_reviewer,
    mine,
    name_for_approval,
    only_reviewers,
    parent_of,
    take_step,
    told,
)
from tasks.unfinished import Asked, Part, open_contributions, open_parts, waive

#: What the verbs share with verbs in modules of their own.
__all__ = [
    "Hand",
    "accept",
    "answers_for",
    "cancel",
    "closing_decided",
    "feedback",
    "find_work",
    "finish",
    "is_reviewer",
    "mine",
    "note_report",
    "send_back",
    "take_step",
    "told",
]


def accept(session: Session, number: int, hand: Hand) -> WorkItem:
    """Sign for a work item (签收). Signing again changes nothing."""
    work = mine(session, number, hand)
    if work.state == State.ACCEPTED.value:
        return work
    take_step(work, Action.ACCEPT)
    work.accepted_at = hand.at
    told(session, work, hand, "accepted")
    return work


def feedback(
    session: Session,
    number: int,
    hand: Hand,
    *,
    words: str,
    quantity: float | None = None,
    on: date | None = None,
    activity: int | None = None,
) -> WorkItem:
    """Report progress in words, and a quantity where something is counted.

    `on` is the local day of what is reported (today unless given); `activity` the number of the
    activity that the report speaks of. Reporting on work that nobody signed for signs for it. Raises
    InputError without words, or with a quantity below zero or beyond `tasks.reports.MOST_DONE`;
    RefusedError for a day in the future or further back than `hand.report_back_days`, and for an
    activity that counts for the work already.
    """
    work = mine(session, number, hand)
    take_step(work, Action.FEEDBACK)
    work.accepted_at = work.accepted_at or hand.at
    day = note_report(session, work, hand, words=words, quantity=quantity, on=on, activity=activity)
    told(
        session,
        work,
        hand,
        "feedback",
        words=words.strip(),
        quantity=quantity,
        on=day.isoformat() if day != hand.today else None,
        activity=activity,
    )
    return work


def finish(
    session: Session, number: int, hand: Hand, *, words: str, staff: Staff, reason: str = ""
) -> WorkItem:
    """Report a work item as done (报结). Ordinary work closes at once; ★ work passes an approval first.

    Work that falls short of its target, that waits for a contribution or that has open parts needs a
    reason: open contributions are waived with it, parts that nobody has begun are cancelled with it
    when the work is closed, and the others go on. Finishing finished work changes nothing. Raises
    RefusedError otherwise.
    """
    work = mine(session, number, hand)
    if work.state in {State.SUBMITTED, *DONE_STATES}:
        return work
    asked, parts = open_contributions(session, work.id), open_parts(session, work.id)
    if not reason.strip():
        _nothing_open(work, asked, parts)
    item = session.get_one(Item, work.item_id)
    take_step(work, Action.SUBMIT)
    work.accepted_at = work.accepted_at or hand.at
    work.submitted_at = hand.at
    work.submitted_on = hand.today
    told(
        session,
        work,
        hand,
        "submitted",
        words=words.strip(),
        reason=reason.strip(),
        waived=waive(asked, at=hand.at, reason=reason.strip()),
        undone_parts=[part.ref for part in parts],
    )
    end_overtaken(session, staff, work_id=work.id)
    if item.key:
        unit = session.get_one(Unit, work.unit_id)
        lang = staff.settings.lang
        facts = {"ref": item.ref, "title": name_for_approval(item, lang), "unit": unit.name}
        title = say("closing.title", lang, period=work.period, **facts)
        ask(session, Subject("work_item", work.id, title, "closing"), staff, by=hand.person)
        return work
    _close(session, work, hand)
    return work


def closing_decided(session: Session, number: int, decided: Decided) -> None:
    """Close ★ work, give it back, or take its report back, as its approval went."""
    work = find_work(session, number)
    if work.state != State.SUBMITTED.value:
        return
    if decided.status is Status.APPROVED:
        _close(session, work, decided, words=decided.opinion)
        return
    withdrawn = decided.status is Status.DRAFT
    take_step(work, Action.WITHDRAW if withdrawn else Action.RETURN)
    work.returns += not withdrawn
    work.submitted_at = work.submitted_on = None
    told(session, work, decided, "withdrawn" if withdrawn else "returned", words=decided.opinion)


def send_back(session: Session, number: int, hand: Hand, *, words: str, staff: Staff) -> WorkItem:
    """Give reported or closed work back to its owner (退回), with the reason; closed work opens again.

    Only a reviewer may; raises RefusedError otherwise, without words, or for a part of work that is
    done.
    """
    if not words.strip():
        raise RefusedError("return_words", id=number)
    work = find_work(session, number)
    only_reviewers(session, work, hand)
    parent = parent_of(session, work)
    if parent is not None and parent.state in DONE_STATES:
        raise RefusedError("return_part", id=number, parent=parent.id)
    work.sequence += work.state == State.CLOSED.value
    take_step(work, Action.RETURN)
    end_approval(session, "work_item", work.id, staff, reason=words.strip())
    work.returns += 1
    work.closed_at = work.closed_on = work.submitted_at = work.submitted_on = None
    told(session, work, hand, "returned", words=words.strip())
    return work


def cancel(session: Session, number: int, hand: Hand, *, reason: str, staff: Staff | None = None) -> WorkItem:
    """Drop a work item, with the reason; only a reviewer may.

    Its parts that nobody has begun go with it; those that are begun are named and go on. With `staff` a
    request for a later due date ends at once, otherwise on the next day.
    """
    if not reason.strip():
        raise RefusedError("cancel_reason", id=number)
    work = find_work(session, number)
    only_reviewers(session, work, hand)
    take_step(work, Action.CANCEL)
    work.sequence += 1
    dropped, left = _drop_parts(session, work, hand, reason.strip())
    happened = told(
        session, work, hand, "cancelled", reason=reason.strip(), cancelled_parts=dropped, open_parts=left
    )
    settle(session, work, on=hand.today, event_id=happened)
    if staff is not None:
        end_overtaken(session, staff, work_id=work.id)
    return work


def _nothing_open(work: WorkItem, asked: Sequence[Asked], parts: Sequence[Part]) -> None:
    """Refuse to finish without a reason what is not done yet."""
    if work.target is not None and work.done < work.target:
        raise RefusedError("target_short", id=work.id, done=f"{work.done:g}", target=f"{work.target:g}")
    if asked:
        raise RefusedError("contributions_open", id=work.id, units="、".join(one.unit for one in asked))
    if parts:
        names = "、".join(f"{part.ref}（{part.work.id}）" for part in parts)
        raise RefusedError("parts_open", id=work.id, parts=names)


def _close(session: Session, work: WorkItem, hand: Hand | Decided, *, words: str = "") -> None:
    take_step(work, Action.CLOSE)
    work.closed_at = hand.at
    # The owner did the work on the day of reporting; waiting for a reviewer makes nobody late.
    work.closed_on = work.submitted_on or hand.today
    work.sequence += 1
    dropped, left = _drop_parts(session, work, hand, _reason_given(session, work))
    happened = told(session, work, hand, "closed", words=words, cancelled_parts=dropped, open_parts=left)
    settle(session, work, on=hand.today, event_id=happened)
    parent = parent_of(session, work)
    if parent is not None and parent.state in OPEN_STATES:
        heard(parent, hand)


def _reason_given(session: Session, work: WorkItem) -> str:
    """Why the work was last reported as done though something was open."""
    given = select(Event.reason).where(
        Event.subject == "work_item", Event.subject_id == work.id, Event.verb == "work_item.submitted"
    )
    return session.scalar(given.order_by(Event.id.desc()).limit(1)) or ""


def _drop_parts(
    session: Session, work: WorkItem, hand: Hand | Decided, reason: str
) -> tuple[list[str], list[str]]:
    """Cancel the parts that nobody has begun; gives their refs, and the refs of those that go on."""
    dropped, left = list[str](), list[str]()
    for part in open_parts(session, work.id):
        if part.work.state not in UNTOUCHED_STATES:
            left.append(part.ref)
            continue
        take_step(part.work, Action.CANCEL)
        part.work.sequence += 1
        happened = told(session, part.work, hand, "cancelled", reason=reason, parent=work.id)
        settle(session, part.work, on=hand.today, event_id=happened)
        dropped.append(part.ref)
    return dropped, left
