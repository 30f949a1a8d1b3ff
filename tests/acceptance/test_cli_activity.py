"""`duban activity` as the coordinator types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cli import Refusing, desk
from commands import activity
from models.database import open_database, reading
from models.tables import Item, Unit, WorkItem
from tests.conftest import SqliteDatabases

TITLE = "警示教育集中学习"


class Duban:
    """The command on a database of its own, on a day in March."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        self.app = typer.Typer(cls=Refusing, callback=desk)
        self.app.add_typer(activity.app)

    def __call__(self, *words: str) -> Result:
        """Run it with these words."""
        given = ["--home", str(self.home), "--as-of", "2026-03-25", *words]
        return CliRunner().invoke(self.app, given, env={"DUBAN_DATABASE_URL": self.url})

    def told(self, *words: str) -> Any:  # noqa: ANN401  # any JSON
        """What it prints for programs."""
        result = self("--json", *words)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def number(self, ref: str, period: str) -> int:
        """A work item of the party committee."""
        with reading(open_database(self.url)) as session:
            return session.scalars(
                select(WorkItem.id)
                .join(Item, Item.id == WorkItem.item_id)
                .join(Unit, Unit.id == WorkItem.unit_id)
                .where(Item.ref == ref, WorkItem.period == period, Unit.name == "机关党委")
            ).one()


@pytest.fixture
def duban(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Duban]:
    url = sqlite_databases.copy("in_force")
    yield Duban(tmp_path, url)
    sqlite_databases.drop(url)


def test_an_activity_is_recorded_listed_and_explained(duban: Duban) -> None:
    education, study = duban.number("51", "2026"), duban.number("24", "2026-03")

    added = duban(
        "activity", "add", TITLE, "--on", "2026-03-24", "--for", f"{education}:1", "--for", f"{study}"
    )
    shown = duban("activity", "show", "1")

    assert added.exit_code == 0, added.stderr
    assert f"已登记活动 1：{TITLE}（2026-03-24），计入 2 项任务，只需填报这一次。" in added.stdout
    assert "廉政教育 1次：同一活动只计1次" in shown.stdout
    assert "集中学习 1次：名称写明集中学习的廉政教育，一并计入。" in shown.stdout
    assert duban.told("activity", "list", "--period", "2026-03") == [
        {"id": 1, "on": "2026-03-24", "title": TITLE, "person": "林晓东", "works": sorted([education, study])}
    ]
    facts = duban.told("activity", "show", "1")
    assert {one["figure"]: one["amount"] for one in facts["figures"]} == {"廉政教育次": 1, "集中学习次": 1}
    assert "学习" in duban("activity", "list").stdout


def test_finishing_along_with_it_reports_what_is_complete(duban: Duban) -> None:
    education, study = duban.number("51", "2026"), duban.number("24", "2026-03")

    facts = duban.told("activity", "add", TITLE, "--for", f"{education}", "--for", f"{study}", "--finish")

    assert facts["finished"] == [study]
    assert {one["id"]: one["state"] for one in facts["works"]} == {education: "accepted", study: "submitted"}


@pytest.mark.parametrize(
    ("given", "said"),
    [("eins", "--for 的“eins”不正确"), ("1:x", "--for 的“1:x”不正确"), ("0", "没有编号为 0 的任务")],
)
def test_what_does_not_fit_is_refused_in_one_sentence(duban: Duban, given: str, said: str) -> None:
    refused = duban("activity", "add", TITLE, "--for", given)

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert duban.told("activity", "list") == []
