"""The clock's round: approvals whose deadlines ask for something today, found by an index."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from models.approval.state import SeatKind, Status
from models.kept.tables import APPROVAL, SEAT, STEP

_RUNG = select(STEP.c.approval_id).where(STEP.c.next_on <= bindparam("day"))
# Advice that is late goes back, whatever the ladder says.
_ADVICE = (
    select(SEAT.c.approval_id)
    .join(STEP, (STEP.c.approval_id == SEAT.c.approval_id) & (STEP.c.number == SEAT.c.step))
    .where(text("approval_seat.state = 'open'"), SEAT.c.kind == SeatKind.ADVICE)
    .where(STEP.c.due_on < bindparam("day"))
)
_DUE = (
    select(APPROVAL.c.id)
    .where(APPROVAL.c.id.in_(_RUNG.union(_ADVICE)))
    .where(APPROVAL.c.status == Status.RUNNING, APPROVAL.c.suspended_on.is_(None))
    .order_by(APPROVAL.c.id)
)


def due(session: Session, day: date) -> list[int]:
    """The approvals at which the clock must look on `day`; those that are suspended stand still."""
    session.flush()
    return list(session.connection().execute(_DUE, {"day": day}).scalars())
