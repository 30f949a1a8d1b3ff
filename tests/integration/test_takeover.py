"""A bureau that began on SQLite goes on with PostgreSQL: the same rows, the same chain, the next numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from models.database import Base, open_database, reading, unit_of_work
from models.errors import RefusedError, UnavailableError
from models.journal import verify
from models.settings import Settings
from models.tables import Event, Notice, Person, WorkItem
from models.takeover import take_over
from notifications.audience import tell
from tasks.work import Hand, accept
from tests.conftest import DAY, NOON, PostgresqlDatabases, SqliteDatabases

pytestmark = pytest.mark.postgres


@pytest.fixture
def target(postgresql_databases: PostgresqlDatabases | str) -> Iterator[Engine]:
    """An empty database on PostgreSQL."""
    if isinstance(postgresql_databases, str):
        if os.environ.get("DUBAN_TEST_REQUIRE_POSTGRES"):
            pytest.fail(postgresql_databases)
        pytest.skip(postgresql_databases)
    engine = open_database(postgresql_databases.copy("empty"))
    yield engine
    engine.dispose()
    postgresql_databases.drop(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def source(sqlite_databases: SqliteDatabases, settings: Settings) -> Iterator[Engine]:
    """The bureau with its plan in force, letters written, on SQLite."""
    engine = open_database(sqlite_databases.copy("in_force"))
    with unit_of_work(engine) as session:
        tell(session, settings, at=NOON, today=DAY)
    yield engine
    engine.dispose()
    sqlite_databases.drop(str(engine.url))


def test_every_row_is_there_and_work_goes_on_with_the_next_numbers(
    source: Engine, target: Engine, settings: Settings
) -> None:
    verdict = take_over(source, target)

    assert rows(target) == rows(source)
    assert (verdict.count, verdict.broken_at) == (len(rows(source)["event"]), None)
    with unit_of_work(target) as session:
        work = session.scalars(select(WorkItem).where(WorkItem.state == "assigned").limit(1)).one()
        accept(session, work.id, Hand(session.get_one(Person, work.owner_id), NOON, DAY))
        letters = session.scalar(select(func.max(Notice.id))) or 0
        told = tell(session, settings, at=NOON, today=DAY)
        assert verify(session).count == verdict.count + 1
        assert session.scalar(select(func.max(Notice.id))) == letters + told.notices


def test_the_target_keeps_its_guards(source: Engine, target: Engine) -> None:
    before = foreign_keys(target)

    take_over(source, target)

    assert foreign_keys(target) == before
    with pytest.raises(Exception, match="append-only"), unit_of_work(target) as session:
        session.execute(text("DELETE FROM event"))


def test_only_an_empty_database_is_moved_to(source: Engine, target: Engine) -> None:
    take_over(source, target)

    with pytest.raises(RefusedError, match="holds something already"):
        take_over(source, target)


def test_sqlite_is_not_moved_to(source: Engine, sqlite_databases: SqliteDatabases) -> None:
    other = open_database(sqlite_databases.copy("empty"))

    with pytest.raises(RefusedError, match="Only PostgreSQL"):
        take_over(source, other)
    other.dispose()


def test_a_database_of_an_older_version_is_upgraded_first(
    sqlite_databases: SqliteDatabases, target: Engine
) -> None:
    old = open_database(sqlite_databases.copy(""))

    with pytest.raises(UnavailableError, match="not at the newest version"):
        take_over(old, target)
    old.dispose()


def test_a_log_that_does_not_verify_is_not_moved(source: Engine, target: Engine) -> None:
    with unit_of_work(source) as session:
        session.execute(text("DROP TRIGGER event_no_update"))
        session.execute(text("UPDATE event SET reason = 'because' WHERE id = 2"))

    with pytest.raises(RefusedError, match="Event 2"):
        take_over(source, target)
    with reading(target) as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_the_command_moves_and_says_what_came_of_it(source: Engine, target: Engine, tmp_path: Path) -> None:
    url = target.url.render_as_string(hide_password=False)
    environ = {"DUBAN_DATABASE_URL": url, "DUBAN_HOME": str(tmp_path), "DUBAN_LANG": "en"}
    with reading(source) as session:
        head = verify(session).head

    done = subprocess.run(
        [sys.executable, "-m", "cli", "init", "--from", source.url.database or ""],
        cwd=Path(__file__).parents[2],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"head {head}" in " ".join(done.stdout.split())
    assert rows(target) == rows(source)


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with reading(engine) as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def foreign_keys(engine: Engine) -> set[str]:
    with reading(engine) as session:
        found = text(
            "SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
        )
        return set(session.scalars(found))
