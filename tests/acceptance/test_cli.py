"""The command as a coordinator types it: a year begun in a fresh home, with its exit codes and words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from flows.follow import do_owed
from flows.office import open_office
from flows.server import Server, claimed, note
from tasks.orders import Wanted, place
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PLAN, ORGANISATION = str(DATA / "plan_2026.xlsx"), str(DATA / "org_2026.xlsx")


def _table_form(target: object) -> str | None:
    """A target as the table of expected readings writes it: 1, or 3;5;8;4."""
    if isinstance(target, list):
        return ";".join(map(str, target))
    return None if target is None else str(target)


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever the command says
        return json.loads(self.out)


@dataclass(frozen=True)
class Bureau:
    """A home directory and the command on it."""

    home: Path

    def duban(self, *words: str, day: str = "2026-01-05", **variables: str) -> Said:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DUBAN_")}
        environment = kept | {"DUBAN_HOME": str(self.home), "PYTHONPATH": str(ROOT), "COLUMNS": "160"}
        done = subprocess.run(
            [sys.executable, "-m", "cli", *(["--as-of", day] if day else []), *words],
            cwd=self.home.parent,
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    """A home that nobody has set up yet."""
    return Bureau(tmp_path / "家 1#")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A home with the plan of 2026 in force, every step typed as a coordinator would."""
    bureau = Bureau(tmp_path_factory.mktemp("bureau") / "home")
    steps = [
        ["init"],
        ["org", "import", ORGANISATION],
        ["plan", "import", PLAN, "--year", "2026", "--source", "工委〔2026〕3号"],
        ["plan", "confirm", "6", "--phrase", "每季度"],
        ["plan", "confirm", "--all"],
        ["plan", "submit"],
        ["approval", "approve", "1", "--as", "韩国梁"],
        ["approval", "approve", "1", "--as", "周立诚", "--opinion", "同意"],
    ]
    for step in steps:
        said = bureau.duban(*step)
        assert (said.code, said.err) == (0, ""), (step, said)
    return bureau


def test_a_year_begins_with_work_for_everybody(begun: Bureau) -> None:
    work = begun.duban("--json", "work", "list").json
    versions = begun.duban("--json", "plan", "diff").json

    assert len(work) == 723
    assert {one["state"] for one in work} == {"assigned"}
    assert [one["due_on"] for one in work if one["ref"] == "6"] == [
        "2026-03-31",
        "2026-06-30",
        "2026-09-30",
        "2026-12-31",
    ]
    assert (versions["state"], versions["source_document"], versions["items"]) == (
        "active",
        "工委〔2026〕3号",
        72,
    )


def test_work_is_signed_for_reported_and_closed(begun: Bureau) -> None:
    number = str(begun.duban("--json", "work", "list", "--ref", "19").json[0]["id"])

    accepted = begun.duban("work", "accept", number, "--as", "曹宇航")
    reported = begun.duban(
        "--json", "work", "feedback", number, "更新四次", "--quantity", "4", "--as", "曹宇航"
    )
    finished = begun.duban("work", "finish", number, "--as", "曹宇航")
    history = begun.duban("--json", "work", "show", number).json["history"]

    assert accepted.out == f"任务 {number}：已签收，完成数量 0 / 4\n"
    assert reported.json == {"id": int(number), "state": "accepted", "done": 4, "target": 4}
    assert finished.out == f"任务 {number}：已销号，完成数量 4 / 4\n"
    assert [one["verb"] for one in history] == [
        "work_item.accepted",
        "work_item.feedback",
        "work_item.submitted",
        "work_item.closed",
    ]


def test_key_work_waits_for_its_leader(begun: Bureau) -> None:
    number = str(begun.duban("--json", "work", "list", "--ref", "9").json[0]["id"])

    alone = begun.duban("work", "finish", number, "已发布", "--as", "许文慧")
    (asked_for,) = [one["unit"] for one in begun.duban("--json", "work", "show", number).json["supporting"]]
    begun.duban("work", "contribute", number, "名单已核", "--unit", asked_for)
    finished = begun.duban("--json", "work", "finish", number, "已发布", "--as", "许文慧").json
    (asked,) = begun.duban("--json", "approval", "list").json
    refused = begun.duban("approval", "approve", str(asked["id"]), "--as", "苏玉梅")
    approved = begun.duban("approval", "approve", str(asked["id"]))

    assert alone.code == 1
    assert asked_for in alone.err
    assert finished["state"] == "submitted"
    assert asked["waits_for"] == "韩国梁"
    assert (refused.code, refused.out) == (1, "")
    assert "苏玉梅" in refused.err
    assert approved.code == 0
    assert begun.duban("--json", "work", "show", number).json["state"] == "closed"


