"""Wrong codes: each is logged, and too many of them close an approval's gates for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.approval.code import LOCKED_FOR, WITHIN, locked_until, tries_left
from models.approval.refusals import ApprovalRefusedError, Refusal, refuse
from models.database import Instant
from models.journal import SYSTEM, Fact, record
from models.kept.tables import REFUSAL
from tasks.approvals.refused import log_refusal

#: The event of a lock.
LOCKED = "approval_gate.locked"
#: What counts: a code that was used or is too old was somebody's, but whoever has it may have found it.
_GUESSES = (Refusal.WRONG_CODE, Refusal.CODE_USED, Refusal.CODE_REPLACED, Refusal.CODE_EXPIRED)
_RECENT = (
    select(REFUSAL.c.at)
    .where(REFUSAL.c.approval_id == bindparam("approval"))
    .where(REFUSAL.c.code.in_([one.value for one in _GUESSES]))
    .where(REFUSAL.c.at > bindparam("since", type_=Instant))
    .order_by(REFUSAL.c.id)
)


def lock_of(session: Session, approval: int, at: datetime) -> datetime | None:
    """Until when an approval takes no code at its gates; None where it takes them at `at`."""
    until = locked_until(_recent(session, approval, at))
    return until if until is not None and at < until else None


def note_guess(
    session: Session,
    approval: int,
    refused: ApprovalRefusedError,
    *,
    step: int,
    people: Sequence[int],
    verb: str,
    at: datetime,
) -> tuple[ApprovalRefusedError, int]:
    """Log a code that was refused at a step's gate, never its digits.

    Gives what is to be said of it, and how many more lead to a lock. The one that is too many locks the
    approval: an event then tells the `people` who can act there. While it is locked, what comes is
    logged and makes the lock no longer.
    """
    log_refusal(session, approval, refused, actor="", verb=verb, at=at)
    if refused.refusal is Refusal.CODE_LOCKED:
        return refused, 0
    guesses = _recent(session, approval, at)
    until = locked_until(guesses)
    if until is None or at >= until:
        return refused, tries_left(guesses, at)
    payload = {
        "step": step,
        "guesses": len([one for one in guesses if at - one < WITHIN]),
        "until": until.isoformat(),
        "people": list(people),
    }
    record(session, [Fact(LOCKED, "approval", approval, SYSTEM, payload)], at=at)
    return refuse(Refusal.CODE_LOCKED, until=until), 0


def _recent(session: Session, approval: int, at: datetime) -> list[datetime]:
    since = at - WITHIN - LOCKED_FOR
    found = session.connection().execute(_RECENT, {"approval": approval, "since": since})
    return list(found.scalars())
