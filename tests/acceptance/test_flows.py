"""Every flow as a real Prefect run, on one small year, against one real server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from flows.catch_up import place_missed
from flows.follow import do_owed
from flows.office import Office, open_office
from flows.run import run_flow
from flows.server import Server, prefect_server, running_server
from flows.stories.step import Outcome, Table
from flows.timetable import TIMETABLE
from models.errors import NotFoundError, RefusedError
from models.shelf_place import forget_shelf, note_shelf
from models.tables import Item, Notice, Publication, WorkItem
from portal.answers import Shelf
from portal.shelf import ShelfServer
from tests import up_home
from tests.patience import PATIENCE, eventually
from tests.up_home import DATA, ROOT, approve_everything, confirm_everything, prepare_home

pytestmark = pytest.mark.prefect

Row = Mapping[str, Any]


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

    def versions(self, key: str) -> list[Row]:
        """All artifacts of this key."""
        return ask(self.server, "artifacts/filter", {"artifacts": {"key": {"any_": [key]}}})

    def newest(self, prefix: str) -> dict[str, Row]:
        """The newest artifact of every key that begins so."""
        body = {"artifacts": {"key": {"like_": f"{prefix}%"}}}
        return {row["key"]: row for row in ask(self.server, "artifacts/latest/filter", body)}

    def leads(self, link: str) -> bool:
        """Whether there is something where a link of a page leads to."""
        if link.startswith("http"):
            port, path = link.removeprefix("http://127.0.0.1:").split("/", 1)
            return _status(int(port), f"/{path}") == HTTPStatus.OK
        kind, name = link.removeprefix("../../").removeprefix("../").rsplit("/", 1)
        if kind == "key":
            return bool(self.versions(name))
        where = {"artifact": "artifacts", "runs/flow-run": "flow_runs", "flows/flow": "flows"}[kind]
        return _status(self.server.port, f"/api/{where}/{name}") == HTTPStatus.OK


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def ask(server: Server, path: str, body: Mapping[str, object]) -> list[Row]:
    """The rows that the server answers, once it is not busy."""

    def rows() -> list[list[Row]]:
        answer = up_home.ask(server, path, body)
        return [answer] if isinstance(answer, list) else []

    found: list[list[Row]] = eventually(rows)
    return found[0]


def _may_read(server: Server, origin: str) -> bool:
    """Whether a browser lets a page from there read what the server answers."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("POST", "/api/artifacts/filter", "{}", {"Origin": origin})
    allowed = connection.getresponse().getheader("Access-Control-Allow-Origin")
    connection.close()
    return allowed in {"*", origin}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Generator[Year]:
    home = tmp_path_factory.mktemp("home")
    prepare_home(home, date(2026, 1, 5))
    with prefect_server(home, port=0) as server:
        yield Year(home, server, list(go_through(home)))


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
        "每日督办 2026-03-20": [
            "催办审批",
            "读取退信",
            "逐项督办",
            "通知",
            "发送邮件",
            "写日历文件",
            "汇总看板",
        ],
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
        wait_for_steps(steps, year.runs(name)[0], year)
    wait_for_steps(in_force, year.runs("年度计划 2026")[2], year)


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


def test_managers_read_the_cockpit_in_chinese(year: Year) -> None:
    office = year.office(date(2026, 7, 2))

    outcome = run_flow(office, "cockpit")

    pages = year.newest("cockpit-")
    assert sorted(pages) == sorted(f"cockpit-{page.key}" for page in outcome.pages)
    assert all(page["type"] == "markdown" for page in pages.values())
    assert pages["cockpit-lights"]["description"] == "今日亮灯（数据截至 2026年7月2日 08:30）"
    front = f"../artifact/{pages['cockpit-index']['latest_id']}"
    assert pages["cockpit-lights"]["data"].startswith(
        f"# 今日亮灯\n\n[督办看板首页]({front}) · 数据截至 2026年7月2日 08:30\n\n**在办 "
    )
    assert (
        "| 单位 | 类别 | 红 | 橙 | 黄 | 待决 | 蓝 | 绿 | 灰 | 在办 | 变化 |"
        in pages["cockpit-lights"]["data"]
    )
    assert "| 每日督办 | " not in pages["cockpit-index"]["data"]
    run = year.runs("督办看板 2026-07-02")[0]
    assert run["state_name"] == "已完成"
    wait_for_steps(["汇总看板"], run, year)
    office.engine.dispose()


def test_every_link_of_the_cockpit_leads_somewhere(year: Year) -> None:
    office = year.office(date(2026, 7, 2))
    with ShelfServer(Shelf(office.settings, office.engine), 0) as shelf:
        reading = Thread(target=shelf.serve_forever, kwargs={"poll_interval": 0.01})
        reading.start()
        note_shelf(year.home, shelf.url)
        run_flow(office, "cockpit")
        links = {
            link
            for page in year.newest("cockpit-").values()
            for link in re.findall(r"\]\(([^)]+)\)", page["data"])
        }
        found = {link: year.leads(link) for link in links}
        shelf.shutdown()
        reading.join()
    forget_shelf(year.home, shelf.url)

    assert all(found.values()), found
    kinds = {"../artifact/", "../../runs/flow-run/", "../../flows/flow/", shelf.url}
    assert {kind for kind in kinds if any(link.startswith(kind) for link in links)} == kinds
    office.engine.dispose()


