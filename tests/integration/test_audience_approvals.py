"""Who is told what of approvals that are really moved: asked, reminded, copied, told of the end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from models.approval import commands as do
from models.approval.commands import Command
from models.approval.definition import Resubmit
from models.approval.read_definition import read_definition
from models.approval.state import SYSTEM, Placing
from models.database import unit_of_work
from models.settings import Settings
from models.tables import ApprovalSeat, Cursor, Entry, Notice, Person, Plan, PlanItem, Publication
from models.workdays import load_calendar
from notifications.letters import Letter, render
from notifications.samples import SAMPLES
from notifications.telling import Skipped, Told
from tasks.approvals.perform import perform, start
from tasks.approvals.staff import Staff
from tests.integration.told_bureau import (
    AT,
    COORDINATOR,
    DEPUTY,
    FOR_XIN,
    GONE,
    JIANG,
    LU,
    NAMES,
    SECRETARY,
    TODAY,
    TOGETHER,
    XIN,
    YUE,
    digested,
    every,
    happened,
    reached,
    store,
    supervised,
    told,
    work,
)

pytest_plugins = ["tests.integration.told_bureau"]

#: Two steps, the second with a deadline that is reminded, escalated and decided by the clock.
TWO_STEPS = """
code: two_steps
version: 1
name: {zh: 两步, en: Two steps}
subject: plan
steps:
  - {key: review, name: {zh: 科室审核, en: Review}, who: {person: 吕国平}}
  - key: sign
    name: {zh: 领导审签, en: Signature}
    who: {person: 蒋文博}
    deadline:
      workdays: 3
      ladder: [{after: 0, do: remind}, {after: 1, do: escalate}, {after: 3, do: approve}]
"""


@dataclass
class Office:
    """Approvals in the small bureau, one command after the other, and what is told of them."""

    engine: Engine
    day: date = TODAY
    subject: int = 0

    def submit(self, page: str = TWO_STEPS, *, by: int = YUE, subject: str = "plan", number: int = 0) -> int:
        """A new request; gives the approval's number."""
        self.subject += 1
        with unit_of_work(self.engine) as session:
            return start(
                session,
                read_definition(page, source="test"),
                subject=subject,
                subject_id=number or self.subject,
                title=f"审批{self.subject}",
                initiator=by,
                world=self._staff(session),
            ).approval

    def give(self, approval: int, *given: Command) -> None:
        """Commands in their order."""
        for one in given:
            with unit_of_work(self.engine) as session:
                perform(session, approval, one, self._staff(session))

    def pass_days(self, days: int, approval: int) -> None:
        """Let days pass, and the clock look at an approval then."""
        self.day += timedelta(days=days)
        self.give(approval, do.Scan(SYSTEM))

    def tell(self) -> list[tuple[str, int]]:
        """The letters of one telling, with their readers, alone or for the digest."""
        known = {one.dedupe for one in self._every()}
        told(self.engine, today=self.day)
        return sorted((one.letter, one.person_id) for one in self._every() if one.dedupe not in known)

    def last(self, letter: str, person: int) -> Notice | Entry:
        """The newest letter of a kind to a person."""
        found = [one for one in self._every() if (one.letter, one.person_id) == (letter, person)]
        return max(found, key=lambda one: one.id)

    def row(self, letter: str, person: int) -> dict[str, Any]:
        """The one row of that letter."""
        [row] = self.last(letter, person).facts["rows"]
        return dict(row)

    def text(self, letter: str, person: int) -> str:
        """What that letter says in Chinese."""
        return self.letter(letter, person).text

    def letter(self, letter: str, person: int) -> Letter:
        """That letter in Chinese; a part of the digest as a digest of its own."""
        shared = {key: value for key, value in SAMPLES["test"].items() if key != "server"}
        return render(letter, "zh", {**shared, **self.last(letter, person).facts})

    def _every(self) -> list[Notice | Entry]:
        return every(self.engine)

    def _staff(self, session: Session) -> Staff:
        at = AT + timedelta(days=(self.day - TODAY).days)
        return Staff(session, Settings(Path("/nowhere")), load_calendar([2026]), at=at, today=self.day)


@pytest.fixture
def office(bureau: Engine) -> Office:
    return Office(bureau)


def test_each_signer_is_asked_when_the_turn_comes_and_the_end_is_told_once(office: Office) -> None:
    number = office.submit()
    assert office.tell() == [("approval_asked", LU)]
    office.give(number, do.Approve(LU, "同意上报"))
    assert office.tell() == [("approval_asked", JIANG)]
    office.give(number, do.Approve(JIANG, "照办"))

    assert office.tell() == [("approval_decided", COORDINATOR), ("approval_decided", YUE)]
    assert office.tell() == []
    said = [(one["name"], one["how"], one["words"]) for one in office.row("approval_decided", YUE)["said"]]
    assert said == [("吕国平", "approve", "同意上报"), ("蒋文博", "approve", "照办")]
    assert office.letter("approval_decided", YUE).subject == "【办理结果】“审批1”已批准"


def test_a_letter_says_what_how_until_when_and_what_was_said(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Approve(LU, "同意上报"))
    office.tell()

    text = office.text("approval_asked", JIANG)
    assert "步骤：领导审签" in text
    assert "陶欣悦于2026年3月24日（周二）提请" in text
    assert "2026年3月27日（周五）到期，还有3个工作日" in text
    assert "2026年3月30日（周一）仍未办结的，报请上级一并审批；2026年4月1日" in text
    assert "吕国平：同意 · 科室审核 · 3月24日（周二）\n     同意上报" in text
    assert f"duban approval approve {number} --as 蒋文博" in text
    english = render("approval_asked", "en", office.last("approval_asked", JIANG).facts).text
    assert "step: Signature" in english


def test_what_was_decided_before_telling_is_not_told(office: Office) -> None:
    approved, withdrawn, ended = office.submit(), office.submit(), office.submit()
    office.give(approved, do.Approve(LU))
    office.give(withdrawn, do.Withdraw(YUE))
    office.give(ended, do.Terminate(COORDINATOR, "重复"))

    assert office.tell() == [("approval_asked", JIANG), ("approval_decided", YUE)]
    assert office.row("approval_asked", JIANG)["id"] == approved
    assert (office.row("approval_decided", YUE)["status"], office.row("approval_decided", YUE)["words"]) == (
        "terminated",
        "重复",
    )


def test_a_person_gets_one_letter_for_everything_that_arrived(office: Office) -> None:
    for _ in range(3):
        office.submit()

    assert office.tell() == [("approval_asked", LU)]
    facts = office.last("approval_asked", LU).facts
    assert ([row["title"] for row in facts["rows"]], facts["total"]) == (["审批1", "审批2", "审批3"], 3)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("all", "会签：须3人全部同意，已同意1人"),
        ("any", "或签：3人中先办者为准"),
        ("vote, need: 2", "票签：3人中须有2人同意，已同意1人"),
        ("in_turn", "依次审批：共3人，已同意1人"),
    ],
)
def test_a_letter_says_how_several_decide(office: Office, mode: str, words: str) -> None:
    number = office.submit(TOGETHER.replace("mode: MODE", mode_lines(mode)))
    if "any" not in mode:
        office.give(number, do.Approve(LU))
    office.tell()

    assert words in office.text("approval_asked", JIANG)


def mode_lines(mode: str) -> str:
    return "mode: " + mode.replace(", ", "\n    ")


def test_only_the_head_of_a_line_is_asked(office: Office) -> None:
    number = office.submit(TOGETHER.replace("MODE", "in_turn"))

    assert office.tell() == [("approval_asked", LU)]
    office.give(number, do.Approve(LU))
    assert office.tell() == [("approval_asked", JIANG)]


def test_who_acts_for_an_absent_signer_is_asked(office: Office) -> None:
    office.submit(FOR_XIN, by=LU)

    assert office.tell() == [("approval_asked", YUE)]
    notice = office.last("approval_asked", YUE)
    assert (notice.facts["on_behalf"], notice.facts["rows"][0]["for_whom"]) == (["杜若琳"], "杜若琳")
    assert "--as 陶欣悦" in office.text("approval_asked", YUE)


