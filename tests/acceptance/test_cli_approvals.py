"""`duban approval` as a coordinator types it: whose turn it is, every verb, and the mistakes people make."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.conftest import SqliteDatabases
from tests.processes import Driver, Ended, Home

REVIEWER, SECRETARY, COORDINATOR = "韩国梁", "周立诚", "林晓东"
AWAY, SUBSTITUTE = "卓文涛", "单佳琪"
PLAN_YAML = Path(__file__).parents[2] / "models" / "catalogues" / "approvals" / "plan.yaml"


@dataclass(frozen=True)
class Bureau:
    """A home and the command on it."""

    home: Home
    driver: Driver

    def approval(self, *words: str, day: str = "2026-01-06") -> Ended:
        return self.duban("approval", *words, day=day)

    def duban(self, *words: str, day: str = "2026-01-06") -> Ended:
        return self.driver.run(self.home.job(*words, day=day))[0]

    def json(self, *words: str) -> Any:  # noqa: ANN401  # whatever the command says
        return json.loads(self.duban("--json", "approval", *words).out)

    def waiting(self) -> list[tuple[int, str, str]]:
        return [(one["id"], one["step_name"], one["waits_for"]) for one in self.json("list")]


@pytest.fixture(scope="module")
def submitted(
    sqlite_databases: SqliteDatabases, driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The database of a bureau whose plan has just been submitted."""
    file = Path(sqlite_databases.copy("planned").removeprefix("sqlite:///"))
    bureau = Bureau(Home(tmp_path_factory.mktemp("submitted"), f"sqlite:///{file}"), driver)
    for words in (["plan", "confirm", "--all"], ["plan", "submit"]):
        ended = bureau.duban(*words, day="2026-01-05")
        assert (ended.code, ended.err) == (0, "")
    return file


@pytest.fixture
def asked(submitted: Path, driver: Driver, tmp_path: Path) -> Bureau:
    """Approval 1, the plan's, waits for its review."""
    file = tmp_path / "duban.db"
    with closing(sqlite3.connect(submitted)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)  # a bare copy would lose what is still in the write-ahead log
    return Bureau(Home(tmp_path, f"sqlite:///{file}"), driver)


@pytest.fixture
def closing_asked(sqlite_databases: SqliteDatabases, driver: Driver, tmp_path: Path) -> Bureau:
    """Approvals 2 to 4: three key work items are reported as done; each has one step and one signer."""
    bureau = Bureau(Home(tmp_path, sqlite_databases.copy("in_force")), driver)
    work = json.loads(bureau.duban("--json", "work", "list", "--ref", "9").out)
    for one in work[:3]:
        assert bureau.duban("work", "finish", str(one["id"]), "已发布", "--as", one["owner"]).code == 0
    return bureau


def test_a_plan_is_reviewed_and_then_approved(asked: Bureau) -> None:
    reviewed = asked.approval("approve", "1", "--as", REVIEWER, "--opinion", "同意")
    before = asked.waiting()
    approved = asked.approval("approve", "1", "--as", SECRETARY)

    assert (reviewed.code, reviewed.err) == (0, "")
    assert "审核　韩国梁：同意" in reviewed.out
    assert "现在轮到：周立诚（审批，2026-01-13 到期）" in reviewed.out
    assert before == [(1, "审批", SECRETARY)]
    assert (approved.code, approved.err) == (0, "")
    assert "同意，办结。" in approved.out
    assert "交办任务 719 项" in approved.out
    assert asked.waiting() == []


