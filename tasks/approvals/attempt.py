"""Attempt commands, each in a transaction of its own: what is refused changes nothing and is logged."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.approval.commands import Command
from models.approval.refusals import ApprovalRefusedError
from models.approval.world import World
from models.database import unit_of_work
from tasks.approvals.perform import Answer, perform
from tasks.approvals.refused import log_command, with_names

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
            log_command(session, number, command, refused, at=world.now)
            named = with_names(session, refused)
        raise named from refused