def test_the_initiator_is_never_asked_as_a_substitute(office: Office) -> None:
    office.submit(FOR_XIN, by=YUE)

    assert office.tell() == [("approval_asked", XIN)]


def test_advice_is_asked_for_and_comes_back(office: Office) -> None:
    number = office.submit()
    office.tell()
    office.give(number, do.Delegate(LU, "看看第3项", to=SECRETARY))
    assert office.tell() == [("approval_asked", SECRETARY)]
    row = office.row("approval_asked", SECRETARY)
    assert (row["kind"], row["by"], row["words"]) == ("advise", "吕国平", "看看第3项")
    assert "您的意见不计票" in office.text("approval_asked", SECRETARY)
    assert "duban approval decline" in office.text("approval_asked", SECRETARY)

    office.give(number, do.Reject(SECRETARY, "第3项不妥"))

    assert office.tell() == [("approval_asked", LU)]
    assert office.row("approval_asked", LU)["kind"] == "advised"
    assert "周立诚：建议不同意，不计票" in office.text("approval_asked", LU)


def test_an_added_signer_learns_by_whom_and_in_which_order(office: Office) -> None:
    number = office.submit()
    office.tell()
    office.give(
        number,
        do.AddSigner(LU, "请先看", people=(SECRETARY,), placing=Placing.BEFORE),
    )
    assert office.tell() == [("approval_asked", SECRETARY)]
    row = office.row("approval_asked", SECRETARY)
    assert (row["kind"], row["by"], row["words"]) == ("added_before", "吕国平", "请先看")
    assert "吕国平加签，请您在其之前审批。" in office.text("approval_asked", SECRETARY)


def test_who_takes_over_learns_from_whom_and_who_gave_it_away_hears_nothing(office: Office) -> None:
    number = office.submit()
    office.tell()
    office.give(number, do.Transfer(LU, "出差", to=SECRETARY))
    assert office.tell() == [("approval_asked", SECRETARY)]
    assert "吕国平将此件转办给您。\n     出差" in office.text("approval_asked", SECRETARY)
    row = office.row("approval_asked", SECRETARY)
    assert (row["kind"], row["holder"], row["words"]) == ("transfer", "吕国平", "出差")

    office.give(number, do.Reassign(COORDINATOR, SECRETARY, DEPUTY, "书记开会"))

    assert office.tell() == [("approval_asked", DEPUTY)]
    assert "林晓东将周立诚的审批改派给您。" in office.text("approval_asked", DEPUTY)


@pytest.mark.parametrize(
    ("resubmit", "words"),
    [(Resubmit.IN_ORDER, "将按顺序再经各步骤"), (Resubmit.TO_RETURNER, "将直接送回退回的步骤")],
)
def test_a_return_says_by_whom_why_and_how_it_goes_on(office: Office, resubmit: Resubmit, words: str) -> None:
    number = office.submit()
    office.give(number, do.Approve(LU), do.Return(JIANG, "时限偏紧", resubmit=resubmit))

    assert office.tell() == [("approval_decided", COORDINATOR), ("approval_decided", YUE)]
    text = office.text("approval_decided", YUE)
    assert "蒋文博于2026年3月24日（周二）退回" in text
    assert text.count("时限偏紧") == 1
    assert f"duban approval submit {number}" in text
    assert words in text


def test_what_was_returned_and_submitted_again_is_only_asked(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Return(LU, "改"), do.Submit(YUE))

    assert office.tell() == [("approval_asked", LU)]


def test_a_return_to_a_step_asks_its_signer_again_with_the_reason(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Approve(LU), do.Return(JIANG, "数字有误", to="review"))

    assert office.tell() == [("approval_asked", LU)]
    row = office.row("approval_asked", LU)
    assert (row["kind"], row["by"], row["words"]) == ("sent_back", "蒋文博", "数字有误")


def test_who_takes_an_approval_back_is_not_asked_by_it(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Approve(LU))
    office.tell()
    office.give(number, do.TakeBack(LU))

    assert office.tell() == []


