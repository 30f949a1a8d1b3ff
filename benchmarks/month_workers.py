"""Two processes against one over the same parts of a month, on PostgreSQL, without Prefect: the ceiling.

Each takes an order that is owed, works on it and finishes it, until there is none; their start is not timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
from sqlalchemy import Engine

from benchmarks.databases import Postgresql
from benchmarks.figure import Figure
from benchmarks.month import Child
from benchmarks.scale_bureau import build

BRANCHES, SHORT_BRANCHES = 100_000, 200
#: Branches of a part: several parts for each worker.
PART, SHORT_PART = 5_000, 50
ROUNDS = 1


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Information: what two workers can gain at most on this machine."""
    branches, part = (SHORT_BRANCHES, SHORT_PART) if short else (BRANCHES, PART)
    name = f"month PostgreSQL, parts of {branches:,} branches, two processes against one"
    try:
        server = Postgresql(lambda engine: _with_head(engine, branches, part))
    except psycopg.OperationalError as error:
        yield Figure(name, missing=f"no server: {str(error).splitlines()[0]}")
        return
    try:
        seconds: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(ROUNDS):
            for workers in (1, 2):
                seconds[workers].append(_work(server, workers, part, branches))
        yield Figure(name, median(seconds[2]), median(seconds[1]))
    finally:
        server.close()


def _with_head(engine: Engine, branches: int, part: int) -> None:
    """A bureau whose calendar is issued; its parts are owed."""
    build(engine, branches)
    url = engine.url.render_as_string(hide_password=False)
    with TemporaryDirectory() as home:
        Child("head", url, Path(home), part).go().result()


def _work(server: Postgresql, workers: int, part: int, branches: int) -> float:
    """Seconds until all parts are done."""
    with server.fresh() as url, TemporaryDirectory() as home:
        children = [Child("parts", url, Path(home), part) for _ in range(workers)]
        began = perf_counter()
        for child in children:
            child.go()
        found = [child.result() for child in children]
        seconds = perf_counter() - began
    assert max(one["documents"] for one in found) == branches + 1
    return seconds
