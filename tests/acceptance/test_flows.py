"""Every flow as a real Prefect run, on one small year, against one real server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select

from flows.catch_up import catch_up
from flows.office import Office, open_office
from flows.run import run_flow
from flows.server import Server, prefect_server, running_server
from flows.stories.step import Outcome
from flows.timetable import TIMETABLE
from models.database import open_database
from models.errors import NotFoundError, RefusedError
from models.migrate import migrate
from models.tables import Notice, Publication
from tasks.approvals.inbox import waiting_for
from tasks.confirm_plan import Answer, confirm_plan, questions
from tasks.import_organisation import import_organisation
from tasks.read_plan.organisation import read_organisation
from tasks.store_plan import find_plan
from tests.deciding import approve_all

pytestmark = pytest.mark.prefect

Row = Mapping[str, Any]
ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"


@dataclass(frozen=True)
class Year:
    """A year that every flow went through once, and the server that saw it."""

    home: Path
    server: Server
    outcomes: list[Outcome]

    def office(self, day: date) -> Office:
        return open_office(self.home, day)

    def runs(self, name: str = "") -> list[Row]:
        """The flow runs of this name, oldest first."""
        wanted = {"name": {"any_": [name]}} if name else {}
        return ask(self.server, "flow_runs/filter", {"flow_runs": wanted, "sort": "START_TIME_ASC"})

    def steps(self, run: Row) -> list[Row]:
        """The task runs of a flow run in their order."""
        body = {"flow_runs": {"id": {"any_": [run["id"]]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return ask(self.server, "task_runs/filter", body)

    def artifact(self, key: str) -> Row:
        """The newest artifact of this key."""
        body = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC", "limit": 1}
        return ask(self.server, "artifacts/filter", body)[0]


def ask(server: Server, path: str, body: Mapping[str, object]) -> list[Row]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", f"/api/{path}", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    rows: list[Row] = json.loads(response.read())
    connection.close()
    assert response.status == 200, rows
    return rows


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Generator[Year]:
    home = tmp_path_factory.mktemp("home")
    prepare(home)
    with prefect_server(home, port=0) as server:
        yield Year(home, server, list(go_through(home)))


def prepare(home: Path) -> None:
    """A migrated home with the organisation and a plan whose questions are open."""
    engine = open_database(f"sqlite:///{home / 'duban.db'}")
    migrate(engine)
    engine.dispose()
    office = open_office(home, date(2026, 1, 5))
    with office.write() as session:
        file = read_organisation(DATA / "org_2026.xlsx")
        import_organisation(session, file, actor="SYSTEM", at=office.clock.now(), today=date(2026, 1, 5))
    office.engine.dispose()


def go_through(home: Path) -> Iterator[Outcome]:
    office = open_office(home, date(2026, 1, 5))
    yield run_flow(office, "annual_plan", year=2026, file=DATA / "plan_2026.xlsx")
    confirm_everything(office)
    yield run_flow(office, "annual_plan", year=2026)
    approve_everything(office)
    yield run_flow(office, "annual_plan", year=2026)
    yield run_flow(office.on(date(2026, 3, 20)), "daily_supervision")
    yield run_flow(office.on(date(2026, 3, 27)), "monthly_calendar")
    yield run_flow(office.on(date(2026, 4, 1)), "quarterly_checklist")
    yield run_flow(office.on(date(2026, 6, 1)), "half_year_inspection")
    approve_everything(office)
    yield run_flow(office.on(date(2026, 6, 3)), "half_year_inspection", period="2026-H1")
    yield run_flow(office.on(date(2026, 7, 1)), "half_year_report")
    yield run_flow(office.on(date(2026, 7, 1)), "mail_round")
    office.engine.dispose()


def confirm_everything(office: Office) -> None:
    with office.write() as session:
        plan = find_plan(session, 2026)
        answers = [Answer(one.ref) for one in questions(plan, "zh")]
        at = office.clock.now()
        confirm_plan(session, plan, answers, calendar=office.calendar([2026]), actor="SYSTEM", at=at)


def approve_everything(office: Office) -> None:
    with office.write() as session:
        for number in {one.approval for one in waiting_for(session, None, office.clock.today())}:
            approve_all(session, number, office.clock.now())


def test_every_run_is_named_in_chinese_by_what_it_did(year: Year) -> None:
    names = [run["name"] for run in year.runs()]

    assert names[:10] == [
        "年度计划 2026",
        "年度计划 2026",
        "年度计划 2026",
        "每日督办 2026-03-20",
        "月度行事历 2026-04",
        "季度清单 2026-Q2",
        "半年检查 2026-H1",
        "半年检查 2026-H1",
        "半年汇报 2026-H1",
        "邮件投递：没有待发邮件",
    ]


def test_each_step_is_one_task_run_however_many_items_it_handles(year: Year) -> None:
    told = {
        "月度行事历 2026-04": ["印发行事历和提醒单", "通知", "发送邮件"],
        "季度清单 2026-Q2": ["印发季度清单", "通知", "发送邮件"],
        "每日督办 2026-03-20": ["催办审批", "读取退信", "逐项督办", "通知", "发送邮件", "写日历文件"],
        "半年汇报 2026-H1": ["起草半年汇报", "送审", "通知", "发送邮件"],
    }
    in_force = [
        "核对待确认事项",
        "提交审批",
        "计划生效",
        "设定期限",
        "展开任务",
        "分派责任人",
        "通知",
        "发送邮件",
    ]

    for name, steps in told.items():
        eventually(steps, year.runs(name)[0], year)
    eventually(in_force, year.runs("年度计划 2026")[2], year)


def test_a_run_that_waits_for_people_says_for_what(year: Year) -> None:
    first, second, third = (run["state"] for run in year.runs("年度计划 2026")[:3])

    assert first["name"] == "等待办理"
    assert "待协调人确认" in first["message"]
    assert second["message"] == "2026 年计划已送审，等待批准：duban approval list 查看。"
    assert third["name"] == "已完成"
    assert third["message"].startswith("展开任务：新增 ")


def test_managers_find_what_was_done_as_chinese_artifacts(year: Year) -> None:
    page = year.artifact("monthly-calendar-2026-04")
    table = year.artifact("annual-plan-2026-questions-table")

    assert page["description"] == "月度行事历 2026-04"
    assert page["data"].startswith("# 月度行事历 2026-04\n\n- 文书 ")
    assert f"`{year.home / 'documents' / '2026-04' / 'calendar'}`" in page["data"]
    assert all(row["待确认内容"] for row in json.loads(table["data"]))


def test_running_again_changes_nothing_and_tells_nobody(year: Year) -> None:
    office = year.office(date(2026, 3, 27))
    before = counted(office)

    again = run_flow(office, "monthly_calendar", period="2026-04")
    plan = run_flow(office, "annual_plan", year=2026)

    assert again.words[-1] == "拟写通知 0 份，发出邮件 0 封。"
    assert again.files == year.outcomes[4].files
    assert plan.words[0] == "展开任务：新增 0 项，调整 0 项，取消 0 项。"
    assert counted(office) == before
    office.engine.dispose()


def test_a_run_without_period_leaves_what_is_not_due(year: Year) -> None:
    office = year.office(date(2026, 4, 14))

    outcome = run_flow(office, "monthly_calendar")

    assert outcome.title == "月度行事历：2026-04-14 无须编印"
    assert year.runs(outcome.title)[0]["state_name"] == "已完成"
    office.engine.dispose()


def test_what_was_missed_is_caught_up_once(year: Year) -> None:
    office = year.office(date(2026, 10, 9))

    caught_up = [outcome.title for outcome in catch_up(office)]
    again = catch_up(office)

    assert caught_up == ["每日督办 2026-10-09", "月度行事历 2026-10", "季度清单 2026-Q4"]
    assert again == []
    office.engine.dispose()


def test_a_refused_run_fails_with_its_sentence(year: Year) -> None:
    office = year.office(date(2026, 3, 27))

    with pytest.raises(NotFoundError) as refusal:
        run_flow(office, "annual_plan", year=2031)

    state = year.runs("年度计划 2031")[0]["state"]
    assert state["type"] == "FAILED"
    assert state["message"] == refusal.value.sentence("zh")
    office.engine.dispose()


def test_no_step_is_answered_from_a_cache_where_results_persist(year: Year, tmp_path: Path) -> None:
    from prefect import flow  # noqa: PLC0415  # the first run has set its environment
    from prefect.settings import (  # noqa: PLC0415  # the same
        PREFECT_API_URL,
        PREFECT_RESULTS_PERSIST_BY_DEFAULT,
        temporary_settings,
    )

    from flows.prefect_run import RecordedSteps, send_what_is_left  # noqa: PLC0415  # the same

    notes = tmp_path / "notes"

    def note() -> int:
        with notes.open("a") as file:
            file.write("told\n")
        return len(notes.read_text().splitlines())

    @flow(name="试办三次")
    def thrice() -> int:
        step = RecordedSteps("zh")
        return [step("拟写通知", note) for _ in range(3)][-1]

    with temporary_settings({PREFECT_API_URL: year.server.api_url, PREFECT_RESULTS_PERSIST_BY_DEFAULT: True}):
        told = thrice()
        send_what_is_left()

    assert told == 3


@pytest.mark.parametrize("module", ["run", "serve", *(entry.name for entry in TIMETABLE)])
def test_every_flow_module_knows_all_tables_in_a_fresh_process(module: str) -> None:
    # A run is a new process that imports its flow alone: what nothing imported does not exist there.
    script = (
        f"import flows.{module}, models.database as d, sqlalchemy.orm as o; "
        "o.configure_mappers(); d.Base.metadata.sorted_tables"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_only_the_home_that_runs_a_server_has_one(year: Year, tmp_path: Path) -> None:
    assert running_server(year.home) == year.server
    assert running_server(tmp_path) is None
    with pytest.raises(RefusedError), prefect_server(year.home):
        pass


def counted(office: Office) -> tuple[int, int]:
    """How many documents and notices there are."""
    with office.read() as session:
        documents = session.scalar(select(func.count(Publication.id)))
        notices = session.scalar(select(func.count(Notice.id)))
    return documents or 0, notices or 0


def eventually(steps: list[str], run: Row, year: Year) -> None:
    """Expect these steps, all done: task runs reach the server's tables by way of events."""
    until, never = time.monotonic() + 30, Event()
    expected = [(name, "已完成") for name in steps]
    while (found := [(one["name"], one["state_name"]) for one in year.steps(run)]) != expected:
        assert time.monotonic() < until, found
        never.wait(0.2)
