"""`duban work show|diagram|urge|archive` as a coordinator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import typer
from typer.testing import CliRunner

import cli
from commands.work_life import VERBS
from models.database import open_database, unit_of_work
from models.tables import WorkItem
from tests.conftest import SqliteDatabases

OWNER, HEAD = "曹宇航", "许文慧"
#: Keys that scripts rely on: the columns of `work list`, and the history.
KEYS = {
    *(
        "id",
        "year",
        "ref",
        "title",
        "category",
        "key",
        "hidden",
        "origin",
        "unit",
        "period",
        "state",
        "light",
    ),
    *("owner", "owner_email", "start_on", "due_on", "original_due_on", "closed_on", "target", "done"),
    "history",
}


def command() -> typer.Typer:
    """The command with these verbs only."""
    noun = typer.Typer()
    for name, verb in VERBS.items():
        noun.command(name)(verb)
    app = typer.Typer(cls=cli.Refusing)
    app.callback()(cli.desk)
    app.add_typer(noun, name="work")
    return app


@dataclass(frozen=True)
class Bureau:
    """A home with a plan in force."""

    home: Path
    url: str

    def work(self, *words: str, day: str = "2026-03-19", lang: str = "zh", code: int = 0) -> str:
        """What `duban work …` says: its output, or the refusal where one is expected."""
        given = ["--home", str(self.home), "--as-of", day, "--lang", lang, "work", *words]
        environment = {"DUBAN_DATABASE_URL": self.url, "COLUMNS": "160"}
        ended = CliRunner().invoke(command(), given, env=environment)
        assert ended.exit_code == code, ended.output
        return ended.stdout if code == 0 else ended.stderr

    def json(self, *words: str) -> Any:  # noqa: ANN401  # whatever the command says
        given = ["--home", str(self.home), "--as-of", "2026-03-19", "--json", "work", *words]
        ended = CliRunner().invoke(command(), given, env={"DUBAN_DATABASE_URL": self.url})
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)


@pytest.fixture
def bureau(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Bureau]:
    url = sqlite_databases.copy("in_force")
    yield Bureau(tmp_path, url)
    sqlite_databases.drop(url)


@pytest.fixture
def number(bureau: Bureau) -> str:
    """Work of March with a target."""
    engine = open_database(bureau.url)
    with unit_of_work(engine) as session:
        found = session.query(WorkItem).filter(WorkItem.target == 4, WorkItem.period == "2026-03").all()
        chosen = next(one.id for one in found)
    engine.dispose()
    return str(chosen)


def test_a_work_item_is_shown_with_its_light_pace_and_story(bureau: Bureau, number: str) -> None:
    bureau.work("urge", number, "月底前请更新四次")

    said = bureau.work("show", number)
    facts = bureau.json("show", number)

    assert facts.keys() >= KEYS
    assert (facts["owner"], facts["state"], facts["target"]) == (OWNER, "assigned", 4)
    assert facts["pace"]["done"] == 0
    assert 50 < facts["pace"]["elapsed"] < 80
    assert facts["urges"] == [{"at": "2026-03-19T08:30+08:00", "by": "林晓东", "words": "月底前请更新四次"}]
    assert [one["verb"] for one in facts["history"]] == ["work_item.urged"]
    assert f"  责任人：{OWNER}\n" in said
    assert f"  亮灯：灰　{facts['explanation']}\n" in said
    assert "  完成数量：0 / 4\n" in said
    assert "  2026-01-05 12:00  系统  立项\n  2026-01-05 12:00  系统  交办\n" in said
    assert "  2026-03-19 08:30  林晓东  催办  月底前请更新四次\n" in said
    assert "Owner: 曹宇航" in bureau.work("show", number, lang="en")


def test_an_unknown_work_item_is_said_to_be_unknown(bureau: Bureau) -> None:
    for words in (["show"], ["urge"], ["diagram"]):
        assert "没有编号为 99999 的任务" in bureau.work(*words, "99999", code=1)


def test_urging_again_says_when_it_is_possible(bureau: Bureau, number: str) -> None:
    first = bureau.json("urge", number, "请抓紧", "--as", "周立诚")
    refused = bureau.work("urge", number, code=1)

    assert (first["owner"], first["reader"], first["due_on"]) == (OWNER, OWNER, "2026-03-31")
    assert "已由周立诚于 2026-03-19 08:30 催办过" in refused
    assert "最早可于 2026-03-20 再催" in refused
    assert f"已催办{OWNER}" in bureau.work("urge", number, day="2026-03-20")


def test_the_life_is_drawn_as_table_chart_and_picture(bureau: Bureau, tmp_path: Path) -> None:
    page, chart = bureau.work("diagram"), bureau.work("diagram", "--format", "mermaid", lang="en")
    said = bureau.work("diagram", "--format", "svg", "--to", str(tmp_path / "life.svg"))

    assert page.startswith("| 环节 | 动作 | 由谁办理 | 原状态 | 新状态 |\n")
    assert chart.startswith("stateDiagram-v2\n")
    assert said == f"流程图已写入 {tmp_path / 'life.svg'}\n"
    assert ET.parse(tmp_path / "life.svg").getroot().tag.endswith("svg")  # noqa: S314  # our own
    assert not bureau.home.joinpath("duban.db").exists()


def test_one_items_way_is_drawn(bureau: Bureau, number: str, tmp_path: Path) -> None:
    bureau.work("urge", number)

    facts = bureau.json("diagram", number, "--format", "mermaid")
    bureau.work("diagram", number, "--format", "svg", "--to", str(tmp_path / "way.svg"))

    assert facts["state"] == "assigned"
    assert [one["stage"] for one in facts["stations"]] == ["registration", "assignment", "urging"]
    assert "class assigned current" in facts["drawing"]
    picture = (tmp_path / "way.svg").read_text("utf-8")
    assert "当前：已交办" in picture
    assert "2026-03-19 林晓东" in picture


def test_a_year_is_filed_by_its_coordinator(bureau: Bureau) -> None:
    engine = open_database(bureau.url)
    with unit_of_work(engine) as session:
        for work in session.query(WorkItem).order_by(WorkItem.id).limit(2):
            work.state = "closed"
    engine.dispose()

    refused = bureau.work("archive", "--year", "2026", code=1)
    stranger = bureau.work("archive", "--year", "2026", "--closed-only", "--as", HEAD, code=1)
    filed = bureau.work("archive", "--year", "2026", "--closed-only")
    again = bureau.work("archive", "--year", "2026", "--closed-only")

    assert "不能整年归档" in refused
    assert stranger == f"duban: 只有协调人可以归档，{HEAD}不是协调人。\n"
    assert "2026 年归档 2 项" in filed
    assert len(list((bureau.home / "archive" / "2026").iterdir())) == 1
    assert again.startswith("2026 年没有新的已销号任务需要归档。")
