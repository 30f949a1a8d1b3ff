"""Attempt commands, each in a transaction of its own: what is refused changes nothing and is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from models.approval.commands import Command
from models.approval.refusals import ApprovalRefusedError, PersonFact, refuse
from models.approval.state import SYSTEM
from models.approval.world import World
from models.database import unit_of_work
from models.errors import Term
from models.journal import SYSTEM as SYSTEM_ADDRESS
from models.kept.tables import PERSON, REFUSAL
from tasks.approvals.checks import LARGEST
from tasks.approvals.perform import Answer, perform

_LOG = insert(REFUSAL)

#: What else happens in the transaction of an accepted command: its subject follows.
Follow = Callable[[Session, Answer, World], None]


def attempt(
    engine: Engine,
    number: int,
    command: Command,
    make_world: Callable[[Session], World],
    *,
    key: str = "",
    follow: Follow | None = None,
) -> Answer:
    """Do what a command asks in one transaction, `follow` with it unless the key came before.

    A refusal is logged in a transaction of its own and raised again with people's names in it.
    """
    world: World | None = None
    try:
        # `perform` queues up in the same round trip in which it reads.
        with unit_of_work(engine, queued=False) as session:
            world = make_world(session)
            answer = perform(session, number, command, world, key=key)
            if follow is not None and not answer.repeated:
                follow(session, answer, world)
            return answer
    except ApprovalRefusedError as refused:
        if world is None:
            raise
        with unit_of_work(engine) as session:
            _log(session, number, command, refused, at=world.now)
            named = _with_names(session, refused)
        raise named from refused


def _log(
    session: Session, number: int, command: Command, refused: ApprovalRefusedError, *, at: datetime
) -> None:
    row = {
        "at": at,
        "approval_id": number if _is_number(number) else None,
        "actor": _address(session, command.by),
        "verb": command.verb,
        "code": refused.refusal,
        "facts": {name: _plain(fact) for name, fact in refused.facts.items()},
    }
    session.connection().execute(_LOG, row)


def _address(session: Session, by: int) -> str:
    if by == SYSTEM:
        return SYSTEM_ADDRESS
    if not _is_number(by):
        return ""
    return session.connection().execute(select(PERSON.c.email).where(PERSON.c.id == by)).scalar() or ""


def _is_number(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= LARGEST


def _with_names(session: Session, refused: ApprovalRefusedError) -> ApprovalRefusedError:
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


def _plain(fact: object) -> object:
    """A fact as JSON keeps it: people by their id."""
    if isinstance(fact, PersonFact):
        return fact.id
    if isinstance(fact, Term):
        return fact.key
    return fact.isoformat() if isinstance(fact, date) else fact
