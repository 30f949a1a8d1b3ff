"""A plain connection with the settings of models/database.py, for peers that bring no store of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

#: What our engine sets on every connection, see models/database.py.
PRAGMAS = ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
#: How each database spells what the peers' tables need.
_WORDS = {
    True: {"KEY": "INTEGER PRIMARY KEY", "LOCKED": ""},
    False: {"KEY": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "LOCKED": "FOR UPDATE"},
}


class Plain:
    """Statements with `?` for values and `{KEY}`, `{LOCKED}` for what the databases spell differently."""

    def __init__(self, url: str) -> None:
        self._sqlite = url.startswith("sqlite")
        self._connection: Any = _sqlite(url) if self._sqlite else psycopg.connect(url, autocommit=True)
        self._spelt: dict[str, str] = {}

    def execute(self, statement: str, *values: object) -> Any:  # noqa: ANN401  # either driver's cursor
        """Say one statement."""
        return self._connection.execute(self._spell(statement), values)

    def execute_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Say one statement for every row."""
        self._connection.cursor().executemany(self._spell(statement), rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction that writes; a failure ends the whole measurement."""
        self._connection.execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        yield
        self._connection.execute("COMMIT")

    def _spell(self, statement: str) -> str:
        """The statement as the driver wants it, put together once."""
        if statement not in self._spelt:
            spelt = statement.format(**_WORDS[self._sqlite])
            self._spelt[statement] = spelt if self._sqlite else spelt.replace("?", "%s")
        return self._spelt[statement]


def _sqlite(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(url.partition(":///")[2], isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection
