"""Approvals that were lived through in a real database, for the tests that read their trail and form.

PYTEST_DONT_REWRITE: tests import its types before pytest takes its fixture from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.approval import commands as do
from models.approval.commands import Command
from models.approval.read_definition import read_definition
from models.approval.state import SYSTEM, Placing
from models.database import unit_of_work
from models.settings import Settings
from models.tables import Absence, Person, Post, Unit
from models.workdays import Calendar, load_calendar
from tasks.approvals.perform import perform, start
from tasks.approvals.staff import Staff

#: A Monday with a week of workdays behind it.
MONDAY = date(2026, 3, 2)
#: Nine o'clock in Shanghai.
NINE = time(1)
PEOPLE = (
    "陈晓",
    "王建国",
    "孙丽",
    "周强",
    "李四海",
    "赵敏",
    "刘洋",
    "吴刚",
    "郑书记",
    "冯云",
    "林晓东",
    "钱进",
)

TWO_STEPS = """
code: plan
version: 1
name: {zh: 年度计划审批, en: Approval of the yearly plan}
subject: plan
steps:
  - {key: review, name: {zh: 机关党委审核, en: Review}, who: {person: 王建国}}
  - key: sign
    name: {zh: 党组书记审签, en: Signature}
    who: {person: 郑书记}
    deadline: {workdays: 3, ladder: [{after: 1, do: remind}]}
"""

EVENTFUL = """
code: bulletin
version: 1
name: {zh: 检查通报签发, en: Issue of the bulletin}
subject: publication
duplicates: consecutive
copies: [{person: 冯云}]
steps:
  - {key: review, name: {zh: 机关党委审核, en: Review}, who: {person: 王建国}}
  - key: countersign
    name: {zh: 相关科室会签, en: Countersigning}
    who: {every: [{person: 李四海}, {person: 赵敏}, {person: 刘洋}]}
    deadline:
      workdays: 2
      ladder: [{after: 0, do: remind}, {after: 1, do: escalate}, {after: 2, do: approve}]
  - {key: sign, name: {zh: 党组书记签发, en: Signature}, who: {person: 郑书记}}
  - {key: file, name: {zh: 归档确认, en: Filing}, who: {person: 郑书记}}
"""

FIFTY = """
code: opinion
version: 1
name: {zh: 征求意见稿会签, en: Countersigning of a draft}
subject: plan
steps:
  - {key: all, name: {zh: 各支部会签, en: All branches}, who: {chosen: signers}, rejection: after_all}
"""


@dataclass
class Desk:
    """A bureau whose approvals are moved by hand, day by day."""

    engine: Engine
    settings: Settings
    calendar: Calendar = field(default_factory=lambda: load_calendar([2026]))
    ids: dict[str, int] = field(default_factory=dict)
    today: date = MONDAY
    minutes: int = 0

    def staff(self, session: Session) -> Staff:
        """The organisation as it is now, a minute later than before."""
        self.minutes += 1
        now = datetime.combine(self.today, NINE, UTC) + timedelta(minutes=self.minutes)
        return Staff(session, self.settings, self.calendar, at=now, today=self.today)

    def submit(self, text: str, title: str, *, by: str = "陈晓", **chosen: tuple[int, ...]) -> int:
        """Submit something new; gives the approval's number."""
        with unit_of_work(self.engine) as session:
            answer = start(
                session,
                read_definition(text, source="story"),
                subject="plan",
                subject_id=1,
                title=title,
                initiator=self.ids[by],
                world=self.staff(session),
                chosen=chosen,
            )
        return answer.approval

    def give(self, number: int, *given: Command) -> None:
        """Give commands one after the other."""
        for command in given:
            with unit_of_work(self.engine) as session:
                perform(session, number, command, self.staff(session))

    def day(self, workdays: int) -> None:
        """Go on so many workdays later."""
        self.today, self.minutes = self.calendar.add(self.today, workdays), 0


def two_steps(desk: Desk) -> int:
    """The plain case: two approvals, one with words."""
    ids = desk.ids
    number = desk.submit(TWO_STEPS, "2026年度机关党建工作计划")
    desk.give(number, do.Approve(ids["王建国"], "同意，报书记审签。"))
    desk.day(1)
    desk.give(number, do.Approve(ids["郑书记"], "同意。请抓好落实。"))
    return number


