"""The line protocol of a worker: a line asks for a batch of approvals, a line of JSON says what they took.

Standard library only: it runs in the peers' environments too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from time import perf_counter


@dataclass
class Batch:
    """What a batch took: seconds of each approval and of each start, and of telling it all at its end."""

    approvals: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    telling: float = 0.0


def timed(seconds: list[float], work: Callable[..., object], *given: object) -> None:
    """Do `work` with what is given and note how long it took."""
    began = perf_counter()
    work(*given)
    seconds.append(perf_counter() - began)


def shape_of(case: str) -> tuple[bool, int]:
    """Whether all sign at once, and how many people: of `linear-5`, `all-sign-20`."""
    shape, _, size = case.rpartition("-")
    assert shape in {"linear", "all-sign"}, case
    return shape == "all-sign", int(size)


def serve(run: Callable[[str, int], Batch]) -> None:
    """Answer `CASE COUNT` lines until there are no more; the first answer says that the worker is ready."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a peer prints is no answer
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        case, count = line.split()
        print(json.dumps(asdict(run(case, int(count)))), file=answers, flush=True)
