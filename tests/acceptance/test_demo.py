"""The rehearsal: any plan and organisation, a Prefect server of its own, a record that adds up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import create_engine, func, select, text

from flows.office import open_office
from flows.rehearsal.stage import clear_stage
from flows.rehearsal.stopwatch import Stopwatch
from flows.rehearsal.summary import Summary, summarise
from flows.rehearsal.year import Script, play, rehearse
from flows.stories.step import Outcome
from models.errors import RefusedError
from models.journal import verify
from models.tables import Approval, Inspection, Item, Publication, WorkItem
from tasks.read_plan.organisation import read_organisation

LAST_DAY = date(2026, 3, 10)
Rows = Sequence[Sequence[object]]

#: A bureau that names neither a coordinator nor a party secretary.
UNITS: Rows = (
    ("机构编码", "机构名称", "机构类型", "上级机构", "负责人", "起始日期", "截止日期", "备注"),
    ("A1", "青禾县水利局", "单位", None, "温如玉", None, None, None),
    ("A2", "机关党委", "机关党委", "青禾县水利局", "柏大川", None, None, None),
    ("A3", "第一党支部", "党支部", "机关党委", "柏大川", None, None, None),
    ("A4", "第二党支部", "党支部", "机关党委", "乐小满", None, None, None),
    ("A5", "综合科", "科室", "青禾县水利局", "乐小满", None, None, None),
)
PEOPLE: Rows = (
    ("序号", "姓名", "邮箱", "科室", "党支部", "党小组", "职务", "角色", "分管科室", "临时党支部", "备注"),
    (1, "温如玉", "wen@example.gov.cn", "青禾县水利局", "第一党支部", None, "局长", "党员", None, None, None),
    (
        2,
        "柏大川",
        "bai@example.gov.cn",
        "机关党委",
        "第一党支部",
        None,
        "书记",
        "支部书记、党员",
        None,
        None,
        None,
    ),
    (
        3,
        "乐小满",
        "le@example.gov.cn",
        "综合科",
        "第二党支部",
        None,
        "科长",
        "支部书记、党员",
        None,
        None,
        None,
    ),
)
PLAN: Rows = (
    ("2026年工作清单",),
    ("序号", "类别", "工作内容", "责任人", "牵头科室", "配合部门", "开展时间", "完成标志", "备注"),
    (1, "一、组织建设", "开展主题党日活动", "支部书记", "各党支部", None, "每月20日", "记录", None),
    (2, "一、组织建设", "★研究党建工作", "柏大川", "机关党委", None, "定期", "会议记录", None),
    (3, "一、组织建设", "传达学习上级会议精神", "乐小满", "综合科", None, "会后7日内", "台账", None),
    (4, "二、服务群众", "更新微信公众号", "文书小组", "综合科", None, "每个月更新四次", "台账", None),
    (5, "二、服务群众", "慰问困难户", "某某小组", "某某小组", None, None, "台账", None),
    (6, "二、服务群众", "督查工作纪律", "温如玉", "综合科", None, "不定期", "台账", None),
)


class Listener:
    """Keeps what was heard."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def opened(self, ui_url: str) -> None:
        self.titles.append(ui_url)

    def day(self, day: date) -> None: ...

    def heard(self, outcome: Outcome) -> None:
        self.titles.append(outcome.title)


def small_bureau(folder: Path) -> Script:
    organisation = Workbook()
    organisation.remove(organisation.worksheets[0])
    for title, rows in (("机构", UNITS), ("人员", PEOPLE)):
        sheet = organisation.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    organisation.save(folder / "org.xlsx")
    plan = Workbook()
    for row in PLAN:
        plan.worksheets[0].append(list(row))
    plan.save(folder / "plan.xlsx")
    return Script(read_organisation(folder / "org.xlsx"), folder / "plan.xlsx", 2026, LAST_DAY)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    return small_bureau(tmp_path_factory.mktemp("bureau"))