def test_a_line_typed_twice_does_not_sign_two_steps(asked: Bureau) -> None:
    unnamed = asked.approval("approve", "1")
    first = asked.approval("approve", "1", "--as", REVIEWER)
    left = asked.home.state()
    again = asked.approval("approve", "1", "--as", REVIEWER)
    unnamed_again = asked.approval("approve", "1")

    assert (unnamed.code, unnamed.out) == (1, "")
    assert "现在轮到：韩国梁（审核）" in unnamed.err
    assert "duban --as-of 2026-01-06 approval approve 1 --as 韩国梁" in unnamed.err
    assert (first.code, again.code, again.err) == (0, 0, "")
    assert "韩国梁已于 2026-01-06 08:30 办理（同意），无需重复" in again.out
    assert unnamed_again.code == 1
    assert "--as 周立诚" in unnamed_again.err
    assert asked.home.state() == left


#: What is typed when it does not fit, and part of the sentence that says so.
MISTAKES = (
    (["approve", "99", "--as", REVIEWER], "没有编号为 99"),
    (["approve", "1", "--as", "王五"], "人员表中没有“王五”"),
    (["approve", "1", "--as", COORDINATOR], "林晓东不是当前办理人"),
    (["approve", "1", "--seat", "9", "--as", REVIEWER], "没有这一席"),
    (["approve", "9" * 20, "--as", REVIEWER], "无法使用"),
    (["reject", "1", "--as", REVIEWER], "请写明意见"),
    (["return", "1", "--as", REVIEWER], "请写明意见"),
    (["return", "1", "--to", "审批", "--opinion", "退", "--as", REVIEWER], "不在当前步骤之前"),
    (["return", "1", "--to", "乱写", "--opinion", "退", "--as", REVIEWER], "没有“乱写”"),
    (["decline", "1", "--as", REVIEWER], "不是当前办理人"),
    (["take-back", "1"], "取回"),
    (["transfer", "1", "--to", REVIEWER, "--as", REVIEWER], "本人"),
    (["transfer", "1", "--to", "王五", "--as", REVIEWER], "人员表中没有"),
    (["remove-signer", "1", REVIEWER], "至少要保留一席"),
    (["reassign", "1", "--from", SECRETARY, "--to", "苏玉梅"], "没有待办的席位"),
    (["submit", "1"], "尚未办结"),
    (["withdraw", "1", "--as", REVIEWER], "申请人"),
    (["urge", "1", "--as", "曹宇航"], "无关"),
    (["read", "1"], "没有抄送给林晓东"),
    (["comment", "1", " "], "请写明意见"),
    (["suspend", "1"], "请写明意见"),
    (["resume", "1"], "没有挂起"),
    (["terminate", "1", "--reason", "不办了", "--as", REVIEWER], "协调人"),
    (["migrate", "1", "--to-version", "7"], "没有第 7 版"),
    (["migrate", "1", "--to-version", "1", "--map", "review"], "旧代号=新代号"),
    (["sheet", "99"], "没有编号为 99"),
    (["trail", "99"], "没有编号为 99"),
    (["diagram", "nothing"], "没有名为“nothing”"),
)


def test_mistakes_are_said_in_a_sentence_and_change_nothing(asked: Bureau) -> None:
    before = asked.home.state()

    ended = {" ".join(words): asked.approval(*words) for words, _ in MISTAKES}

    assert {typed: (one.code, one.out) for typed, one in ended.items()} == dict.fromkeys(ended, (1, ""))
    said = dict(zip(ended, (part for _, part in MISTAKES), strict=True))
    assert [typed for typed, one in ended.items() if said[typed] not in one.err] == []
    assert [typed for typed, one in ended.items() if not one.err.startswith("duban: ")] == []
    assert asked.home.state() == before


@pytest.mark.parametrize(
    "words",
    [
        ["approve"],
        ["approve", "eleven"],
        ["transfer", "1", "--as", REVIEWER],
        ["add-signer", "1", "许文慧", "--as", REVIEWER],
        ["add-signer", "1", "许文慧", "--before", "--after", "--as", REVIEWER],
        ["diagram", "plan", "--mermaid", "--svg", "x.svg"],
    ],
)
def test_wrong_usage_exits_with_2(asked: Bureau, words: list[str]) -> None:
    assert asked.approval(*words).code == 2


