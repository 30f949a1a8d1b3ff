"""Ask one named person to decide, and take the decision: the seam for the approval engine."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import NotFoundError, RefusedError
from models.journal import Fact, record
from models.roles import Role
from models.substitutes import acting_for
from models.tables import Approval, Person
from tasks.directory import find_person, holder_now


def ask(
    session: Session, *, subject: str, subject_id: int, title: str, approver: Person, by: str, at: datetime
) -> Approval:
    """Ask `approver` to decide on a subject; asking again while it waits gives the same approval.

    `by` is the asker's address. The approver is told through the event `approval.asked`.
    """
    waiting = session.scalar(
        select(Approval).where(
            Approval.subject == subject, Approval.subject_id == subject_id, Approval.state == "waiting"
        )
    )
    if waiting is not None:
        return waiting
    approval = Approval(
        subject=subject,
        subject_id=subject_id,
        title=title,
        state="waiting",
        approver_id=approver.id,
        asked_by=by,
        asked_at=at,
    )
    session.add(approval)
    session.flush()
    payload = {"title": title, "subject": subject, "subject_id": subject_id, "approver": approver.email}
    record(session, [Fact("approval.asked", "approval", approval.id, by, payload)], at=at)
    return approval


def decide(
    session: Session,
    approval_id: int,
    *,
    approve: bool,
    opinion: str,
    by: Person,
    at: datetime,
    today: date,
) -> Approval:
    """Take the decision of the approver, or of who acts for the approver today.

    The subject follows in the same transaction. Raises NotFoundError, and RefusedError when the
    approval is decided already (by whom and when), `by` is not asked, or returning lacks an opinion.
    """
    approval = session.get(Approval, approval_id, with_for_update=True)
    if approval is None:
        raise NotFoundError("approval_unknown", id=approval_id)
    if approval.state == "withdrawn":
        raise RefusedError("approval_withdrawn", id=approval_id)
    if approval.state != "waiting":
        raise RefusedError("approval_decided", id=approval_id, by=approval.decided_by, at=approval.decided_at)
    acting = acting_for(session, today).get(approval.approver_id)
    if by.id not in {approval.approver_id, acting}:
        raise RefusedError("approval_not_asked", id=approval_id, name=by.name)
    if not approve and not opinion.strip():
        raise RefusedError("approval_opinion", id=approval_id)
    approval.state = "approved" if approve else "returned"
    approval.decided_by = by.email
    approval.decided_at = at
    approval.opinion = opinion
    payload = {"state": approval.state, "subject": approval.subject, "subject_id": approval.subject_id}
    record(session, [Fact("approval.decided", "approval", approval.id, by.email, payload, opinion)], at=at)
    return approval


def withdraw(session: Session, *, subject: str, subject_id: int, by: str, at: datetime) -> None:
    """Take back what waits for a decision on a subject that has gone another way meanwhile."""
    waiting = session.scalars(
        select(Approval).where(
            Approval.subject == subject, Approval.subject_id == subject_id, Approval.state == "waiting"
        )
    )
    for approval in waiting:
        approval.state = "withdrawn"
        approval.decided_by = by
        approval.decided_at = at
        payload = {"subject": subject, "subject_id": subject_id}
        record(session, [Fact("approval.withdrawn", "approval", approval.id, by, payload)], at=at)


def waiting_for(session: Session, person: Person | None, *, today: date | None = None) -> list[Approval]:
    """The approvals that wait for a person (for everybody if None), oldest first.

    With `today`, also those of absent approvers for whom the person acts on that day.
    """
    query = select(Approval).where(Approval.state == "waiting").order_by(Approval.id)
    if person is not None:
        acting = acting_for(session, today) if today else {}
        absent = [one for one, substitute in acting.items() if substitute == person.id]
        query = query.where(Approval.approver_id.in_([person.id, *absent]))
    return list(session.scalars(query))


def find_approver(session: Session, named: str, configured: str) -> Person:
    """Who approves: the one named now, else the configured one, else the party secretary.

    Raises NotFoundError if there is nobody.
    """
    if named or configured:
        return find_person(session, named or configured)
    secretary = holder_now(session, Role.PARTY_SECRETARY)
    if secretary is None:
        raise NotFoundError("approver_unknown")
    return secretary
