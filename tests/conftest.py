"""What every test may ask for: real databases at the stages of a year, and Hypothesis profiles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Page, expect
from psycopg import sql
from sqlalchemy import Engine, make_url

from models.database import open_database, unit_of_work
from models.migrate import migrate
from models.proposal import OrganisationFile, Proposal
from models.settings import Settings
from models.workdays import load_calendar
from tasks.confirm_plan import Answer, confirm_plan, questions
from tasks.expand import assign, expand
from tasks.import_organisation import import_organisation
from tasks.plan_steps import activate_plan, submit_plan
from tasks.read_plan.organisation import read_organisation
from tasks.read_plan.plan import read_plan
from tasks.store_plan import find_plan, store_plan
from tests.chromium import find_chromium, open_chromium
from tests.deciding import approve_all, coordinator_of, staff_on
from tests.patience import PATIENCE
from tests.processes import Driver

#: Nothing is judged by its seconds: another machine has others.
hypothesis_settings.register_profile(
    "dev", max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile(
    "ci", hypothesis_settings.get_profile("dev"), max_examples=100, derandomize=True
)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "dev")

DATA = Path(__file__).parent / "data"
POSTGRES = os.environ.get("DUBAN_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
#: The day on which the stages below are reached: a Monday before anything is due.
DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)

Prepare = Callable[[Engine, Settings], None]
#: What a machine may lack, as the reasons of the tests that are skipped for it say.
NO_POSTGRES, NO_REDIS, NO_BROWSER = (
    "no PostgreSQL answers",
    "no Redis answers",
    "no Chromium is installed",
)
MISSING = (NO_POSTGRES, NO_REDIS, NO_BROWSER)


@cache
def organisation_file() -> OrganisationFile:
    return read_organisation(DATA / "org_2026.xlsx")


@cache
def plan_file() -> Proposal:
    return read_plan(DATA / "plan_2026.xlsx", year=2026)


def _migrated(engine: Engine, _settings: Settings) -> None:
    migrate(engine)


def _organised(engine: Engine, _settings: Settings) -> None:
    with unit_of_work(engine) as session:
        import_organisation(session, organisation_file(), actor="SYSTEM", at=NOON, today=DAY)


def _planned(engine: Engine, settings: Settings) -> None:
    with unit_of_work(engine) as session:
        store_plan(
            session, plan_file(), settings=settings, calendar=load_calendar([2026]), actor="SYSTEM", at=NOON
        )


def _in_force(engine: Engine, _settings: Settings) -> None:
    calendar = load_calendar([2026])
    with unit_of_work(engine) as session:
        plan = find_plan(session, 2026)
        answers = [Answer(one.ref) for one in questions(plan, "zh")]
        confirm_plan(session, plan, answers, calendar=calendar, actor="SYSTEM", at=NOON)
        by = coordinator_of(session)
        asked = submit_plan(session, plan, staff_on(session, NOON), title=plan.title, by=by)
        approve_all(session, asked, NOON)
        activate_plan(session, plan, actor="SYSTEM", at=NOON)
        expand(session, plan, actor="SYSTEM", at=NOON)
        grace = calendar.add(DAY, Settings(home=Path()).grace_workdays)
        assign(session, plan, actor="SYSTEM", at=NOON, today=DAY, grace_until=grace)


#: Each stage is prepared once a run, from the one before it; tests get copies.
STAGES: dict[str, tuple[str, Prepare]] = {
    "empty": ("", _migrated),
    "organised": ("empty", _organised),
    "planned": ("organised", _planned),
    "in_force": ("planned", _in_force),
}


class SqliteDatabases:
    """Database files, copied from stage to stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stages: dict[str, Path] = {}

    def copy(self, stage: str) -> str:
        """The URL of a fresh database at `stage`; "" is a database without anything."""
        file = self.folder / f"{uuid4().hex}.db"
        if stage:
            shutil.copyfile(self._stage(stage), file)
        return f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        """Remove the database and what WAL leaves beside it."""
        for rest in Path(make_url(url).database or "").parent.glob(f"{Path(url).stem}.db*"):
            rest.unlink()

    def _stage(self, stage: str) -> Path:
        if stage not in self.stages:
            before, prepare = STAGES[stage]
            url = self.copy(before)
            _prepare(url, prepare)
            self.stages[stage] = Path(make_url(url).database or "")
        return self.stages[stage]


