"""What a month costs in Prefect at 10, 1,000 and 100,000 branches, and what a second worker brings.

The month's calendar is ordered at a real server and carried out by process workers. Counted are flow runs,
task runs and the API calls that the server's own access log names, without those that go by time (polling
and heartbeats). Two workers against one is measured on PostgreSQL, Prefect's server on it too, each worker
with one run at a time, and with the relay, whose sweep must start nothing that waits for a worker already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
from sqlalchemy import create_engine, text

from benchmarks.databases import POSTGRES, Postgresql, plain
from benchmarks.figure import Figure
from benchmarks.scale_bureau import DAY, MONTH, build
from benchmarks.up import everything_up, wait_for
from flows.api import Api
from models.database import open_database
from models.messages import say

SIZES, SHORT_SIZES = (10, 1_000, 100_000), (10, 20)
#: Branches that two workers share, in the long and in the short form.
SHARED, SHORT_SHARED = 100_000, 20
#: Branches of a part in the short form; the long one takes the setting.
SHORT_PART = 10
BOUND = 1.5
#: Calls that go by time, whatever there is to do.
_BY_TIME = re.compile(
    r"health|get_scheduled_flow_runs|heartbeat|/workers|/ready|csrf-token|admin/|flow_runs/filter"
)
_CALL = re.compile(r'"(?:GET|POST|PATCH|PUT|DELETE) (/api/[^ ?]*)')


@dataclass(frozen=True)
class Cost:
    """What a month took in Prefect, and the seconds until its documents were all issued."""

    flow_runs: int
    task_runs: int
    calls: int
    parts: int
    seconds: float


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """The counts with their growth, then the workers."""
    costs = {size: _on_sqlite(size, short=short) for size in (SHORT_SIZES if short else SIZES)}
    small, *_, large = costs.values()
    for size, cost in costs.items():
        name = f"month of {size} branches"
        yield Figure(f"{name}: flow runs", cost.flow_runs, unit="", short=short)
        yield Figure(f"{name}: task runs", cost.task_runs, unit="", short=short)
        yield Figure(f"{name}: API calls", cost.calls, unit="", short=short)
    parts = large.parts
    # Constant up to the number of parts: each adds no more than a whole small month.
    grown, allowed = large.calls - small.calls, max(parts, 1) * small.calls
    yield Figure(f"API calls of {parts} parts against as many months", grown, allowed, 1.0, "", short=short)
    yield from _workers(short=short)


def _workers(*, short: bool) -> Iterator[Figure]:
    size = SHORT_SHARED if short else SHARED
    name = f"month of {size} branches on PostgreSQL, one worker against two"
    try:
        prepared = Postgresql(lambda engine: build(engine, size))
    except psycopg.OperationalError as error:
        yield Figure(name, missing=str(error).splitlines()[0])
        return
    try:
        with prepared.fresh() as other:
            both = _on_postgresql(other, 2, short=short)
        yield Figure(f"{name}: flow runs of both", both.flow_runs, unit="", short=short)
        if short:
            yield Figure(f"{name}: seconds of both", both.seconds, short=True)
            return
        with prepared.fresh() as one:
            alone = _on_postgresql(one, 1, short=False)
    finally:
        prepared.close()
    yield Figure(f"{name}: seconds alone", alone.seconds, both.seconds)
    # The bound is about the part of the time that is left.
    yield Figure(f"{name}: time left", both.seconds, alone.seconds, 1 / BOUND)


def _on_sqlite(size: int, *, short: bool) -> Cost:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'duban.db'}"
        engine = open_database(url)
        build(engine, size)
        engine.dispose()
        return _month(home, url, ("server", "worker"), 1, {}, short=short)


def _on_postgresql(url: str, workers: int, *, short: bool) -> Cost:
    with TemporaryDirectory() as folder, _prefect_database() as prefect:
        home = Path(folder)
        server = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect}
        (home / "duban.toml").write_text(f'database_url = "{url}"\n', "utf-8")
        return _month(home, url, ("server", "worker", "relay"), workers, server, short=short)


def _month(
    home: Path, url: str, parts: Sequence[str], workers: int, environ: dict[str, str], *, short: bool
) -> Cost:
    """Order the month's calendar and wait until everything of it is issued."""
    own = {"PREFECT_SERVER_LOGGING_LEVEL": "INFO", **environ}
    if short:
        own["DUBAN_PART_BRANCHES"] = str(SHORT_PART)
    with everything_up(
        home, parts, workers=workers, runs_a_worker=1, as_of=DAY.isoformat(), environ=own
    ) as api:
        log = home / "logs" / "prefect-server.log"
        before = _calls(log)
        began = perf_counter()
        wanted = {"period": MONTH.key}
        wait_for(
            lambda: api.start(api.deployments()[say("flow.monthly_calendar", "zh")], wanted, key="month")
        )
        issued_in = wait_for(lambda: _issued(url), every=0.2)
        seconds = perf_counter() - began
        wait_for(lambda: _over(api), every=1.0)
        calls = _calls(log) - before
        counted = wait_for(lambda: {kind: api.post(f"/{kind}/count", _STARTED[kind]) for kind in _STARTED})
    return Cost(counted["flow_runs"], counted["task_runs"], calls.total(), issued_in, seconds)


_MONTH = [say(f"flow.{flow}", "zh") for flow in ("monthly_calendar", "monthly_calendar_part")]
#: What has begun; runs that schedules made for later are none of the month's.
_STARTED = {
    "flow_runs": {"flow_runs": {"start_time": {"is_null_": False}}, "flows": {"name": {"any_": _MONTH}}},
    "task_runs": {"task_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "RUNNING", "CRASHED"]}}}},
}


def _over(api: Api) -> bool | None:
    """True once nothing runs any more."""
    alive = {"flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}}}
    return True if api.post("/flow_runs/count", alive) == 0 else None


def _issued(url: str) -> int | None:
    """The number of parts in which the month was issued, once it is."""
    engine = open_database(url)
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            found = connection.scalar(text("SELECT payload FROM event WHERE verb = 'month.issued' LIMIT 1"))
    finally:
        engine.dispose()
    named = re.search(r'"parts":(\d+)', found) if found else None
    return int(named[1]) if named else None


def _calls(log: Path) -> Counter[str]:
    """The API calls that the server's log names, without those that go by time."""
    paths = _CALL.findall(log.read_text("utf-8", errors="replace"))
    return Counter(path for path in paths if not _BY_TIME.search(path))


@contextmanager
def _prefect_database() -> Iterator[str]:
    """An empty database for Prefect's server."""
    name = "duban_bench_prefect"
    admin = psycopg.connect(plain(POSTGRES), autocommit=True)
    admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.execute(f"CREATE DATABASE {name}")
    try:
        url = create_engine(POSTGRES).url.set(drivername="postgresql+asyncpg", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.close()
