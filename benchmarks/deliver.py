"""Delivering a morning's digests: ours beside aiosmtplib alone and beside django-post_office.

The digests lie finished in the outbox (claimed by lease, kept after every few mails, as many connections
for everybody) and go to the same server on loopback in the same minute; rounds are interleaved, a figure is
the median round in seconds. aiosmtplib alone pushes the same finished bytes and keeps nothing. post_office
gets the same subjects and bodies ready, and the same database settings. What it costs besides to render
each letter when it is sent is shown for information.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
from aiosmtplib import SMTP
from sqlalchemy import Engine, insert, update

from benchmarks.databases import Postgresql, Sqlite, plain
from benchmarks.deliver_sink import Sink, sink
from benchmarks.figure import Figure
from benchmarks.peers.environment import ROOT, MissingPeerError, peer_python
from models.clock import Clock
from models.database import open_database, unit_of_work
from models.migrate import migrate
from models.settings import Settings
from models.tables import Notice, Person
from notifications import outbox
from notifications.compose import Composer, Envelope
from notifications.digest_words import digest_of_one
from notifications.finished import finish_letter, finished_letter
from notifications.letters import Letter
from notifications.post import deliver
from notifications.samples import SAMPLES

MAILS, SHORT = 5000, 200
ROUNDS = 3
CONNECTIONS = 16
#: Seconds of ours against those of aiosmtplib alone, and against post_office's.
BOUND_ALONE, BOUND_POST_OFFICE = 2.0, 1 / 3
NOON = datetime(2026, 3, 24, 4, tzinfo=UTC)
#: Rows that a digest's reader has in either part.
_ROWS = 1


@dataclass
class Rounds:
    """Seconds of every round so far, by who sent."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        """One round."""
        self.seconds.setdefault(name, []).append(seconds)

    def median(self, name: str) -> float | None:
        """The middle one, if there are any."""
        return median(self.seconds[name]) if name in self.seconds else None


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Both kinds of database."""
    count = SHORT if short else MAILS
    with TemporaryDirectory() as folder:
        ours, theirs = (Path(folder) / name for name in ("ours", "theirs"))
        ours.mkdir()
        theirs.mkdir()
        yield from _compare(Sqlite(ours, migrate), Sqlite(theirs, _nothing), count, short=short)
    with ExitStack() as stack:
        try:
            filled = Postgresql(migrate)
            stack.callback(filled.close)
            empty = Postgresql(_nothing)
            stack.callback(empty.close)
        except psycopg.OperationalError as error:
            yield Figure("deliver PostgreSQL", missing=f"no server: {str(error).splitlines()[0]}")
            return
        yield from _compare(filled, empty, count, short=short)


def _nothing(engine: Engine) -> None:
    engine.connect().close()


def _compare(
    filled: Sqlite | Postgresql, empty: Sqlite | Postgresql, count: int, *, short: bool
) -> Iterator[Figure]:
    rounds, facts, missing = Rounds(), _digests(count), ""
    with ExitStack() as stack:
        engine = open_database(stack.enter_context(filled.fresh()))
        stack.callback(engine.dispose)
        server = stack.enter_context(sink())
        _people(engine, count)
        finished = [finish_letter("digest", "zh", one) for one in facts]
        _owe(engine, finished)
        envelopes = _envelopes(engine, server, count)
        peer: PostOffice | None = None
        try:
            python = peer_python("post_office")
            peer = PostOffice(python, plain(stack.enter_context(empty.fresh())), server)
            stack.callback(peer.close)
        except MissingPeerError as error:
            missing = str(error)
        for _ in range(1 if short else ROUNDS):
            rounds.add("alone", _push(envelopes, server))
            rounds.add("ours", _deliver(engine, finished, server))
            rounds.add("rendering", _deliver(engine, facts, server))
            if peer is not None:
                rounds.add("post_office", peer.run(finished))
    size = sum(len(one.content) for one in envelopes) / len(envelopes)
    yield from _figures(f"deliver {count} digests {filled.name}", rounds, missing, size=size, short=short)


def _figures(name: str, rounds: Rounds, missing: str, *, size: float, short: bool) -> Iterator[Figure]:
    ours, rendering = rounds.median("ours"), rounds.median("rendering")
    alone, theirs = rounds.median("alone"), rounds.median("post_office")
    yield Figure(f"{name}, octets a mail", size, unit="")
    yield Figure(f"{name} against aiosmtplib alone", ours, alone, BOUND_ALONE, short=short)
    yield Figure(f"{name} against aiosmtplib alone, rendered when sent", rendering, alone)
    if theirs is None:
        yield Figure(f"{name} against post_office", missing=missing)
        return
    yield Figure(f"{name} against post_office", ours, theirs, BOUND_POST_OFFICE, short=short)
    yield Figure(f"{name} against post_office, rendered when sent", rendering, theirs)


