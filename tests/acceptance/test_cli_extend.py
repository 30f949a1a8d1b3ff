"""Extensions, absences and hand-overs as a coordinator types them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import make_url

from tests.acceptance.test_cli import Bureau, Said
from tests.conftest import SqliteDatabases

DAY = "2026-03-26"


class Begun(Bureau):
    """A home whose plan is in force, on a day before the quarter ends."""

    def on(self, *words: str, day: str = DAY) -> Said:
        return self.duban(*words, day=day)

    def number(self) -> str:
        said = self.on("--json", "work", "list", "--ref", "38", "--unit", "第一党支部")
        return str(said.json[0]["id"])


@pytest.fixture
def begun(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Begun:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(make_url(sqlite_databases.copy("in_force")).database or "", home / "duban.db")
    return Begun(home)


def test_an_extension_is_asked_decided_and_shown(begun: Begun) -> None:
    number = begun.number()
    asking = ["work", "extend", number, "--until", "2026-04-15", "--as", "吕国平"]

    unreasoned = begun.on(*asking)
    neither = begun.on("work", "extend", number)
    asked = begun.on("--json", *asking, "--reason", "汛期任务集中", "--progress", "过半")
    waiting = begun.on("--json", "approval", "list", "--as", "韩国梁").json
    approved = begun.on("approval", "approve", str(asked.json["approval"]), "--as", "韩国梁")
    shown = begun.on("--json", "work", "show", number).json

    assert (unreasoned.code, neither.code) == (1, 1)
    assert "--reason" in unreasoned.err
    assert (asked.json["state"], asked.json["until"], asked.json["late"]) == ("asked", "2026-04-15", False)
    assert [one["title"] for one in waiting] == [
        "延期：38　召开支部党员大会，安排支部党课（第一党支部）由3月31日至4月15日"
    ]
    assert approved.code == 0
    assert (shown["due_on"], shown["original_due_on"]) == ("2026-04-15", "2026-03-31")


def test_a_request_is_taken_back(begun: Begun) -> None:
    number = begun.number()
    begun.on("work", "extend", number, "--until", "2026-04-15", "--reason", "忙", "--as", "吕国平")

    back = begun.on("work", "extend", number, "--withdraw", "--as", "吕国平")
    again = begun.on("work", "extend", number, "--withdraw", "--as", "吕国平")

    assert back.out == f"任务 {number}：延期申请已撤回，仍按 2026-03-31 办结。\n"
    assert (again.code, again.err) == (1, f"duban: 任务 {number} 没有待审批的延期申请。\n")


def test_absences_and_hand_overs_are_recorded(begun: Begun) -> None:
    away = ["org", "absence", "吕国平", "--from", "2026-04-01", "--to", "2026-04-10"]

    recorded = begun.on(*away, "--substitute", "段志刚", "--kind", "抽调")
    overlapping = begun.on(*away[:-1], "2026-04-20", "--substitute", "段志刚")
    back = begun.on("org", "absence", "吕国平", "--end", day="2026-04-03")
    given = begun.on(
        "--json", "org", "hand-over", "吕国平", "段志刚", "--unit", "第一党支部", "--reason", "岗位调整"
    )
    nothing = begun.on("org", "hand-over", "吕国平", "段志刚", "--unit", "第一党支部", "--reason", "岗位调整")

    assert recorded.out == "已登记：吕国平 抽调，2026-04-01 至 2026-04-10，由段志刚代办。\n"
    assert (overlapping.code, "时间重叠" in overlapping.err) == (1, True)
    assert back.out == "已登记：吕国平自 2026-04-03 返岗。\n"
    assert (given.json["to"], given.json["count"] > 0) == ("段志刚", True)
    assert nothing.out == "吕国平没有需要移交的任务。\n"


def test_a_new_head_in_the_sheet_takes_the_work_over_and_both_are_named(begun: Begun, tmp_path: Path) -> None:
    book = load_workbook(Path(__file__).parents[1] / "data" / "org_2026.xlsx")
    units = book["机构"]
    column = [cell.value for cell in units[2]].index("负责人") + 1
    [row] = [cells[0].row for cells in units.iter_rows() if cells[1].value == "第一党支部"]
    assert row is not None
    units.cell(row, column).value = "段志刚"
    book.save(tmp_path / "机构.xlsx")

    imported = begun.on("org", "import", str(tmp_path / "机构.xlsx"))
    again = begun.on("--json", "org", "import", str(tmp_path / "机构.xlsx"))

    assert (imported.code, imported.err) == (0, "")
    assert "移交段志刚" in imported.out
    assert (again.json["changes"], again.json["handed_over"]) == (0, [])
