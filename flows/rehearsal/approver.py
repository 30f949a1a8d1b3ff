"""The signers' desks: what was asked is decided a few workdays later, and a little is sent back."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from flows.office import Office
from flows.rehearsal.acts import wording
from flows.rehearsal.tempers import APPROVED_BACK, Act, again, comes_back
from models.approval.commands import Approve, Reject
from models.approval.state import SeatKind, Status
from models.messages import say
from models.tables import Publication, WorkItem
from models.workdays import Calendar
from tasks.approvals.inbox import WaitingSeat, waiting_for
from tasks.decide import take

#: Workdays until a decision. A bulletin lies longer: the inspectors are still on their way.
PATIENCE = {"plan": 1, "work_item": 1, "report": 1, "bulletin": 5}


def clear_desk(office: Office, calendar: Calendar, *, follow: Callable[[Office, int], None]) -> list[Act]:
    """Decide what has lain long enough; `follow` starts what a decision was holding up.

    Gives what the owners of returned work will do.
    """
    with office.read() as session:
        waiting = waiting_for(session, None, office.clock.today())
        ripe = [one for one in waiting if _is_ripe(session, office, one, calendar)]
    acts = []
    for seat in ripe:
        status = _decide(office, seat)
        follow(office, seat.approval)
        if status is Status.RETURNED and seat.subject == "work_item":
            acts.append(again(seat.subject_id, office.clock.today(), calendar))
    return acts


def _is_ripe(session: Session, office: Office, seat: WaitingSeat, calendar: Calendar) -> bool:
    if seat.kind != SeatKind.PRINCIPAL or seat.opened_on is None:
        return False
    kind = seat.subject
    if kind == "publication":
        kind = session.get_one(Publication, seat.subject_id).kind
    return calendar.between(seat.opened_on, office.clock.today()) >= PATIENCE[kind]


def _decide(office: Office, seat: WaitingSeat) -> Status:
    with office.read() as session:
        acting = office.staff(session).substitute(seat.holder).person
        goes_back = _goes_back(session, seat)
    # Nobody decides on the own request in the place of somebody else.
    by = acting if acting and acting != seat.initiator else seat.holder
    lang = office.settings.lang
    if goes_back:
        words = wording(office, "not_yet", seat.approval)
        command: Approve | Reject = Reject(by, words, seat.seat)
    else:
        command = Approve(by, say("rehearsal.agreed", lang), seat.seat)
    return take(
        office.engine, seat.approval, command, lambda session: office.staff(session, seat.approval)
    ).status


def _goes_back(session: Session, seat: WaitingSeat) -> bool:
    """★ work goes back once at most; plans and documents were talked over before."""
    if seat.subject != "work_item" or session.get_one(WorkItem, seat.subject_id).returns:
        return False
    return comes_back(f"approval {seat.subject_id}", APPROVED_BACK)
