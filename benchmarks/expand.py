"""Expanding a plan to a million work items, beside a plain bulk insert of the same rows.

The baseline takes the rows that we made and puts them with the driver's own `executemany`, in batches,
in one transaction, into the same table with the same indexes and foreign keys in a fresh copy of the
database; fetching them is not timed. Memory is that of a process of its own that only expands.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.big_plan import PERIODS, UNITS, build
from benchmarks.databases import Postgresql, Sqlite, plain
from benchmarks.figure import Figure
from models.tables import WorkItem

BOUND, MEMORY_BOUND = 2.0, 400.0
ITEMS, SHORT_ITEMS = 400, 20
ROUNDS = 3
#: Rows put into the table at once.
BATCH = 10_000
_NAMES = [column.name for column in WorkItem.__table__.columns if column.name != "id"]
COLUMNS = ", ".join(_NAMES)
SELECT = f"SELECT {COLUMNS} FROM work_item ORDER BY id"  # noqa: S608  # our own column names
INSERT = f"INSERT INTO work_item ({COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608  # the same
COPY = f"COPY work_item ({COLUMNS}) FROM STDIN"

Rows = Sequence[tuple[Any, ...]]


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Time and memory on both kinds of database; COPY beside it as information."""
    items = SHORT_ITEMS if short else ITEMS
    with TemporaryDirectory() as folder:
        yield from _compare(Sqlite(Path(folder), lambda engine: build(engine, items)), items, short=short)
    try:
        server = Postgresql(lambda engine: build(engine, items))
    except psycopg.OperationalError as error:
        yield Figure("expand PostgreSQL", missing=f"no server: {str(error).splitlines()[0]}")
        return
    try:
        yield from _compare(server, items, short=short)
    finally:
        server.close()


def _compare(databases: Sqlite | Postgresql, items: int, *, short: bool) -> Iterator[Figure]:
    ours, peaks, baseline, copied = [], [], [], []
    for _ in range(1 if short else ROUNDS):
        with databases.fresh() as expanded:
            seconds, peak = _expand(expanded)
            ours.append(seconds)
            peaks.append(peak)
            with databases.fresh() as url:
                baseline.append(_insert(url, expanded))
            if isinstance(databases, Postgresql):
                with databases.fresh() as url:
                    copied.append(_copy(url, expanded))
    name = f"expand {items * UNITS * PERIODS:,} {databases.name}"
    yield Figure(name, median(ours), median(baseline), BOUND, short=short)
    yield Figure(f"{name} memory", max(peaks), bound=MEMORY_BOUND, unit="MiB", short=short)
    if copied:
        yield Figure(f"{name} against COPY", median(ours), median(copied))


def _expand(url: str) -> tuple[float, float]:
    """Seconds and MiB of our expansion, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.expand_once", url], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def _insert(url: str, expanded: str) -> float:
    """Seconds of a plain bulk insert."""
    return _insert_sqlite(url, expanded) if url.startswith("sqlite") else _insert_postgresql(url, expanded)


def _insert_sqlite(url: str, expanded: str) -> float:
    with closing(_open_sqlite(url)) as connection, closing(_open_sqlite(expanded)) as source:
        with _stopwatch() as watch:
            connection.execute("BEGIN IMMEDIATE")
            for rows in watch.aside(_batches(source.execute(SELECT))):
                connection.executemany(INSERT, rows)
            connection.execute("COMMIT")
        return watch.seconds


def _insert_postgresql(url: str, expanded: str) -> float:
    insert = INSERT.replace("?", "%s").encode()
    with psycopg.connect(plain(url)) as connection, psycopg.connect(plain(expanded)) as source:
        with source.cursor(name="rows") as rows_made, _stopwatch() as watch:
            rows_made.execute(SELECT.encode())
            for rows in watch.aside(_batches(rows_made)):
                connection.cursor().executemany(insert, rows)
            connection.commit()
        return watch.seconds


def _copy(url: str, expanded: str) -> float:
    """Seconds of PostgreSQL's COPY, which no portable program can use."""
    with psycopg.connect(plain(url)) as connection, psycopg.connect(plain(expanded)) as source:
        with source.cursor(name="rows") as rows_made, _stopwatch() as watch:
            rows_made.execute(SELECT.encode())
            with connection.cursor().copy(COPY.encode()) as copy:
                for rows in watch.aside(_batches(rows_made)):
                    for row in rows:
                        copy.write_row(row)
            connection.commit()
        return watch.seconds


def _open_sqlite(url: str) -> sqlite3.Connection:
    """A connection with the settings of models/database.py."""
    connection = sqlite3.connect(url.partition(":///")[2], isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _batches(cursor: sqlite3.Cursor | psycopg.ServerCursor[tuple[Any, ...]]) -> Iterator[Rows]:
    while rows := cursor.fetchmany(BATCH):
        yield rows


@dataclass
class _Stopwatch:
    """Seconds of a block, without those in which its rows are fetched."""

    seconds: float = 0.0

    def aside(self, batches: Iterable[Rows]) -> Iterator[Rows]:
        """Give the batches; fetching them does not count."""
        rest = iter(batches)
        while True:
            began = perf_counter()
            rows = next(rest, None)
            self.seconds -= perf_counter() - began
            if rows is None:
                return
            yield rows


@contextmanager
def _stopwatch() -> Generator[_Stopwatch]:
    began, watch = perf_counter(), _Stopwatch()
    yield watch
    watch.seconds += perf_counter() - began