def test_a_day_is_supervised_once(begun: Bureau) -> None:
    first = begun.duban("--json", "tick", day="2026-01-06")
    again = begun.duban("--json", "tick", day="2026-01-06")

    rungs = {row["类别"]: row["件数"] for row in first.json["tables"][0]["rows"]}
    assert first.code == again.code == 0
    # 41 of the eight branches was due on the 5th; what was due before the plan was in force has grace.
    assert rungs["逾期催办（第 1 次）"] == "8"
    assert again.json["tables"] == []
    assert begun.duban("--json", "tick", day="2026-01-06").json["tables"] == []


def test_a_calendar_is_issued_with_its_files(begun: Bureau) -> None:
    issued = begun.duban("--json", "calendar", "2026-02")

    files = [Path(name) for name in issued.json["files"]]
    assert issued.code == 0
    assert {file.suffix for file in files} == {".docx", ".xlsx", ".ics"}
    assert all(file.is_file() for file in files)


def test_a_finding_opens_its_half_years_inspection(begun: Bureau) -> None:
    words = ("第一党支部", "三会一课记录不完整", "--by", "2026-07-15")

    early = begun.duban("finding", "2026-H2", *words, day="2026-06-01")
    found = begun.duban("finding", "2026-H1", *words, day="2026-06-01")

    assert (early.code, early.out) == (1, "")
    assert found.out == "已登记第 1 条：第一党支部　三会一课记录不完整\n"


def test_a_name_nobody_has_is_no_empty_list(begun: Bureau) -> None:
    owner = begun.duban("work", "list", "--owner", "无名氏")
    state = begun.duban("work", "list", "--state", "open")
    closed = begun.duban("--json", "work", "list", "--state", "已取消")

    assert (owner.code, owner.err) == (1, "duban: 人员表中没有“无名氏”。请写姓名或邮箱。\n")
    assert (state.code, state.err.startswith("duban: 没有“open”这种状态。")) == (1, True)
    assert (closed.code, closed.json) == (0, [])


@pytest.mark.parametrize("columns", ["80", "100", "160"])
def test_a_narrow_terminal_cuts_no_column_off(begun: Bureau, columns: str) -> None:
    rows = begun.duban("--json", "plan", "show").json

    shown = begun.duban("plan", "show", COLUMNS=columns).out

    assert max(cell_len(line) for line in shown.splitlines()) <= int(columns)
    assert all(row["first_due"] in shown for row in rows)


def test_the_language_asked_for_is_that_of_the_answer(begun: Bureau) -> None:
    said = begun.duban("--lang", "en", "plan", "submit").out

    assert said.splitlines()[:2] == ["Annual plan 2026", "  Work items: 0 added, 0 moved, 0 cancelled."]


def test_the_record_fits_and_says_its_head(begun: Bureau) -> None:
    verdict = begun.duban("--json", "audit", "verify").json

    assert (verdict["broken_at"], verdict["head_known"]) == (None, True)
    assert verdict["approvals_differing"] == verdict["lights_differing"] == []
    assert begun.duban("audit", "verify", "--head", verdict["head"]).code == 0
    assert begun.duban("audit", "verify", "--head", "f" * 64).code == 1


def test_a_dry_run_needs_no_home_and_reads_as_expected(bureau: Bureau) -> None:
    bureau.home.mkdir()
    expected = json.loads((DATA / "plan_2026_expected.json").read_text("utf-8"))

    said = bureau.duban("--json", "plan", "import", PLAN, "--year", "2026", "--dry-run")

    assert (said.code, said.json["categories"], len(said.json["items"])) == (0, 8, 72)
    for item, wanted in zip(said.json["items"], expected["item_list"], strict=True):
        read = {key: item[key] for key in wanted["reading"]} | {"target": _table_form(item["target"])}
        words = {key: item[key] for key in ("no", "category", "title", "key", "owner", "lead", "phrase")}
        assert read == wanted["reading"]
        assert words == {key: wanted[key] for key in words}
    assert list(bureau.home.iterdir()) == []


def test_a_home_that_is_not_set_up_says_so_in_either_language(bureau: Bureau) -> None:
    chinese = bureau.duban("work", "list")
    english = bureau.duban("--lang", "en", "work", "list")
    by_variable = bureau.duban("plan", "show", DUBAN_LANG="en")

    assert (chinese.code, chinese.out) == (1, "")
    assert chinese.err == f"duban: {bureau.home} 还没有初始化，或数据库版本较旧。请先运行 duban init。\n"
    assert english.err.endswith("Run duban init first.\n")
    assert by_variable.err.endswith("Run duban init first.\n")


def test_the_home_decides_the_language_of_refusals(bureau: Bureau) -> None:
    bureau.duban("init")
    (bureau.home / "duban.toml").write_text('lang = "en"\n', "utf-8")

    refused = bureau.duban("work", "accept", "7")
    overruled = bureau.duban("--lang", "zh", "work", "accept", "7")

    assert refused.err.startswith("duban: No coordinator was found.")
    assert overruled.err.startswith("duban: 没有找到协调人")


