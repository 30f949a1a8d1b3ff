"""Guesses at gates: each is logged, five lock the approval, and nobody's mailbox fills up."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from models.approval import commands as do
from models.database import reading
from models.tables import ApprovalRefusal
from notifications.letters import render
from tasks.answer_gate import Outcome
from tests.gate_bureau import TWO_STEPS, GateBureau
from tests.integration.told_bureau import COORDINATOR, JIANG, LU, SECRETARY, TOGETHER, digested, told

pytest_plugins = ["tests.gate_bureau"]
WRONG = "00000000"


def guess(gates: GateBureau, number: int, times: int) -> list[str]:
    return [gates.hand_in(number, code=WRONG).words for _ in range(times)]


def test_each_wrong_code_is_logged_and_says_how_many_tries_are_left(gates: GateBureau, number: int) -> None:
    words = guess(gates, number, 4)

    assert [one.partition("再错 ")[2][:1] for one in words] == ["4", "3", "2", "1"]
    assert gates.refusals() == [("", "approve", "wrong_code")] * 4
    assert gates.hand_in(number, code=gates.code(number, LU)).outcome is Outcome.DECIDED


def test_five_lock_the_approval_for_a_quarter_of_an_hour_even_for_the_right_code(
    gates: GateBureau, number: int
) -> None:
    code = gates.code(number, LU)
    last = guess(gates, number, 5)[-1]
    gates.pass_time(minutes=14, seconds=59)
    locked = gates.hand_in(number, code=code)
    gates.pass_time(seconds=1)
    taken = gates.hand_in(number, code=code)

    assert last == locked.words
    assert last.startswith("审批码连续输错，2026-03-24 08:45 之前这一审批不再接受审批码，对的也不行。")
    assert (locked.outcome, taken.outcome) == (Outcome.AGAIN, Outcome.DECIDED)
    assert [code for *_, code in gates.refusals()] == [*["wrong_code"] * 5, "code_locked"]
    assert gates.verbs("approval_gate.locked") == ["approval_gate.locked"]
    assert gates.is_sound()


def test_guessing_on_makes_a_lock_no_longer(gates: GateBureau, number: int) -> None:
    code = gates.code(number, LU)
    guess(gates, number, 5)
    for _ in range(15):
        guess(gates, number, 2)
        gates.pass_time(minutes=1)

    assert gates.hand_in(number, code=code).outcome is Outcome.DECIDED
    assert len(gates.verbs("approval_gate.locked")) == 1
    assert len(gates.refusals()) == 35


def test_wrong_codes_that_are_far_apart_lock_nothing(gates: GateBureau, number: int) -> None:
    for _ in range(12):
        guess(gates, number, 1)
        gates.pass_time(minutes=4)

    assert gates.verbs("approval_gate.locked") == []


def test_used_and_expired_codes_count_as_guesses(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))
    gates.look()
    used = gates.code(number, LU)
    gates.hand_in(number, code=used)
    expired = gates.code(number, JIANG)
    gates.pass_time(days=1)

    words = [gates.hand_in(number, code=one).words for one in (used, expired, WRONG, used, expired)]

    assert words[1].startswith("这个审批码已于 2026-03-25 08:30 过期。")
    assert words[1].endswith("再错 3 次，将暂停接受审批码 15 分钟。")
    assert "不再接受审批码" in words[-1]


def test_a_lock_is_of_one_approval_and_of_all_its_gates_and_other_ways_stay_open(gates: GateBureau) -> None:
    number, other = gates.submit(), gates.submit()
    gates.look()
    guess(gates, number, 5)

    assert gates.hand_in(other, code=gates.code(other, LU)).outcome is Outcome.DECIDED
    gates.give(number, do.Approve(LU))
    gates.look()
    assert "不再接受审批码" in gates.hand_in(number, code=gates.code(number, SECRETARY), step=2).words


def test_what_was_typed_is_kept_nowhere(gates: GateBureau, number: int) -> None:
    code = gates.code(number, LU)
    near = f"{(int(code) + 1) % 10**8:08}"
    gates.hand_in(number, code=near)
    gates.hand_in(number, code=f"{near[:4]} {near[4:]}")

    everything = gates.everything()

    assert near not in everything
    assert f"{near[:4]} {near[4:]}" not in everything
    with reading(gates.engine) as session:
        assert list(session.scalars(select(ApprovalRefusal.facts))) == [{}, {}]


def test_a_lock_is_told_in_the_next_digest_of_signer_and_coordinator_and_a_storm_is_one_row(
    gates: GateBureau, tmp_path: Path
) -> None:
    number = gates.submit()
    other = gates.submit(TWO_STEPS.replace("two_steps", "other"))
    gates.look()
    for _ in range(6):
        guess(gates, number, 5)
        gates.pass_time(minutes=16)
        told(gates.engine)
    guess(gates, other, 5)

    letters = digested(gates.engine, tmp_path)

    parts = {one.person_id: one.facts["parts"] for one in letters}
    told_of = {
        person: [(part["letter"], [row["title"] for row in part["facts"]["rows"]]) for part in found]
        for person, found in parts.items()
    }
    both = [("approval_locked", ["2026年计划1", "2026年计划2"])]
    assert told_of == {COORDINATOR: both, LU: both}
    text = render("digest", "zh", letters[0].facts).text
    assert "步骤：审核｜连续输错5次，最近一次暂停至2026年3月24日（周二）10:05｜审批编号 1" in text
    assert render("digest", "zh", letters[0].facts).subject == "【安全提示】审批码被连续输错2件"
    assert len(gates.verbs("approval_gate.locked")) == 7
    assert digested(gates.engine, tmp_path) == []
