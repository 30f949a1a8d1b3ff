"""Ask for a decision on a subject: begin its approval, go on with one that came back, or end it."""

from __future__ import annotations

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models.approval.catalogue import definition_for
from models.approval.commands import Submit, Terminate
from models.approval.state import FINISHED, SYSTEM, Status
from models.tables import Approval, Person
from tasks.approvals.perform import perform, start
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Subject, owner_unit

#: The choice that every shipped definition looks at first.
APPROVER = "approver"


def ask(
    session: Session, subject: Subject, staff: Staff, *, by: Person, approver: Person | None = None
) -> int:
    """Ask for a decision and give the approval's number; `approver` decides in the last instance.

    What waits already stays as it is; what came back to its initiator goes on. Raises InputError for
    a broken definition, ApprovalRefusedError where a step would have nobody.
    """
    staff = staff.about(lambda: owner_unit(session, subject.kind, subject.id))
    chosen = {APPROVER: (approver.id,)} if approver else {}
    present = _unfinished(session, subject.kind, subject.id)
    if present is not None and present.status == Status.RUNNING:
        return int(present.id)
    if present is not None and present.initiator_id == by.id:
        submit = Submit(by.id, facts=subject.facts, chosen=chosen)
        return perform(session, present.id, submit, staff).approval
    if present is not None:
        # Somebody else asks now: what they will read back must be addressed to them.
        end_approval(session, subject.kind, subject.id, staff, reason=by.name)
    definition = definition_for(subject.definition, staff.settings.definitions)
    return start(
        session,
        definition,
        subject=subject.kind,
        subject_id=subject.id,
        title=subject.title,
        initiator=by.id,
        world=staff,
        facts=subject.facts,
        chosen=chosen,
    ).approval


def end_approval(session: Session, kind: str, number: int, staff: Staff, *, reason: str) -> None:
    """End what waits for a decision on a subject that has gone another way meanwhile."""
    waiting = _unfinished(session, kind, number)
    if waiting is not None:
        perform(session, waiting.id, Terminate(SYSTEM, reason=reason), staff)


def _unfinished(session: Session, kind: str, number: int) -> Row[tuple[int, str, int]] | None:
    """There is at most one: the database sees to it."""
    return session.execute(
        select(Approval.id, Approval.status, Approval.initiator_id).where(
            Approval.subject == kind,
            Approval.subject_id == number,
            Approval.status.not_in([one.value for one in FINISHED]),
        )
    ).first()
