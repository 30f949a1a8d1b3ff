"""How many connections to one mail server all workers together may have.

A place is a lock that ends with the process that holds it: an advisory lock where the database is
PostgreSQL, a locked file beside the database where that is a file and all workers are on one machine.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, text

_TAKE = text(
    "SELECT count(*) FROM generate_series(1, :most) AS place WHERE pg_try_advisory_lock(:server, place)"
)
_LEAVE = text("SELECT pg_advisory_unlock_all()")


@dataclass
class Slots:
    """Places at one server, `most` for all workers; `held` of them are ours."""

    engine: Engine
    server: str
    most: int
    held: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    _connection: Connection | None = None

    @contextmanager
    def kept(self) -> Generator[Slots]:
        """Whatever is taken meanwhile is free again afterwards."""
        with self._stack:
            if self.engine.dialect.name == "postgresql":
                alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
                self._connection = self._stack.enter_context(alone.connect())
                self._stack.callback(self._connection.execute, _LEAVE)
            yield self

    def take(self) -> int:
        """Take every place that is free; gives how many are ours now. To be called until there is one."""
        if self._connection is None:
            self.held += sum(self._lock_file(place) for place in range(1, self.most + 1))
        else:
            found = self._connection.execute(_TAKE, {"most": self.most, "server": _number(self.server)})
            self.held += found.scalar_one()
        return self.held

    def _lock_file(self, place: int) -> bool:
        server = _number(self.server) & 0xFFFF_FFFF
        file = f"{self.engine.url.database}.mail-{server:08x}-{place}"
        connection = sqlite3.connect(file, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:  # somebody else's
            connection.close()
            return False
        self._stack.enter_context(closing(connection))
        return True


def _number(server: str) -> int:
    """A number for a server that all workers agree on, as PostgreSQL's integers are."""
    return zlib.crc32(server.encode()) - 0x8000_0000
