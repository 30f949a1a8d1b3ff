"""Rebuild approvals from the event log, and find those whose tables say something else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from models.approval.changes import evolve, from_json
from models.approval.state import State
from models.errors import NotFoundError
from models.kept.read import fetch_many
from models.kept.tables import APPROVAL, EVENT

#: As many approvals are compared at once.
_AT_ONCE = 500

_EVENTS = (
    select(EVENT.c.subject_id, EVENT.c.at, EVENT.c.payload)
    .where(EVENT.c.subject == "approval", EVENT.c.subject_id.in_(bindparam("numbers", expanding=True)))
    # Codes and gates have events of their own, which change no approval.
    .where(EVENT.c.verb.startswith("approval."))
    .order_by(EVENT.c.subject_id, EVENT.c.id)
)
_NUMBERS = (
    select(APPROVAL.c.id)
    .union(select(EVENT.c.subject_id).where(EVENT.c.subject == "approval", EVENT.c.subject_id.is_not(None)))
    .order_by("id")
)


def rebuild(session: Session, number: int) -> State:
    """How an approval stands, by its events alone. Raises NotFoundError if it has none."""
    for _, (state, _about) in _replayed(session, [number]):
        return state
    raise NotFoundError("approval_unknown", id=number)


def check(session: Session) -> list[int]:
    """The approvals whose tables and events tell different stories, or of which one has no trace."""
    numbers = list(session.connection().execute(_NUMBERS).scalars())
    wrong: list[int] = []
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        told = dict(_replayed(session, some))
        kept = {
            one.number: (one.state, (one.subject, one.subject_id, one.title))
            for one in fetch_many(session, some)
        }
        wrong += [number for number in some if number not in told or told[number] != kept.get(number)]
    return wrong


def _replayed(
    session: Session, numbers: Sequence[int]
) -> Iterator[tuple[int, tuple[State, tuple[str, int, str]]]]:
    """Each approval's state and what it is about, as its events say."""
    rows = session.connection().execute(_EVENTS, {"numbers": list(numbers)})
    for number, events in groupby(rows, key=_subject):
        state, about = State(), ("", 0, "")
        for event in events:
            payload = json.loads(event.payload)
            state = evolve(state, map(from_json, payload["changes"]), event.at)
            about = (payload["subject"], payload["subject_id"], payload["title"])
        yield number, (state, about)


def _subject(row: Row[Any]) -> int:
    return int(row.subject_id)
