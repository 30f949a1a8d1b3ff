"""Events drive flows on a real server: what follows starts by itself, once, whatever is killed meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from flows.happenings import FOLLOWER
from flows.office import Office, open_office
from flows.server import Server, noted
from models.following import newest_event, place_of
from models.tables import Approval, Notice, Order, Plan, Publication
from notifications.mailbox import read_mailbox
from tasks.approvals.inbox import waiting_for
from tasks.orders import OrderState
from tests.patience import eventually
from tests.up_home import (
    DATA,
    Row,
    ask,
    confirm_everything,
    duban,
    finished,
    going,
    leave_the_day_alone,
    lose_prefect,
    prepare_home,
    runs_of,
)

pytestmark = pytest.mark.prefect

DAY = "2026-03-02"


class Bureau:
    """A bureau whose `duban up` runs on a simulated day, as its coordinator and as a test see it."""

    def __init__(self, home: Path, pid: int) -> None:
        self.home, self.pid = home, pid
        self.office: Office = open_office(home, date.fromisoformat(DAY))

    @property
    def server(self) -> Server:
        """What runs now: a part that was started again has another process."""
        running = noted(self.home)
        assert running is not None
        return running

    def duban(self, *words: str) -> str:
        """What a command says; it must be done."""
        done = duban(self.home, *words, day=DAY)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def approve_plan(self) -> None:
        """All steps of the plan's newest approval, by command: an amendment has as many as it is large."""
        with self.office.read() as session:
            number = session.scalar(select(func.max(Approval.id)).where(Approval.subject == "plan")) or 0
        while seats := self._seats(number):
            self.duban("approval", "approve", str(number), "--as", seats[0], "--opinion", "同意")

    def _seats(self, number: int) -> list[str]:
        with self.office.read() as session:
            seats = waiting_for(session, None, self.office.clock.today())
        return [one.holder_name for one in seats if one.approval == number]

    def plans(self) -> list[tuple[int, str]]:
        """The versions of the plan and their states."""
        with self.office.read() as session:
            found = session.execute(select(Plan.version, Plan.state).order_by(Plan.version))
            return [(version, state) for version, state in found]

    def orders(self, state: OrderState = OrderState.DONE) -> list[tuple[str, int]]:
        """The follow-ups in this state: flow, and how often it was begun."""
        with self.office.read() as session:
            found = select(Order.flow, Order.attempts).where(
                Order.state == state, Order.event_id.is_not(None)
            )
            return [(one.flow, one.attempts) for one in session.execute(found.order_by(Order.id))]

    def told(self) -> bool:
        """Whether Prefect was told of everything that happened."""
        with self.office.read() as session:
            return place_of(session, FOLLOWER) == newest_event(session)

    def count(self, what: Any) -> int:  # noqa: ANN401  # a table
        """How many rows there are."""
        with self.office.read() as session:
            return session.scalar(select(func.count()).select_from(what)) or 0


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Generator[Bureau]:
    home = tmp_path_factory.mktemp("relay") / "home"
    prepare_home(home, date.fromisoformat(DAY))
    office = open_office(home, date.fromisoformat(DAY))
    leave_the_day_alone(office)
    office.engine.dispose()
    lease = {"DUBAN_LEASE_SECONDS": "20"}
    with going(home, "--workers", "2", before=("--as-of", DAY), environ=lease) as (up, _server):
        bureau = Bureau(home, up.pid)
        eventually(bureau.told)
        yield bureau
        bureau.office.engine.dispose()


def test_an_approved_plan_is_put_in_force_and_its_month_issued_without_any_command(bureau: Bureau) -> None:
    bureau.duban("plan", "import", str(DATA / "plan_2026.xlsx"), "--year", "2026")
    confirm_everything(bureau.office)
    bureau.duban("plan", "submit", "--year", "2026")
    gate = eventually(lambda: suspended(bureau.server))[0]
    bureau.approve_plan()

    eventually(lambda: ("monthly_calendar", 1) in bureau.orders())

    assert bureau.orders() == [("annual_plan", 1), ("monthly_calendar", 1)]
    (calendar,) = eventually(lambda: done(bureau.server, "月度行事历 2026-03"))
    assert {"月度行事历", "2026-03"} <= set(calendar["tags"])
    assert "AUTOMATION" in started_by(bureau.server, "月度行事历")
    assert eventually(lambda: read_mailbox(bureau.home / "mailbox", limit=1))
    resolved = eventually(lambda: finished(bureau.server, gate["id"]))
    assert (resolved["state_name"], resolved["state_type"]) == ("已办结", "COMPLETED")


