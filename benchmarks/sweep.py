"""An ordinary day's sweep over a million open work items, beside the bare SQL that leaves the same rows.

The baseline reads the rows that need a look, by the same index, and writes what our sweep wrote, its
values ready made: the driver's `executemany` on SQLite, one statement for each table from arrays on
PostgreSQL, where `executemany` takes longer; one transaction each. Both run on fresh copies of the
same database, after a sweep that was undone: a server at work has the pages of the day in memory.

What the sweep costs must follow what changes: the same work swept with ten times as much that is open
but brings nothing that day.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import psycopg
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql

from benchmarks.databases import Postgresql, Prepare, Sqlite, plain
from benchmarks.figure import Figure
from benchmarks.sweep_bureau import DAY, build, sweep_day, warm_up
from models.database import Base, open_database, reading
from models.tables import Event, LightChange, Reminder, WorkItem

BOUND, GROWTH_BOUND = 2.0, 1.5
OPEN, SHORT_OPEN = 1_000_000, 20_000
ROUNDS = 5
#: One open work item in so many is due around the day where growth is measured.
BUSY = 33
#: What the sweep reads of a work item and of its item.
READ = """
SELECT w.id, w.light, w.state, i.kind, i.key, i.hidden, i.category, i.origin, w.start_on, w.due_on,
    w.submitted_on, w.closed_on, w.reported_on, w.target, w.done, w.assigned_at, w.owner_id, u.head_id
FROM work_item w JOIN item i ON i.id = w.item_id JOIN unit u ON u.id = w.unit_id
WHERE w.look_on <= '{day}'
"""


class Rows(NamedTuple):
    """Rows to be written into a table: its name, its columns with their types, and the values."""

    table: str
    columns: Sequence[str]
    kinds: Sequence[str]
    values: Sequence[tuple[Any, ...]]


class Written(NamedTuple):
    """What a sweep wrote: new rows, and the light and next look of what it looked at."""

    added: Sequence[Rows]
    looked: Rows


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Both figures on both kinds of database."""
    for kind in ("SQLite", "PostgreSQL"):
        try:
            yield from _against_sql(kind, SHORT_OPEN if short else OPEN, short=short)
            yield from _growth(kind, SHORT_OPEN if short else OPEN, short=short)
        except psycopg.OperationalError as error:
            yield Figure(f"sweep {kind}", missing=f"no server: {str(error).splitlines()[0]}")


def _against_sql(kind: str, count: int, *, short: bool) -> Iterator[Figure]:
    """Ours beside the bare SQL."""
    ours, baseline = [], []
    with _databases(kind, lambda engine: build(engine, count)) as databases:
        with databases.fresh() as url:
            written = _written(url)
        for _ in range(1 if short else ROUNDS):
            with databases.fresh() as url:
                ours.append(_sweep(url))
            with databases.fresh() as url:
                baseline.append(_write(url, written))
    looked = len(written.looked.values)
    name = f"sweep {count:,} open {kind} ({looked:,} looked at)"
    yield Figure(name, median(ours), median(baseline), BOUND, short=short)


def _growth(kind: str, count: int, *, short: bool) -> Iterator[Figure]:
    """The same changes among ten times as much open work."""
    few: list[float] = []
    many: list[float] = []
    tenth, busy = count // 10, count // BUSY
    with (
        _databases(kind, lambda engine: build(engine, busy, quiet=tenth - busy)) as small,
        _databases(kind, lambda engine: build(engine, busy, quiet=count - busy)) as large,
    ):
        for _ in range(1 if short else ROUNDS):
            for databases, seconds in ((small, few), (large, many)):
                with databases.fresh() as url:
                    seconds.append(_sweep(url))
    name = f"sweep {kind} of the same changes among {count:,} against {tenth:,} open"
    yield Figure(name, median(many), median(few), GROWTH_BOUND, short=short)


@contextmanager
def _databases(kind: str, prepare: Prepare) -> Generator[Sqlite | Postgresql]:
    """Prepared databases, gone afterwards. Raises psycopg.OperationalError when no server answers."""
    if kind == "SQLite":
        with TemporaryDirectory() as folder:
            yield Sqlite(Path(folder), prepare)
        return
    server = Postgresql(prepare)
    try:
        yield server
    finally:
        server.close()