def play_plainly(home: Path, script: Script) -> Summary:
    clear_stage(home, "zh")
    office = play(home, script, Listener(), Stopwatch())
    summary = summarise(office, 2026, today=script.until)
    office.engine.dispose()
    return summary


@pytest.mark.prefect
def test_a_year_begins_with_real_flow_runs(tmp_path: Path, script: Script) -> None:
    listener = Listener()

    summary = rehearse(tmp_path, script, listener)

    assert (summary.items, summary.categories, summary.chain_ok) == (6, 2, True)
    assert listener.titles[0].startswith("http://127.0.0.1:")
    assert listener.titles[1:4] == ["年度计划 2026", "年度计划 2026", "年度计划 2026"]
    assert flow_runs(tmp_path) == {
        "年度计划 2026": 3,
        "月度行事历 2026-01": 1,
        "月度行事历 2026-02": 1,
        "月度行事历 2026-03": 1,
        "季度清单 2026-Q1": 1,
    }
    assert {one.kind for one in summary.documents} == {"calendar", "slip", "checklist"}
    assert all(Path(one.path).is_file() for one in summary.documents)
    assert set(summary.seconds) == {"server", "prepare", "flows", "people", "days", "summary"}


def flow_runs(home: Path) -> dict[str, int]:
    engine = create_engine(f"sqlite:///{home / 'prefect' / 'prefect.db'}")
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, count(*) FROM flow_run WHERE state_type = 'COMPLETED' GROUP BY name")
        ).all()
    engine.dispose()
    return {row[0]: row[1] for row in rows}


def test_a_second_start_rehearses_the_same_again(tmp_path: Path, script: Script) -> None:
    first = play_plainly(tmp_path, script)
    second = play_plainly(tmp_path, script)

    assert second == first
    assert first.work_items["total"] == sum(first.work_items.values()) - first.work_items["total"]


def test_figures_equal_the_closed_work_counted(tmp_path: Path, script: Script) -> None:
    summary = play_plainly(tmp_path, script)

    figures = {one.key: one.value for one in summary.figures}
    office = open_office(tmp_path)
    with office.read() as session:
        closed = session.scalar(
            select(func.count(WorkItem.id))
            .join(Item, Item.id == WorkItem.item_id)
            .where(Item.title == "开展主题党日活动", WorkItem.state == "closed")
        )
        intact = verify(session)
    office.engine.dispose()
    assert figures["主题党日次"] == closed == 4
    assert (figures["N类"], figures["M项"]) == (2, 6)
    assert (intact.broken_at, intact.count) == (None, summary.events)


def test_findings_replace_the_bulletins_first_draft(tmp_path: Path, script: Script) -> None:
    summary = play_plainly(tmp_path, replace(script, until=date(2026, 7, 3)))

    office = open_office(tmp_path)
    with office.read() as session:
        asked = session.execute(
            select(Publication.kind, Publication.version, Approval.status)
            .join(Approval, Approval.subject_id == Publication.id)
            .where(Approval.subject == "publication")
            .order_by(Approval.id)
        ).all()
        released = session.scalar(select(Inspection.state))
    office.engine.dispose()
    assert [tuple(row) for row in asked] == [
        ("bulletin", 1, "terminated"),
        ("bulletin", 2, "approved"),
        ("report", 1, "approved"),
    ]
    assert released == "released"
    assert {"bulletin", "report"} <= {one.kind for one in summary.documents}


def test_somebodys_directory_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_text("mine", "utf-8")

    with pytest.raises(RefusedError) as refused:
        clear_stage(tmp_path, "zh")

    assert refused.value.code == "demo_dir_taken"
    assert (tmp_path / "letter.docx").read_text("utf-8") == "mine"


def test_a_missing_file_is_said_before_anything_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "demo", "--dir", str(tmp_path / "d"), "--org", "no.xlsx"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    assert (done.returncode, "no.xlsx" in done.stderr) == (1, True)
    assert not (tmp_path / "d").exists()
