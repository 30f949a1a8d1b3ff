"""The month of 10, 1,000 and 100,000 branches: what a branch costs, and how much memory is taken.

A month is the calendar, a slip for every branch and all letters, written but not sent, without Prefect, in
a process of its own. The small one is measured before and after the large one, several times.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks.databases import Postgresql, Sqlite
from benchmarks.figure import Figure
from benchmarks.scale_bureau import build

ROOT = Path(__file__).resolve().parent.parent
SIZES, SHORT_SIZES = (10, 1_000, 100_000), (10, 40, 200)
#: Branches of a part.
PART, SHORT_PART = 5_000, 50
#: A branch of the large bureau costs at most so many times what one of the middle one does.
BOUND = 1.5
#: MiB, whatever the size.
MEMORY_BOUND = 1024.0
#: How often the smaller bureaus are measured on either side of the large one.
ROUNDS = 3


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Both kinds of database."""
    for kind in (Sqlite, Postgresql):
        try:
            yield from _measure(kind, short=short)
        except psycopg.OperationalError as error:
            yield Figure(f"month {kind.name}", missing=f"no server: {str(error).splitlines()[0]}")


def _measure(kind: type[Sqlite | Postgresql], *, short: bool) -> Iterator[Figure]:
    sizes, part = (SHORT_SIZES, SHORT_PART) if short else (SIZES, PART)
    rounds = 1 if short else ROUNDS
    found: dict[int, list[Mapping[str, Any]]] = {size: [] for size in sizes}
    with ExitStack() as stack:
        prepared = {size: _prepared(stack, kind, size) for size in sizes}
        *small, large = sizes
        for size in (*small * rounds, large, *small * rounds):
            with prepared[size].fresh() as url, TemporaryDirectory() as home:
                found[size].append(Child("month", url, Path(home), part).go().result())
    for size in sizes:
        seconds = median(one["seconds"] for one in found[size])
        yield Figure(f"month {kind.name} of {size:,} branches", seconds)
    peak = max(one["peak"] for one in found[large])
    name = f"month {kind.name} of {large:,} branches, memory"
    yield Figure(name, peak, bound=MEMORY_BOUND, unit="MiB", short=short)
    middle = sizes[1]
    branch = {size: median(one["seconds"] for one in found[size]) / size * 1000 for size in (middle, large)}
    name = f"month {kind.name}, a branch of {large:,} against one of {middle:,}"
    yield Figure(name, branch[large], branch[middle], BOUND, unit="ms", short=short)


def _prepared(stack: ExitStack, kind: type[Sqlite | Postgresql], size: int) -> Sqlite | Postgresql:
    if kind is Sqlite:
        folder = stack.enter_context(TemporaryDirectory())
        return Sqlite(Path(folder), lambda engine: build(engine, size))
    server = Postgresql(lambda engine: build(engine, size))
    stack.callback(server.close)
    return server


class Child:
    """A process that works when it is told to: benchmarks/month_once.py."""

    def __init__(self, what: str, url: str, home: Path, part_branches: int) -> None:
        """Start it, and wait until it is ready."""
        words = [sys.executable, "-m", "benchmarks.month_once", what, url, str(home), str(part_branches)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._said() == "ready"

    def go(self) -> Child:
        """Let it work."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self

    def result(self) -> Mapping[str, Any]:
        """What it took."""
        found: Mapping[str, Any] = json.loads(self._said())
        self._process.communicate()
        return found

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, f"{self._process.args!r} ended; see its words above"
        return line
