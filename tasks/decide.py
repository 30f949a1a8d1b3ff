"""What follows from a decision: the plan, the work item or the document takes its next step."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from models.errors import NotFoundError
from models.tables import Approval, Person, Publication
from tasks.approvals import decide
from tasks.issue.publish import release
from tasks.plan_steps import plan_decided
from tasks.work import closing_decided


def decide_subject(
    session: Session,
    approval_id: int,
    *,
    approve: bool,
    opinion: str,
    by: Person,
    at: datetime,
    today: date,
) -> Approval:
    """Decide an approval and let its subject follow, in one transaction.

    The same decision by the same person once more changes nothing: what follows from it may have been
    cut off, and whoever repeats it wants it to go on. Raises what `tasks.approvals.decide` raises;
    nothing is changed then.
    """
    present = session.get(Approval, approval_id, with_for_update=True)
    if present is not None and _is_repeated(present, approve=approve, opinion=opinion, by=by):
        return present
    approval = decide(session, approval_id, approve=approve, opinion=opinion, by=by, at=at, today=today)
    if approval.subject == "plan":
        plan_decided(session, approval.subject_id, approve=approve, opinion=opinion, actor=by.email, at=at)
    elif approval.subject == "work_item":
        closing_decided(
            session, approval.subject_id, approve=approve, opinion=opinion, by=by, at=at, today=today
        )
    elif approval.subject == "publication" and approve:
        release(session, approval.subject_id, at=at, actor=by.email)
    elif approval.subject == "publication":
        session.get_one(Publication, approval.subject_id).state = "returned"
    else:
        raise NotFoundError("approval_unknown", id=approval_id)
    return approval


def _is_repeated(approval: Approval, *, approve: bool, opinion: str, by: Person) -> bool:
    same = (approval.state, approval.decided_by) == ("approved" if approve else "returned", by.email)
    return same and opinion in {"", approval.opinion}
