"""The post: claim, render, send over a few lasting connections, and keep what became of each mail.

At least once: a mail is marked as sent after the server took it, so a crash between the two sends it
again, with the same Message-ID and bytes. A connection sends its next mail only when the result of
the last one is kept: at most one mail per connection is ever in doubt.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter, deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models.clock import Clock
from models.database import open_database, unit_of_work
from models.errors import DubanError, UnavailableError
from models.hours import Hours, working_hours
from models.messages import Lang
from models.settings import Settings
from models.workdays import load_calendar
from notifications import circuit, outbox
from notifications.channel import Channel, mailbox_directory, read_channel
from notifications.circuit import Gate
from notifications.compose import Composer, Envelope
from notifications.line import Line
from notifications.mailbox import open_mailbox
from notifications.outbox import Job, Result, State
from notifications.reasons import own, words
from notifications.slots import Slots
from notifications.trial import test_job
from notifications.verdicts import Trip, Verdict

#: Notices claimed at once.
BATCH = 200
#: After so many connections that failed in a row the server is left alone.
FAULTS_IN_A_ROW = 5
#: How long after its claim a mail may be begun, in seconds: the rest of the lease is for sending it.
_BEGIN_SECONDS = outbox.LEASE.total_seconds() / 2
#: How often a worker looks for a connection while others have them all, and the seconds in between.
LOOKS, _LOOK_SECONDS = 50, 0.1
#: How long a result waits for others to share its commit, in seconds.
GROUP_SECONDS = 0.003


@dataclass(frozen=True)
class Delivered:
    """What became of the mails that a run tried.

    `trouble` is the server's fault that ended it early, as `reasons` keeps it, and `rests_until` until
    when the server is left alone; what the run did not try stays in the outbox and is in none of the
    counts.
    """

    sent: int = 0
    deferred: int = 0
    parked: int = 0
    trouble: str = ""
    rests_until: datetime | None = None


def deliver(
    engine: Engine, settings: Settings, *, clock: Clock, rng: random.Random | None = None
) -> Delivered:
    """Send every notice that is due; the outbox is changed, and the server's circuit.

    `rng` jitters the waits of deferred ones. Raises InputError for an unusable mail URL; an
    unreachable server is no error but `trouble`, and its notices stay in the outbox.
    """
    with unit_of_work(engine, queued=False) as session:
        parked = outbox.park_poison(session) + outbox.park_blocked(session, at=clock.now())
    with _way_out(settings) as channel, _marking(engine) as marks:
        run = _Run(engine, marks, channel, Composer(settings), clock, rng or random.Random())  # noqa: S311  # jitter
        delivered = asyncio.run(run.deliver())
    return replace(delivered, parked=delivered.parked + parked)


def send_test(session: Session, settings: Settings, address: str, *, clock: Clock) -> str:
    """Send the test letter to `address` at once, past the outbox; gives the server's name.

    Raises InputError for an address that cannot be delivered to, and UnavailableError with the
    reason when the server does not take the mail.
    """
    with _way_out(settings) as channel:
        job = test_job(session, settings, address, server=channel.name, clock=clock)
        verdict = asyncio.run(_send_once(channel, Composer(settings).compose(job)))
    if verdict.state is not State.SENT:
        reason = words(verdict.words, settings.lang)
        raise UnavailableError("mail_not_sent", address=address, server=channel.name, reason=reason)
    return channel.name


async def _send_once(channel: Channel, envelope: Envelope) -> Verdict:
    line = Line(channel)
    try:
        return await line.send(envelope)
    finally:
        await line.quit()


@contextmanager
def _way_out(settings: Settings) -> Generator[Channel]:
    """The channel of the settings; for the built-in mailbox, a server that runs meanwhile."""
    directory = mailbox_directory(settings.smtp)
    if directory is None:
        yield read_channel(settings.smtp)
        return
    with open_mailbox(directory) as (host, port):
        yield Channel(host, port, "none", is_ours=True)


@contextmanager
def _marking(engine: Engine) -> Generator[Engine]:
    """An engine whose commits do not wait for the disk: for marking mails as sent after every few.

    What is committed outlives this process. A power cut may undo the last moment's marks: those mails
    go out again, as the same mails; nothing is lost by it, and waiting would cost more than the sending.
    """
    marks = open_database(engine.url.render_as_string(hide_password=False))
    event.listen(marks, "connect", _without_waiting)
    try:
        # What became of one mail depends on no other: PostgreSQL needs no transaction around them.
        yield (
            marks.execution_options(isolation_level="AUTOCOMMIT")
            if marks.dialect.name == "postgresql"
            else marks
        )
    finally:
        marks.dispose()


def _without_waiting(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = NORMAL")
        return
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit = off")
    cursor.close()
    connection.commit()


@dataclass
class _Run:
    """One delivery run: the lines take jobs from one queue, and results are kept in groups."""

    engine: Engine
    #: Where what became of mails is kept.
    marks: Engine
    channel: Channel
    composer: Composer
    clock: Clock
    rng: random.Random
    trouble: str = ""
    rests_until: datetime | None = None
    _jobs: deque[Job] = field(default_factory=deque)
    _lines: list[Line] = field(default_factory=list)
    _counted: Counter[State] = field(default_factory=Counter)
    _pending: list[tuple[Result, asyncio.Future[None]]] = field(default_factory=list)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _keeping: asyncio.TimerHandle | None = None
    #: Lines that have a mail under way.
    _busy: int = 0
    #: Until when, on the loop's clock, a claimed mail may be begun: its lease must outlast the sending.
    _begin_until: float = 0.0
    #: Connections that failed since the last mail on which the server gave its word.
    _faults: int = 0
    #: Whether this run is the one that may try a single mail, to see whether the server is alive again.
    _tries: bool = False

    async def deliver(self) -> Delivered:
        if self.channel.is_ours:
            await self._send_all(self.channel.connections)
        elif (gate := self._enter()) is not Gate.NONE:
            with Slots(self.engine, self.channel.name, self.channel.connections).kept() as slots:
                await self._send_in_turn(gate, slots)
        counted = self._counted
        return Delivered(
            counted[State.SENT],
            counted[State.WAITING],
            counted[State.PARKED],
            trouble=self.trouble,
            rests_until=self.rests_until,
        )

    async def _send_in_turn(self, gate: Gate, slots: Slots) -> None:
        """Send over as many connections as other workers leave; while they leave none they do the work."""
        for _ in range(LOOKS):
            if slots.take():
                break
            await asyncio.sleep(_LOOK_SECONDS)
        if slots.held:
            await self._send_all(slots.held, try_first=gate is Gate.ONE)
        elif gate is Gate.ONE:
            with unit_of_work(self.engine, queued=False) as session:
                circuit.give_back(session, self.channel.name, at=self.clock.now())

    async def _send_all(self, connections: int, *, try_first: bool = False) -> None:
        self._lines = [Line(self.channel) for _ in range(connections)]
        try:
            if try_first:
                await self._try_one()
            async with asyncio.TaskGroup() as group:
                for line in self._lines:
                    group.create_task(self._work(line))
        except ExceptionGroup as broken:
            refusals = [one for one in broken.exceptions if isinstance(one, DubanError)]
            raise (refusals[0] if refusals else broken) from broken
        finally:
            self._release()

    def _enter(self) -> Gate:
        """How much may be sent; nothing where nothing is due, or the server is left alone."""
        with unit_of_work(self.engine, queued=False) as session:
            if not outbox.is_any_due(session, at=self.clock.now()):
                return Gate.NONE
            gate = circuit.enter(session, self.channel.name, at=self.clock.now())
            self._heed(session, gate)
            return gate

    def _heed(self, session: Session, gate: Gate) -> None:
        """End the run where the server is left alone."""
        found = circuit.standing(session, self.channel.name) if gate is Gate.NONE else None
        if found is not None:
            self.trouble, self.rests_until = found.trouble, found.open_until

    async def _try_one(self) -> None:
        """Send one mail to a server that failed last; if it is alive again the run goes on."""
        self._tries = True
        with unit_of_work(self.engine, queued=False) as session:
            self._jobs.extend(self._claim(session, limit=1))
            if not self._jobs:  # another worker took them, or the minute's mails are spent
                circuit.give_back(session, self.channel.name, at=self.clock.now())
                self._heed(session, Gate.NONE)
        self._begin_until = asyncio.get_running_loop().time() + _BEGIN_SECONDS
        if self._jobs:
            await self._send_next(self._lines[0], self._jobs.popleft())
        self._tries = False
        if self.trouble:
            await self._lines[0].quit()
            return
        with unit_of_work(self.engine) as session:
            circuit.recover(session, self.channel.name, at=self.clock.now())

    def _stop(self, verdict: Verdict, trip: Trip) -> None:
        """End the run, and leave the server alone for a while."""
        if self.trouble:
            return
        self.trouble = verdict.words
        if not self.channel.is_ours:
            with unit_of_work(self.engine) as session:
                self.rests_until = circuit.fail(
                    session,
                    self.channel.name,
                    verdict.words,
                    trip=trip,
                    at=self.clock.now(),
                    rng=self.rng,
                    wait=verdict.wait,
                    tried=self._tries,
                )

    async def _work(self, line: Line) -> None:
        try:
            while (job := self._next()) is not None and await self._send_next(line, job):
                pass
        finally:
            await line.quit()

    async def _send_next(self, line: Line, job: Job) -> bool:
        """Send a mail and keep what became of it; false, and the mail given back, without a session."""
        if not await self._open(line):
            self._jobs.appendleft(job)
            return False
        self._busy += 1
        try:
            await self._keep(await self._send(line, job))
        finally:
            self._busy -= 1
        return True

    def _next(self) -> Job | None:
        now = asyncio.get_running_loop().time()
        if now > self._begin_until:
            self._release()
        if not self._jobs and not self.trouble:
            with unit_of_work(self.engine, queued=False) as session:
                self._jobs.extend(self._claim(session))
            self._begin_until = now + _BEGIN_SECONDS
        return self._jobs.popleft() if self._jobs and not self.trouble else None

    async def _open(self, line: Line) -> bool:
        """Whether the line has a session, opened if need be.

        One after the other: a wrong password is tried once, not by every line. A server that grants
        fewer sessions than there are lines is no trouble.
        """
        async with self._opening:
            if line.is_open or self.trouble:
                return line.is_open
            verdict = await line.open()
            if verdict is not None and not any(other.is_open for other in self._lines):
                self._stop(verdict, verdict.trip or Trip.FAULT)
            return verdict is None

    async def _send(self, line: Line, job: Job) -> Result:
        try:
            envelope = self.composer.compose(job)
        except Exception as error:  # noqa: BLE001  # one letter's fault must not stop the others
            return Result(job, State.PARKED, own("letter", _words_of(error, self.composer.settings.lang)))
        verdict = await line.send(envelope)
        self._faults = self._faults + 1 if verdict.fault else 0
        if verdict.trip is not None:
            self._stop(verdict, verdict.trip)
        elif self._faults >= FAULTS_IN_A_ROW or (verdict.fault and self._tries):
            self._stop(verdict, Trip.FAULT)
        return Result(job, verdict.state, verdict.words, counts=verdict.counts, wait=verdict.wait)

    async def _keep(self, result: Result) -> None:
        """Return when the result is committed, together with those that come within a moment."""
        loop = asyncio.get_running_loop()
        kept = loop.create_future()
        self._pending.append((result, kept))
        if len(self._pending) >= self._busy:
            self._keep_pending()
        elif len(self._pending) == 1:
            self._keeping = loop.call_later(GROUP_SECONDS, self._keep_pending)
        await kept

    def _keep_pending(self) -> None:
        """Commit what has come in. The loop waits meanwhile: a thread would cost more than the commit."""
        if self._keeping is not None:
            self._keeping.cancel()
        group, self._pending = self._pending, []
        try:
            self._finish([result for result, _ in group])
        except Exception as error:  # noqa: BLE001  # whoever waits for the commit must hear of it
            for _, kept in group:
                kept.set_exception(error)
        else:
            for _, kept in group:
                kept.set_result(None)

    def _release(self) -> None:
        """Give back what was claimed and not tried, without counting it as a try."""
        left = [Result(job, State.WAITING, self.trouble, counts=False) for job in self._jobs]
        self._jobs.clear()
        if left:
            with unit_of_work(self.engine, queued=False) as session:
                outbox.finish(session, left, at=self.clock.now(), rng=self.rng)

    def _claim(self, session: Session, limit: int = BATCH) -> list[Job]:
        at, server = self.clock.now(), self.channel.name
        found = None if self._tries or self.channel.is_ours else circuit.standing(session, server)
        if found is not None:  # another worker met with a failure meanwhile
            self.trouble, self.rests_until = found.trouble, found.open_until
            return []
        if self.channel.rate:
            circuit.lock(session, server)
            limit = min(limit, self.channel.rate - outbox.under_way_since(session, at - timedelta(minutes=1)))
        return outbox.claim(session, at=at, limit=limit) if limit > 0 else []

    @cached_property
    def _hours(self) -> Hours:
        """The bureau's working hours; asked for when the first mail of a run fails."""
        settings = self.composer.settings
        return working_hours(settings, load_calendar((self.clock.today().year,), settings.holidays))

    def _again(self, at: datetime, then: datetime) -> datetime:
        return self._hours.again(at, then)

    def _finish(self, results: list[Result]) -> None:
        with unit_of_work(self.marks, queued=False) as session:
            kept = outbox.finish(session, results, at=self.clock.now(), rng=self.rng, again=self._again)
        self._counted.update(result.state for result in kept)


def _words_of(error: Exception, lang: Lang) -> str:
    return error.sentence(lang) if isinstance(error, DubanError) else f"{type(error).__name__}: {error}"