def test_the_clock_reminds_then_asks_the_superior_then_decides(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Approve(LU))
    assert office.tell() == [("approval_asked", JIANG)]

    office.pass_days(3, number)
    assert office.tell() == [("approval_reminded", JIANG)]
    assert "自2026年3月24日（周二）起等待您办理" in office.text("approval_reminded", JIANG)
    assert "2026年3月27日（周五），今日到期" in office.text("approval_reminded", JIANG)

    office.pass_days(3, number)
    [(first, superior), (second, holder)] = office.tell()
    assert (first, second, holder) == ("approval_asked", "approval_reminded", JIANG)
    assert office.row("approval_asked", superior)["kind"] == "escalated"
    assert "蒋文博逾期未办" in office.text("approval_asked", superior)
    assert office.row("approval_reminded", JIANG)["stand_ins"] == [NAMES[superior - 1]]

    office.pass_days(2, number)
    assert office.tell() == [("approval_decided", COORDINATOR), ("approval_decided", YUE)]
    assert "蒋文博逾期未办：系统自动同意" in office.text("approval_decided", YUE)
    assert "按规定自动通过" in office.text("approval_decided", YUE)


def test_urging_says_who_urges_and_how_often(office: Office) -> None:
    number = office.submit()
    office.tell()
    office.give(number, do.Urge(YUE, "明天要用"))
    assert office.tell() == [("approval_reminded", LU)]
    office.day += timedelta(days=1)
    office.give(number, do.Urge(YUE, "今天要用"))

    assert office.tell() == [("approval_reminded", LU)]
    assert "陶欣悦第2次催办。\n     今天要用" in office.text("approval_reminded", LU)


def test_what_is_asked_and_urged_at_once_is_one_letter(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Urge(YUE, "急件"))

    assert office.tell() == [("approval_asked", LU)]
    assert office.row("approval_asked", LU)["urged"] == {"by": "陶欣悦", "count": 1, "words": "急件"}


def test_the_initiator_is_urged_to_rework(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Return(LU, "改"))
    office.tell()
    office.give(number, do.Urge(LU))

    assert office.tell() == [("approval_reminded", YUE)]
    assert office.row("approval_reminded", YUE)["kind"] == "rework"
    assert f"duban approval submit {number}" in office.text("approval_reminded", YUE)


def test_a_copy_is_sent_once_to_the_reader_alone(office: Office) -> None:
    number = office.submit()
    office.tell()
    office.give(number, do.Copy(YUE, (XIN, DEPUTY)), do.Read(DEPUTY))

    assert office.tell() == [("approval_copied", XIN)]
    text = office.text("approval_copied", XIN)
    assert "不需审批" in text
    assert f"duban approval read {number} --as 杜若琳" in text
    office.give(number, do.Copy(LU, (XIN,)))
    assert office.tell() == []


def test_a_pause_is_silent_and_its_end_asks_again(office: Office) -> None:
    number = office.submit()
    office.give(number, do.Suspend(COORDINATOR, "等通知"))
    assert office.tell() == []
    office.give(number, do.Resume(COORDINATOR))

    assert office.tell() == [("approval_asked", LU)]
    assert "现已恢复办理" in office.text("approval_asked", LU)


def test_closings_of_work_are_told_by_the_work(office: Office) -> None:
    number = office.submit(subject="work_item")
    assert office.tell() == [("approval_asked", LU)]
    office.give(number, do.Reject(LU, "佐证不全"))

    assert office.tell() == []


def test_plans_say_their_size_and_documents_come_along(office: Office) -> None:
    plan = Plan(id=7, year=2026, version=1, state="submitted", title="", source="", sha256="", created_at=AT)
    item = PlanItem(
        plan_id=7, ref="1", no="1", position=1, category="党建", title="事项", kind="window", reading=""
    )
    paper = Publication(
        id=7,
        kind="report",
        period="2026-H1",
        unit_id=0,
        version=1,
        title="报告",
        state="draft",
        files=[{"role": "docx", "path": "documents/report.docx", "sha256": ""}],
        content="",
        body={},
        changes=[],
        created_at=AT,
    )
    store(office.engine, plan, item, paper)
    office.submit(number=7)
    office.submit(subject="publication", number=7)

    assert office.tell() == [("approval_asked", LU)]
    notice = office.last("approval_asked", LU)
    assert notice.attachments == ["documents/report.docx"]
    assert "2026年度第1版，共1类1项" in office.text("approval_asked", LU)
    assert "批准之前，计划不下达，文件不印发。" in office.text("approval_asked", LU)


