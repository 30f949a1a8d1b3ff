"""What follows from a decision: the plan, the work item or the document takes its next step with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.approval.changes import StatusChanged
from models.approval.commands import Approve, Command, Reject, Return, Scan, Terminate
from models.approval.refusals import ApprovalRefusedError, Refusal
from models.approval.state import SYSTEM, Cause, Status, Verb
from models.approval.world import World
from models.database import reading
from models.tables import Person
from tasks.approvals.attempt import attempt
from tasks.approvals.clock import due
from tasks.approvals.perform import Answer, perform
from tasks.approvals.staff import Staff
from tasks.approvals.store import load
from tasks.approvals.subject import Decided, TakeStep, staff_for, subject_of
from tasks.extend import extension_decided
from tasks.issue.publish import publication_decided
from tasks.plan_steps import plan_decided
from tasks.work import closing_decided

#: What each kind of subject does when its approval ends or comes back.
_FOLLOWS: dict[str, TakeStep] = {
    "plan": plan_decided,
    "work_item": closing_decided,
    "extension": extension_decided,
    "publication": publication_decided,
}
#: Subjects that are asked for anew each time: an approval that came back to its initiator is over.
_ASKED_ANEW = frozenset({"extension"})
#: Makes who is who, inside the transaction.
MakeStaff = Callable[[Session], Staff]

#: The seat's verb that a repeated command would have given.
_SAME = {Approve: Verb.APPROVE, Reject: Verb.REJECT, Return: Verb.RETURN}


def take(engine: Engine, number: int, command: Command, make_staff: MakeStaff, *, key: str = "") -> Answer:
    """Do what a command asks of an approval in one transaction; its subject follows in the same.

    The same decision by the same person once more changes nothing: what follows from it may have been
    cut off, and whoever repeats it wants it to go on. A refusal is logged and raised with names in it.
    """
    try:
        return attempt(engine, number, command, make_staff, key=key, follow=partial(follow, command))
    except ApprovalRefusedError as refused:
        with reading(engine) as session:
            earlier = _earlier(session, number, command, refused)
        if earlier is None:
            raise
        return earlier


def act(session: Session, number: int, command: Command, staff: Staff, *, key: str = "") -> Answer:
    """The same inside the caller's transaction; refusals are raised and not logged."""
    answer = perform(session, number, command, staff, key=key)
    if not answer.repeated:
        follow(command, session, answer, staff)
    return answer


def follow(command: Command, session: Session, answer: Answer, world: World) -> None:
    """Let the subject of an approval follow where the approval as a whole moved on."""
    moved = [one.status for one in answer.changes if isinstance(one, StatusChanged)]
    if not moved:
        return
    subject, number = subject_of(session, answer.approval)
    opinion = getattr(command, "opinion", "") or getattr(command, "reason", "")
    person = session.get(Person, command.by) if command.by != SYSTEM else None
    _FOLLOWS[subject](session, number, Decided(moved[-1], opinion, person, world.now, world.today))
    if subject in _ASKED_ANEW and moved[-1] in {Status.RETURNED, Status.DRAFT}:
        perform(session, answer.approval, Terminate(SYSTEM, reason=opinion or command.verb), world)


def scan_day(session: Session, staff: Staff) -> list[Answer]:
    """Let the clock climb the ladders of all approvals that are due today. Twice changes nothing."""
    answers = (
        act(session, number, Scan(SYSTEM), staff_for(session, staff, number))
        for number in due(session, staff.today)
    )
    return [one for one in answers if one.changes]


def _earlier(session: Session, number: int, command: Command, refused: ApprovalRefusedError) -> Answer | None:
    """The answer to a decision that the same person gave before in the same words, if that is why."""
    verb = _SAME.get(type(command))
    if verb is None or refused.refusal is not Refusal.ALREADY_DECIDED:
        return None
    _, state = load(session, number)
    mine = [
        seat
        for seat in state.seats.values()
        if seat.closed_by == command.by and seat.cause is Cause.DECIDED and seat.closed_at is not None
    ]
    if not mine:
        return None
    last = max(mine, key=lambda seat: (seat.closed_at, seat.number))
    same = last.verb is verb or (last.verb is Verb.ADVISE and last.leaning is (verb is Verb.APPROVE))
    if not same or getattr(command, "opinion", "") not in {"", last.opinion}:
        return None
    return Answer(number, command.verb, state.status, state.rev, None, repeated=True, changes=())
