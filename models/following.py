"""Following the event log: each follower has a place in it that moves in the transaction of its effects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.tables.events import Cursor, Event

#: Events read at once.
AT_ONCE = 2000


@dataclass(frozen=True)
class Happened:
    """An event as its followers read it."""

    id: int
    at: datetime
    verb: str
    subject: str
    subject_id: int | None
    actor: str
    payload: Mapping[str, Any]
    reason: str


def open_cursor(session: Session, follower: str) -> Cursor:
    """The follower's place, locked: two who follow as the same take turns, also the very first time."""
    cursor = session.get(Cursor, follower, with_for_update=True)
    if cursor is not None:
        return cursor
    try:
        with session.begin_nested():
            session.add(Cursor(name=follower, event_id=None))
    except IntegrityError:
        session.expire_all()  # another one was first: wait for its place
    return session.get_one(Cursor, follower, with_for_update=True)


def place_of(session: Session, follower: str) -> int | None:
    """How far a follower has read, without waiting for it; None where it has not begun."""
    return session.scalar(select(Cursor.event_id).where(Cursor.name == follower))


def newest_event(session: Session) -> int:
    """The id of the last event; 0 where nothing happened yet."""
    return session.scalar(_HEAD) or 0


_HEAD = select(func.max(Event.id))


def read_on(session: Session, verbs: Sequence[str], *, after: int, head: int) -> Iterator[list[Happened]]:
    """The events with these verbs after one and up to another, in order, a batch at a time.

    A verb may end in `.*`.
    """
    statement = _with_verbs(tuple(sorted(set(verbs))))
    while rows := session.connection().execute(statement, {"after": after, "head": head}).all():
        after = rows[-1].id
        yield [
            Happened(
                row.id,
                row.at,
                row.verb,
                row.subject,
                row.subject_id,
                row.actor,
                json.loads(row.payload),
                row.reason,
            )
            for row in rows
        ]
        if len(rows) < AT_ONCE:
            return


@cache
def _with_verbs(verbs: tuple[str, ...]) -> Select[Any]:
    """Built once: putting a statement together takes longer than running it."""
    return (
        select(
            Event.id,
            Event.at,
            Event.verb,
            Event.subject,
            Event.subject_id,
            Event.actor,
            Event.payload,
            Event.reason,
        )
        .where(or_(*(_heard(verb) for verb in verbs)))
        .where(Event.id > bindparam("after"), Event.id <= bindparam("head"))
        .order_by(Event.id)
        .limit(AT_ONCE)
    )


def _heard(verb: str) -> ColumnElement[bool]:
    return Event.verb.startswith(verb[:-1], autoescape=True) if verb.endswith(".*") else Event.verb == verb
