"""`duban collection` and `duban work feeds` as a coordinator types them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SqliteDatabases
from tests.processes import Driver, Ended, Home

TITLE = "廉政风险点及防控措施表"


@dataclass(frozen=True)
class Bureau:
    """A home and the command on it."""

    home: Home
    driver: Driver

    def duban(self, *words: str, day: str = "2026-03-24") -> Ended:
        return self.driver.run(self.home.job(*words, day=day))[0]

    def said(self, *words: str, day: str = "2026-03-24") -> str:
        """What a command that succeeds says."""
        ended = self.duban(*words, day=day)
        assert (ended.code, ended.err) == (0, "")
        return ended.out

    def json(self, *words: str, day: str = "2026-03-24") -> Any:  # noqa: ANN401  # whatever the command says
        return json.loads(self.said("--json", *words, day=day))


@pytest.fixture
def bureau(sqlite_databases: SqliteDatabases, driver: Driver, tmp_path: Path) -> Bureau:
    return Bureau(Home(tmp_path, sqlite_databases.copy("in_force")), driver)


def test_a_collection_from_asking_to_closing(bureau: Bureau, tmp_path: Path) -> None:
    form = tmp_path / "措施表.txt"
    form.write_text("岗位 风险点 防控措施", "utf-8")

    asked = bureau.said("collection", "open", TITLE, "--due", "2026-04-28", "--from", "全体干部")
    assert "范围 118 人，应交 115 人" in asked
    assert "免予提交：杜若琳　产假" in asked
    assert "吕国平" in bureau.said("collection", "hand-in", "1", "无风险点", "--as", "吕国平")
    bureau.said("collection", "hand-in", "1", "--by", "田秀芬", "--file", str(form))
    late = bureau.said("collection", "hand-in", "1", "补交", "--by", "曹宇航", day="2026-04-29")
    assert "迟交" in late
    assert "出国" in bureau.said("collection", "excuse", "1", "白晓雪", "出国培训")

    shown = bureau.json("collection", "show", "1")
    counts = {key: shown[key] for key in ("owed", "handed_in", "late", "open", "excused", "coverage")}
    assert counts == {"owed": 114, "handed_in": 3, "late": 1, "open": 111, "excused": 4, "coverage": 2}
    stands = {one["name"]: one["stand"] for one in shown["people"]}
    assert [stands[name] for name in ("吕国平", "曹宇航", "白晓雪", "段志刚")] == [
        "handed_in",
        "late",
        "excused",
        "open",
    ]
    [kept] = (tmp_path / "evidence").iterdir()
    assert kept.name in {one["sha256"] for one in shown["people"]}
    text = bureau.said("collection", "show", "1")
    assert "应交 114 人，已交 3 人（其中迟交 1 人），未交 111 人，免交 4 人，覆盖率 2%" in text
    assert text.index("段志刚") < text.index("吕国平")
    assert "2%" in bureau.said("collection", "list")

    assert "111 人" in bureau.said("collection", "remind", "1", "请抓紧")
    closed = bureau.json("collection", "close", "1")
    assert (closed["handed_in"], len(closed["uncovered"])) == (3, 111)
    assert bureau.json("collection", "list") == []
    assert [one["closed"] for one in bureau.json("collection", "list", "--all")] == [True]
    assert bureau.home.chain_fits()


def test_mistakes_are_refused_in_a_sentence(bureau: Bureau) -> None:
    bureau.said("collection", "open", TITLE, "--due", "2026-04-28", "--from", "办公室")
    mistakes = (
        (["open", TITLE, "--due", "2026-05-28", "--from", "办公室"], "正在收集（第 1 号"),
        (["open", "另一份", "--due", "2026-05-28", "--from", "某科"], "“某科”不是机构、角色或人员"),
        (["open", "另一份", "--due", "2026-03-01", "--from", "办公室"], "已过"),
        (["open", "另一份", "--due", "三月", "--from", "办公室"], "三月"),
        (["hand-in", "1", "--as", "吕国平"], "请写一句话说明"),
        (["hand-in", "9", "无", "--as", "吕国平"], "没有编号为 9"),
        (["hand-in", "1", "无", "--as", "蒋文博"], "没有向蒋文博提出"),
        (["excuse", "1", "吕国平", " "], "请写明免予"),
        (["close", "1", "--as", "吕国平"], "只有发起人和协调人"),
        (["show", "9"], "没有编号为 9"),
    )

    for words, sentence in mistakes:
        ended = bureau.duban("collection", *words)
        assert (ended.code, ended.out) == (1, ""), words
        assert sentence in ended.err
    english = bureau.duban("--lang", "en", "collection", "show", "9")
    assert "There is no collection 9" in english.err


def test_feeds_are_written_and_named(bureau: Bureau, tmp_path: Path) -> None:
    every = bureau.json("work", "feeds", day="2026-01-05")

    assert {one["kind"] for one in every} == {"person", "unit"}
    assert all(one["changed"] for one in every)
    assert all(Path(one["file"]).read_bytes().startswith(b"BEGIN:VCALENDAR\r\n") for one in every)
    [own] = bureau.json("work", "feeds", "--person", "吕国平", day="2026-01-06")
    assert own["file"] == str(tmp_path / "calendars/people/lvguoping@example.gov.cn.ics")
    assert own["changed"] is False
    text = bureau.said("work", "feeds", "--unit", "第一党支部", day="2026-01-06")
    assert "calendars/units/JG003.ics" in text
    nobody = bureau.duban("work", "feeds", "--person", "孟凡林")
    assert (nobody.code, nobody.out) == (1, "")
    assert "没有带日期的任务" in nobody.err
