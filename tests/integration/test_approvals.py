"""Approvals of the house's subjects: asked for once, decided step by step, followed in the same step."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import partial

import pytest
from sqlalchemy import Engine, select

from models.approval.commands import Approve, Command, Reject, Terminate, Withdraw
from models.approval.state import Status
from models.database import reading, unit_of_work
from models.errors import DubanError, NotFoundError
from models.tables import Absence, Approval, ApprovalRefusal, Event, Plan
from tasks.approvals.inbox import waiting_for
from tasks.approvals.perform import Answer
from tasks.decide import take
from tasks.directory import find_approver, find_person
from tasks.plan_steps import submit_plan
from tasks.store_plan import find_plan
from tests.deciding import approve_all, coordinator_of, staff_on, turns
from tests.side_by_side import at_once

NOON = datetime(2026, 1, 6, 4, tzinfo=UTC)
TODAY = date(2026, 1, 6)
SECRETARY, DEPUTY = "周立诚", "苏玉梅"


@pytest.fixture
def asked(planned: Engine) -> int:
    """The number of the approval that the plan waits for: reviewed first, then decided."""
    with unit_of_work(planned) as session:
        plan = find_plan(session, 2026)
        for item in plan.items:
            item.confirm_time = item.confirm_owner = False
        staff, by = staff_on(session, NOON), coordinator_of(session)
        return submit_plan(session, plan, staff, title="2026年计划", by=by)


def person(engine: Engine, name: str) -> int:
    with reading(engine) as session:
        return find_person(session, name).id


def give(engine: Engine, number: int, command: Command, at: datetime = NOON) -> Answer:
    return take(engine, number, command, lambda session: staff_on(session, at))


def state_of(engine: Engine) -> tuple[str, str]:
    with reading(engine) as session:
        approval, plan = session.scalars(select(Approval)).one(), session.scalars(select(Plan)).one()
    return approval.status, plan.state


def names(engine: Engine, number: int) -> list[str]:
    with reading(engine) as session:
        return [one.holder_name for one in waiting_for(session, None, TODAY) if one.approval == number]


def test_the_party_secretary_decides_where_nobody_is_named(planned: Engine) -> None:
    with reading(planned) as session:
        assert find_approver(session, "", "").name == SECRETARY
        assert find_approver(session, "", DEPUTY).name == DEPUTY
        assert find_approver(session, "韩国梁", DEPUTY).name == "韩国梁"
        with pytest.raises(NotFoundError):
            find_approver(session, "赵六", "")


def test_a_plan_is_reviewed_then_decided_and_follows_in_the_same_step(planned: Engine, asked: int) -> None:
    first = names(planned, asked)
    with unit_of_work(planned) as session:
        reviewer = turns(session, asked)[0]
    give(planned, asked, Approve(reviewer, "项目齐全"))
    assert state_of(planned) == ("running", "submitted")
    assert names(planned, asked) == [SECRETARY] != first

    give(planned, asked, Approve(person(planned, SECRETARY), "同意"))

    assert state_of(planned) == ("approved", "approved")
    with reading(planned) as session:
        told = session.scalars(select(Event).order_by(Event.id.desc()).limit(2)).all()
    assert [one.verb for one in reversed(told)] == ["approval.approve", "plan.approved"]
    assert json.loads(told[0].payload)["opinion"] == "同意"


def test_another_person_cannot_decide_and_the_attempt_is_logged(planned: Engine, asked: int) -> None:
    with pytest.raises(DubanError) as refused:
        give(planned, asked, Approve(person(planned, DEPUTY)))

    assert refused.value.code == "approval_not_assignee"
    assert DEPUTY in refused.value.sentence("zh")
    assert state_of(planned) == ("running", "submitted")
    with reading(planned) as session:
        logged = session.scalars(select(ApprovalRefusal)).one()
    assert (logged.approval_id, logged.verb, logged.code) == (asked, "approve", "not_assignee")


def test_who_acts_for_the_approver_may_decide_on_that_day(planned: Engine, asked: int) -> None:
    secretary, deputy = person(planned, SECRETARY), person(planned, DEPUTY)
    with unit_of_work(planned) as session:
        session.add(
            Absence(
                person_id=secretary,
                substitute_id=deputy,
                kind="出差",
                starts_on=date(2026, 1, 12),
                ends_on=date(2026, 1, 14),
            )
        )
        reviewer = turns(session, asked)[0]
    give(planned, asked, Approve(reviewer))
    with reading(planned) as session:
        assert [one.approval for one in waiting_for(session, deputy, date(2026, 1, 12))] == [asked]
        assert waiting_for(session, deputy, TODAY) == []

    with pytest.raises(DubanError):
        give(planned, asked, Approve(deputy), datetime(2026, 1, 15, 4, tzinfo=UTC))
    give(planned, asked, Approve(deputy), datetime(2026, 1, 14, 4, tzinfo=UTC))

    assert state_of(planned) == ("approved", "approved")


def test_the_same_decision_once_more_is_the_same_answer(planned: Engine, asked: int) -> None:
    with unit_of_work(planned) as session:
        approve_all(session, asked, NOON)
    secretary = person(planned, SECRETARY)

    again = give(planned, asked, Approve(secretary))
    with pytest.raises(DubanError) as refused:
        give(planned, asked, Reject(secretary, "再改改"))

    assert (again.repeated, again.status) == (True, Status.APPROVED)
    assert refused.value.code == "approval_already_decided"
    assert state_of(planned) == ("approved", "approved")


def test_a_rejection_needs_words_and_gives_the_plan_back(planned: Engine, asked: int) -> None:
    with unit_of_work(planned) as session:
        reviewer = turns(session, asked)[0]
    with pytest.raises(DubanError) as refused:
        give(planned, asked, Reject(reviewer, "  "))
    assert refused.value.code == "approval_comment_required"
    assert state_of(planned) == ("running", "submitted")

    give(planned, asked, Reject(reviewer, "第17项时限偏紧"))

    assert state_of(planned) == ("returned", "returned")


def test_a_withdrawn_plan_is_a_draft_and_is_submitted_in_the_same_approval(
    planned: Engine, asked: int
) -> None:
    with reading(planned) as session:
        initiator = coordinator_of(session).id
    give(planned, asked, Withdraw(initiator))
    assert state_of(planned) == ("draft", "draft")

    with unit_of_work(planned) as session:
        plan, by = find_plan(session, 2026), coordinator_of(session)
        assert submit_plan(session, plan, staff_on(session, NOON), title="再送", by=by) == asked
        assert approve_all(session, asked, NOON) is Status.APPROVED

    assert state_of(planned) == ("approved", "approved")


def test_a_terminated_approval_leaves_a_draft_for_a_new_one(planned: Engine, asked: int) -> None:
    with reading(planned) as session:
        by = coordinator_of(session)
    give(planned, asked, Terminate(by.id, reason="口径有变"))
    assert state_of(planned) == ("terminated", "draft")

    with unit_of_work(planned) as session:
        plan = find_plan(session, 2026)
        again = submit_plan(session, plan, staff_on(session, NOON), title="再送", by=coordinator_of(session))

    assert again != asked


def test_the_named_approver_decides_in_the_place_of_the_secretary(planned: Engine) -> None:
    with unit_of_work(planned) as session:
        plan = find_plan(session, 2026)
        for item in plan.items:
            item.confirm_time = item.confirm_owner = False
        deputy = find_person(session, DEPUTY)
        number = submit_plan(
            session, plan, staff_on(session, NOON), title="计划", by=coordinator_of(session), approver=deputy
        )
        reviewer = turns(session, number)[0]
    give(planned, number, Approve(reviewer))

    assert names(planned, number) == [DEPUTY]


def test_an_approval_that_does_not_exist_is_named(planned: Engine) -> None:
    with pytest.raises(NotFoundError) as refused:
        give(planned, 99, Approve(person(planned, SECRETARY)))

    assert refused.value.facts == {"id": 99}


def test_of_two_decisions_at_once_one_counts(planned: Engine, asked: int) -> None:
    with unit_of_work(planned) as session:
        reviewer = turns(session, asked)[0]

    def try_(command: Command) -> str:
        try:
            give(planned, asked, command)
        except DubanError as error:
            return error.code
        return "decided"

    commands = (Approve(reviewer, "同意"), Reject(reviewer, "意见"))
    outcomes = at_once([partial(try_, command) for command in commands])

    assert sorted(outcomes) == ["approval_already_decided", "decided"]
    assert state_of(planned) in {("running", "submitted"), ("returned", "returned")}
