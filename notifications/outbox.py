"""The outbox: who may send which notice now, and what became of it.

A worker claims rows with a lease and a token of its own; when the lease ends before the worker says
what happened, another one may claim them, and the first one's word no longer counts. Leases are
compared with the database's clock only; `not_before` is a date of the bureau's clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, func, or_, select, text, update
from sqlalchemy.orm import Session

from models.database import Instant, affected
from models.tables.notices import Notice
from models.tables.organisation import Person
from notifications.blocked import suppressed
from notifications.reasons import own

#: How long a worker has for the rows that it claimed.
LEASE = timedelta(minutes=10)
#: First and longest wait before another try.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=60), timedelta(hours=6)
#: A notice that could not be delivered for so long, and after so many tries, is parked.
GIVE_UP_AFTER, GIVE_UP_TRIES = timedelta(days=5), 5
#: So many claims without a result park a notice: it seems to end the worker that sends it.
POISON_AFTER = 10
#: How each database says what time it is.
_NOW = {
    "sqlite": text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"),
    "postgresql": text("SELECT clock_timestamp()"),
}
_NOTICE = cast("Table", Notice.__table__)
#: What the index of unsent notices is for: said in its own words, or the databases do not use it.
_UNSENT = text("notice.state IN ('waiting', 'sending')")


#: When what was tried at the first instant may be tried again, not before the second.
Again = Callable[[datetime, datetime], datetime]


class State(StrEnum):
    """States of a notice."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"


@dataclass(frozen=True)
class Job:
    """A claimed notice with its recipient, and the token that proves the claim."""

    id: int
    token: str
    dedupe: str
    letter: str
    facts: dict[str, Any]
    thread: str
    attachments: list[str]
    created_at: datetime
    attempts: int
    name: str
    email: str


@dataclass(frozen=True)
class Result:
    """What became of a job. `counts` is false when the channel failed, not the mail.

    `wait` is how long the server asked to be left alone, if it did.
    """

    job: Job
    state: State
    error: str = ""
    counts: bool = True
    wait: timedelta | None = None


@dataclass(frozen=True)
class Count:
    """How many notices of one letter are in which state; deferred ones wait after a failed try."""

    letter: str
    waiting: int
    deferred: int
    sending: int
    sent: int
    parked: int


@dataclass(frozen=True)
class Parked:
    """A notice that is not sent any more, and why: see `reasons.words`."""

    id: int
    letter: str
    name: str
    email: str
    reason: str


#: The common case in one statement for many rows.
_SENT = (
    update(_NOTICE)
    .where(_NOTICE.c.claim == bindparam("token"), _NOTICE.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=State.SENT, sent_at=bindparam("sent"), error="", claim=None, lease_until=None)
    .returning(_NOTICE.c.id)
)
_FINISH = (
    update(_NOTICE)
    .where(_NOTICE.c.id == bindparam("of"), _NOTICE.c.claim == bindparam("token"))
    .values(
        state=bindparam("to"),
        error=bindparam("why"),
        attempts=bindparam("tries"),
        not_before=func.coalesce(bindparam("next", type_=Instant), _NOTICE.c.not_before),
        claim=None,
        lease_until=None,
    )
)


def claim(session: Session, *, at: datetime, limit: int, lease: timedelta = LEASE) -> list[Job]:
    """Up to `limit` notices that are due at `at`, oldest first, now this worker's until the lease ends.

    What is due to an address from which mail came back is parked instead.
    """
    now, token = _database_now(session), uuid4().hex
    due = _due(at, now)
    park_blocked(session, at=at)
    rows = session.execute(
        select(
            Notice.id,
            Notice.dedupe,
            Notice.letter,
            Notice.facts,
            Notice.thread,
            Notice.attachments,
            Notice.created_at,
            (Notice.attempts + 1).label("attempts"),
            Person.name,
            Person.email,
        )
        .join(Person, Person.id == Notice.person_id)
        .where(due)
        .order_by(Notice.not_before, Notice.id)
        .limit(limit)
        .with_for_update(of=Notice, skip_locked=True)
    ).mappings()
    jobs = [Job(token=token, **row) for row in rows]
    session.connection().execute(
        update(_NOTICE)
        .where(_NOTICE.c.id.in_([job.id for job in jobs]))
        .values(state=State.SENDING, claim=token, lease_until=now + lease, attempts=_NOTICE.c.attempts + 1)
    )
    return jobs


def finish(
    session: Session,
    results: Sequence[Result],
    *,
    at: datetime,
    rng: random.Random,
    again: Again | None = None,
) -> list[Result]:
    """Keep what became of jobs and give back what was kept: a result whose claim was lost is not.

    A waiting one is due again after `min(6 h, 60 s * 2^n)` with full jitter from `rng`; one that was
    written more than five days before `at` and tried five times is parked instead. `again` may put a
    try off further.
    """
    connection = session.connection()
    settled = [_settled(result, at) for result in results]
    sent: dict[str, list[int]] = {}
    for result in settled:
        if result.state is State.SENT:
            sent.setdefault(result.job.token, []).append(result.job.id)
    kept = set[int]()
    for token, ids in sent.items():
        kept.update(connection.execute(_SENT, {"token": token, "ids": ids, "sent": at}).scalars())
    for result in settled:
        if result.state is State.SENT:
            continue
        values = _values(result, at, rng)
        if again is not None and result.state is State.WAITING and result.counts:
            values["next"] = again(at, values["next"])
        if affected(session.execute(_FINISH, values)):
            kept.add(result.job.id)
    return [result for result in settled if result.job.id in kept]