def test_an_adviser_advises_and_the_signer_decides(asked: Bureau) -> None:
    delegated = asked.approval("delegate", "1", "--to", "苏玉梅", "--as", REVIEWER)
    waiting = asked.waiting()
    early = asked.approval("approve", "1", "--as", REVIEWER)
    advised = asked.approval("reject", "1", "--as", "苏玉梅", "--opinion", "数字再核")

    assert delegated.code == 0
    assert waiting == [(1, "审核（受委派）", "苏玉梅")]
    assert (early.code, early.out) == (1, "")
    assert "建议不同意（受委派提出，不计票）" in advised.out
    assert asked.waiting() == [(1, "审核", REVIEWER)]


def test_seats_move_and_signers_come_and_go(asked: Bureau) -> None:
    steps = (
        (["transfer", "1", "--to", "苏玉梅", "--as", REVIEWER], ["苏玉梅"]),
        (["reassign", "1", "--from", "苏玉梅", "--to", REVIEWER], [REVIEWER]),
        (["add-signer", "1", "许文慧", "曹宇航", "--before", "--as", REVIEWER], ["许文慧", "曹宇航"]),
        (["remove-signer", "1", "曹宇航", "--as", REVIEWER], ["许文慧"]),
        (["approve", "1", "--as", "许文慧"], [REVIEWER]),
        (["approve", "1", "--as", REVIEWER], [SECRETARY]),
        (["take-back", "1", "--as", REVIEWER], [REVIEWER]),
    )
    for words, turn in steps:
        ended = asked.approval(*words)
        assert (ended.code, ended.err) == (0, ""), words
        assert [one for *_, one in asked.waiting()] == turn, words


def test_a_substitute_is_named_with_the_one_who_is_away(asked: Bureau) -> None:
    asked.approval("reassign", "1", "--from", REVIEWER, "--to", AWAY)

    listed = asked.json("list", "--as", SUBSTITUTE)
    unnamed = asked.approval("approve", "1")
    approved = asked.approval("approve", "1", "--as", SUBSTITUTE)

    assert [one["waits_for"] for one in listed] == ["单佳琪（代卓文涛）"]
    assert "单佳琪（代卓文涛）（审核）" in unnamed.err
    assert "审核　单佳琪（代卓文涛）：同意" in approved.out


def test_what_came_back_is_submitted_again(asked: Bureau) -> None:
    returned = asked.approval("return", "1", "--as", REVIEWER, "--opinion", "数字有误")
    plan = json.loads(asked.duban("--json", "plan", "diff").out)["state"]
    waiting = asked.waiting()
    submitted = asked.approval("submit", "1")
    withdrawn = asked.approval("withdraw", "1")
    again = asked.approval("submit", "1")

    assert "duban approval submit 1" in returned.out
    assert plan == "returned"
    assert waiting == [(1, "退回修改", COORDINATOR)]
    assert [one.code for one in (submitted, withdrawn, again)] == [0, 0, 0]
    assert asked.waiting() == [(1, "审核", REVIEWER)]
    assert json.loads(asked.duban("--json", "plan", "diff").out)["state"] == "submitted"


def test_a_return_goes_to_a_step_by_its_name_and_straight_back(asked: Bureau) -> None:
    asked.approval("approve", "1", "--as", REVIEWER)
    returned = asked.approval(
        "return", "1", "--to", "审核", "--straight-back", "--opinion", "再核", "--as", SECRETARY
    )

    assert "退回“审核”，重办后直接送回本步骤" in returned.out
    assert asked.waiting() == [(1, "审核", REVIEWER)]
    assert "审核（第 2 轮）" in asked.approval("show", "1").out


