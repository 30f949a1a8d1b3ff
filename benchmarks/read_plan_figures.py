"""Reading a plan of 10,000 rows beside openpyxl alone."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Figure
from benchmarks.read_plan import BOUND, ROUNDS, measure


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """The one figure; a short run reads the same file once."""
    ours, baseline = measure(1 if short else ROUNDS)
    yield Figure("read_plan 10,000 rows", ours, baseline, BOUND, short=short)
