"""A worker that runs ours as peers/ run the others: `python -m benchmarks.approvals_ours URL`."""

from __future__ import annotations

import sys
from time import perf_counter

from benchmarks.approvals_cases import page_of
from benchmarks.approvals_desk import Desk
from benchmarks.peers.worker import Batch, serve, shape_of, timed
from models.approval.commands import Approve
from models.approval.state import Status
from tasks.approvals.perform import Answer

#: So many approvals, then everybody is told: one step of all the requests that are side by side.
BETWEEN_TELLINGS = 100


class Ours:
    """The shell on one database."""

    def __init__(self, url: str) -> None:
        self._desk = Desk(url)

    def run(self, case: str, count: int) -> Batch:
        """So many requests of a case side by side, each approved to its end, with letters in between."""
        at_once, size = shape_of(case)
        page, batch, requests, letters = page_of(case), Batch(), list[int](), 0
        for _ in range(count):
            timed(batch.starts, lambda: requests.append(self._desk.start(page)))
        letters += self._tell(batch)
        for person in range(1, size + 1):
            for number in requests:
                timed(batch.approvals, self._approve, number, person)
                if len(batch.approvals) % BETWEEN_TELLINGS == 0:
                    letters += self._tell(batch)
            assert (self._answer.status is Status.APPROVED) == (person == size), self._answer
        letters += self._tell(batch)
        # What is decided before the next telling is not told any more.
        told = size if at_once else len(batch.approvals) // BETWEEN_TELLINGS
        assert letters >= told, (letters, told)
        return batch

    def _approve(self, number: int, person: int) -> None:
        self._answer: Answer = self._desk.do(number, Approve(person, opinion="同意"))

    def _tell(self, batch: Batch) -> int:
        began = perf_counter()
        letters = self._desk.tell()
        batch.telling += perf_counter() - began
        return letters


if __name__ == "__main__":
    serve(Ours(sys.argv[1]).run)