def test_copies_remarks_and_urging(asked: Bureau) -> None:
    copied = asked.approval("cc", "1", "苏玉梅", "许文慧")
    again = asked.approval("cc", "1", "苏玉梅")
    unnamed = asked.approval("read", "1")
    listed = asked.json("list", "--as", "许文慧")
    read = [asked.approval("read", "1", "--as", "苏玉梅") for _ in range(2)]
    only_one_left = asked.approval("read", "1")
    remarked = asked.approval("comment", "1", "附件已补")
    drafted = asked.approval("draft", "1", "先看看", "--as", REVIEWER)
    urged = [asked.approval("urge", "1", "请尽快") for _ in range(2)]
    shown = asked.approval("show", "1").out

    assert "抄送：苏玉梅、许文慧" in copied.out
    assert "无需改动" in again.out
    assert "苏玉梅" in unnamed.err
    assert [one["kind"] for one in listed] == ["copy"]
    assert [one.code for one in (*read, only_one_left, remarked, drafted)] == [0] * 5
    assert [one.code for one in urged] == [0, 1]
    assert "有暂存意见" in shown
    assert "先看看" not in shown
    assert shown.count("已阅") == 2


def test_the_coordinator_stops_and_ends_an_approval(asked: Bureau) -> None:
    suspended = asked.approval("suspend", "1", "--reason", "等上级文件")
    held = asked.approval("approve", "1", "--as", REVIEWER)
    resumed = asked.approval("resume", "1", day="2026-01-08")
    ended = asked.approval("terminate", "1", "--reason", "另行部署")

    assert "已挂起" in suspended.out
    assert held.code == 1
    assert "时限顺延至2026年1月12日" in resumed.out
    assert "作废" in ended.out
    assert asked.waiting() == []
    assert [one["approval_status"] for one in asked.json("list", "--all")] == ["terminated"]


def test_where_only_one_can_be_meant_nobody_need_be_named(closing_asked: Bureau) -> None:
    (seat, *_) = closing_asked.waiting()
    first, again = closing_asked.approval("approve", "2"), closing_asked.approval("approve", "2")

    assert (first.code, first.err, again.code, again.err) == (0, "", 0, "")
    assert f"{seat[2]}：同意" in first.out
    assert "无需重复" in again.out
    assert [one for one, *_ in closing_asked.waiting()] == [3, 4]


def test_several_are_decided_each_for_itself(closing_asked: Bureau) -> None:
    closing_asked.approval("terminate", "3", "--reason", "另行部署")
    first = closing_asked.approval("approve", "2", "3", "4", "99")
    left = closing_asked.home.state()
    again = closing_asked.duban("--json", "approval", "approve", "2", "3", "4", "99")
    fine = closing_asked.approval("approve", "2", "4")

    assert first.code == 1
    assert "办理 2 件，此前已办 0 件，未能办理 2 件。" in first.out
    answer = json.loads(again.out)
    assert again.code == 1
    assert [(one["id"], one["changed"]) for one in answer["done"]] == [(2, False), (4, False)]
    assert [one["id"] for one in answer["refused"]] == [3, 99]
    assert (fine.code, fine.err) == (0, "")
    assert closing_asked.home.state() == left


def test_a_running_approval_moves_to_another_version(asked: Bureau) -> None:
    folder = asked.home.path / "approvals"
    folder.mkdir()
    newer = (
        PLAN_YAML.read_text("utf-8")
        .replace("version: 1\n", "version: 2\n")
        .replace("key: review", "key: check")
    )
    (folder / "plan.yaml").write_text(newer, "utf-8")

    lost = asked.approval("migrate", "1", "--to-version", "2")
    preview = asked.json("migrate", "1", "--to-version", "2", "--map", "review=check", "--dry-run")
    untouched = asked.json("show", "1")["definition"]["version"]
    moved = asked.approval("migrate", "1", "--to-version", "2", "--map", "review=check")

    assert (lost.code, lost.out) == (1, "")
    assert "review" in lost.err
    assert [one["step_after"] for one in preview["steps"]] == ["审核 [check]", "审批 [approve]"]
    assert (preview["changed"], untouched) == (False, 1)
    assert (moved.code, moved.err) == (0, "")
    assert asked.json("show", "1")["definition"]["version"] == 2
    assert asked.approval("approve", "1", "--as", REVIEWER).code == 0


