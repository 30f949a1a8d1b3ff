"""A day of supervision on the example bureau, beside the SQL that it issues, replayed alone.

The workdays of a week are run, and divided by their number. Replayed are the same statements with the
same values, in the same transactions on as many connections, through the driver on a copy of the same
database. Delivering the mail is another matter (SMTP, not SQL): it is quoted beside.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event

from benchmarks.bureau import rehearsed
from benchmarks.figure import Figure
from flows.office import Office, open_office
from flows.stories.daily_supervision import daily_supervision, supervise_day
from flows.stories.step import plainly
from flows.stories.tell import tell_day

BOUND = 5.0
ROUNDS = 15
#: The workdays of an ordinary week in a busy month, after half a year's work.
WEEK = [date(2026, 6, day) for day in range(15, 20)]
SHORT_WEEK = [date(2026, 1, day) for day in range(12, 17)]
#: What our engine sets on every connection, see models/database.py.
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000")


@dataclass
class Recording:
    """The statements of one day in order, with their values and whose connection spoke."""

    statements: list[tuple[int, str, Any, bool]] = field(default_factory=list)

    def attach(self, engine: Engine) -> None:
        """Record everything that `engine` says to its database."""
        event.listen(engine, "before_cursor_execute", self._execute)
        event.listen(engine, "commit", partial(self._say, "COMMIT"))
        event.listen(engine, "rollback", partial(self._say, "ROLLBACK"))

    def _say(self, words: str, connection: Connection) -> None:
        self.statements.append((_speaker(connection), words, (), False))

    def _execute(self, *told: Any) -> None:  # noqa: ANN401  # whatever SQLAlchemy tells
        """What SQLAlchemy tells: connection, cursor, statement, values, context, whether many."""
        connection, _, statement, values, _, many = told
        values = list(values) if many else values
        self.statements.append((_speaker(connection), statement, values, many))


def _speaker(connection: Connection) -> int:
    """Tells the driver's connections apart: what is told is read on one while another writes."""
    return id(connection.connection.dbapi_connection)


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """The bounded figure, and the whole day with its mail as information."""
    week = SHORT_WEEK if short else WEEK
    with TemporaryDirectory() as folder:
        kept, home = Path(folder) / "kept", Path(folder) / "home"
        rehearsed(kept, week[0] - timedelta(days=1)).engine.dispose()
        shutil.copytree(kept, home)
        recording, recorded = Recording(), open_office(home, week[0])
        recording.attach(recorded.engine)
        _time(kept, recorded, lambda: _judge_and_tell(recorded, week))
        statements = list(recording.statements)
        office = open_office(home, week[0])
        ours, baseline, whole = [], [], []
        for _ in range(1 + (3 if short else ROUNDS)):
            ours.append(_time(kept, office, lambda: _judge_and_tell(office, week)) / len(week))
            baseline.append(_replay(kept, office, statements) / len(week))
            whole.append(_time(kept, office, lambda: _whole_days(office, week)) / len(week))
    # The first round is the warming up: SQLAlchemy turns each statement into SQL once a process.
    yield Figure("daily_supervision", median(ours[1:]), median(baseline[1:]), BOUND, short=short)
    yield Figure("daily_supervision with the mail sent", median(whole[1:]), median(baseline[1:]))


def _judge_and_tell(office: Office, days: Sequence[date]) -> None:
    for day in days:
        supervise_day(office.on(day), day)
        tell_day(office.on(day))


def _whole_days(office: Office, days: Sequence[date]) -> None:
    for day in days:
        daily_supervision(plainly, office, day=day)


def _time(kept: Path, office: Office, work: Callable[[], object]) -> float:
    """Seconds of `work` on a fresh copy of the home."""
    _restore(kept, office)
    began = perf_counter()
    work()
    return perf_counter() - began


def _replay(kept: Path, office: Office, statements: Sequence[tuple[int, str, Any, bool]]) -> float:
    _restore(kept, office)
    with ExitStack() as stack:
        speakers = {
            speaker: stack.enter_context(_connected(office)) for speaker in {one[0] for one in statements}
        }
        began = perf_counter()
        for speaker, statement, values, many in statements:
            if many:
                speakers[speaker].executemany(statement, values)
            else:
                speakers[speaker].execute(statement, values).fetchall()
        return perf_counter() - began


@contextmanager
def _connected(office: Office) -> Iterator[sqlite3.Connection]:
    """One connection of the driver, prepared as our engine prepares its own."""
    path = office.settings.home / "duban.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        yield connection


def _restore(kept: Path, office: Office) -> None:
    office.engine.dispose()
    shutil.rmtree(office.settings.home)
    shutil.copytree(kept, office.settings.home)
    with office.read():
        """Open the connection again before the clock runs."""
