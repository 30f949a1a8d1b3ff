"""The floor: a hand-written transaction of six statements an approval, without rules, rights or letters.

`python -m benchmarks.peers.floor URL`; what a design with a row a seat must cost at least.
"""

from __future__ import annotations

import sys
from time import time

from benchmarks.peers.connection import Plain
from benchmarks.peers.worker import Batch, serve, shape_of, timed

TABLES = """
CREATE TABLE request (id {KEY}, status TEXT NOT NULL, rev INTEGER NOT NULL);
CREATE TABLE seat (id {KEY}, request BIGINT NOT NULL, person TEXT NOT NULL, status TEXT NOT NULL,
    rev INTEGER NOT NULL, decided REAL);
CREATE INDEX ix_seat_request ON seat (request, status);
CREATE INDEX ix_seat_person ON seat (person, status);
CREATE TABLE event (id {KEY}, request BIGINT NOT NULL, seat BIGINT, actor TEXT NOT NULL, verb TEXT NOT NULL,
    opinion TEXT NOT NULL, at REAL NOT NULL, key TEXT UNIQUE)
"""
NEW_REQUEST = "INSERT INTO request (status, rev) VALUES ('running', 0) RETURNING id"
NEW_SEAT = "INSERT INTO seat (request, person, status, rev) VALUES (?, ?, 'open', 0)"
NEW_EVENT = "INSERT INTO event (request, seat, actor, verb, opinion, at, key) VALUES (?, ?, ?, ?, ?, ?, ?)"
OPEN_SEAT = (
    "SELECT id, person, rev FROM seat WHERE request = ? AND status = 'open' ORDER BY id LIMIT 1 {LOCKED}"
)
CLOSE_SEAT = (
    "UPDATE seat SET status = 'approved', rev = rev + 1, decided = ?"
    " WHERE id = ? AND rev = ? AND status = 'open'"
)
STILL_OPEN = "SELECT COUNT(*) FROM seat WHERE request = ? AND status = 'open'"
HOW_IT_STANDS = "SELECT status FROM request WHERE id = ?"
MOVE_ON = "UPDATE request SET status = ?, rev = rev + 1 WHERE id = ?"


class Floor:
    """The six statements on one connection."""

    def __init__(self, url: str) -> None:
        self._plain = Plain(url)
        for table in TABLES.split(";"):
            self._plain.execute(table)

    def run(self, case: str, count: int) -> Batch:
        """So many requests of a case, each approved to its end."""
        at_once, size = shape_of(case)
        batch = Batch()
        for _ in range(count):
            timed(batch.starts, self._start, size if at_once else 1)
            request = self._last
            for place in range(size):
                following = "" if at_once or place == size - 1 else f"u{place + 1}"
                timed(batch.approvals, self._approve, request, following)
            assert self._plain.execute(HOW_IT_STANDS, request).fetchone()[0] == "done"
        return batch

    def _start(self, seats: int) -> None:
        plain, at = self._plain, time()
        with plain.transaction():
            self._last = int(plain.execute(NEW_REQUEST).fetchone()[0])
            plain.execute_many(NEW_SEAT, [(self._last, f"u{place}") for place in range(seats)])
            plain.execute(NEW_EVENT, self._last, None, "initiator", "submit", "", at, f"{self._last}:submit")

    def _approve(self, request: int, following: str) -> None:
        plain, at = self._plain, time()
        with plain.transaction():
            seat, person, rev = plain.execute(OPEN_SEAT, request).fetchone()
            assert plain.execute(CLOSE_SEAT, at, seat, rev).rowcount == 1
            plain.execute(NEW_EVENT, request, seat, person, "approve", "同意", at, f"{seat}:approve")
            if following:
                plain.execute(NEW_SEAT, request, following)
            left = plain.execute(STILL_OPEN, request).fetchone()[0]
            plain.execute(MOVE_ON, "running" if left else "done", request)


if __name__ == "__main__":
    serve(Floor(sys.argv[1]).run)
