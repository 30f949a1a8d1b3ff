"""Decisions: by the one who is asked, or who acts that day; once; the subject follows in the same step."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from models.database import reading, unit_of_work
from models.errors import DubanError, NotFoundError, RefusedError
from models.tables import Absence, Approval, Event, Plan
from tasks.approvals import ask, find_approver, waiting_for
from tasks.decide import decide_subject
from tasks.directory import find_person
from tasks.plan_steps import submit_plan
from tasks.store_plan import find_plan

NOON = datetime(2026, 1, 6, 4, tzinfo=UTC)
TODAY = date(2026, 1, 6)
SECRETARY, DEPUTY = "周立诚", "韩国梁"


@pytest.fixture
def asked(planned: Engine) -> int:
    """The number of the approval that the plan waits for; the party secretary is asked."""
    with unit_of_work(planned) as session:
        plan = find_plan(session, 2026)
        for item in plan.items:
            item.confirm_time = item.confirm_owner = False
        by = find_approver(session, "", "")
        return submit_plan(
            session, plan, title="2026年计划", approver=by, by="lin@example.gov.cn", at=NOON
        ).id


def decide(
    engine: Engine, number: int, by: str, *, approve: bool = True, opinion: str = "", today: date = TODAY
) -> None:
    with unit_of_work(engine) as session:
        decide_subject(
            session,
            number,
            approve=approve,
            opinion=opinion,
            by=find_person(session, by),
            at=NOON,
            today=today,
        )


def state_of(engine: Engine) -> tuple[str, str]:
    with reading(engine) as session:
        approval, plan = session.scalars(select(Approval)).one(), session.scalars(select(Plan)).one()
    return approval.state, plan.state


def test_the_party_secretary_is_asked_where_nobody_is_named(planned: Engine) -> None:
    with reading(planned) as session:
        assert find_approver(session, "", "").name == SECRETARY
        assert find_approver(session, "", DEPUTY).name == DEPUTY
        assert find_approver(session, "苏玉梅", DEPUTY).name == "苏玉梅"
        with pytest.raises(NotFoundError):
            find_approver(session, "赵六", "")


def test_an_organisation_without_a_secretary_has_no_approver(database: Engine) -> None:
    with reading(database) as session, pytest.raises(NotFoundError) as refused:
        find_approver(session, "", "")

    assert refused.value.code == "approver_unknown"


def test_an_approved_plan_follows_in_the_same_step(planned: Engine, asked: int) -> None:
    decide(planned, asked, SECRETARY, opinion="同意")

    assert state_of(planned) == ("approved", "approved")
    with reading(planned) as session:
        told = session.scalars(select(Event).order_by(Event.id.desc()).limit(2)).all()
    assert [one.verb for one in reversed(told)] == ["approval.decided", "plan.approved"]
    assert json.loads(told[0].payload)["opinion"] == "同意"


def test_another_person_cannot_decide(planned: Engine, asked: int) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(planned, asked, DEPUTY)

    assert refused.value.code == "approval_not_asked"
    assert state_of(planned) == ("waiting", "submitted")


def test_who_acts_for_the_approver_may_decide_on_that_day(planned: Engine, asked: int) -> None:
    with unit_of_work(planned) as session:
        secretary, deputy = find_person(session, SECRETARY), find_person(session, DEPUTY)
        session.add(
            Absence(
                person_id=secretary.id,
                substitute_id=deputy.id,
                kind="出差",
                starts_on=date(2026, 1, 12),
                ends_on=date(2026, 1, 14),
            )
        )
    with reading(planned) as session:
        deputy = find_person(session, DEPUTY)
        assert [one.id for one in waiting_for(session, deputy, today=date(2026, 1, 12))] == [asked]
        assert waiting_for(session, deputy, today=TODAY) == []

    with pytest.raises(RefusedError):
        decide(planned, asked, DEPUTY, today=date(2026, 1, 15))
    decide(planned, asked, DEPUTY, today=date(2026, 1, 14))

    assert state_of(planned) == ("approved", "approved")


def test_a_decision_is_taken_once_and_says_by_whom_and_when(planned: Engine, asked: int) -> None:
    decide(planned, asked, SECRETARY)

    with pytest.raises(RefusedError) as refused:
        decide(planned, asked, SECRETARY, approve=False, opinion="再改改")

    assert refused.value.sentence("zh", ZoneInfo("Asia/Shanghai")) == (
        f"审批 {asked} 已由 zhoulicheng@example.gov.cn 于 2026-01-06 12:00 办理，无需重复办理。"
    )
    assert state_of(planned) == ("approved", "approved")


def test_a_return_needs_words(planned: Engine, asked: int) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(planned, asked, SECRETARY, approve=False, opinion="  ")
    assert refused.value.code == "approval_opinion"
    assert state_of(planned) == ("waiting", "submitted")

    decide(planned, asked, SECRETARY, approve=False, opinion="第17项时限偏紧")

    assert state_of(planned) == ("returned", "returned")


def test_asking_twice_is_asking_once(planned: Engine, asked: int) -> None:
    with unit_of_work(planned) as session:
        approver = find_approver(session, "", "")
        plan = session.scalars(select(Plan)).one()
        again = ask(
            session, subject="plan", subject_id=plan.id, title="再问", approver=approver, by="x", at=NOON
        )

    assert again.id == asked
    with reading(planned) as session:
        assert [one.id for one in waiting_for(session, None, today=TODAY)] == [asked]


def test_an_approval_that_does_not_exist_is_named(planned: Engine) -> None:
    with pytest.raises(NotFoundError) as refused:
        decide(planned, 99, SECRETARY)

    assert refused.value.facts == {"id": 99}


def test_of_two_decisions_at_once_one_counts(planned: Engine, asked: int) -> None:
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def try_(*, approve: bool) -> None:
        ready.wait()
        try:
            decide(planned, asked, SECRETARY, approve=approve, opinion="意见")
            outcomes.append("decided")
        except DubanError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=try_, kwargs={"approve": approve}) for approve in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["approval_decided", "decided"]
    assert state_of(planned) in {("approved", "approved"), ("returned", "returned")}