def test_a_wrong_setting_is_refused_before_anything(bureau: Bureau) -> None:
    bureau.home.mkdir()
    (bureau.home / "duban.toml").write_text("grace_workdays = -3\n", "utf-8")

    said = bureau.duban("work", "list")

    assert said.code == 1
    assert "grace_workdays" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["work", "accept"], 2),
        (["work", "accept", "eleven"], 2),
        (["fly"], 2),
        (["plan", "confirm"], 2),
        (["work", "list", "--until", "soon"], 1),
        (["plan", "show", "--year", "1999"], 1),
        (["plan", "import", "nowhere.xlsx"], 1),
        (["org", "import", PLAN], 1),
        (["work", "finish", "99999"], 1),
        (["work", "accept", "1", "--as", "赵六"], 1),
        (["calendar", "2026-13"], 1),
        (["approval", "return", "1"], 1),
    ],
)
def test_wrong_usage_is_2_and_a_refusal_1(begun: Bureau, words: list[str], code: int) -> None:
    said = begun.duban("--json", *words)

    assert said.code == code
    assert said.out == ""
    assert said.err != ""
    assert "Traceback" not in said.err


def test_setting_up_twice_changes_nothing(bureau: Bureau) -> None:
    first, again = bureau.duban("--json", "init").json, bureau.duban("--json", "init").json

    assert (first["upgraded_from"], again["upgraded_from"]) == (None, first["database"])
    assert {file.name for file in bureau.home.iterdir()} >= {"duban.toml", "holidays.csv", "duban.db"}


@pytest.mark.parametrize("words", [["--help"], ["work", "list"], ["work", "--help"]])
def test_everyday_commands_start_without_the_heavy_libraries(begun: Bureau, words: list[str]) -> None:
    heavy = {"prefect", "sqlalchemy", "alembic", "openpyxl", "docx", "holidays", "jinja2", "aiosmtplib"}
    script = "\n".join(
        [
            "import sys",
            f"sys.argv = ['duban', '--home', {str(begun.home)!r}, *{words!r}]",
            "import cli",
            "try:",
            "    cli.main()",
            "except SystemExit as ended:",
            "    assert not ended.code, ended.code",
            f"sys.stderr.write(','.join(sorted({heavy!r} & set(sys.modules))))",
        ]
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stderr == ""


def test_what_was_given_up_is_listed_with_its_reason_and_done_again_after_mending(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "home")
    bureau.duban("init")
    day = "2026-03-02"
    office = open_office(bureau.home, date.fromisoformat(day))
    with office.write() as session:
        wanted = Wanted("after-1", "annual_plan", {"year": 2026})
        place(session, [wanted], at=office.settings.clock().now())
    assert do_owed(office) == []  # there is no plan yet
    office.engine.dispose()

    listed = bureau.duban("--json", "order", "list", day=day).json
    seen = bureau.duban("order", "list", day=day)
    ill = bureau.duban("status", day=day)
    refused = bureau.duban("order", "retry", "1", day=day)
    bureau.duban("org", "import", ORGANISATION, day=day)
    bureau.duban("plan", "import", PLAN, "--year", "2026", day=day)
    again = bureau.duban("order", "retry", "1", day=day)

    assert [(one["id"], one["flow"], one["state"]) for one in listed] == [(1, "年度计划 2026", "未办成")]
    assert "2026" in listed[0]["reason"]
    assert (seen.code, seen.err) == (0, "")
    assert "未办成" in seen.out
    assert ill.code == 1
    assert "未办成" in ill.out
    assert refused.code == 1
    assert again.code == 0
    assert "待协调人确认" in again.out
    assert bureau.duban("order", "retry", "7", day=day).code == 1


def test_a_global_option_behind_the_command_is_told_its_place(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "home")
    bureau.duban("init")

    behind = bureau.duban("plan", "check", "--as-of", "2026-03-02")

    assert behind.code == 2
    assert "--as-of 写在命令前面：duban --as-of … plan check" in behind.err


def test_status_of_a_rehearsed_day_looks_at_that_day_and_says_so(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "home")
    fresh = bureau.duban("status")
    bureau.duban("init")
    bureau.duban("tick", day="2026-03-02")
    with claimed(bureau.home):
        note(bureau.home, Server(0, os.getpid(), 9, as_of="2026-03-02"))
        checks = {one["name"]: one for one in bureau.duban("--json", "status", day="").json["checks"]}

    assert "duban init" in fresh.out
    assert "2026-03-02" in checks["rehearsal"]["result"]
    assert checks["supervision"]["mark"] == "good"
    assert "duban up 会自动重新启动" in checks["server"]["remedy"]
