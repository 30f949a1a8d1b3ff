"""The post: claim, render, send over a few lasting connections, and keep what became of each mail.

At least once: a mail is marked as sent after the server took it, so a crash between the two sends it
again, with the same Message-ID and bytes. A connection sends its next mail only when the result of
the last one is kept: at most one mail per connection is ever in doubt.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.clock import Clock
from models.database import unit_of_work
from models.errors import DubanError, UnavailableError
from models.messages import Lang
from models.settings import Settings
from notifications import outbox
from notifications.channel import Channel, mailbox_directory, read_channel
from notifications.compose import Composer, Envelope
from notifications.line import Line
from notifications.mailbox import open_mailbox
from notifications.outbox import Job, Result, State
from notifications.reasons import own, words
from notifications.trial import test_job
from notifications.verdicts import Verdict

#: Notices claimed at once.
BATCH = 200
#: How long a result waits for others to share its commit, in seconds.
GROUP_SECONDS = 0.003


@dataclass(frozen=True)
class Delivered:
    """What became of the mails that a run tried.

    `trouble` is the channel's fault that ended it early, as `reasons` keeps it; what the run did not
    try stays in the outbox and is in none of the counts.
    """

    sent: int = 0
    deferred: int = 0
    parked: int = 0
    trouble: str = ""


def deliver(
    engine: Engine, settings: Settings, *, clock: Clock, rng: random.Random | None = None
) -> Delivered:
    """Send every notice that is due; only the outbox is changed.

    `rng` jitters the waits of deferred ones. Raises InputError for an unusable mail URL; an
    unreachable server is no error but `trouble`, and its notices stay in the outbox.
    """
    with unit_of_work(engine, queued=False) as session:
        poisoned = outbox.park_poison(session)
    with _way_out(settings) as channel:
        run = _Run(engine, channel, Composer(settings), clock, rng or random.Random())  # noqa: S311  # jitter
        delivered = asyncio.run(run.deliver())
    return replace(delivered, parked=delivered.parked + poisoned)


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
        yield Channel(host, port, "none")


@dataclass
class _Run:
    """One delivery run: the lines take jobs from one queue, and results are kept in groups."""

    engine: Engine
    channel: Channel
    composer: Composer
    clock: Clock
    rng: random.Random
    trouble: str = ""
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

    async def deliver(self) -> Delivered:
        self._lines = [Line(self.channel) for _ in range(self.channel.connections)]
        try:
            async with asyncio.TaskGroup() as group:
                for line in self._lines:
                    group.create_task(self._work(line))
        except ExceptionGroup as broken:
            refusals = [one for one in broken.exceptions if isinstance(one, DubanError)]
            raise (refusals[0] if refusals else broken) from broken
        finally:
            self._release()
        counted = self._counted
        return Delivered(
            counted[State.SENT], counted[State.WAITING], counted[State.PARKED], trouble=self.trouble
        )

    async def _work(self, line: Line) -> None:
        try:
            while (job := self._next()) is not None:
                if not await self._open(line):
                    self._jobs.appendleft(job)
                    return
                self._busy += 1
                try:
                    await self._keep(await self._send(line, job))
                finally:
                    self._busy -= 1
        finally:
            await line.quit()

    def _next(self) -> Job | None:
        now = asyncio.get_running_loop().time()
        if now > self._begin_until:
            self._release()
        if not self._jobs and not self.trouble:
            with unit_of_work(self.engine, queued=False) as session:
                self._jobs.extend(self._claim(session))
            self._begin_until = now + outbox.LEASE.total_seconds() / 2
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
                self.trouble = verdict.words
            return verdict is None

    async def _send(self, line: Line, job: Job) -> Result:
        try:
            envelope = self.composer.compose(job)
        except Exception as error:  # noqa: BLE001  # one letter's fault must not stop the others
            return Result(job, State.PARKED, own("letter", _words_of(error, self.composer.settings.lang)))
        verdict = await line.send(envelope)
        if verdict.stops:
            self.trouble = self.trouble or verdict.words
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

    def _claim(self, session: Session) -> list[Job]:
        at, limit = self.clock.now(), BATCH
        if self.channel.rate:
            limit = min(limit, self.channel.rate - outbox.under_way_since(session, at - timedelta(minutes=1)))
        return outbox.claim(session, at=at, limit=limit) if limit > 0 else []

    def _finish(self, results: list[Result]) -> None:
        with unit_of_work(self.engine, queued=False) as session:
            kept = outbox.finish(session, results, at=self.clock.now(), rng=self.rng)
        self._counted.update(result.state for result in kept)


def _words_of(error: Exception, lang: Lang) -> str:
    return error.sentence(lang) if isinstance(error, DubanError) else f"{type(error).__name__}: {error}"