def test_a_reader_of_several_seats_is_told_which(office: Office) -> None:
    page = TOGETHER.replace("吕国平", "杜若琳").replace("蒋文博", "陶欣悦").replace("MODE", "all")
    number = office.submit(page, by=LU)

    assert office.tell() == [("approval_asked", SECRETARY), ("approval_asked", YUE)]
    seats = re.findall(f"approve {number} --as 陶欣悦 --seat ([0-9]+)", office.text("approval_asked", YUE))
    assert seats == ["1", "2"]


def test_a_reader_who_shares_the_name_is_named_by_address(office: Office) -> None:
    with unit_of_work(office.engine) as session:
        session.add(Person(id=50, name="吕国平", email="other@example.gov.cn", title=""))
    number = office.submit(TWO_STEPS.replace("吕国平", f"p{LU}@example.gov.cn"))
    office.tell()

    assert f"approve {number} --as p{LU}@example.gov.cn" in office.text("approval_asked", LU)


def test_a_signer_who_cannot_be_reached_is_named(office: Office) -> None:
    number = office.submit()
    with unit_of_work(office.engine) as session:
        seat = session.scalars(select(ApprovalSeat).where(ApprovalSeat.approval_id == number)).one()
        seat.person_id = GONE

    assert told(office.engine).skipped == (Skipped("去职人", "approval_asked", "inactive"),)


def test_a_seat_that_nobody_holds_is_named(office: Office) -> None:
    number = office.submit()
    with unit_of_work(office.engine) as session:
        seat = session.scalars(select(ApprovalSeat).where(ApprovalSeat.approval_id == number)).one()
        seat.person_id = None

    assert told(office.engine).skipped == (Skipped("审批1", "approval_asked", "nobody"),)


def test_reading_the_log_again_tells_nothing(office: Office) -> None:
    first, second, _still_open = office.submit(), office.submit(), office.submit()
    office.tell()
    office.give(first, do.Approve(LU), do.Copy(YUE, (DEPUTY,)))
    office.tell()
    office.give(second, do.Return(LU, "改"))
    office.give(first, do.Urge(YUE))
    office.tell()
    with unit_of_work(office.engine) as session:
        session.get_one(Cursor, "notices").event_id = None

    assert told(office.engine) == Told(0)


def test_many_approvals_take_no_more_statements_than_few(office: Office) -> None:
    asked: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def statements(count: int) -> int:
        for _ in range(count):
            number = office.submit()
            office.give(number, do.Copy(YUE, (DEPUTY,)), do.Approve(LU, "可"), do.Urge(YUE))
            office.give(office.submit(), do.Reject(LU, "不可"))
        asked.clear()
        office.tell()
        return len(asked)

    few = statements(1)
    assert statements(15) <= few


def test_a_day_s_mail_lists_what_waits_for_a_decision(office: Office, tmp_path: Path) -> None:
    office.submit(FOR_XIN, by=LU)
    paused = office.submit(FOR_XIN, by=LU)
    office.give(paused, do.Suspend(COORDINATOR, "等通知"))
    office.submit(TWO_STEPS)
    store(office.engine, *work(1, YUE, TODAY), reached(1, "due", TODAY))
    happened(office.engine, supervised(TODAY))

    [digest] = digested(office.engine, tmp_path)

    done = render("digest", "zh", digest.facts)
    assert digest.person_id == YUE
    assert done.subject == "【提醒】“事项1”今日到期，待您审批1件"
    assert "等待您审批（1件）\n1. 审批1（代杜若琳）\n   步骤：审签｜吕国平提请" in done.text
