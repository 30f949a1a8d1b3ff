"""Writers side by side on one database: 1, 2, 4 and 8 processes decide the same approvals at once.

Every signer of the 会签 approvals approves; the signers of the 或签 approvals approve and reject against each
other, and the first one wins; every third click is a double click that reaches another writer with the same
key. Afterwards the database is asked what came of it: nothing that was answered may be lost, nothing may
count twice, nobody may be shown an error, and the log must verify.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import select

from benchmarks.approvals_cases import any_sign, organisation, page_of
from benchmarks.approvals_desk import Desk
from benchmarks.databases import Postgresql, Sqlite
from benchmarks.figure import Figure
from benchmarks.peers.environment import ROOT
from models.approval.state import Cause, Status
from models.database import reading
from models.journal import verify
from models.tables import Approval, ApprovalSeat, Event

WRITERS, SHORT_WRITERS = (1, 2, 4, 8), (4,)
#: Approvals of each kind, and the signers of each of them.
APPROVALS, SHORT_APPROVALS = 60, 10
SIGNERS = 5
#: Every so many clicks one is a double click.
DOUBLE = 3
#: What a signer of a 或签 may be told who was not the first.
BEATEN = ("already_decided", "finished")
DECISIONS = ("approval.approve", "approval.reject")


@dataclass(frozen=True)
class Click:
    """What a writer is asked to do; `all_sign` says of which kind the approval is."""

    number: int
    person: int
    verb: str
    key: str
    all_sign: bool

    def as_json(self) -> list[object]:
        """As the writer reads it."""
        return [self.number, self.person, self.verb, self.key]


@dataclass
class Count:
    """What came of all clicks."""

    seconds: float = 0.0
    answered: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    errors: int = 0


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Throughput, and the three counts that must be 0, by number of writers and kind of database."""
    with TemporaryDirectory() as folder:
        yield from _compare(Sqlite(Path(folder), organisation), short=short)
    try:
        server = Postgresql(organisation)
    except psycopg.OperationalError as error:
        yield Figure("writers PostgreSQL", missing=f"no server: {str(error).splitlines()[0]}")
        return
    try:
        yield from _compare(server, short=short)
    finally:
        server.close()


def _compare(databases: Sqlite | Postgresql, *, short: bool) -> Iterator[Figure]:
    for writers in SHORT_WRITERS if short else WRITERS:
        with databases.fresh() as url:
            count = _race(url, writers, SHORT_APPROVALS if short else APPROVALS)
        name = f"writers {writers} {databases.name}"
        for kind, number in sorted(count.answered.items()):
            yield Figure(f"{name} {kind}", number, unit="clicks")
        yield Figure(f"{name} a second", sum(count.answered.values()) / count.seconds, unit="clicks")
        # These hold in the short form too: they are about being right, not about being fast.
        yield Figure(f"{name} lost", count.lost, bound=0, unit="decisions")
        yield Figure(f"{name} doubled", count.doubled, bound=0, unit="decisions")
        yield Figure(f"{name} errors shown", count.errors, bound=0, unit="clicks")


def _race(url: str, writers: int, approvals: int) -> Count:
    desk = Desk(url)
    clicks = list(_clicks(desk, approvals))
    shares = [clicks[place::writers] for place in range(writers)]
    with ExitStack() as stack:
        processes = [stack.enter_context(_writer(url)) for _ in shares]
        for process, share in zip(processes, shares, strict=True):
            _say(process, [one.as_json() for one in share])
        for process in processes:
            assert _hear(process) == "ready"
        began = perf_counter()
        for process in processes:
            _say(process, "go")
        answers = [_hear(process) for process in processes]
        seconds = perf_counter() - began
    count = Count(seconds)
    for share, told in zip(shares, answers, strict=True):
        _count_answers(count, share, told)
    _count_rows(count, desk, clicks)
    desk.close()
    return count


def _clicks(desk: Desk, approvals: int) -> Iterator[Click]:
    """All clicks in the order in which they are dealt out: an approval's clicks fall together."""
    place = 0
    for _ in range(approvals):
        for all_sign, page in ((True, page_of(f"all-sign-{SIGNERS}")), (False, any_sign(SIGNERS))):
            number = desk.start(page)
            for person in range(1, SIGNERS + 1):
                verb = "approve" if all_sign or person % 2 else "reject"
                click = Click(number, person, verb, f"{number}-{person}", all_sign)
                place += 1
                yield from [click] * (2 if place % DOUBLE == 0 else 1)


def _count_answers(count: Count, share: Sequence[Click], told: Sequence[str]) -> None:
    """A refusal is an error where every signer's approval counts; an exception always is."""
    for click, answer in zip(share, told, strict=True):
        taken = answer in {"accepted", "repeated"}
        count.answered[answer if taken else "refused"] += 1
        if not taken and (click.all_sign or answer not in BEATEN):
            count.errors += 1
            print(f"{click}: {answer}", file=sys.stderr)


def _count_rows(count: Count, desk: Desk, clicks: Sequence[Click]) -> None:
    """Compare what the clicks must have given with what the database holds."""
    with reading(desk.engine) as session:
        own = select(ApprovalSeat.approval_id).where(ApprovalSeat.cause == Cause.DECIDED)
        seats = Counter(session.scalars(own))
        decisions = select(Event.subject_id, Event.actor).where(Event.verb.in_(DECISIONS))
        events = Counter(session.execute(decisions).tuples())
        open_still = select(Approval.id).where(Approval.status.in_([Status.DRAFT, Status.RUNNING]))
        count.lost += len(session.scalars(open_still).all())
        assert verify(session).broken_at is None
    for number, all_sign in {(one.number, one.all_sign) for one in clicks}:
        wanted = SIGNERS if all_sign else 1
        count.lost += max(0, wanted - seats[number])
        count.doubled += max(0, seats[number] - wanted)
    count.doubled += sum(times - 1 for times in events.values())
    # Whoever was told that it is done finds it in the log.
    count.lost += max(0, count.answered["accepted"] - sum(events.values()))


def _say(process: subprocess.Popen[str], words: object) -> None:
    assert process.stdin is not None
    print(json.dumps(words), file=process.stdin, flush=True)


def _hear(process: subprocess.Popen[str]) -> Any:  # noqa: ANN401  # JSON
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "a writer ended; see its words above"
    return json.loads(line)


def _writer(url: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "benchmarks.approval_writer", url]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
