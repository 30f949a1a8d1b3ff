"""The approver's desk: what was asked is decided a few workdays later, and a little is sent back."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from flows.office import Office
from flows.rehearsal.acts import wording
from flows.rehearsal.tempers import APPROVED_BACK, Act, again, comes_back
from models.messages import say
from models.substitutes import acting_for
from models.tables import Approval, Person, Publication, WorkItem
from models.workdays import Calendar
from tasks.approvals import waiting_for
from tasks.decide import decide_subject

#: Workdays until a decision. A bulletin lies longer: the inspectors are still on their way.
PATIENCE = {"plan": 1, "work_item": 1, "report": 1, "bulletin": 5}


def clear_desk(
    office: Office, calendar: Calendar, *, follow: Callable[[Office, Approval], None]
) -> list[Act]:
    """Decide what has lain long enough; `follow` starts what a decision was holding up.

    Gives what the owners of returned work will do.
    """
    with office.read() as session:
        waiting = waiting_for(session, None, today=office.clock.today())
        ripe = [one.id for one in waiting if _is_ripe(session, office, one, calendar)]
    acts = []
    for number in ripe:
        approval = _decide(office, number)
        follow(office, approval)
        if approval.state == "returned" and approval.subject == "work_item":
            acts.append(again(approval.subject_id, office.clock.today(), calendar))
    return acts


def _is_ripe(session: Session, office: Office, approval: Approval, calendar: Calendar) -> bool:
    kind = approval.subject
    if kind == "publication":
        kind = session.get_one(Publication, approval.subject_id).kind
    asked_on = approval.asked_at.astimezone(office.clock.zone).date()
    return calendar.between(asked_on, office.clock.today()) >= PATIENCE[kind]


def _decide(office: Office, number: int) -> Approval:
    with office.write() as session:
        asked = session.get_one(Approval, number)
        acting = acting_for(session, office.clock.today())
        by = session.get_one(Person, acting.get(asked.approver_id, asked.approver_id))
        approve = not _goes_back(session, asked)
        opinion = (
            say("rehearsal.agreed", office.settings.lang) if approve else wording(office, "not_yet", number)
        )
        return decide_subject(
            session,
            number,
            approve=approve,
            opinion=opinion,
            by=by,
            at=office.clock.now(),
            today=office.clock.today(),
        )


def _goes_back(session: Session, asked: Approval) -> bool:
    """★ work goes back once at most; plans and documents were talked over before."""
    if asked.subject != "work_item" or session.get_one(WorkItem, asked.subject_id).returns:
        return False
    return comes_back(f"approval {asked.subject_id}", APPROVED_BACK)
