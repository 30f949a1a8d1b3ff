"""The circuit of each mail server: after a failure it is left alone for a while, by every worker.

The rest doubles with each failure in a row, with jitter. When it is over one worker tries one mail
while the others still wait; if the server is alive again everybody goes on. All of it stands in the
database, so that neither a restart nor a second worker hammers a server that is down.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.database import affected
from models.journal import SYSTEM, Fact, record
from models.tables.notices import MailServer
from notifications.verdicts import Trip

#: First and longest rest by what went wrong. An account that is refused again and again gets locked,
#: and only people can mend it.
_RESTS = {
    Trip.FAULT: (timedelta(seconds=30), timedelta(hours=1)),
    Trip.PACE: (timedelta(minutes=5), timedelta(hours=1)),
    Trip.ACCOUNT: (timedelta(hours=1), timedelta(hours=6)),
}
#: How long the one who tries a mail has for it before another may.
TRIAL = timedelta(minutes=5)


class Gate(StrEnum):
    """What a worker may send now: all it has, one mail to see, nothing."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


@dataclass(frozen=True)
class Circuit:
    """A server that failed so many times in a row, and until when it is left alone.

    `trouble` is as `reasons` keeps it.
    """

    server: str
    failures: int
    open_until: datetime
    trouble: str


def enter(session: Session, server: str, *, at: datetime) -> Gate:
    """What may be sent to `server` at `at`; of all workers only one is let through to try."""
    row = _read(session, server)
    if row is None:
        return Gate.ALL
    if row.open_until > at:
        return Gate.NONE
    tried = update(MailServer).where(MailServer.name == server, MailServer.open_until == row.open_until)
    return Gate.ONE if affected(session.execute(tried.values(open_until=at + TRIAL))) else Gate.NONE


def give_back(session: Session, server: str, *, at: datetime) -> None:
    """Let another worker try: this one had nothing to send."""
    session.execute(update(MailServer).where(MailServer.name == server).values(open_until=at))


def standing(session: Session, server: str) -> Circuit | None:
    """The circuit of `server` where it has failed last; None while all is well."""
    return _read(session, server)


def all_standing(session: Session) -> list[Circuit]:
    """Every server that has failed last."""
    return [_circuit(row) for row in session.scalars(_STANDING.order_by(MailServer.name))]


def fail(
    session: Session,
    server: str,
    trouble: str,
    *,
    trip: Trip,
    at: datetime,
    rng: random.Random,
    wait: timedelta | None = None,
    tried: bool = False,
) -> datetime:
    """Leave `server` alone from `at` on; gives until when. `wait` is how long it asked for itself.

    `tried` says that the failure is that of the one mail let through; of workers that fail side by side
    the first counts. That a server fails is an event; that it asks for a slower pace is none.
    """
    row = _locked(session, server)
    if row.open_until is not None and row.open_until > at and not tried:
        return row.open_until
    first, longest = _RESTS[trip]
    row.failures += 1
    rest = min(longest, first * (1 << min(row.failures - 1, 16)))
    row.open_until = at + max(wait or timedelta(0), rest * (0.5 + rng.random() / 2))
    row.trouble = trouble
    if row.failures == 1 and trip is not Trip.PACE:
        payload = {"server": server, "until": row.open_until.isoformat(timespec="seconds")}
        record(session, [Fact("mail_server.failed", "mail_server", None, SYSTEM, payload, trouble)], at=at)
    return row.open_until


def recover(session: Session, server: str, *, at: datetime, actor: str = SYSTEM) -> bool:
    """Use `server` again as if nothing had been; gives whether it was left alone."""
    row = session.get(MailServer, server, with_for_update=True, populate_existing=True)
    if row is None or row.open_until is None:
        return False
    payload = {"server": server, "failures": row.failures}
    row.failures, row.open_until, row.trouble = 0, None, ""
    record(session, [Fact("mail_server.recovered", "mail_server", None, actor, payload)], at=at)
    return True


def lock(session: Session, server: str) -> None:
    """Wait until no other worker is counting what goes to `server`; held until the transaction ends."""
    _locked(session, server)


_STANDING = select(MailServer).where(MailServer.open_until.is_not(None))


def _read(session: Session, server: str) -> Circuit | None:
    row = session.scalar(_STANDING.where(MailServer.name == server))
    return _circuit(row) if row else None


def _circuit(row: MailServer) -> Circuit:
    assert row.open_until is not None  # noqa: S101  # what is selected
    return Circuit(row.name, row.failures, row.open_until, row.trouble)


def _locked(session: Session, server: str) -> MailServer:
    """The server's row, locked; made when it is not there."""
    row = session.get(MailServer, server, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            session.add(MailServer(name=server, failures=0, open_until=None, trouble=""))
    except IntegrityError:
        session.expire_all()  # another worker was first
    return session.get_one(MailServer, server, with_for_update=True, populate_existing=True)
