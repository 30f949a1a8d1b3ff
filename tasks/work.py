"""What people do with a work item: accept, report, finish, return, cancel; each one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.lifecycle import Action, State, after
from models.substitutes import acting_for
from models.tables import Evidence, Feedback, Item, Person, Unit, WorkItem
from tasks.approvals.ask import ask, end_approval
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Decided, Subject
from tasks.directory import find_coordinator, leads_unit

#: Largest quantity that one report may name.
MOST_DONE = 1e9


@dataclass(frozen=True)
class Hand:
    """Who acts, and when: the person, the instant and the local day, the configured coordinator."""

    person: Person
    at: datetime
    today: date
    coordinator: str = ""

    @property
    def actor(self) -> str:
        """How the log names who acts."""
        return self.person.email


def find_work(session: Session, number: int) -> WorkItem:
    """The work item with this number, locked for the caller's transaction. Raises NotFoundError."""
    work = session.get(WorkItem, number, with_for_update=True)
    if work is None:
        raise NotFoundError("work_unknown", id=number)
    return work


def accept(session: Session, number: int, hand: Hand) -> WorkItem:
    """Sign for a work item (签收). Signing again changes nothing."""
    work = _mine(session, number, hand)
    if work.state == State.ACCEPTED.value:
        return work
    _step(work, Action.ACCEPT)
    work.accepted_at = hand.at
    return _told(session, work, hand, "accepted")


def feedback(
    session: Session, number: int, hand: Hand, *, words: str, quantity: float | None = None
) -> WorkItem:
    """Report progress in words, and a quantity where something is counted.

    Reporting on work that nobody signed for signs for it. Raises InputError without words or with a
    quantity below zero or beyond `MOST_DONE`.
    """
    if not words.strip():
        raise InputError("feedback_words", id=number)
    if quantity is not None and not 0 <= quantity <= MOST_DONE:
        raise InputError("feedback_quantity", id=number, quantity=quantity)
    work = _mine(session, number, hand)
    _step(work, Action.FEEDBACK)
    work.accepted_at = work.accepted_at or hand.at
    session.add(
        Feedback(
            work_item_id=work.id,
            person_id=hand.person.id,
            at=hand.at,
            on=hand.today,
            words=words.strip(),
            quantity=quantity,
        )
    )
    work.done += quantity or 0
    return _told(session, work, hand, "feedback", words=words.strip(), quantity=quantity)


def attach(session: Session, number: int, hand: Hand, *, name: str, sha256: str, size: int) -> Evidence:
    """Attach a file that is already stored under its hash; the same file twice is one row."""
    work = _mine(session, number, hand)
    present = session.scalar(
        select(Evidence).where(Evidence.work_item_id == work.id, Evidence.sha256 == sha256)
    )
    if present is not None:
        return present
    evidence = Evidence(
        work_item_id=work.id, person_id=hand.person.id, at=hand.at, sha256=sha256, name=name, size=size
    )
    session.add(evidence)
    _told(session, work, hand, "evidence", name=name, sha256=sha256)
    return evidence


def finish(
    session: Session, number: int, hand: Hand, *, words: str, staff: Staff, reason: str = ""
) -> WorkItem:
    """Report a work item as done (报结). Ordinary work closes at once; ★ work passes an approval first.

    Work with a target that is not reached needs a reason. Finishing finished work changes nothing.
    Raises RefusedError otherwise.
    """
    work = _mine(session, number, hand)
    if work.state in {State.SUBMITTED.value, State.CLOSED.value}:
        return work
    if work.target is not None and work.done < work.target and not reason.strip():
        raise RefusedError("target_short", id=work.id, done=f"{work.done:g}", target=f"{work.target:g}")
    item = session.get_one(Item, work.item_id)
    _step(work, Action.SUBMIT)
    work.accepted_at = work.accepted_at or hand.at
    work.submitted_at = hand.at
    work.submitted_on = hand.today
    _told(session, work, hand, "submitted", words=words.strip(), reason=reason.strip())
    if item.key:
        unit = session.get_one(Unit, work.unit_id)
        title = f"{item.ref}　{item.title}（{unit.name}，{work.period}）"
        ask(session, Subject("work_item", work.id, title, "closing"), staff, by=hand.person)
        return work
    _close(work, hand)
    return _told(session, work, hand, "closed")