def test_the_event_feed_reads_as_a_story(bureau: Bureau) -> None:
    feed = {"filter": {"event": {"prefix": ["duban."]}}, "limit": 50}

    def story() -> list[str]:
        """The names in the feed, oldest first, once the last one is there."""
        events = ask(bureau.server, "events/filter", feed).get("events", [])
        names = [one["resource"]["prefect.resource.name"] for one in reversed(events)]
        return names if any(name.startswith("已印发") for name in names) else []

    told = eventually(story)

    chapters = ["已导入", "已送审", "已批准", "已生效，共 72 项"]
    assert [one for one in told if one.startswith("2026 年计划")] == [
        f"2026 年计划第 1 版{chapter}" for chapter in chapters
    ]
    assert {"接续办理：年度计划 2026", "接续办理：月度行事历 2026-03", "任务已分派到责任人"} <= set(told)
    assert len(told) < 40


def test_a_lost_or_doubled_event_changes_nothing(bureau: Bureau) -> None:
    before = (bureau.count(Publication), bureau.count(Notice), bureau.orders())
    with bureau.office.read() as session:
        number = session.scalar(select(Order.id).where(Order.flow == "monthly_calendar"))
    again = {
        "occurred": bureau.office.settings.clock().now().isoformat(),
        "event": "duban.plan.activated",
        "resource": {"prefect.resource.id": "duban.order.1", "duban.follow-up": "monthly_calendar"},
        "payload": {"order": number, "period": "2026-03"},
        "id": "00000000-0000-4000-8000-000000000001",
    }
    ask(bureau.server, "events", [again])

    said = "月度行事历 2026-03：已办理、正在办理或稍后自动再办"
    assert eventually(lambda: runs_of(bureau.server, said))
    assert (bureau.count(Publication), bureau.count(Notice), bureau.orders()) == before


def test_a_superior_document_becomes_an_amendment_although_the_server_is_down(
    bureau: Bureau, tmp_path: Path
) -> None:
    file = amended(tmp_path)
    os.kill(bureau.server.pid, signal.SIGKILL)
    bureau.duban("plan", "import", str(file), "--year", "2026", "--source", "工委〔2026〕12号")

    eventually(lambda: bureau.plans()[-1] == (2, "submitted"))

    eventually(lambda: ("annual_plan", 1) in bureau.orders()[2:])


def test_what_died_with_the_server_and_its_database_is_found_by_the_sweep(bureau: Bureau) -> None:
    before = len(bureau.orders())
    bureau.approve_plan()
    eventually(bureau.told)
    lose_prefect(bureau.home)
    os.kill(bureau.server.pid, signal.SIGKILL)

    eventually(lambda: bureau.plans() == [(1, "superseded"), (2, "active")])
    eventually(lambda: not bureau.orders(OrderState.OWED) + bureau.orders(OrderState.RUNNING))

    after = bureau.orders()[before:]
    assert [flow for flow, _ in after] == ["annual_plan", "monthly_calendar"]
    assert bureau.orders(OrderState.FAILED) == []


def done(server: Server, name: str) -> list[Row]:
    """The runs of this name, once all of them are done."""
    runs = runs_of(server, name)
    return runs if runs and all(run["state_name"] == "已完成" for run in runs) else []


def started_by(server: Server, deployment: str) -> set[str]:
    """Who started the runs of this deployment: where the machine is slow, the sweep starts one as well."""
    runs = ask(server, "flow_runs/filter", {"deployments": {"name": {"any_": [deployment]}}})
    return {run["created_by"]["type"] for run in runs if run["created_by"]}


def suspended(server: Server) -> list[Row]:
    """The runs that wait for people."""
    paused = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
    return list(ask(server, "flow_runs/filter", paused) or ())


def amended(folder: Path) -> Path:
    """The plan with one more word in the title of an item."""
    book = load_workbook(DATA / "plan_2026.xlsx")
    cell = next(
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("完善意识形态网格")
    )
    cell.value = f"{cell.value}（按上级要求）"
    file = folder / "plan_2026.xlsx"
    book.save(file)
    return file