def park_poison(session: Session) -> int:
    """Park notices that were claimed again and again without any result; gives how many."""
    found = session.connection().execute(
        update(_NOTICE)
        .where(
            _NOTICE.c.state == State.SENDING,
            _NOTICE.c.lease_until < _database_now(session),
            _NOTICE.c.attempts >= POISON_AFTER,
        )
        .values(state=State.PARKED, claim=None, lease_until=None, error=own("poison"))
    )
    return found.rowcount


def park_blocked(session: Session, *, at: datetime) -> int:
    """Park what is due to addresses from which mail came back; gives how many."""
    count = 0
    for address, words in suppressed(session).items():
        theirs = select(Person.id).where(func.lower(Person.email) == address)
        parked = (
            update(_NOTICE)
            .where(_due(at, _database_now(session)), _NOTICE.c.person_id.in_(theirs))
            .values(
                state=State.PARKED, error=own("blocked", f"{address} {words}"), claim=None, lease_until=None
            )
        )
        count += session.connection().execute(parked).rowcount
    return count


def is_any_due(session: Session, *, at: datetime) -> bool:
    """Whether there is anything to send at `at`."""
    return session.scalar(select(Notice.id).where(_due(at, _database_now(session))).limit(1)) is not None


def put_back(session: Session, *which: ColumnElement[bool], at: datetime) -> list[int]:
    """Let notices that are parked, or deferred after a failed try, be due at `at` as if never tried.

    `which` narrows them. Gives their numbers.
    """
    stuck = or_(
        _NOTICE.c.state == State.PARKED, and_(_NOTICE.c.state == State.WAITING, _NOTICE.c.error != "")
    )
    back = (
        update(_NOTICE)
        .where(stuck, *which)
        .values(state=State.WAITING, error="", attempts=0, not_before=at, claim=None, lease_until=None)
        .returning(_NOTICE.c.id)
    )
    return sorted(session.connection().execute(back).scalars())


def under_way_since(session: Session, moment: datetime) -> int:
    """How many mails went out after `moment` or are going now: what a rate limit counts."""
    under_way = or_(Notice.sent_at > moment, Notice.state == State.SENDING)
    return session.scalar(select(func.count(Notice.id)).where(under_way)) or 0


def count_by_letter(session: Session) -> list[Count]:
    """How many notices of each letter are in which state."""
    columns = {
        "waiting": and_(Notice.state == State.WAITING, Notice.error == ""),
        "deferred": and_(Notice.state == State.WAITING, Notice.error != ""),
        "sending": Notice.state == State.SENDING,
        "sent": Notice.state == State.SENT,
        "parked": Notice.state == State.PARKED,
    }
    sums = [
        func.coalesce(func.sum(case((test, 1), else_=0)), 0).label(name) for name, test in columns.items()
    ]
    rows = session.execute(select(Notice.letter, *sums).group_by(Notice.letter).order_by(Notice.letter))
    return [Count(*row) for row in rows.tuples()]


def parked(session: Session, limit: int = 100) -> list[Parked]:
    """The notices parked last, newest first."""
    rows = session.execute(
        select(Notice.id, Notice.letter, Person.name, Person.email, Notice.error)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.state == State.PARKED)
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    return [Parked(*row) for row in rows]


def backoff(attempts: int, rng: random.Random) -> timedelta:
    """How long to wait after the failed try number `attempts` (from 1): full jitter, at least a second."""
    doublings = min(attempts, 16)  # longer than the longest wait anyhow, and no overflow
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * (1 << doublings))
    return max(timedelta(seconds=1), ceiling * rng.random())


def _due(at: datetime, now: datetime) -> ColumnElement[bool]:
    """What may be claimed: waiting and its time has come, or its worker's lease ended before `now`."""
    return and_(
        _UNSENT,
        or_(
            and_(_NOTICE.c.state == State.WAITING, _NOTICE.c.not_before <= at),
            and_(_NOTICE.c.state == State.SENDING, _NOTICE.c.lease_until < now),
        ),
    )


def _settled(result: Result, at: datetime) -> Result:
    """Waiting turns to parked once it has lasted too long; the channel's faults never park a mail."""
    too_old = at - result.job.created_at > GIVE_UP_AFTER and result.job.attempts >= GIVE_UP_TRIES
    if result.state is State.WAITING and result.counts and too_old:
        return replace(result, state=State.PARKED)
    return result


def _values(result: Result, at: datetime, rng: random.Random) -> dict[str, Any]:
    job = result.job
    tries = job.attempts if result.counts else job.attempts - 1
    wait = result.wait or (backoff(job.attempts, rng) if result.counts else timedelta(0))
    return {
        "of": job.id,
        "token": job.token,
        "to": result.state,
        "why": result.error,
        "tries": tries,
        "next": at + wait if result.state is State.WAITING else None,
    }


def _database_now(session: Session) -> datetime:
    """The database's own clock: workers' clocks may differ from each other."""
    now = session.scalar(_NOW[session.get_bind().dialect.name])
    return datetime.fromisoformat(now).replace(tzinfo=UTC) if isinstance(now, str) else cast("datetime", now)
