"""Every row of the table of approval scenarios through the shell, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.database import open_database, reading
from models.journal import verify
from tasks.approvals.rebuild import check
from tests.approval_rows import Scenario, scenarios
from tests.approval_scenarios import play
from tests.approval_stage import DatabaseStage
from tests.conftest import Databases


@pytest.fixture(scope="module")
def opened() -> Iterator[dict[type[Databases], tuple[Databases, Engine]]]:
    """One database of each kind for all rows: they must not disturb each other."""
    found: dict[type[Databases], tuple[Databases, Engine]] = {}
    yield found
    for databases, engine in found.values():
        engine.dispose()
        databases.drop(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def shared(databases: Databases, opened: dict[type[Databases], tuple[Databases, Engine]]) -> Engine:
    """The database in which all rows leave their approvals."""
    if type(databases) not in opened:
        opened[type(databases)] = (databases, open_database(databases.copy("empty")))
    return opened[type(databases)][1]


@pytest.mark.parametrize(
    "scenario", [row for row in scenarios() if row.only != "pure"], ids=lambda row: row.id
)
def test_a_scenario_ends_as_its_row_says(
    request: pytest.FixtureRequest, tmp_path: Path, shared: Engine, scenario: Scenario
) -> None:
    mails = any(act.verb == "send_mail" for act in scenario.when)
    # A letter speaks of everything that waits for a person: there must be nothing of another row.
    engine: Engine = request.getfixturevalue("database") if mails else shared
    for acts in scenario.orders():
        play(scenario, DatabaseStage(engine, tmp_path), acts)


def test_after_all_rows_tables_and_events_tell_the_same(shared: Engine) -> None:
    with reading(shared) as session:
        assert check(session) == []
        assert verify(session).broken_at is None