class PostgresqlDatabases:
    """Databases on a server, copied from stage to stage as templates.

    The server needs longer for a copy than most tests run: the next one is made while a test uses the
    last, and what a test leaves is removed meanwhile. One thread talks to the server, in order.
    """

    def __init__(self, server: str) -> None:
        self.server = make_url(server)
        self.admin = psycopg.connect(_plain(server), autocommit=True)
        self.thread = ThreadPoolExecutor(1)
        self.stages: dict[str, str] = {}
        self.ahead: dict[str, Future[str]] = {}
        self.made: set[str] = set()

    def copy(self, stage: str) -> str:
        """The URL of a fresh database at `stage`; "" is a database without anything."""
        template = make_url(self._stage(stage)).database or "" if stage else "template1"
        waiting = self.ahead.pop(stage, None) or self.thread.submit(self._create, template)
        name = waiting.result()
        self.ahead[stage] = self.thread.submit(self._create, template)
        return self.server.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove the database, whoever is still connected."""
        self.thread.submit(self._remove, make_url(url).database or "")

    def close(self) -> None:
        """Remove everything that was made."""
        self.thread.shutdown()
        for name in list(self.made):
            self._remove(name)
        self.admin.close()

    def _create(self, template: str) -> str:
        name = f"duban_test_{uuid4().hex}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        self.made.add(name)
        return name

    def _remove(self, name: str) -> None:
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self.made.discard(name)

    def _stage(self, stage: str) -> str:
        if stage not in self.stages:
            before, prepare = STAGES[stage]
            url = self.copy(before)
            _prepare(url, prepare)
            self.stages[stage] = url
        return self.stages[stage]


Databases = SqliteDatabases | PostgresqlDatabases


def _prepare(url: str, prepare: Prepare) -> None:
    engine = open_database(url)
    prepare(engine, Settings(home=DATA, database_url=url))
    engine.dispose()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases | str]:
    """The databases of the server, or why there are none."""
    try:
        databases = PostgresqlDatabases(POSTGRES)
    except psycopg.OperationalError as error:
        reason = str(error).splitlines()[0]
        yield f"{NO_POSTGRES} at {make_url(POSTGRES).render_as_string()}: {reason}"
        return
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Databases:
    """The same tests on both databases; without a PostgreSQL server its half is skipped, and says so."""
    found = request.getfixturevalue(f"{request.param}_databases")
    if isinstance(found, str):
        if os.environ.get("DUBAN_TEST_REQUIRE_POSTGRES"):
            pytest.fail(found)
        pytest.skip(found)
    assert isinstance(found, SqliteDatabases | PostgresqlDatabases)
    return found


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    """Where a file of tests runs its commands."""
    with closing(Driver()) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a headless Chromium; without one the tests that need it are skipped, and say so.

    It is gone after its test: what moves on a page that stays open takes a core from all other tests.
    """
    program = find_chromium()
    if program is None:
        if os.environ.get("DUBAN_TEST_REQUIRE_BROWSER"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    expect.set_options(timeout=PATIENCE * 1000)
    with open_chromium(program) as opened:
        page = opened.new_page(reduced_motion="reduce")
        page.set_default_timeout(PATIENCE * 1000)
        yield page


@pytest.fixture
def blank(databases: Databases) -> Iterator[Engine]:
    """A database without any table."""
    yield from _opened(databases, "")


@pytest.fixture
def database(databases: Databases) -> Iterator[Engine]:
    """A migrated database without any row."""
    yield from _opened(databases, "empty")


@pytest.fixture
def organised(databases: Databases) -> Iterator[Engine]:
    """The example bureau: 49 units, 120 people, 8 absences."""
    yield from _opened(databases, "organised")


@pytest.fixture
def planned(databases: Databases) -> Iterator[Engine]:
    """The bureau with its plan of 2026 as a draft, its questions still open."""
    yield from _opened(databases, "planned")


@pytest.fixture
def in_force(databases: Databases) -> Iterator[Engine]:
    """The bureau with its plan of 2026 in force, expanded and assigned on 2026-01-05."""
    yield from _opened(databases, "in_force")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a bureau that changed nothing."""
    return Settings(home=tmp_path)


@pytest.fixture
def organisation() -> OrganisationFile:
    """The example organisation as it is read."""
    return organisation_file()


@pytest.fixture
def proposal() -> Proposal:
    """The example plan as it is read."""
    return plan_file()


def _opened(databases: Databases, stage: str) -> Iterator[Engine]:
    url = databases.copy(stage)
    engine = open_database(url)
    yield engine
    engine.dispose()
    databases.drop(url)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it where a run left PostgreSQL, Redis or the browser out."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for missing in MISSING:
        count = sum(missing in reason for reason in reasons)
        if count:
            terminalreporter.write_line(f"{missing}: {count} tests skipped", yellow=True)