def _digests(count: int) -> list[Mapping[str, Any]]:
    """Digests of people who are late with some work while other work is due soon."""
    facts = deepcopy(digest_of_one("overdue", SAMPLES["overdue"]))
    other = deepcopy(digest_of_one("due_soon", SAMPLES["due_soon"]))
    parts = cast("list[dict[str, Any]]", facts["parts"]) + cast("list[dict[str, Any]]", other["parts"])
    for part in parts:
        part["facts"]["rows"] = part["facts"]["rows"][:_ROWS]
    facts["parts"] = parts
    return [facts | {"person": {"name": f"人员{number}", "title": "科长"}} for number in range(1, count + 1)]


def _people(engine: Engine, count: int) -> None:
    people = [
        {"id": n, "name": f"人员{n}", "email": f"p{n}@example.gov.cn", "title": "科长", "active": True}
        for n in range(1, count + 1)
    ]
    with unit_of_work(engine) as session:
        session.execute(insert(Person), people)


def _owe(engine: Engine, facts: Sequence[Mapping[str, Any]]) -> None:
    """Let everybody be owed a digest, and nothing be sent yet."""
    common = {
        "letter": "digest",
        "attachments": [],
        "created_at": NOON,
        "not_before": NOON,
        "state": "waiting",
        "attempts": 0,
        "error": "",
    }
    rows = [
        common | {"dedupe": f"digest:2026-03-24:{n}", "person_id": n, "facts": one, "thread": f"digest-{n}"}
        for n, one in enumerate(facts, start=1)
    ]
    with unit_of_work(engine) as session:
        session.query(Notice).delete()
        session.execute(insert(Notice), rows)


def _settings(server: Sink) -> Settings:
    url = f"smtp://127.0.0.1:{server.port}?tls=none&connections={CONNECTIONS}"
    return Settings(home=ROOT, smtp_url=url, mail_from="duban@example.gov.cn")


def _envelopes(engine: Engine, server: Sink, count: int) -> list[Envelope]:
    """The finished bytes of all digests; the outbox is as it was."""
    composer = Composer(_settings(server))
    with unit_of_work(engine) as session:
        jobs = outbox.claim(session, at=NOON, limit=count)
        session.execute(update(Notice).values(state="waiting", claim=None, lease_until=None, attempts=0))
    return [composer.compose(job) for job in jobs]


def _deliver(engine: Engine, facts: Sequence[Mapping[str, Any]], server: Sink) -> float:
    _owe(engine, facts)
    clock = Clock(ZoneInfo("Asia/Shanghai"), NOON)
    began = perf_counter()
    done = deliver(engine, _settings(server), clock=clock)
    seconds = perf_counter() - began
    assert done.sent == server.taken() == len(facts), done
    return seconds


def _push(envelopes: Sequence[Envelope], server: Sink) -> float:
    began = perf_counter()
    asyncio.run(_push_all(deque(envelopes), server.port))
    seconds = perf_counter() - began
    assert server.taken() == len(envelopes)
    return seconds


async def _push_all(envelopes: deque[Envelope], port: int) -> None:
    async def push() -> None:
        client = SMTP(
            hostname="127.0.0.1",
            port=port,
            use_tls=False,
            start_tls=False,
            local_hostname="duban.localdomain",
        )
        async with client:
            await client.ehlo()
            while envelopes:
                one = envelopes.popleft()
                await client.mail(one.sender)
                await client.rcpt(one.recipient)
                await client.data(one.content)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(push())


class PostOffice:
    """The other end of peers/post_office.py."""

    def __init__(self, python: Path, url: str, server: Sink) -> None:
        words = [str(python), "-m", "benchmarks.peers.post_office", url, str(server.port), str(CONNECTIONS)]
        pipe = subprocess.PIPE
        self._server = server
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._answer() == "ready"

    def run(self, finished: Sequence[Mapping[str, Any]]) -> float:
        """Let it send the same mails; the seconds of sending."""
        letters = [cast("Letter", finished_letter(one)) for one in finished]
        mails = [
            {
                "sender": "duban@example.gov.cn",
                "recipients": [f"p{number}@example.gov.cn"],
                "subject": letter.subject,
                "message": letter.text,
                "html_message": letter.html,
                "headers": {"Auto-Submitted": "auto-generated"},
            }
            for number, letter in enumerate(letters, start=1)
        ]
        assert self._process.stdin is not None
        print(json.dumps(mails), file=self._process.stdin, flush=True)
        seconds = float(self._answer())
        assert self._server.taken() == len(mails)
        return seconds

    def close(self) -> None:
        """Let it go."""
        self._process.communicate()

    def _answer(self) -> Any:  # noqa: ANN401  # JSON
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self._process.args!r} ended; see its words above"
        return json.loads(line)


if __name__ == "__main__":
    for figure in run("--short" in sys.argv):
        print(figure.line(), flush=True)