def eventful(desk: Desk) -> int:
    """A return and a second round, a transfer, advice, a substitute, a pause, the clock and the rules."""
    ids = desk.ids
    number = desk.submit(EVENTFUL, "关于2026年上半年党建工作检查情况的通报")
    desk.give(
        number,
        do.Urge(ids["陈晓"], "请尽快审核"),
        do.Return(ids["王建国"], "第三部分数据口径不一致，请核对后重报。"),
    )
    desk.day(1)
    desk.give(
        number,
        do.Submit(ids["陈晓"]),
        do.Transfer(ids["王建国"], "外出调研，请孙丽同志审核。", to=ids["孙丽"]),
        do.Delegate(ids["孙丽"], "请就数据部分提出意见", to=ids["周强"]),
        do.Approve(ids["周强"], "数据已核对无误。"),
        do.Approve(ids["孙丽"], "同意。"),
        do.KeepDraft(ids["赵敏"], "还没想好"),
        do.Approve(ids["吴刚"], "同意，已核对本科室内容。"),
        do.AddSigner(ids["赵敏"], "请钱进同志一并会签", people=(ids["钱进"],), placing=Placing.PARALLEL),
        do.Comment(ids["陈晓"], "附件二已更新。"),
        do.Suspend(ids["林晓东"], "等待上级统一部署"),
    )
    desk.day(1)
    desk.give(number, do.Resume(ids["林晓东"]), do.Approve(ids["赵敏"]), do.Approve(ids["钱进"], "同意"))
    for _ in range(5):
        desk.day(1)
        desk.give(number, do.Scan(SYSTEM))
    desk.give(number, do.Approve(ids["郑书记"], "同意印发。"), do.Read(ids["冯云"]))
    return number


def fifty(desk: Desk) -> int:
    """Fifty signers of whom most have signed, one against it, and some are still asked."""
    with unit_of_work(desk.engine) as session:
        people = [Person(name=f"会签{n:02}", email=f"s{n}@example.gov.cn") for n in range(1, 51)]
        session.add_all(people)
        session.flush()
        signers = tuple(one.id for one in people)
    number = desk.submit(FIFTY, "2026年度党建工作要点（征求意见稿）", signers=signers)
    desk.give(number, do.Reject(signers[3], "第二条与现行规定不一致，建议修改。"))
    desk.give(number, *(do.Approve(one, "同意。") for one in signers[5:45]))
    return number


def found(engine: Engine, settings: Settings) -> Desk:
    """The bureau: twelve people, one away with a substitute, one the coordinator."""
    desk = Desk(engine, settings)
    with unit_of_work(engine) as session:
        bureau = Unit(code="B", name="示范市政务局", kind="单位", position=0)
        office = Unit(code="D", name="机关党委办公室", kind="科室", position=1)
        branch = Unit(code="P", name="第一党支部", kind="党支部", position=2)
        people = [Person(name=name, email=f"p{n}@example.gov.cn") for n, name in enumerate(PEOPLE, start=1)]
        session.add_all([bureau, office, branch, *people])
        session.flush()
        desk.ids = {one.name: one.id for one in people}
        office.head_id = desk.ids["王建国"]
        session.add_all(
            [
                Post(person_id=desk.ids["陈晓"], unit_id=branch.id, role="党员"),
                Post(person_id=desk.ids["陈晓"], unit_id=office.id, role="成员"),
                Post(person_id=desk.ids["林晓东"], unit_id=office.id, role="协调人"),
                Post(person_id=desk.ids["郑书记"], unit_id=bureau.id, role="党组书记"),
                Absence(
                    person_id=desk.ids["李四海"],
                    substitute_id=desk.ids["吴刚"],
                    kind="休假",
                    starts_on=MONDAY,
                    ends_on=date(2026, 3, 31),
                ),
            ]
        )
    return desk


@pytest.fixture
def desk(database: Engine, settings: Settings) -> Desk:
    """The bureau on its first day."""
    return found(database, settings)