def test_an_approval_is_shown_as_a_whole(asked: Bureau) -> None:
    asked.approval("approve", "1", "--as", REVIEWER, "--opinion", "同意")
    shown, facts = asked.approval("show", "1"), asked.json("show", "1")
    trail, rows = asked.approval("trail", "1"), asked.json("trail", "1")["rows"]

    assert "年度计划审批（第 1 版）" in shown.out
    assert (facts["status"], facts["initiator"], facts["facts"]["items"]) == ("running", COORDINATOR, 72)
    assert facts["waiting"] == [
        {"step": "approve", "person": SECRETARY, "acting": SECRETARY, "due_on": "2026-01-13"}
    ]
    (review, _) = facts["steps"]
    (seat,) = review["seats"]
    assert (seat["person"], seat["verb"], seat["opinion"], seat["closed_at"]) == (
        REVIEWER,
        "approve",
        "同意",
        "2026-01-06T08:30+08:00",
    )
    assert "提交审批" in trail.out
    assert [one["automatic"] for one in rows] == [False, True, False, True, True]
    for out in (shown.out, trail.out, asked.approval("list").out):
        grid = [line for line in out.splitlines() if line[:1] in "┏┃┡│└"]
        assert len({cell_len(line) for line in grid}) == 1


def test_the_form_is_written_and_its_path_printed(asked: Bureau) -> None:
    file = Path(asked.json("sheet", "1")["file"])

    assert file.suffix == ".docx"
    assert file.is_relative_to(asked.home.path)
    assert file.stat().st_size > 0


def test_a_definition_is_drawn_and_so_is_how_far_an_approval_came(asked: Bureau) -> None:
    picture = asked.home.path / "图.svg"
    outline, running = asked.approval("diagram", "plan"), asked.approval("diagram", "1")
    drawn = asked.approval("diagram", "1", "--svg", str(picture))

    assert "审批 [approve]" in outline.out
    assert "办理中：韩国梁" in running.out
    assert "办理中" not in outline.out
    assert asked.approval("diagram", "plan", "--mermaid").out.startswith("flowchart")
    assert drawn.code == 0
    assert picture.read_text("utf-8").startswith("<svg")


def test_all_faults_of_a_definition_are_listed_with_their_lines(asked: Bureau) -> None:
    file = asked.home.path / "坏.yaml"
    file.write_text("code: plan\nversion: x\nname: {en: P}\nsubject: plan\nsteps:\n  - key: a\n", "utf-8")

    shipped, faulty = asked.approval("lint"), asked.approval("lint", str(file))
    missing = asked.approval("lint", str(asked.home.path / "无.yaml"))

    assert (shipped.code, shipped.err) == (0, "")
    assert faulty.code == 1
    assert [line[2:7] for line in faulty.out.splitlines()[1:4]] == ["第 2 行", "第 3 行", "第 6 行"]
    assert missing.code == 1
    assert missing.err.startswith("duban: ")


def test_a_version_that_was_used_must_not_say_something_else(asked: Bureau) -> None:
    folder = asked.home.path / "approvals"
    folder.mkdir()
    other = PLAN_YAML.read_text("utf-8").replace("key: review", "key: check")
    (folder / "plan.yaml").write_text(other, "utf-8")

    clashing = asked.approval("lint")

    assert clashing.code == 1
    assert "version 加 1" in clashing.out


def test_an_approval_changed_behind_the_logs_back_is_found(asked: Bureau) -> None:
    assert asked.duban("audit", "verify").code == 0
    with closing(sqlite3.connect(asked.home.url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE approval SET status = 'approved' WHERE id = 1")
        database.commit()

    found = asked.duban("audit", "verify")

    assert (found.code, found.out) == (1, "")
    assert "审批 1 的现状与台账重演的结果不一致" in found.err
