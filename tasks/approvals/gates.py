"""Gates: the rows of suspended runs at which steps of approvals wait, opened and closed once."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.errors import NotFoundError
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import Approval, ApprovalStep, Gate
from tasks.approvals.codes import Issuing, codes_of, issue, issuer_of, revoke
from tasks.approvals.wanted_gates import WantedGate, wanted_gates

#: The events of gates.
OPENED, CLOSED = "approval_gate.opened", "approval_gate.closed"


class OpenGate(NamedTuple):
    """A gate that was opened and not closed.

    `answered` forms were dealt with and `said` is what the last was answered; the next one has the
    number after. `waits` says whether its step still waits: a gate that does not is to be closed.
    """

    approval: int
    step: int
    run: str
    answered: int
    said: str
    opened_at: datetime
    waits: bool


def open_gate(session: Session, settings: Settings, wanted: WantedGate, *, at: datetime) -> bool:
    """Open the gate of a step, or look after it; whether it was opened now.

    Who can act there gets a code: at the opening, when the turn comes later, and anew where the last
    was used and there is more to decide. Doing it again sends nothing: a code that expired is renewed
    when somebody asks for it. Raises what `issuer_of` raises.
    """
    gate = session.get(Gate, (wanted.approval, wanted.step))
    opened = gate is None or gate.closed_at is not None
    if gate is None:
        gate = Gate(approval_id=wanted.approval, step=wanted.step, opened_at=at)
        session.add(gate)
    elif opened:
        gate.opened_at, gate.closed_at, gate.run = at, None, ""
    if opened:
        payload = {"step": wanted.step, "people": [one.id for one in wanted.people]}
        record(session, [Fact(OPENED, "approval", wanted.approval, SYSTEM, payload)], at=at)
    has_one = {
        one.person
        for one in codes_of(session, wanted.approval)
        if one.used_at is None and one.revoked_at is None and one.created_at >= gate.opened_at
    }
    send_codes(session, settings, wanted, [one.id for one in wanted.people if one.id not in has_one], at=at)
    return opened


def send_codes(
    session: Session,
    settings: Settings,
    wanted: WantedGate,
    people: list[int],
    *,
    at: datetime,
    actor: str = SYSTEM,
) -> Issuing:
    """Issue codes for a gate to some of those who can act there."""
    if not people:
        return Issuing()
    issuer = issuer_of(settings, at)
    return issue(session, issuer, people, approval=wanted.approval, step=wanted.step, actor=actor, at=at)


def note_run(session: Session, approval: int, step: int, run: str) -> None:
    """Keep the id of the run in which a gate waits, for links in letters. Raises NotFoundError."""
    find_gate(session, approval, step).run = run


def close_gate(session: Session, approval: int, step: int, *, at: datetime) -> bool:
    """Close a gate whose step waits no longer; whether it was open.

    With the last one of an approval its codes are worth nothing any more.
    """
    gate = session.get(Gate, (approval, step))
    if gate is None or gate.closed_at is not None:
        return False
    gate.closed_at = at
    session.flush()
    others = select(Gate.step).where(Gate.approval_id == approval, Gate.closed_at.is_(None))
    if session.scalar(others.limit(1)) is None:
        revoke(session, approval, at=at)
    record(session, [Fact(CLOSED, "approval", approval, SYSTEM, {"step": step})], at=at)
    return True


def open_gates(session: Session) -> list[OpenGate]:
    """All gates that are open, by approval and step; in one statement."""
    return [OpenGate(*row) for row in session.execute(_OPEN)]


def find_gate(session: Session, approval: int, step: int) -> Gate:
    """The gate of a step, open or closed. Raises NotFoundError."""
    gate = session.get(Gate, (approval, step))
    if gate is None:
        raise NotFoundError("gate_unknown", id=approval, step=step)
    return gate


def find_wanted(session: Session, settings: Settings, approval: int, *, today: date) -> list[WantedGate]:
    """The steps of one approval that wait for decisions at a gate."""
    return [one for one in wanted_gates(session, settings, today=today) if one.approval == approval]


_WAITING = and_(
    ApprovalStep.approval_id == Gate.approval_id,
    ApprovalStep.number == Gate.step,
    ApprovalStep.is_open,
    ApprovalStep.live,
    Approval.status == Status.RUNNING.value,
    Approval.suspended_on.is_(None),
)
_OPEN = (
    select(
        Gate.approval_id,
        Gate.step,
        Gate.run,
        Gate.answered,
        Gate.said,
        Gate.opened_at,
        ApprovalStep.number.is_not(None),
    )
    .join(Approval, Approval.id == Gate.approval_id)
    .outerjoin(ApprovalStep, _WAITING)
    .where(Gate.closed_at.is_(None))
    .order_by(Gate.approval_id, Gate.step)
)
