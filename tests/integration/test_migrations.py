"""Migrations: up from nothing, twice, and down again; the tables are what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from models.database import open_database
from models.errors import UnavailableError
from models.migrate import LATEST, migrate, ready_database, revision
from models.settings import Settings


def run(engine: Engine, verb: str) -> None:
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        if verb == "check":
            command.check(config)
        else:
            command.downgrade(config, verb)
        connection.commit()


def contents(engine: Engine) -> set[str]:
    found = inspect(engine)
    names = {*found.get_table_names(), *found.get_view_names()} - {"alembic_version"}
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with engine.connect() as connection:
        return names | set(
            connection.scalars(text(functions if engine.dialect.name == "postgresql" else triggers))
        )


def test_a_database_comes_up_from_nothing_and_twice(blank: Engine) -> None:
    assert revision(blank) is None

    migrate(blank)
    migrate(blank)

    assert revision(blank) == LATEST
    assert {"event", "work_item", "work_list"} <= contents(blank)


def test_the_latest_migration_is_the_newest_file() -> None:
    config = Config()
    config.set_main_option("script_location", "models:migrations")

    assert ScriptDirectory.from_config(config).get_current_head() == LATEST


def test_the_migrated_tables_are_those_of_the_models(database: Engine) -> None:
    run(database, "check")


def test_a_downgrade_leaves_nothing(database: Engine) -> None:
    run(database, "base")

    assert contents(database) == set()
    migrate(database)
    assert revision(database) == LATEST


def test_a_database_that_is_not_set_up_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        ready_database(Settings(home=tmp_path))

    assert "duban init" in refused.value.sentence("zh")


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "duban.db").write_text("这不是数据库" * 200, "utf-8")

    with pytest.raises(UnavailableError) as refused:
        ready_database(Settings(home=tmp_path))

    assert refused.value.code == "database_unreachable"


def test_a_server_that_does_not_answer_is_refused_without_its_password() -> None:
    with pytest.raises(UnavailableError) as refused:
        revision(open_database("postgresql://ann:secret@127.0.0.1:1/duban?connect_timeout=2"))

    assert refused.value.code == "database_unreachable"
    assert "secret" not in refused.value.sentence("zh")