def closing_decided(session: Session, number: int, decided: Decided) -> None:
    """Close ★ work, give it back, or take its report back, as its approval went."""
    work = find_work(session, number)
    if work.state != State.SUBMITTED.value:
        return
    if decided.status is Status.APPROVED:
        _close(work, decided)
        _told(session, work, decided, "closed", words=decided.opinion)
        return
    withdrawn = decided.status is Status.DRAFT
    _step(work, Action.WITHDRAW if withdrawn else Action.RETURN)
    work.returns += not withdrawn
    work.submitted_at = work.submitted_on = None
    _told(session, work, decided, "withdrawn" if withdrawn else "returned", words=decided.opinion)


def send_back(session: Session, number: int, hand: Hand, *, words: str, staff: Staff) -> WorkItem:
    """Give reported or closed work back to its owner (退回), with the reason.

    Only the coordinator or the leader in charge may; raises RefusedError otherwise or without words.
    """
    if not words.strip():
        raise RefusedError("return_words", id=number)
    work = find_work(session, number)
    _only_reviewers(session, work, hand)
    _step(work, Action.RETURN)
    end_approval(session, "work_item", work.id, staff, reason=words.strip())
    work.returns += 1
    work.closed_at = work.closed_on = work.submitted_at = work.submitted_on = None
    return _told(session, work, hand, "returned", words=words.strip())


def cancel(session: Session, number: int, hand: Hand, *, reason: str) -> WorkItem:
    """Drop a work item, with the reason; only the coordinator or the leader in charge may."""
    if not reason.strip():
        raise RefusedError("cancel_reason", id=number)
    work = find_work(session, number)
    _only_reviewers(session, work, hand)
    _step(work, Action.CANCEL)
    return _told(session, work, hand, "cancelled", reason=reason.strip())


def is_reviewer(session: Session, work: WorkItem, hand: Hand) -> bool:
    """Whether the person coordinates, or is the leader in charge of the unit."""
    coordinator = find_coordinator(session, hand.coordinator)
    if coordinator is not None and coordinator.id == hand.person.id:
        return True
    return leads_unit(session, hand.person, session.get_one(Unit, work.unit_id), hand.today)


def _close(work: WorkItem, hand: Hand | Decided) -> None:
    _step(work, Action.CLOSE)
    work.closed_at = hand.at
    # The owner did the work on the day of reporting; waiting for a reviewer makes nobody late.
    work.closed_on = work.submitted_on or hand.today


def _mine(session: Session, number: int, hand: Hand) -> WorkItem:
    """The work item, if the person answers for it: owner, substitute, head of the unit, coordinator."""
    work = find_work(session, number)
    acting = acting_for(session, hand.today).get(work.owner_id or 0)
    unit = session.get_one(Unit, work.unit_id)
    if hand.person.id in {work.owner_id, acting, unit.head_id} or is_reviewer(session, work, hand):
        return work
    raise RefusedError("not_responsible", id=number, name=hand.person.name)


def _only_reviewers(session: Session, work: WorkItem, hand: Hand) -> None:
    if not is_reviewer(session, work, hand):
        raise RefusedError("not_reviewer", id=work.id, name=hand.person.name)


def _step(work: WorkItem, action: Action) -> None:
    work.state = after(State(work.state), action).value


def _told(
    session: Session,
    work: WorkItem,
    hand: Hand | Decided,
    verb: str,
    *,
    reason: str = "",
    **facts: object,
) -> WorkItem:
    payload = {"state": work.state, "period": work.period} | {
        k: v for k, v in facts.items() if v not in ("", None)
    }
    fact = Fact(f"work_item.{verb}", "work_item", work.id, hand.actor, payload, reason)
    record(session, [fact], at=hand.at)
    return work