def test_a_day_has_one_version_of_a_page_and_nothing_new_none(year: Year) -> None:
    first = year.office(date(2026, 8, 3))
    run_flow(first, "cockpit")
    lights = year.newest("cockpit-")["cockpit-lights"]["data"]
    before = {key: len(year.versions(key)) for key in year.newest("cockpit-")}

    run_flow(first, "cockpit")
    assert year.newest("cockpit-")["cockpit-lights"]["data"] == lights
    with first.write() as session:
        work = session.scalars(
            select(WorkItem)
            .join(Item, Item.id == WorkItem.item_id)
            .where(WorkItem.light == "red", Item.hidden.is_(False))
        ).first()
        assert work is not None
        work.light = "green"
    run_flow(first, "cockpit")

    assert {key: len(year.versions(key)) for key in before} == before
    assert year.newest("cockpit-")["cockpit-lights"]["data"] != lights

    # The next day the calendar says something new, and the inspection's page does not.
    run_flow(year.office(date(2026, 8, 4)), "cockpit")

    after = {key: len(year.versions(key)) for key in before}
    assert after["cockpit-calendar"] == before["cockpit-calendar"] + 1
    assert after["cockpit-inspection"] == before["cockpit-inspection"]
    assert after["cockpit-index"] == 1  # its address can be kept
    assert "2026年8月4日" in year.newest("cockpit-")["cockpit-inspection"]["data"]
    first.engine.dispose()


def test_progress_is_one_artifact_that_goes_forward_only(year: Year) -> None:
    from prefect import flow  # noqa: PLC0415  # the first run has set its environment
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415  # the same

    from flows.prefect_run import send_what_is_left  # noqa: PLC0415  # the same
    from flows.progress import show_progress  # noqa: PLC0415  # the same

    @flow(name="试办分片")
    def parts() -> None:
        for done, total in ((0, 4), (1, 4), (3, 4), (2, 4)):
            show_progress("parts/2026-04", "2026年4月行事历", done, total)

    @flow(name="试办更多分片")
    def more() -> None:
        show_progress("parts/2026-04", "2026年4月行事历", 3, 8)

    with temporary_settings({PREFECT_API_URL: year.server.api_url}):
        parts()
        most = year.artifact("parts-2026-04")
        more()
        send_what_is_left()

    assert (most["type"], most["data"]) == ("progress", 75.0)
    assert most["description"] == "2026年4月行事历：已完成 3 / 4 个分片"
    assert year.artifact("parts-2026-04")["data"] == 37.5
    assert len(year.versions("parts-2026-04")) == 1


def test_words_of_others_are_no_links_in_an_outcome(year: Year) -> None:
    """Prefect's UI reads artifacts as Markdown: what plans and documents are called stays words."""
    from prefect import flow  # noqa: PLC0415  # the first run has set its environment
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415  # the same

    from flows.artifacts import page_of, publish_outcome  # noqa: PLC0415  # the same
    from flows.prefect_run import send_what_is_left  # noqa: PLC0415  # the same

    evil = "[核验审批码](http://evil.example/)"
    table = Table("evil", "表", [{"事项": f"{evil}\n第二行"}])
    outcome = Outcome("evil", evil, [evil], [table], waits_for=evil)

    @flow(name="试发结果")
    def show() -> None:
        publish_outcome(outcome, "zh")

    with temporary_settings({PREFECT_API_URL: year.server.api_url}):
        show()
        send_what_is_left()

    page, rows = year.artifact("evil")["data"], json.loads(year.artifact("evil-table")["data"])
    assert page == page_of(outcome, "zh")
    assert "](" not in page.replace("\\](", "")
    assert [list(row.values()) for row in rows] == [[r"\[核验审批码\](http\://evil.example/)<br>第二行"]]


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


def test_what_was_missed_is_ordered_and_done_once(year: Year) -> None:
    office = year.office(date(2026, 10, 9))
    late = replace(office, clock=office.clock.at(date(2026, 10, 9), time(9, 30)))
    do_owed(office)  # what the year has left to follow

    assert place_missed(office) == 0  # before the timetable had its turn, which a rehearsed day never has
    assert place_missed(late) == 3
    caught_up = [outcome.title for outcome in do_owed(late)]

    assert caught_up == ["每日督办 2026-10-09", "月度行事历 2026-10", "季度清单 2026-Q4"]
    assert place_missed(late) == 0
    assert do_owed(late) == []
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


#: Each module in a process of its own, which has nothing of ours from the one that it comes from.
_EACH_ALONE = """
import os, sys, traceback
import alembic.context, docx, holidays, icalendar, jinja2, openpyxl, sqlalchemy.orm
import prefect.artifacts, prefect.client.orchestration, prefect.flow_runs, prefect.main
for module in sys.argv[1:]:
    if not os.fork():
        try:
            __import__(f"flows.{module}")
            sqlalchemy.orm.configure_mappers()
            sys.modules["models.database"].Base.metadata.sorted_tables
        except BaseException:
            print(module, traceback.format_exc(), flush=True)
        os._exit(0)
    os.wait()
"""


def test_every_flow_module_knows_all_tables_in_a_fresh_process() -> None:
    # A run is a new process that imports its flow alone: what nothing imported does not exist there.
    modules = ["run", "deploy", "relay", "postman", *(entry.name for entry in TIMETABLE)]

    done = subprocess.run(
        [sys.executable, "-c", _EACH_ALONE, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_a_stranger_s_page_in_the_browser_reads_nothing(year: Year) -> None:
    assert _may_read(year.server, f"http://localhost:{year.server.port}")
    assert not _may_read(year.server, "http://evil.example")


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


def wait_for_steps(steps: list[str], run: Row, year: Year) -> None:
    """Expect these steps, all done: task runs reach the server's tables by way of events."""
    expected = [(name, "已完成") for name in steps]
    eventually(lambda: [(one["name"], one["state_name"]) for one in year.steps(run)] == expected)
