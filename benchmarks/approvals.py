"""What an approval costs: ours beside django-viewflow, SpiffWorkflow with a stored blob, and a bare floor.

Each runs in a process of its own on a database of its own with the same settings (SQLite: WAL, synchronous
FULL, IMMEDIATE; PostgreSQL: the same server); rounds are interleaved. A figure is the median over every
approval of every round, in milliseconds. Ours comes with rules, the check of who may decide, an idempotency
key, the hash-chained log and the outbox: the event that the same transaction writes is what letters are
written from afterwards, in batches. Requests run side by side and everybody is told when they begin and
after every hundred approvals; that time, divided by the approvals, is printed beside and added for
information. The peers tell nobody.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import Engine

from benchmarks.approvals_cases import organisation
from benchmarks.databases import Postgresql, Sqlite, plain
from benchmarks.figure import Figure
from benchmarks.peers.environment import ROOT, MissingPeerError, peer_python
from benchmarks.peers.worker import Batch

#: An approval at the median, in milliseconds.
BOUND = 3.0
ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """How many requests a round has, and what bounds ours must keep against the peers; 0 for none."""

    name: str
    count: int
    spiff: float = 0.0
    viewflow: float = 0.0
    bounded: bool = True


CASES = (
    Case("linear-5", 100, spiff=1.0, viewflow=0.5),
    Case("all-sign-5", 100, spiff=1.0, viewflow=0.5),
    Case("linear-30", 4, bounded=False),
    Case("all-sign-20", 5, bounded=False),
    Case("all-sign-50", 2, spiff=0.5),
    Case("linear-200", 1, bounded=False),
    Case("all-sign-200", 1, bounded=False),
)
SHORT_CASES = tuple(one for one in CASES if one.spiff)


@dataclass
class Samples:
    """Milliseconds of every approval so far, and each batch's telling, divided over its approvals."""

    approvals: list[float] = field(default_factory=list)
    telling: list[float] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Count a batch in; what telling took falls on each of its approvals alike."""
        self.telling.append(1000 * batch.telling / len(batch.approvals))
        self.approvals += [1000 * seconds for seconds in batch.approvals]

    @property
    def p50(self) -> float:
        """The median."""
        return median(self.approvals)

    @property
    def p95(self) -> float:
        """What 95 per cent stay below."""
        return quantiles(self.approvals, n=20)[-1]


class Worker:
    """A process that answers batch by batch, see peers/worker.py."""

    def __init__(self, python: Path, module: str, url: str) -> None:
        words = [str(python), "-m", module, url]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._answer() == "ready"

    def run(self, case: Case) -> Batch:
        """One batch of a case."""
        assert self._process.stdin is not None
        print(case.name, case.count, file=self._process.stdin, flush=True)
        return Batch(**self._answer())

    def close(self) -> None:
        """Let it go."""
        self._process.communicate()

    def _answer(self) -> Any:  # noqa: ANN401  # JSON
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self._process.args!r} ended; see its words above"
        return json.loads(line)


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """All cases on both kinds of database."""
    pythons, missing = _peers()
    with TemporaryDirectory() as folder:
        ours, theirs = (Path(folder) / name for name in ("ours", "theirs"))
        ours.mkdir()
        theirs.mkdir()
        yield from _compare(Sqlite(ours, organisation), Sqlite(theirs, _empty), pythons, missing, short=short)
    with ExitStack() as stack:
        try:
            filled = Postgresql(organisation)
            stack.callback(filled.close)
            empty = Postgresql(_empty)
            stack.callback(empty.close)
        except psycopg.OperationalError as error:
            yield Figure("approve PostgreSQL", missing=f"no server: {str(error).splitlines()[0]}")
            return
        yield from _compare(filled, empty, pythons, missing, short=short)


def _peers() -> tuple[dict[str, Path], dict[str, str]]:
    """The interpreters of the peers that are there, and why the others are not."""
    pythons, missing = {"floor": Path(sys.executable)}, {}
    for peer in ("viewflow", "spiff"):
        try:
            pythons[peer] = peer_python(peer)
        except MissingPeerError as error:
            missing[peer] = str(error)
    return pythons, missing


def _empty(engine: Engine) -> None:
    engine.connect().close()


def _compare(
    filled: Sqlite | Postgresql,
    empty: Sqlite | Postgresql,
    pythons: Mapping[str, Path],
    missing: Mapping[str, str],
    *,
    short: bool,
) -> Iterator[Figure]:
    with ExitStack() as stack:
        url = stack.enter_context(filled.fresh())
        workers = {"ours": Worker(Path(sys.executable), "benchmarks.approvals_ours", url)}
        for peer, python in pythons.items():
            url = plain(stack.enter_context(empty.fresh()))
            workers[peer] = Worker(python, f"benchmarks.peers.{peer}", url)
        for worker in workers.values():
            stack.callback(worker.close)
        for case in SHORT_CASES if short else CASES:
            samples = {name: Samples() for name in workers}
            # The first round is the warming up: statements, definitions and flows are put together once.
            for number in range(1 + (1 if short else ROUNDS)):
                for name, worker in workers.items():
                    batch = worker.run(case)
                    if number:
                        samples[name].add(batch)
            yield from _figures(case, filled.name, samples, missing, short=short)


def _figures(
    case: Case, database: str, samples: Mapping[str, Samples], missing: Mapping[str, str], *, short: bool
) -> Iterator[Figure]:
    name, ours = f"approve {case.name} {database}", samples["ours"]
    yield Figure(name, ours.p50, bound=BOUND if case.bounded else None, unit="ms", short=short)
    told = median(ours.telling)
    yield Figure(f"{name}, telling beside it", told, unit="ms")
    for peer, bound in (("viewflow", case.viewflow), ("spiff", case.spiff), ("floor", 0.0)):
        against = f"{name} against {peer}"
        if peer in missing:
            yield Figure(against, missing=missing[peer])
            continue
        theirs = samples[peer]
        yield Figure(against, ours.p50, theirs.p50, bound or None, "ms", short)
        yield Figure(f"{against}, telling added", ours.p50 + told, theirs.p50, unit="ms")
        yield Figure(f"{against}, 95 per cent", ours.p95, theirs.p95, unit="ms")
