"""Forms handed in at gates: what decides, what asks again, what comes too late, and who was it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from models.approval import commands as do
from models.approval.state import SYSTEM
from models.database import unit_of_work
from models.errors import InputError, NotFoundError
from models.secret import KEY_FILE
from models.tables import Absence, ApprovalCode, Gate, Person
from tasks.answer_gate import GateAnswer, Outcome
from tasks.approvals.codes import issue, issuer_of
from tests.gate_bureau import SIDE_BY_SIDE, TWO_STEPS, GateBureau
from tests.integration.told_bureau import (
    COORDINATOR,
    DEPUTY,
    FOR_XIN,
    JIANG,
    LU,
    SECRETARY,
    TOGETHER,
    XIN,
    YUE,
    store,
)

pytest_plugins = ["tests.gate_bureau"]


def test_the_right_code_decides_as_whom_it_was_sent_to(gates: GateBureau, number: int) -> None:
    answer = gates.hand_in(number, "同意", "照办", gates.code(number, LU))

    assert answer == GateAnswer(
        Outcome.DECIDED, "已登记：吕国平　同意。这一步到此办完，审批继续进行。", waits=False
    )
    seat = gates.state(number).seats[1]
    assert (seat.person, seat.closed_by, seat.verb, seat.opinion) == (LU, LU, "approve", "照办")
    assert gates.gate(number).said == answer.words
    assert gates.refusals() == []
    assert gates.is_sound()


@pytest.mark.parametrize(
    ("decision", "status", "words"),
    [
        ("同意", "running", "已登记：吕国平　同意。这一步到此办完，审批继续进行。"),
        ("Approve", "running", "已登记：吕国平　同意。这一步到此办完，审批继续进行。"),
        ("不同意", "returned", "已登记：吕国平　不同意。已退回申请人修改。"),
        ("退回", "returned", "已登记：吕国平　退回。已退回申请人修改。"),
    ],
)
def test_each_choice_does_what_it_says(
    gates: GateBureau, number: int, decision: str, status: str, words: str
) -> None:
    answer = gates.hand_in(number, decision, "说明", gates.code(number, LU))

    assert (answer.outcome, answer.words, answer.waits) == (Outcome.DECIDED, words, False)
    assert gates.state(number).status == status


def test_the_last_step_ends_the_approval_and_its_plan_follows(gates: GateBureau, number: int) -> None:
    gates.hand_in(number, code=gates.code(number, LU))
    gates.look()

    answer = gates.hand_in(number, code=gates.code(number, SECRETARY), step=2)

    assert answer.words == "已登记：周立诚　同意。全部步骤通过，审批办结。"
    assert gates.verbs("plan.") == ["plan.approved"]
    assert gates.is_sound()


@pytest.mark.parametrize(
    ("form", "part", "logged"),
    [
        (("同意", "", ""), "请填写审批码", None),
        (("同意", "", " 　\t"), "请填写审批码", None),
        (("", "", "CODE"), "请选择同意、不同意、退回或重发审批码", None),
        (("好", "", "CODE"), "请选择同意、不同意、退回或重发审批码", None),
        (("不同意", "", "CODE"), "请写明意见后再提交", ("p5@example.gov.cn", "reject", "comment_required")),
        (
            ("退回", " \r\n ", "CODE"),
            "请写明意见后再提交",
            ("p5@example.gov.cn", "return", "comment_required"),
        ),
        (("同意", "长" * 4001, "CODE"), "超过 4000 个字", ("p5@example.gov.cn", "approve", "bad_input")),
        (("同意", "坏\x00", "CODE"), "含有控制字符", ("p5@example.gov.cn", "approve", "bad_input")),
        (("同意", "", "0000 0000"), "审批码不对", ("", "approve", "wrong_code")),
        (("同意", "", "1234"), "审批码不对", ("", "approve", "wrong_code")),
        (("退回", "改", "x" * 100_000), "审批码不对", ("", "return", "wrong_code")),
    ],
)
def test_what_is_missing_or_wrong_is_asked_for_again_and_changes_nothing(
    gates: GateBureau,
    number: int,
    form: tuple[str, str, str],
    part: str,
    logged: tuple[str, str, str] | None,
) -> None:
    before, code = gates.state(number), gates.code(number, LU)
    decision, opinion, typed = form

    answer = gates.hand_in(number, decision, opinion, code if typed == "CODE" else typed)

    assert (answer.outcome, answer.waits) == (Outcome.AGAIN, True)
    assert part in answer.words
    assert gates.state(number) == before
    assert gates.refusals() == ([logged] if logged else [])
    assert gates.gate(number).said == answer.words
    assert gates.hand_in(number, "同意", "", code).outcome is Outcome.DECIDED


@pytest.mark.parametrize("how", ["{0} {1}", "{0}-{1}", "　{0}—{1}　", "wide"])
def test_a_code_is_taken_as_people_type_it(gates: GateBureau, number: int, how: str) -> None:
    code = gates.code(number, LU)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    assert (
        gates.hand_in(number, code=wide if how == "wide" else how.format(code[:4], code[4:])).outcome
        == "decided"
    )


def test_a_code_is_used_once_and_the_step_waits_for_the_others(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))
    gates.look()
    code = gates.code(number, JIANG)

    first = gates.hand_in(number, code=code)
    again = gates.hand_in(number, "退回", "改主意", code)

    assert first == GateAnswer(
        Outcome.DECIDED, "已登记：蒋文博　同意。这一步还等吕国平、周立诚办理。", waits=True
    )
    assert again.outcome is Outcome.AGAIN
    assert again.words.startswith("这个审批码已于 2026-03-24 08:30 用过，每个审批码只能用一次。")
    assert gates.refusals() == [("", "return", "code_used")]
    assert gates.hand_in(number, code=gates.code(number, LU)).waits
    assert not gates.hand_in(number, code=gates.code(number, SECRETARY)).waits
    assert gates.state(number).status == "approved"


def test_an_expired_code_and_one_that_a_new_one_replaced_are_worth_nothing(
    gates: GateBureau, number: int
) -> None:
    first = gates.code(number, LU)
    gates.pass_time(hours=24)

    expired = gates.hand_in(number, code=first)
    sent = gates.hand_in(number, "重发审批码")
    second = gates.code(number, LU)
    replaced = gates.hand_in(number, code=first)
    taken = gates.hand_in(number, code=second)

    assert expired.words.startswith("这个审批码已于 2026-03-25 08:30 过期。")
    assert sent.words == "新的审批码已发给吕国平，2026-03-26 08:30 前有效，此前的作废。"
    assert replaced.words.startswith("这个审批码已于 2026-03-25 08:30 作废，")
    assert [expired.outcome, sent.outcome, replaced.outcome, taken.outcome] == [
        *([Outcome.AGAIN] * 3),
        Outcome.DECIDED,
    ]
    assert [code for *_, code in gates.refusals()] == ["code_expired", "code_replaced"]


def test_a_code_is_worth_nothing_at_another_approval_or_for_another_step(
    gates: GateBureau, number: int
) -> None:
    other = gates.submit(TWO_STEPS.replace("two_steps", "other"))
    gates.look()
    elsewhere = gates.hand_in(other, code=gates.code(number, LU))
    with unit_of_work(gates.engine) as session:
        issuer = issuer_of(gates.settings, gates.at)
        issue(session, issuer, [SECRETARY], approval=number, step=2, actor="SYSTEM", at=gates.at)

    too_early = gates.hand_in(number, code=gates.code(number, SECRETARY))

    assert "审批码不对" in elsewhere.words
    assert too_early.words == "周立诚不是当前办理人，也不代当前办理人办理，不能办理此件。"
    assert gates.refusals()[-1] == ("p1@example.gov.cn", "approve", "not_assignee")
    assert {seat.closed_at for seat in gates.state(number).seats.values()} == {None}


def test_new_codes_go_to_those_who_have_none_and_not_too_often(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))
    gates.look()
    have = gates.hand_in(number, "重发审批码")
    with unit_of_work(gates.engine) as session:
        issuer = issuer_of(gates.settings, gates.at)
        for _ in range(4):
            issue(session, issuer, [LU], approval=number, step=1, actor="SYSTEM", at=gates.at)
    gates.hand_in(number, code=gates.code(number, JIANG))
    with unit_of_work(gates.engine) as session:
        for code in session.scalars(select(ApprovalCode).where(ApprovalCode.person_id == LU)):
            code.revoked_at = gates.at

    often = gates.hand_in(number, "重发审批码")
    gates.pass_time(hours=1)
    later = gates.hand_in(number, "重发审批码")

    assert have.words.startswith("吕国平、蒋文博、周立诚手中的审批码仍然有效，")
    assert often.words == "一小时内已给吕国平发过多次，2026-03-24 09:30 之后才能再发。"
    assert later.words == "新的审批码已发给吕国平，2026-03-25 09:30 前有效，此前的作废。"
    assert [len(gates.codes(number, one)) for one in (LU, JIANG, SECRETARY)] == [6, 1, 1]


def test_codes_that_are_asked_for_at_night_leave_in_the_morning(gates: GateBureau, number: int) -> None:
    gates.pass_time(days=3, hours=13)  # Friday, half past nine in the evening

    answer = gates.hand_in(number, "重发审批码")

    assert answer.words == (
        "新的审批码已发给吕国平，2026-03-31 08:00 前有效，此前的作废。"
        "现在不是发信时间，邮件 2026-03-30 08:00 发出。"
    )


def test_a_suspended_approval_takes_nothing_and_waits_on(gates: GateBureau, number: int) -> None:
    code = gates.code(number, LU)
    gates.give(number, do.Suspend(COORDINATOR, "等文件"))

    answers = [gates.hand_in(number, code=code), gates.hand_in(number, "重发审批码")]

    assert [(one.outcome, one.words, one.waits) for one in answers] == [
        (Outcome.AGAIN, "此件已挂起，恢复之前不能办理。", True)
    ] * 2
    gates.give(number, do.Resume(COORDINATOR))
    assert gates.hand_in(number, code=code).outcome is Outcome.DECIDED


def test_an_adviser_gives_advice_and_cannot_return(gates: GateBureau, number: int) -> None:
    gates.give(number, do.Delegate(LU, to=DEPUTY))
    gates.look()
    code = gates.code(number, DEPUTY)

    refused = gates.hand_in(number, "退回", "不妥", code)
    waits = gates.hand_in(number, "同意", "", gates.code(number, LU))
    advised = gates.hand_in(number, "不同意", "时间太紧", code)

    assert "只能提出意见或退还" in refused.words
    assert "已委派韩国梁提出意见" in waits.words
    assert advised.words == ("已登记：韩国梁　建议不同意（受委派提出，不计票）。这一步还等吕国平办理。")
    assert gates.hand_in(number, "同意", "", gates.code(number, LU)).outcome is Outcome.DECIDED


def test_a_substitute_decides_for_the_absent(gates: GateBureau) -> None:
    number = gates.submit(FOR_XIN, by=LU)
    gates.look()

    answer = gates.hand_in(number, code=gates.code(number, YUE))

    assert gates.codes(number, XIN) == []
    assert answer.words == "已登记：陶欣悦（代杜若琳）　同意。全部步骤通过，审批办结。"


def test_who_holds_a_seat_and_acts_for_another_decides_with_the_own_one_first(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))
    days = {"starts_on": date(2026, 3, 23), "ends_on": date(2026, 3, 27)}
    store(gates.engine, Absence(person_id=JIANG, substitute_id=LU, kind="出差", **days))
    gates.look()

    own = gates.hand_in(number, code=gates.code(number, LU))
    gates.look()
    other = gates.hand_in(number, code=gates.code(number, LU))

    assert own.words == "已登记：吕国平　同意。这一步还等蒋文博、周立诚办理。"
    assert other.words == "已登记：吕国平（代蒋文博）　同意。这一步还等周立诚办理。"
    assert len(gates.codes(number, LU)) == 2


def test_somebody_in_two_steps_at_once_decides_the_one_whose_gate_it_is(gates: GateBureau) -> None:
    number = gates.submit(SIDE_BY_SIDE)
    gates.look()

    answer = gates.hand_in(number, "退回", "乙有误", gates.code(number, LU), step=2)

    seats = gates.state(number).seats
    assert answer.outcome is Outcome.DECIDED
    assert [(one.step, one.verb) for one in seats.values() if one.cause == "decided"] == [(2, "return")]


ELSEWHERE = {
    "decided": (do.Approve(LU, "行"), "这一步已由吕国平于 2026-03-24 08:30 办理（同意），这份表单没有登记。"),
    "returned": (do.Return(LU, "改"), "这一步已由吕国平于 2026-03-24 08:30 办理（退回），这份表单没有登记。"),
    "withdrawn": (
        do.Withdraw(YUE),
        "这一步已于 2026-03-24 08:30 结束（因撤回，不再办理），这份表单没有登记。",
    ),
    "terminated": (
        do.Terminate(COORDINATOR, "重复"),
        "这一步已于 2026-03-24 08:30 结束（审批已作废，不再办理），这份表单没有登记。",
    ),
}


@pytest.mark.parametrize("how", ELSEWHERE)
def test_a_step_that_ended_elsewhere_says_by_whom_when_and_how(
    gates: GateBureau, number: int, how: str
) -> None:
    command, words = ELSEWHERE[how]
    code = gates.code(number, LU)
    gates.give(number, command)
    before = gates.state(number)

    answers = [gates.hand_in(number, code=code), gates.hand_in(number, code="0"), gates.hand_in(number, "")]

    assert answers == [GateAnswer(Outcome.ELSEWHERE, words, waits=False)] * 3
    assert gates.state(number) == before
    assert gates.refusals() == []


def test_what_the_clock_or_the_initiator_ended_is_not_said_to_be_a_signer_s(gates: GateBureau) -> None:
    by_clock = gates.submit(
        TOGETHER.replace("MODE", "all")
        + "    deadline: {workdays: 1, ladder: [{after: 1, do: approve}]}\nwithdrawal: until_end\n"
    )
    withdrawn = gates.submit(
        TOGETHER.replace("MODE", "all").replace("together", "other") + "withdrawal: until_end\n"
    )
    gates.look()
    for number in (by_clock, withdrawn):
        gates.give(number, do.Approve(LU))
    gates.give(withdrawn, do.Withdraw(YUE))
    gates.pass_time(days=2)
    gates.give(by_clock, do.Scan(SYSTEM))

    words = [gates.hand_in(number).words for number in (by_clock, withdrawn)]

    assert words == [
        "这一步已由系统于 2026-03-26 08:30 办理（超时自动通过（系统）），这份表单没有登记。",
        "这一步已于 2026-03-24 08:30 结束（因撤回，不再办理），这份表单没有登记。",
    ]


def test_the_same_form_again_gets_the_same_answer_and_does_nothing(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))
    gates.look()
    code = gates.code(number, LU)
    wrong = gates.hand_in(number, code="11111111", number=1)
    wrong_again = gates.hand_in(number, code=code, number=1)
    right = gates.hand_in(number, code=code, number=2)
    before = gates.everything()

    again = gates.hand_in(number, "退回", "不", code, number=2)

    assert (wrong_again.outcome, wrong_again.words) == (wrong.outcome, wrong.words)
    assert [one.repeated for one in (wrong, wrong_again, right, again)] == [False, True, False, True]
    assert (again.outcome, again.words, again.waits) == (Outcome.DECIDED, right.words, True)
    assert gates.everything() == before
    assert len(gates.refusals()) == 1


def test_a_form_that_is_repeated_after_the_step_ended_elsewhere_says_so(
    gates: GateBureau, number: int
) -> None:
    gates.hand_in(number, code="", number=1)
    gates.give(number, do.Approve(LU))

    again = gates.hand_in(number, code="", number=1)

    assert (again.outcome, again.waits, again.repeated) == (Outcome.ELSEWHERE, False, True)
    assert "吕国平" in again.words


#: A database that fails where a code is marked as used, and one that works again.
BROKEN = {
    "sqlite": """
        CREATE TRIGGER broken BEFORE UPDATE OF used_at ON approval_code
        BEGIN SELECT RAISE(ABORT, 'broken'); END
    """,
    "postgresql": """
        CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
        CREATE TRIGGER broken BEFORE UPDATE OF used_at ON approval_code FOR EACH ROW EXECUTE FUNCTION broken()
    """,
}
MENDED = {"sqlite": "DROP TRIGGER broken", "postgresql": "DROP TRIGGER broken ON approval_code"}


def tell_the_database(engine: Engine, words: dict[str, str]) -> None:
    with unit_of_work(engine) as session:
        session.execute(text(words[engine.dialect.name]))


def test_a_form_is_dealt_with_whole_or_not_at_all(gates: GateBureau, number: int) -> None:
    code, before = gates.code(number, LU), gates.everything()
    tell_the_database(gates.engine, BROKEN)

    with pytest.raises(DBAPIError):
        gates.hand_in(number, code=code, number=1)

    assert gates.everything() == before
    tell_the_database(gates.engine, MENDED)
    answer = gates.hand_in(number, code=code, number=1)
    assert (answer.outcome, answer.repeated) == (Outcome.DECIDED, False)
    assert gates.is_sound()


def test_a_subject_that_cannot_follow_is_said_and_leaves_code_and_approval_as_they_were(
    gates: GateBureau,
) -> None:
    page = TWO_STEPS.replace("subject: plan", "subject: work_item").replace("rejected: initiator", "")
    number = gates.submit(page, subject="work_item", number=99)
    with unit_of_work(gates.engine) as session:
        session.add(Gate(approval_id=number, step=1, opened_at=gates.at))
        issuer = issuer_of(gates.settings, gates.at)
        issue(session, issuer, [LU], approval=number, step=1, actor="SYSTEM", at=gates.at)
    before, code = gates.state(number), gates.code(number, LU)

    answer = gates.hand_in(number, "不同意", "不妥", code)

    assert answer.outcome is Outcome.AGAIN
    assert "99" in answer.words
    assert gates.state(number) == before
    assert gates.hand_in(number, "同意", "", code).outcome is Outcome.DECIDED
    assert gates.is_sound()


def test_what_is_no_fault_of_a_form_is_an_error_and_leaves_the_number_free(
    gates: GateBureau, number: int
) -> None:
    code = gates.code(number, LU)
    with pytest.raises(NotFoundError):
        gates.hand_in(number, code=code, step=7, number=1)
    key = gates.settings.home / KEY_FILE
    whole = key.read_bytes()
    key.write_bytes(b"cut off")
    with pytest.raises(InputError):
        gates.hand_in(number, code=code, number=1)
    key.write_bytes(whole)

    assert gates.gate(number).answered == 0
    assert gates.hand_in(number, code=code, number=1).outcome is Outcome.DECIDED


def test_who_left_since_decides_nothing(gates: GateBureau, number: int) -> None:
    code = gates.code(number, LU)
    with unit_of_work(gates.engine) as session:
        session.get_one(Person, LU).active = False

    answer = gates.hand_in(number, code=code)
    nobody = gates.hand_in(number, "重发审批码")

    assert answer.words == "吕国平已停用，不能参与办理。"
    assert nobody.words.startswith("这一步现在没有人可以办理，没有发码。")
