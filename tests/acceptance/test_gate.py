"""A document is approved in Prefect's UI by a person's steps, in a real browser, however long that takes."""

from __future__ import annotations

import re
from collections.abc import Generator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from flows.office import open_office
from flows.server import Server
from models.tables import Approval, ApprovalRefusal
from notifications.mailbox import read_mail, read_mailbox
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
#: Five weeks later: the codes of that day are long worth nothing.
LATER = "2026-04-07"
#: Who reviews the plan and who decides on it in the example bureau.
REVIEWER, SECRETARY = "hanguoliang@example.gov.cn", "zhoulicheng@example.gov.cn"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bureau whose plan was submitted, and whose days owe nothing else."""
    home = tmp_path_factory.mktemp("gate") / "home"
    prepare_home(home, date.fromisoformat(DAY))
    duban(home, "plan", "import", str(DATA / "plan_2026.xlsx"), "--year", "2026", day=DAY)
    office = open_office(home, date.fromisoformat(DAY))
    confirm_everything(office)
    for day in (DAY, LATER):
        leave_the_day_alone(office.on(date.fromisoformat(day)))
    office.engine.dispose()
    assert duban(home, "plan", "submit", "--year", "2026", day=DAY).returncode == 0
    return home


@pytest.fixture
def server(home: Path) -> Generator[Server]:
    with going(home, before=("--as-of", DAY)) as (_up, server):
        yield server


def test_the_reviewer_approves_in_the_browser_after_a_wrong_code(
    home: Path, server: Server, page: Page
) -> None:
    gate = waiting(server)
    assert gate["name"] == "待审批 · 2026年机关党建工作清单（第 1 版） · 党组成员、副局长、机关党委书记"
    assert {"待审批", "审核", "2026"} <= set(gate["tags"])
    page.goto(f"{server.ui_url}/runs/flow-run/{gate['id']}")

    hand_in(page, decision="同意", opinion="", code="1234 5678")
    says = answered(page, server, gate["id"], 1)
    assert "审批码不对。" in says
    assert "再错 4 次" in says

    hand_in(page, decision="退回", opinion="", code=code_for(home, REVIEWER))
    assert "意见" in answered(page, server, gate["id"], 2)
    assert kept_of_forms(server, gate["id"]) == []

    hand_in(page, decision="同意", opinion="已审核", code=code_for(home, REVIEWER))
    done = eventually(lambda: finished(server, gate["id"]))
    assert done["state_name"] == "已办结"
    assert "韩国梁" in done["state"]["message"]

    second = waiting(server)
    assert second["name"].endswith("党组书记、局长")
    assert code_for(home, SECRETARY)
    assert status(home) == ("running", 1)


def test_weeks_later_and_with_prefect_s_database_lost_the_secretary_decides_with_a_fresh_code(
    home: Path,
) -> None:
    sent, old = codes_sent(home), code_for(home, SECRETARY)
    lose_prefect(home)
    with going(home, before=("--as-of", LATER)) as (_up, server):
        gate = waiting(server)
        assert gate["name"] == "待审批 · 2026年机关党建工作清单（第 1 版） · 党组书记、局长"
        assert {"待审批", "审批", "2026"} <= set(gate["tags"])
        assert codes_sent(home) == sent

        assert duban(home, "approval", "code", "1", "--as", SECRETARY, day=LATER).returncode == 0
        eventually(lambda: codes_sent(home) == sent + 1)
        form = {"decision": "同意", "opinion": "", "code": code_for(home, SECRETARY)}
        assert form["code"] != old
        eventually(lambda: ask(server, f"flow_runs/{gate['id']}/resume", {"run_input": form}))

        done = eventually(lambda: finished(server, gate["id"]))
        assert (done["state_name"], done["state_type"]) == ("已办结", "COMPLETED")
        assert "周立诚" in done["state"]["message"]
        assert eventually(lambda: [run for run in runs_of(server, "年度计划 2026") if over(run)])
    assert status(home) == ("approved", 1)


def waiting(server: Server) -> Row:
    """The gate that waits, once its run is suspended."""
    paused = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
    (gate,) = eventually(lambda: ask(server, "flow_runs/filter", paused))
    found: Row = gate
    return found


def over(run: Row) -> bool:
    return run["state_type"] in {"COMPLETED", "FAILED", "CRASHED"}


def hand_in(page: Page, *, decision: str, opinion: str, code: str) -> None:
    """Resume, fill in the form and submit it."""
    page.get_by_role("button", name="Resume").click()
    form = page.locator(".p-modal__card")
    form.locator(".p-select-button__control").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".p-select-option", has_text=decision).first.click()
    form.locator("textarea").nth(0).fill(opinion)
    form.locator("textarea").nth(1).fill(code)
    submit = form.get_by_role("button", name="Submit")

    def taken() -> bool:
        """What the letter with the code says: a busy server fails to resume, and is asked once more."""
        with page.expect_response(re.compile("/resume$")) as answer:
            submit.click()
        return answer.value.ok

    eventually(taken)
    expect(form).to_have_count(0)


def answered(page: Page, server: Server, run: str, count: int) -> str:
    """What stands above the form once it is asked for again."""

    def suspended_again() -> bool:
        """Suspended for the next form: its state says which."""
        found = ask(server, "flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        states = [one["state"] for one in found]
        asked = str(count + 1)
        return any(one["type"] == "PAUSED" and one["state_details"]["pause_key"] == asked for one in states)

    eventually(suspended_again)
    page.reload()
    page.get_by_role("button", name="Resume").click()
    form = page.locator(".p-modal__card")
    quote = form.locator("blockquote, .markdown-renderer__blockquote").first
    expect(quote).to_be_visible()
    said = quote.inner_text()
    form.get_by_role("button", name="Close").click()
    expect(form).to_have_count(0)
    return said


def kept_of_forms(server: Server, run: str) -> list[str]:
    """What Prefect still has of what was handed in: the code of a form that was not taken is still valid."""
    inputs = ask(server, f"flow_runs/{run}/input/filter", {"prefix": "suspended", "limit": 50})
    assert inputs, "the forms themselves stay"
    return [one["value"] for one in inputs if one["key"].endswith("-response")]


def codes_sent(home: Path) -> int:
    """How many letters with codes there are in all mailboxes."""
    return sum("审批码" in mail.subject for mail in read_mailbox(home / "mailbox"))


def code_for(home: Path, address: str) -> str:
    """The newest approval code in somebody's mailbox."""
    mails = eventually(lambda: read_mailbox(home / "mailbox", to=address))
    newest = next(mail for mail in mails if "审批码" in mail.subject)
    found = re.search(r"审批码：(\d{4} \d{4})", read_mail(home / "mailbox", newest.number).text)
    assert found
    return found[1]


def status(home: Path) -> tuple[str, int]:
    """How the plan's approval stands, and how many wrong codes were logged."""
    office = open_office(home, date.fromisoformat(DAY))
    with office.read() as session:
        state = session.scalar(select(Approval.status).where(Approval.id == 1))
        wrong = session.scalar(
            select(func.count()).select_from(ApprovalRefusal).where(ApprovalRefusal.code == "wrong_code")
        )
    office.engine.dispose()
    return str(state), int(wrong or 0)
