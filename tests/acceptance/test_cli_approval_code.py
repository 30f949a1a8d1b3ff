"""`duban approval code`: who has a code, and sending one anew; the digits are for the mailbox alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.database import open_database, unit_of_work
from models.settings import Settings
from tasks.answer_gate import answer_gate
from tasks.approvals.gates import open_gate
from tasks.approvals.wanted_gates import wanted_gates
from tasks.gate_form import GateForm
from tests.conftest import SqliteDatabases
from tests.deciding import staff_on
from tests.processes import Driver, Ended, Home, bring_to_approver

#: Half past eight on the day on which the commands run.
MORNING = datetime(2026, 1, 6, 0, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Bureau:
    """A home in which approval 1 waits for the secretary, the command on it, and its database."""

    home: Home
    driver: Driver
    engine: Engine

    def duban(self, *words: str, day: str = "2026-01-06") -> Ended:
        return self.driver.run(self.home.job(*words, day=day))[0]

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home.path)

    def open_gate(self) -> None:
        with unit_of_work(self.engine) as session:
            for one in wanted_gates(session, self.settings, today=MORNING.date()):
                open_gate(session, self.settings, one, at=MORNING)

    def guess(self, number: int) -> None:
        answer_gate(
            self.engine,
            self.settings,
            GateForm("同意", "", "00000000"),
            approval=1,
            step=2,
            number=number,
            make_staff=lambda session: staff_on(session, MORNING),
            at=MORNING,
        )

    def mailed(self) -> list[str]:
        """The digits of all codes that arrived in the built-in mailbox, oldest first."""
        listed = json.loads(self.duban("--json", "mail", "list").out)
        numbers = [one["number"] for one in reversed(listed) if "审批码" in one["subject_line"]]
        texts = [json.loads(self.duban("--json", "mail", "read", str(one)).out)["text"] for one in numbers]
        return [found for text in texts for found in re.findall(r"审批码：(\d{4} \d{4})", text)]


@pytest.fixture
def bureau(sqlite_databases: SqliteDatabases, driver: Driver, tmp_path: Path) -> Iterator[Bureau]:
    home = Home(tmp_path, sqlite_databases.copy("planned"))
    bring_to_approver(home)
    engine = open_database(home.url)
    yield Bureau(home, driver, engine)
    engine.dispose()


def test_codes_are_shown_without_their_digits(bureau: Bureau) -> None:
    bureau.open_gate()
    shown = bureau.duban("approval", "code", "1")
    listed = json.loads(bureau.duban("--json", "approval", "code", "1").out)

    assert (shown.code, shown.err) == (0, "")
    assert "周立诚" in shown.out
    assert "有效" in shown.out
    assert listed == {
        "id": 1,
        "locked_until": None,
        "codes": [
            {
                "name": "周立诚",
                "step": "审批",
                "code_state": "valid",
                "code_until": "2026-01-07T08:30+08:00",
                "code_sent_at": "2026-01-06T08:30+08:00",
            }
        ],
    }
    assert not re.search(r"\d{4} ?\d{4}", shown.out.replace("2026", ""))


def test_a_new_code_is_mailed_and_never_printed(bureau: Bureau) -> None:
    bureau.open_gate()
    bureau.duban("mail", "send")
    sent = bureau.duban("approval", "code", "1", "--as", "周立诚")
    english = bureau.duban("--lang", "en", "approval", "code", "1", "--as", "周立诚")

    codes = bureau.mailed()
    assert (sent.code, sent.err) == (0, "")
    assert "审批 1：新的审批码已发给周立诚（审批），2026-01-07 08:30 前有效，此前的作废。" in sent.out
    assert "valid until 2026-01-07 08:30" in english.out
    assert len(set(codes)) == 3
    for one in codes:
        for said in (sent.out, english.out, sent.err, english.err):
            assert one not in said
            assert one.replace(" ", "") not in said
    log = bureau.duban("--json", "audit", "log").out
    assert "approval_code.issued" in log
    assert bureau.duban("audit", "verify").code == 0


def test_what_is_sent_at_the_weekend_says_when_it_leaves(bureau: Bureau) -> None:
    bureau.open_gate()

    sent = bureau.duban("approval", "code", "1", "--as", "周立诚", day="2026-01-10")

    assert "2026-01-13 08:00 前有效" in sent.out
    assert "现在不是发信时间，邮件 2026-01-12 08:00 发出。" in sent.out


def test_a_code_that_would_be_of_no_use_is_refused_in_words(bureau: Bureau) -> None:
    closed = bureau.duban("approval", "code", "1", "--as", "周立诚")
    bureau.open_gate()
    other = bureau.duban("approval", "code", "1", "--as", "韩国梁")
    unknown = bureau.duban("approval", "code", "9")
    for _ in range(4):
        bureau.duban("approval", "code", "1", "--as", "周立诚")
    often = bureau.duban("approval", "code", "1", "--as", "周立诚")

    assert [one.code for one in (closed, other, unknown, often)] == [1] * 4
    assert "审批 1 现在没有等待办理的审批入口" in closed.err
    assert "韩国梁现在不办理审批 1，审批码用不上。现在轮到：周立诚。" in other.err
    assert "没有编号为 9" in unknown.err
    assert "一小时内已给周立诚寄过 5 次审批码，2026-01-06 09:30 之后才能再寄。" in often.err


def test_a_lock_is_shown(bureau: Bureau) -> None:
    bureau.open_gate()
    for number in range(1, 6):
        bureau.guess(number)

    assert "2026-01-06 08:45 之前不接受审批码" in bureau.duban("approval", "code", "1").out
