"""Gates on real databases: which are wanted, how they are opened and closed, and who is sent codes."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from flows.gatekeeper import gate_page
from flows.office import Office
from models.approval import commands as do
from models.database import reading, unit_of_work
from models.errors import NotFoundError
from models.tables import Approval, ApprovalCode, Event, Person, Publication
from tasks.approvals.gates import find_gate, note_run, open_gate, open_gates
from tests.gate_bureau import SIDE_BY_SIDE, TWO_STEPS, GateBureau
from tests.integration.told_bureau import (
    AT,
    COORDINATOR,
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


def test_a_step_of_a_document_is_wanted_as_it_will_be_shown(gates: GateBureau) -> None:
    number = gates.submit()

    [gate] = gates.wanted()

    assert (gate.approval, gate.step, gate.title, gate.subject) == (number, 1, "2026年计划1", "plan")
    assert (gate.period, gate.step_name, gate.due_on) == ("2026", "审核", None)
    assert [(one.id, one.name, one.on_behalf) for one in gate.people] == [(LU, "吕国平", ())]

    gates.give(number, do.Approve(LU))

    assert [(one.step, one.step_name, one.people[0].name) for one in gates.wanted()] == [
        (2, "审批", "周立诚")
    ]


def test_a_publication_is_wanted_with_its_period_and_work_is_not(gates: GateBureau) -> None:
    paper = Publication(
        kind="bulletin",
        period="2026-H1",
        version=1,
        title="通报",
        state="draft",
        files=[],
        content="",
        body={},
    )
    paper.created_at = AT
    store(gates.engine, paper)
    page = TWO_STEPS.replace("plan", "publication")
    number = gates.submit(page, subject="publication", number=1)
    for subject in ("work_item", "extension"):
        gates.submit(
            page.replace("two_steps", subject).replace("publication", subject), subject=subject, number=7
        )

    assert [(one.approval, one.subject, one.period) for one in gates.wanted()] == [
        (number, "publication", "2026-H1")
    ]


def test_what_is_suspended_returned_or_decided_is_not_wanted(gates: GateBureau) -> None:
    suspended, returned, ended = (gates.submit() for _ in range(3))
    gates.give(suspended, do.Suspend(COORDINATOR, "等"))
    gates.give(returned, do.Return(LU, "改"))
    gates.give(ended, do.Approve(LU), do.Approve(SECRETARY))

    assert gates.wanted() == []

    gates.give(suspended, do.Resume(COORDINATOR))

    assert [one.approval for one in gates.wanted()] == [suspended]


def test_who_acts_for_the_absent_is_named_but_never_on_the_own_request(gates: GateBureau) -> None:
    gates.submit(FOR_XIN, by=LU)
    gates.submit(FOR_XIN, by=YUE)

    people = [[(one.id, one.on_behalf) for one in gate.people] for gate in gates.wanted()]

    assert people == [[(YUE, ("杜若琳",))], [(XIN, ())]]


def test_who_left_is_not_named(gates: GateBureau) -> None:
    gates.submit()
    with unit_of_work(gates.engine) as session:
        session.get_one(Person, LU).active = False

    assert [gate.people for gate in gates.wanted()] == [()]
    assert gates.look() == (1, 0)


def test_however_many_gates_are_wanted_the_statements_are_as_many(gates: GateBureau) -> None:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    gates.submit()
    gates.wanted()
    event.listen(gates.engine, "before_cursor_execute", note)
    gates.wanted()
    one = len(sent)
    event.remove(gates.engine, "before_cursor_execute", note)
    for _ in range(6):
        gates.submit()
    gates.submit(TOGETHER.replace("MODE", "all"))
    gates.wanted()
    sent.clear()
    event.listen(gates.engine, "before_cursor_execute", note)
    found = gates.wanted()
    event.remove(gates.engine, "before_cursor_execute", note)

    assert len(found) == 8
    assert len(sent) == one <= 6


def test_opening_a_gate_sends_each_who_can_act_one_code_however_often_it_is_done(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "all"))

    first = gates.look()
    again = [gates.look() for _ in range(3)]

    assert (first, again) == ((1, 0), [(0, 0)] * 3)
    assert [len(gates.codes(number, one)) for one in (LU, JIANG, SECRETARY, YUE)] == [1, 1, 1, 0]
    assert gates.verbs("approval_") == ["approval_gate.opened", "approval_code.issued"]
    with reading(gates.engine) as session:
        told = json.loads(session.scalar(select(Event.payload).order_by(Event.id.desc()).limit(1)) or "")
    assert told["step"] == 1
    assert [one["person"] for one in told["codes"]] == [LU, JIANG, SECRETARY]
    assert set(told["codes"][0]) == {"person", "code", "expires_at"}
    assert gates.is_sound()


def test_whose_turn_comes_later_is_sent_a_code_then(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "in_turn"))
    gates.look()
    assert [len(gates.codes(number, one)) for one in (LU, JIANG)] == [1, 0]

    gates.give(number, do.Approve(LU))

    assert gates.look() == (0, 0)
    assert [len(gates.codes(number, one)) for one in (LU, JIANG)] == [1, 1]


def test_an_adviser_and_a_new_substitute_are_sent_codes_and_an_expired_one_is_not_sent_again(
    gates: GateBureau,
) -> None:
    number = gates.submit()
    gates.look()
    gates.give(number, do.Delegate(LU, to=JIANG))
    gates.look()
    assert [len(gates.codes(number, one)) for one in (LU, JIANG)] == [1, 1]

    gates.pass_time(days=9)
    gates.look()

    assert [len(gates.codes(number, one)) for one in (LU, JIANG)] == [1, 1]


def test_a_gate_whose_step_was_decided_elsewhere_is_closed_and_its_codes_with_it(gates: GateBureau) -> None:
    number = gates.submit(TOGETHER.replace("MODE", "any"))
    gates.look()
    gates.give(number, do.Approve(JIANG))

    with reading(gates.engine) as session:
        [gate] = open_gates(session)
    assert (gate.approval, gate.step, gate.answered, gate.said, gate.waits) == (number, 1, 0, "", False)
    assert gates.look() == (0, 1)
    assert gates.look() == (0, 0)

    with reading(gates.engine) as session:
        assert open_gates(session) == []
        assert all(session.scalars(select(ApprovalCode.revoked_at)))
    assert gates.verbs("approval_gate.") == ["approval_gate.opened", "approval_gate.closed"]
    assert gates.is_sound()


def test_a_gate_of_a_paused_approval_is_closed_and_opened_again_with_new_codes(gates: GateBureau) -> None:
    number = gates.submit()
    gates.look()
    gates.hand_in(number, "好")
    with unit_of_work(gates.engine) as session:
        note_run(session, number, 1, "run-1")
    gates.give(number, do.Suspend(COORDINATOR, "等"))
    assert gates.look() == (0, 1)
    gates.give(number, do.Resume(COORDINATOR))

    assert gates.look() == (1, 0)

    gate = gates.gate(number)
    assert (gate.run, gate.answered, gate.closed_at, gate.opened_at) == ("", 1, None, gates.at)
    assert len(set(gates.codes(number, LU))) == 2


def test_the_next_step_s_gate_takes_over(gates: GateBureau) -> None:
    number = gates.submit()
    gates.look()
    gates.hand_in(number, code=gates.code(number, LU))

    assert gates.look() == (1, 1)

    with reading(gates.engine) as session:
        assert [(one.step, one.waits) for one in open_gates(session)] == [(2, True)]
    assert len(gates.codes(number, SECRETARY)) == 1


def test_two_steps_side_by_side_have_a_gate_each_and_one_closing_leaves_the_other(gates: GateBureau) -> None:
    number = gates.submit(SIDE_BY_SIDE)
    assert gates.look() == (2, 0)
    gates.hand_in(number, code=gates.code(number, LU), step=1)

    assert gates.look() == (0, 1)

    assert gates.hand_in(number, code=gates.code(number, LU), step=2).outcome == "decided"
    assert gates.state(number).status == "approved"


def test_the_run_of_a_gate_is_noted_and_a_gate_that_never_was_is_refused(gates: GateBureau) -> None:
    number = gates.submit()
    gates.look()
    with unit_of_work(gates.engine) as session:
        note_run(session, number, 1, "0198c1f2")
    with pytest.raises(NotFoundError), reading(gates.engine) as session:
        find_gate(session, number, 9)

    with reading(gates.engine) as session:
        assert [one.run for one in open_gates(session)] == ["0198c1f2"]


def test_a_gate_that_could_not_be_opened_whole_is_not_opened(gates: GateBureau) -> None:
    gates.submit()
    [wanted] = gates.wanted()

    with Session(gates.engine) as session:
        assert open_gate(session, gates.settings, wanted, at=gates.at)
        session.rollback()  # as a crash does

    with reading(gates.engine) as session:
        assert open_gates(session) == []
        assert session.scalars(select(ApprovalCode.id)).all() == []
    assert gates.verbs("approval_") == []
    assert gates.look() == (1, 0)


def test_a_step_that_is_due_says_when(gates: GateBureau) -> None:
    page = TWO_STEPS.replace("rejected: initiator", "deadline: {workdays: 2}")
    gates.submit(page)

    assert [gate.due_on for gate in gates.wanted()] == [date(2026, 3, 26)]


def test_what_others_wrote_leads_nowhere_from_where_the_code_is_typed(gates: GateBureau) -> None:
    number = gates.submit()
    with unit_of_work(gates.engine) as session:
        session.get_one(Approval, number).title = "[核验](http://evil.example/)"
    office = Office(gates.settings, gates.engine, gates.settings.clock().at(gates.at.date()))

    with office.read() as session:
        page = gate_page(session, office, number, 1, said="<b>见 www.evil.example</b>")

    assert r"## \[核验\](http\://evil.example/)" in page
    assert r"> **\<b\>见 www\.evil.example\</b\>**" in page
