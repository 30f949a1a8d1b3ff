"""The codes of an approval as its administrator sees them: who has which, and sending one anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import RefusedError
from models.messages import say
from models.settings import Settings
from models.tables import Gate, Person
from tasks.approvals.codes import MOST, CodeState, Issued, codes_of
from tasks.approvals.gates import find_wanted, send_codes
from tasks.approvals.store import load
from tasks.approvals.wanted_gates import WantedGate


class Standing(NamedTuple):
    """The latest code of somebody who can act at an open gate; no `state` where none was sent."""

    person: int
    name: str
    step: int
    step_name: str
    state: CodeState | None
    sent_at: datetime | None
    expires_at: datetime | None


def standings(
    session: Session, settings: Settings, approval: int, *, today: date, at: datetime
) -> list[Standing]:
    """How everybody stands who can act at the open gates of an approval on `today`.

    Raises NotFoundError for an approval that does not exist, RefusedError where no gate is open.
    """
    latest = {one.person: one for one in codes_of(session, approval)}
    found = []
    for gate in _at_gates(session, settings, approval, today):
        for actor in gate.people:
            code = latest.get(actor.id)
            known = (code.state(at), code.created_at, code.expires_at) if code else (None, None, None)
            found.append(Standing(actor.id, actor.name, gate.step, gate.step_name, *known))
    return found


def send_code(
    session: Session,
    settings: Settings,
    approval: int,
    person: Person,
    *,
    actor: str,
    today: date,
    at: datetime,
) -> tuple[WantedGate, Issued]:
    """Send a fresh code to somebody who can act at an open gate; earlier ones are worth nothing then.

    Gives the gate and what was issued. Raises NotFoundError for an approval that does not exist, and
    RefusedError where no gate is open, it is not this person's turn, or too many were sent within the
    hour.
    """
    gates = list(_at_gates(session, settings, approval, today))
    mine = [gate for gate in gates if person.id in {one.id for one in gate.people}]
    if not mine:
        names = dict.fromkeys(one.name for gate in gates for one in gate.people)
        joined = say("trail.comma", settings.lang).join(names)
        raise RefusedError("approval_code_not_asked", name=person.name, id=approval, names=joined or "-")
    issuing = send_codes(session, settings, mine[0], [person.id], at=at, actor=actor)
    if not issuing.issued:
        again = issuing.refused[person.id]
        raise RefusedError("approval_code_too_many", name=person.name, most=MOST, at=again)
    return mine[0], issuing.issued[0]


def _at_gates(session: Session, settings: Settings, approval: int, today: date) -> Iterator[WantedGate]:
    """The steps that wait at gates that were opened."""
    load(session, approval)
    steps = select(Gate.step).where(Gate.approval_id == approval, Gate.closed_at.is_(None))
    opened = set(session.scalars(steps))
    waiting = [one for one in find_wanted(session, settings, approval, today=today) if one.step in opened]
    if not waiting:
        raise RefusedError("approval_code_no_gate", id=approval)
    yield from waiting
