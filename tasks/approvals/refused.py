"""The log of refused attempts: who tried what on which approval, and why it was not taken."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.approval.commands import Command
from models.approval.refusals import ApprovalRefusedError, PersonFact, refuse
from models.approval.state import SYSTEM
from models.errors import Term
from models.journal import SYSTEM as SYSTEM_ADDRESS
from models.kept.tables import PERSON, REFUSAL
from tasks.approvals.checks import LARGEST

_LOG = insert(REFUSAL)


def log_command(
    session: Session, number: int, command: Command, refused: ApprovalRefusedError, *, at: datetime
) -> None:
    """Log a command that was refused."""
    log_refusal(session, number, refused, actor=_address(session, command.by), verb=command.verb, at=at)


def log_refusal(
    session: Session, number: int, refused: ApprovalRefusedError, *, actor: str, verb: str, at: datetime
) -> None:
    """Log an attempt; `actor` is an address, empty for nobody we know."""
    row = {
        "at": at,
        "approval_id": number if _is_number(number) else None,
        "actor": actor,
        "verb": verb,
        "code": refused.refusal,
        "facts": {name: _plain(fact) for name, fact in refused.facts.items()},
    }
    session.connection().execute(_LOG, row)


def with_names(session: Session, refused: ApprovalRefusedError) -> ApprovalRefusedError:
    """The same refusal with people's names in it."""
    ids = [one.id for one in refused.facts.values() if isinstance(one, PersonFact)]
    if not ids:
        return refused
    rows = session.connection().execute(select(PERSON.c.id, PERSON.c.name).where(PERSON.c.id.in_(ids)))
    names: dict[int, object] = {row.id: row.name for row in rows}
    names.setdefault(SYSTEM, Term("approval_actor.system"))
    facts = {
        name: names.get(one.id, Term("approval_actor.unknown")) if isinstance(one, PersonFact) else one
        for name, one in refused.facts.items()
    }
    return refuse(refused.refusal, **facts)


def _address(session: Session, by: int) -> str:
    if by == SYSTEM:
        return SYSTEM_ADDRESS
    if not _is_number(by):
        return ""
    return session.connection().execute(select(PERSON.c.email).where(PERSON.c.id == by)).scalar() or ""


def _is_number(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= LARGEST


def _plain(fact: object) -> object:
    """A fact as JSON keeps it: people by their id."""
    if isinstance(fact, PersonFact):
        return fact.id
    if isinstance(fact, Term):
        return fact.key
    return fact.isoformat() if isinstance(fact, date) else fact
