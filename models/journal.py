"""The event log's pen: record what happened, prove that nothing was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.database import queue_up
from models.prepared import Prepared, Step, run
from models.tables.events import Event

#: What the first event's `previous` says.
GENESIS = "0" * 64
#: Actor of what the clock does.
SYSTEM = "SYSTEM"
#: What reading a row raises that is no event any more: an instant, a text or JSON that is none.
_UNREADABLE = (ValueError, TypeError, AssertionError, OperationalError)


@dataclass(frozen=True)
class Fact:
    """One event to be recorded. `payload` holds plain JSON values."""

    verb: str
    subject: str
    subject_id: int | None
    actor: str
    payload: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What verifying found: how many events fit, the head's hash, the first that does not fit."""

    count: int
    head: str
    broken_at: int | None = None
    why: str = ""


_EVENT = Event.__table__
_NEWEST = select(_EVENT.c.id, _EVENT.c.hash).order_by(_EVENT.c.id.desc()).limit(1)
_SAID = select(Event.payload).where(Event.verb == bindparam("verb")).order_by(Event.id.desc()).limit(1)
_HEAD = Prepared(_NEWEST)
_APPEND = Prepared(insert(Event))

#: The newest event's id and hash.
Head = tuple[int, str]


def head_columns() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The newest event's id and hash (none in an empty log), to be read along with something else."""
    return (
        _NEWEST.with_only_columns(_EVENT.c.id).scalar_subquery().label("head_id"),
        _NEWEST.with_only_columns(_EVENT.c.hash).scalar_subquery().label("head_hash"),
    )


def record(session: Session, facts: Sequence[Fact], *, at: datetime) -> list[int]:
    """Append events in the caller's transaction and give their ids.

    The chain is locked until that transaction ends, so ids have no gaps and follow commit order.
    """
    if not facts:
        return []
    queue_up(session)
    newest = run(session, (_HEAD, {}))[0].rows
    ids, step = chain(facts, (newest[0].id, newest[0].hash) if newest else None, at=at)
    run(session, step)
    return ids


def newest_payload(session: Session, verb: str) -> Mapping[str, Any] | None:
    """What the newest event with this verb says; None where there is none."""
    payload = session.scalar(_SAID, {"verb": verb})
    found: Mapping[str, Any] | None = json.loads(payload) if payload is not None else None
    return found


def chain(facts: Sequence[Fact], head: Head | None, *, at: datetime) -> tuple[list[int], Step]:
    """The ids of events that follow `head`, and the statement that appends them.

    For a writer that has queued up, read the head, and writes all it has in one go.
    """
    number, previous = head or (0, GENESIS)
    first, rows = number + 1, []
    for fact in facts:
        number += 1
        row: dict[str, object] = {
            "id": number,
            "at": at,
            "actor": fact.actor,
            "verb": fact.verb,
            "subject": fact.subject,
            "subject_id": fact.subject_id,
            "payload": canonical(fact.payload),
            "reason": fact.reason,
            "previous": previous,
        }
        previous = row["hash"] = _digest(row)
        rows.append(row)
    return list(range(first, number + 1)), (_APPEND, rows[0] if len(rows) == 1 else rows)


def verify(session: Session) -> Verdict:
    """Walk the whole chain; name the first event that does not fit and why.

    A chain cut off at its end still fits: compare `count` and `head` with a copy kept elsewhere.
    """
    verdict = Verdict(0, GENESIS)
    for at_once in (5000, 1):
        try:
            for verdict in _walk(session, at_once):  # noqa: B007  # the last one counts
                pass
        except _UNREADABLE as error:  # somewhere in this batch; one by one it is the next event
            if isinstance(error, OperationalError) and "decode" not in str(error.orig):
                raise  # the database failed, nobody's event
            continue
        return verdict
    return Verdict(verdict.count, verdict.head, verdict.count + 1, "edited")


def canonical(payload: Mapping[str, object]) -> str:
    """JSON with one form only: sorted keys, no blanks, characters as they are."""
    return json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def set_digest(ids: Iterable[int]) -> str:
    """The fingerprint of a set of ids, for events that speak of many things at once."""
    digest = hashlib.sha256()
    for one in ids:
        digest.update(b"%d," % one)
    return digest.hexdigest()


def _walk(session: Session, at_once: int) -> Iterator[Verdict]:
    """How things stand after each event, up to the first that does not fit; reads `at_once` rows."""
    number, previous = 0, GENESIS
    walk = select(Event.__table__).order_by(Event.id).execution_options(yield_per=at_once)
    with session.execute(walk) as rows:
        for row in rows.mappings():
            why = _misfit(dict(row), number + 1, previous)
            if why:
                yield Verdict(number, previous, row["id"], why)
                return
            number, previous = number + 1, row["hash"]
            yield Verdict(number, previous)


def _misfit(row: dict[str, object], number: int, previous: str) -> str:
    if row["id"] != number:
        return "missing"
    if row["previous"] != previous:
        return "unlinked"
    return "" if row["hash"] == _digest(row) else "edited"


def _digest(row: Mapping[str, object]) -> str:
    at = row["at"]
    assert isinstance(at, datetime)  # noqa: S101  # the column's type
    content = [
        row["id"],
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        row["actor"],
        row["verb"],
        row["subject"],
        row["subject_id"],
        row["payload"],
        row["reason"],
        row["previous"],
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