def _sweep(url: str) -> float:
    """Seconds of our sweep; the connection is open before."""
    _settle(url)
    engine = open_database(url)
    with reading(engine) as session:
        session.execute(select(1))
    began = perf_counter()
    sweep_day(engine, DAY)
    seconds = perf_counter() - began
    engine.dispose()
    return seconds


def _settle(url: str) -> None:
    """Let a fresh copy be as a database at work: its pages on the disk, those of the day in memory."""
    if not url.startswith("sqlite"):
        with closing(_Postgresql(url)) as driver:
            driver.checkpoint()
    engine = open_database(url)
    warm_up(engine, DAY)
    engine.dispose()
    os.sync()


def _written(url: str) -> Written:
    """What our sweep writes, in the driver's own values."""
    tables = (Event, LightChange, Reminder)
    engine = open_database(url)
    with engine.connect() as connection:
        numbers = [row[0] for row in connection.execute(select(WorkItem.id).where(WorkItem.look_on <= DAY))]
        last = [
            connection.scalar(select(func.max(table.id))) or 0 for table in (Event, LightChange, Reminder)
        ]
    sweep_day(engine, DAY)
    engine.dispose()
    events, changes, rungs = (
        _rows(url, str(table.__tablename__), f"id > {after}")
        for table, after in zip(tables, last, strict=True)
    )
    looked = set(numbers)
    all_looks = _rows(url, "work_item", "true", ("id", "light", "look_on"))
    values = [row for row in all_looks.values if row[0] in looked]
    return Written((events, changes, rungs), all_looks._replace(values=values))


def _rows(url: str, table: str, which: str, columns: Sequence[str] = ()) -> Rows:
    meant = Base.metadata.tables[table].c
    names = tuple(columns) or tuple(column.name for column in meant)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
    kinds = [meant[name].type.compile(dialect=dialect) for name in names]
    query = f"SELECT {_list(names)} FROM {table} WHERE {which} ORDER BY id"  # noqa: S608  # our own names
    driver: _Driver = _Sqlite(url) if url.startswith("sqlite") else _Postgresql(url)
    with closing(driver):
        return Rows(table, names, kinds, driver.fetch(query))


def _write(url: str, written: Written) -> float:
    """Seconds of the bare SQL."""
    _settle(url)
    driver: _Driver = _Sqlite(url) if url.startswith("sqlite") else _Postgresql(url)
    with closing(driver):
        began = perf_counter()
        driver.begin()
        driver.fetch(READ.format(day=DAY.isoformat()))
        for rows in written.added:
            driver.insert(rows)
        driver.move(written.looked)
        driver.commit()
        return perf_counter() - began


class _Driver(Protocol):
    """A driver's own connection."""

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...
    def fetch(self, query: str) -> list[tuple[Any, ...]]: ...
    def insert(self, rows: Rows) -> None: ...
    def move(self, looked: Rows) -> None: ...


class _Sqlite:
    """With the settings of models/database.py."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.partition(":///")[2], isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()

    def insert(self, rows: Rows) -> None:
        marks = ", ".join("?" * len(rows.columns))
        into = f"INSERT INTO {rows.table} ({_list(rows.columns)}) VALUES ({marks})"  # noqa: S608  # our own names
        self._connection.executemany(into, rows.values)

    def move(self, looked: Rows) -> None:
        values = [(light, look_on, number) for number, light, look_on in looked.values]
        self._connection.executemany("UPDATE work_item SET light = ?, look_on = ? WHERE id = ?", values)


class _Postgresql:
    """Arrays of values, unpacked by the server."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(plain(url), autocommit=True)

    def begin(self) -> None:
        self._connection.execute("BEGIN")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def checkpoint(self) -> None:
        self._connection.execute("CHECKPOINT")

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.encode()).fetchall()

    def insert(self, rows: Rows) -> None:
        into = f"INSERT INTO {rows.table} ({_list(rows.columns)}) SELECT * FROM {_arrays(rows)}"  # noqa: S608  # our own names
        self._connection.execute(into.encode(), _columns(rows))

    def move(self, looked: Rows) -> None:
        update = f"""
            UPDATE work_item SET light = new.light, look_on = new.look_on
            FROM {_arrays(looked)} AS new(id, light, look_on) WHERE work_item.id = new.id
        """  # noqa: S608  # our own names
        self._connection.execute(update.encode(), _columns(looked))


def _arrays(rows: Rows) -> str:
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in rows.kinds)})"


def _columns(rows: Rows) -> list[list[Any]]:
    return [list(column) for column in zip(*rows.values, strict=True)]


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
