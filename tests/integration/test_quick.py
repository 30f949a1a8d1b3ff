"""Rows straight from the driver: the same on both databases, and nothing can be written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from models.errors import InputError, UnavailableError
from models.quick import select_rows
from models.settings import Settings

COLUMNS = "ref, unit, period, owner, state, due_on, target"


def settings_of(engine: Engine, home: Path) -> Settings:
    return Settings(home=home, database_url=engine.url.render_as_string(hide_password=False))


def test_a_view_is_read_with_values_in_their_places(in_force: Engine, tmp_path: Path) -> None:
    sql = f"SELECT {COLUMNS} FROM work_list WHERE ref = ? AND ? IN (owner, owner_email) AND due_on <= ?"  # noqa: S608  # our own columns

    rows = select_rows(settings_of(in_force, tmp_path), sql, ["1", "林晓东", "2026-03-31"])

    assert [{**row, "due_on": str(row["due_on"])} for row in rows] == [
        {
            "ref": "1",
            "unit": "机关党委",
            "period": "2026-Q1",
            "owner": "林晓东",
            "state": "assigned",
            "due_on": "2026-03-31",
            "target": None,
        }
    ]


def test_nothing_can_be_written(in_force: Engine, tmp_path: Path) -> None:
    settings = settings_of(in_force, tmp_path)

    for statement in (
        "DELETE FROM reminder",
        "UPDATE work_item SET state = 'closed'",
        "INSERT INTO cursor (name) VALUES ('mine')",
    ):
        with pytest.raises((UnavailableError, psycopg.errors.ReadOnlySqlTransaction)):
            select_rows(settings, statement, [])

    assert select_rows(settings, "SELECT name FROM cursor WHERE name = 'mine'", []) == []
    assert select_rows(settings, "SELECT id FROM work_item WHERE state = 'closed'", []) == []


def test_a_database_without_tables_says_what_to_run(blank: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        select_rows(settings_of(blank, tmp_path), "SELECT * FROM work_list", [])

    assert refused.value.code == "database_not_ready"


def test_a_home_whose_name_has_odd_letters_is_read(tmp_path: Path, in_force: Engine) -> None:
    if in_force.dialect.name != "sqlite":
        pytest.skip("a matter of files")
    home = tmp_path / "督办 #1 100%"
    home.mkdir()
    in_force.dispose()
    shutil.copyfile(in_force.url.database or "", home / "duban.db")

    rows = select_rows(Settings(home=home), "SELECT count(*) AS n FROM work_list", [])

    assert rows[0]["n"] == 719


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql+psycopg://ann:secret@127.0.0.1:1/duban")

    with pytest.raises(UnavailableError) as refused:
        select_rows(settings, "SELECT 1", [])

    assert refused.value.code == "database_unreachable"
    assert "secret" not in refused.value.sentence("zh")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "duban.db").write_text("not a database, but long enough to be read as one" * 20, "utf-8")

    with pytest.raises(UnavailableError) as refused:
        select_rows(settings, "SELECT 1 FROM work_list", [])

    assert refused.value.code == "database_unreachable"
    assert "duban.db" in refused.value.sentence("zh")


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    settings = replace(Settings(home=tmp_path), database_url="mysql://x/y")

    with pytest.raises(InputError):
        select_rows(settings, "SELECT 1", [])
