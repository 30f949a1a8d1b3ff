"""The letters with approval codes: to whom they go, what they say, and that digits are only in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from models.approval import commands as do
from models.approval.code import grouped
from models.clock import Clock
from models.database import reading, unit_of_work
from models.secret import KEY_FILE
from models.settings import Settings
from models.tables import Notice, Person
from notifications import reasons
from notifications.audience import tell
from notifications.letters import Letter, render
from notifications.mailbox import read_mail, read_mailbox
from notifications.outbox import parked
from notifications.post import Delivered, deliver
from tasks.approvals.gates import note_run
from tests.gate_bureau import TWO_STEPS, GateBureau
from tests.integration.told_bureau import COORDINATOR, FOR_XIN, JIANG, LU, SECRETARY, TOGETHER, XIN, YUE

pytest_plugins = ["tests.gate_bureau"]
DIGITS = re.compile(r"(?<!\d)(\d{4} \d{4})(?!\d)")


def told_now(gates: GateBureau, **settings: str) -> list[Notice]:
    """Tell what happened; gives the letters with codes that there are."""
    chosen = Settings(home=gates.settings.home, **settings)  # type: ignore[arg-type]  # texts
    today = gates.at.astimezone(chosen.zone).date()
    with unit_of_work(gates.engine) as session:
        tell(session, chosen, at=gates.at, today=today)
    with reading(gates.engine) as session:
        found = session.scalars(
            select(Notice).where(Notice.letter == "approval_code").order_by(Notice.person_id)
        ).all()
        session.expunge_all()
    return list(found)


def sent(gates: GateBureau) -> Delivered:
    return deliver(gates.engine, gates.settings, clock=Clock(gates.settings.zone, gates.at))


def mailed(gates: GateBureau) -> dict[str, str]:
    """The texts of the mails with codes, by address."""
    folder = gates.settings.home / "mailbox"
    return {
        mail.to: read_mail(folder, mail.number).text
        for mail in read_mailbox(folder)
        if "审批码" in mail.subject
    }


def letter_of(notice: Notice) -> Letter:
    return render(notice.letter, "zh", {**notice.facts, "digits": "12345678"})


def test_each_signer_gets_the_own_digits_by_mail_and_they_are_nowhere_else(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))
    gates.look()
    told_now(gates)
    sent(gates)
    gates.hand_in(number, code="")

    texts = mailed(gates)
    own = {person: gates.code(number, person) for person in (LU, JIANG, SECRETARY)}

    assert {to: DIGITS.findall(text) for to, text in texts.items()} == {
        f"p{person}@example.gov.cn": [grouped(digits)] for person, digits in own.items()
    }
    assert gates.hand_in(number, code=DIGITS.findall(texts["p5@example.gov.cn"])[0]).outcome == "decided"
    everything = gates.everything()
    for digits in own.values():
        assert digits not in everything
        assert grouped(digits) not in everything


def test_the_subject_that_a_locked_telephone_shows_has_no_digits(gates: GateBureau) -> None:
    gates.submit()
    gates.look()
    [notice] = told_now(gates)

    assert letter_of(notice).subject == "【审批码】“2026年计划1”请您审批"
    assert "1234" not in letter_of(notice).subject


def test_a_letter_says_what_until_when_where_and_that_nobody_will_ask(gates: GateBureau) -> None:
    number = gates.submit()
    gates.look()
    with unit_of_work(gates.engine) as session:
        note_run(session, number, 1, "0198c1f2-run")
    [notice] = told_now(gates, ui_url="http://duban.example.gov.cn:4200/")

    text = letter_of(notice).text
    assert notice.person_id == LU
    assert "2026年计划1\n步骤：审核｜陶欣悦于2026年3月24日（周二）提请｜审批编号 1" in text
    assert "审批码：1234 5678\n（2026年3月25日（周三）08:30 前有效，只能用一次）" in text
    assert "http://duban.example.gov.cn:4200/runs/flow-run/0198c1f2-run" in text
    assert "任何人，包括协调人和管理员，都不会向您索要" in text
    assert 'href="http://duban.example.gov.cn:4200/runs/flow-run/0198c1f2-run"' in letter_of(notice).html
    assert notice.thread == f"approval-{number}"


@pytest.mark.parametrize(("ui_url", "run"), [("", "0198c1f2-run"), ("http://duban:4200", "")])
def test_without_a_known_page_the_letter_names_what_to_look_for(
    gates: GateBureau, ui_url: str, run: str
) -> None:
    number = gates.submit()
    gates.look()
    with unit_of_work(gates.engine) as session:
        note_run(session, number, 1, run)
    [notice] = told_now(gates, ui_url=ui_url)

    assert notice.facts["link"] == ""
    assert "在审批页面打开名称以“待审批 · 2026年计划1”开头的一件" in letter_of(notice).text


def test_a_server_that_others_run_is_where_the_page_is(gates: GateBureau) -> None:
    number = gates.submit()
    gates.look()
    with unit_of_work(gates.engine) as session:
        note_run(session, number, 1, "0198c1f2-run")
    [notice] = told_now(gates, prefect_url="https://prefect.example.gov.cn/api")

    assert notice.facts["link"] == "https://prefect.example.gov.cn/runs/flow-run/0198c1f2-run"


def test_a_substitute_reads_for_whom_and_the_absent_gets_nothing(gates: GateBureau) -> None:
    gates.submit(FOR_XIN, by=LU)
    gates.look()
    [notice] = told_now(gates)

    assert (notice.person_id, notice.facts["on_behalf"]) == (YUE, ["杜若琳"])
    assert "杜若琳请假、抽调期间，由您代为办理" in letter_of(notice).text
    assert XIN not in {one.person_id for one in told_now(gates)}


def test_an_adviser_is_asked_for_advice(gates: GateBureau) -> None:
    number = gates.submit()
    gates.give(number, do.Delegate(LU, to=JIANG))
    gates.look()
    [notice] = told_now(gates)

    assert notice.person_id == JIANG
    assert "请您提出意见" in letter_of(notice).subject


def test_a_code_that_is_worth_nothing_by_the_time_of_telling_is_not_told(gates: GateBureau) -> None:
    decided, replaced, ended = (gates.submit(TWO_STEPS.replace("two_steps", f"p{n}")) for n in range(3))
    gates.look()
    gates.give(decided, do.Approve(LU))
    gates.give(ended, do.Terminate(COORDINATOR, "重复"))
    gates.pass_time(days=1)
    gates.hand_in(replaced, "重发审批码")

    assert [one.facts["id"] for one in told_now(gates)] == [replaced]
    assert [one.facts["until"] for one in told_now(gates)] == ["2026-03-26T08:30"]


@pytest.mark.parametrize(
    ("at", "leaves", "until"),
    [
        ("2026-03-24T09:30", "2026-03-24T09:30", "2026-03-25T09:30"),
        ("2026-03-24T21:00", "2026-03-25T08:00", "2026-03-26T08:00"),
        ("2026-03-27T17:59", "2026-03-27T17:59", "2026-03-28T17:59"),
        ("2026-03-28T12:00", "2026-03-30T08:00", "2026-03-31T08:00"),
        ("2026-05-01T09:00", "2026-05-06T08:00", "2026-05-07T08:00"),
    ],
)
def test_a_code_leaves_in_working_hours_and_its_time_begins_then(
    gates: GateBureau, at: str, leaves: str, until: str
) -> None:
    zone = gates.settings.zone
    gates.at = datetime.fromisoformat(at).replace(tzinfo=zone).astimezone(UTC)
    gates.submit()
    gates.look()

    [notice] = told_now(gates)

    assert notice.not_before == datetime.fromisoformat(leaves).replace(tzinfo=zone)
    assert notice.facts["until"] == until


def test_how_long_a_code_lasts_is_a_setting(gates: GateBureau) -> None:
    gates.settings = Settings(home=gates.settings.home, code_hours=2)
    gates.submit()
    gates.look()

    assert [one.facts["until"] for one in told_now(gates)] == ["2026-03-24T10:30"]


def test_with_another_secret_no_digits_are_mailed_and_the_reason_is_said(gates: GateBureau) -> None:
    number = gates.submit()
    gates.look()
    told_now(gates)
    (gates.settings.home / KEY_FILE).unlink()

    assert sent(gates).parked == 1

    with reading(gates.engine) as session:
        [stuck] = [one for one in parked(session) if one.letter == "approval_code"]
    assert f"duban approval code {number}" in reasons.words(stuck.reason, "zh")
    assert mailed(gates) == {}


def test_who_has_no_address_is_named_and_gets_no_letter(gates: GateBureau, tmp_path: Path) -> None:
    gates.submit()
    with unit_of_work(gates.engine) as session:
        session.get_one(Person, LU).email = "没有"
    gates.look()
    with unit_of_work(gates.engine) as session:
        told = tell(session, Settings(home=tmp_path), at=gates.at, today=gates.at.date())

    assert ("吕国平", "approval_code", "address") in [(s.name, s.letter, s.reason) for s in told.skipped]
