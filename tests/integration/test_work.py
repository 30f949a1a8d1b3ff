"""What people do with work: who may, in which order, and one event a step."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from models.approval.commands import Withdraw
from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.tables import LOOK_NOW, Approval, Event, Feedback, WorkItem
from tasks.decide import act
from tasks.directory import find_person
from tasks.work import Hand, accept, cancel, feedback, send_back
from tests.deciding import approve_all, reject, staff_on, turns
from tests.working import COORDINATOR, LEADER, NOON, OWNER, TODAY, do, done, history, now, one, told

Step = Callable[[Session, int, Hand], object]


STEPS: dict[str, Step] = {
    "accept": accept,
    "feedback": lambda session, number, hand: feedback(session, number, hand, words="已布置", quantity=1),
    "finish": lambda session, number, hand: done(session, number, hand, words="已完成"),
    "return": lambda session, number, hand: send_back(
        session, number, hand, words="请补签到表", staff=staff_on(session, NOON)
    ),
    "cancel": lambda session, number, hand: cancel(session, number, hand, reason="上级已统一开展"),
}


def events(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count(Event.id))) or 0


def test_ordinary_work_goes_from_signature_to_closing(in_force: Engine) -> None:
    number = one(in_force, "38")

    for step in ("accept", "feedback", "finish"):
        do(in_force, STEPS[step], number, OWNER)

    closed = now(in_force, number)
    assert (closed.state, closed.done, closed.closed_on) == ("closed", 1.0, TODAY)
    assert told(in_force, number) == ["accepted", "feedback", "submitted", "closed"]


def test_steps_that_are_done_already_change_nothing(in_force: Engine) -> None:
    number = one(in_force, "42")

    for step in ("accept", "accept", "finish", "finish"):
        do(in_force, STEPS[step], number, OWNER)

    assert told(in_force, number) == ["accepted", "submitted", "closed"]


def test_feedback_signs_for_the_work_and_is_kept(in_force: Engine) -> None:
    number = one(in_force, "19", unit="办公室", period="2026-03")

    do(in_force, lambda s, n, h: feedback(s, n, h, words=" 更新两次 ", quantity=2), number, "曹宇航")
    do(in_force, lambda s, n, h: feedback(s, n, h, words="又更新一次", quantity=1.5), number, "曹宇航")

    work = now(in_force, number)
    assert (work.state, work.done, work.accepted_at) == ("accepted", 3.5, NOON)
    with reading(in_force) as session:
        rows = session.scalars(select(Feedback).order_by(Feedback.id)).all()
        payload = json.loads(
            session.scalars(select(Event.payload).where(Event.verb == "work_item.feedback")).first() or ""
        )
    assert [(row.words, row.quantity, row.on) for row in rows] == [
        ("更新两次", 2.0, TODAY),
        ("又更新一次", 1.5, TODAY),
    ]
    assert payload == {"period": "2026-03", "quantity": 2, "state": "accepted", "words": "更新两次"}


@pytest.mark.parametrize(
    ("by", "allowed"),
    [
        ("吕国平", True),  # owner and head of the branch
        ("林晓东", True),  # coordinates
        ("韩国梁", True),  # leads the committee above the branch
        ("周立诚", True),  # party secretary
        ("苏玉梅", False),  # leads other units
        ("蒋文博", False),  # secretary of another branch
        ("秦慧敏", False),  # member of the branch
    ],
)
def test_only_who_answers_for_the_work_may_sign(*, in_force: Engine, by: str, allowed: bool) -> None:
    number = one(in_force, "38")

    if allowed:
        do(in_force, accept, number, by)
        assert told(in_force, number) == ["accepted"]
        return
    with pytest.raises(RefusedError) as refused:
        do(in_force, accept, number, by)

    assert refused.value.code == "not_responsible"
    assert told(in_force, number) == []


def test_a_substitute_acts_only_in_the_absence(in_force: Engine) -> None:
    number = one(in_force, "18", unit="办公室", period="2026-W28")

    with pytest.raises(RefusedError):
        do(in_force, accept, number, "曹宇航", today=date(2026, 7, 3))
    do(in_force, accept, number, "曹宇航", today=date(2026, 7, 6))

    assert now(in_force, number).state == "accepted"


def test_a_quota_is_not_finished_short_without_a_reason(in_force: Engine) -> None:
    number = one(in_force, "66", unit="农业农村审计科", period="2026-Q1")
    do(in_force, lambda s, n, h: feedback(s, n, h, words="已拨付", quantity=2.5), number, "苏玉梅")

    with pytest.raises(RefusedError) as refused:
        do(in_force, lambda s, n, h: done(s, n, h, words=""), number, "苏玉梅")
    assert refused.value.facts == {"id": number, "done": "2.5", "target": "3"}
    do(
        in_force,
        lambda s, n, h: done(s, n, h, words="", reason="余款待验收"),
        number,
        "苏玉梅",
    )

    assert now(in_force, number).state == "submitted"


def asked_for(session: Session, number: int) -> tuple[int, str]:
    row = session.execute(
        select(Approval.id, Approval.status).where(
            Approval.subject == "work_item", Approval.subject_id == number
        )
    ).one()
    return row.id, row.status


def test_key_work_waits_for_its_leader_and_closes_on_the_day_of_the_report(in_force: Engine) -> None:
    number = one(in_force, "40", period="2026-03")
    do(in_force, STEPS["finish"], number, OWNER, today=date(2026, 3, 20))
    assert (now(in_force, number).state, now(in_force, number).closed_on) == ("submitted", None)

    with unit_of_work(in_force) as session:
        asked, _ = asked_for(session, number)
        assert turns(session, asked) == [find_person(session, LEADER).id]
        approve_all(session, asked, NOON, "好")

    closed = now(in_force, number)
    assert (closed.state, closed.closed_on) == ("closed", date(2026, 3, 20))
    assert told(in_force, number) == ["submitted", "closed"]


def test_key_work_given_back_may_be_finished_again_in_the_same_approval(in_force: Engine) -> None:
    number = one(in_force, "40", period="2026-03")
    do(in_force, STEPS["finish"], number, OWNER)
    with unit_of_work(in_force) as session:
        asked, _ = asked_for(session, number)
        reject(session, asked, NOON, "补材料")
    assert (now(in_force, number).state, now(in_force, number).returns) == ("returned", 1)

    do(in_force, STEPS["finish"], number, OWNER)
    with unit_of_work(in_force) as session:
        assert asked_for(session, number) == (asked, "running")
        approve_all(session, asked, NOON)

    assert now(in_force, number).state == "closed"
    assert told(in_force, number) == ["submitted", "returned", "submitted", "closed"]


def test_a_report_withdrawn_before_it_was_decided_is_work_in_hand_again(in_force: Engine) -> None:
    number = one(in_force, "40", period="2026-03")
    do(in_force, STEPS["finish"], number, OWNER)
    with unit_of_work(in_force) as session:
        asked, _ = asked_for(session, number)
        owner = find_person(session, OWNER)
        act(session, asked, Withdraw(owner.id), staff_on(session, NOON))
        assert asked_for(session, number) == (asked, "draft")

    taken_back = now(in_force, number)
    assert (taken_back.state, taken_back.submitted_on, taken_back.returns) == ("accepted", None, 0)


def test_what_a_reviewer_sends_back_is_no_more_waiting_for_approval(in_force: Engine) -> None:
    number = one(in_force, "40", period="2026-03")
    do(in_force, STEPS["finish"], number, OWNER)

    do(in_force, STEPS["return"], number, COORDINATOR)

    with reading(in_force) as session:
        assert asked_for(session, number)[1] == "terminated"
    assert now(in_force, number).state == "returned"


def test_closed_work_may_be_sent_back_by_the_coordinator(in_force: Engine) -> None:
    number = one(in_force, "42")
    do(in_force, STEPS["finish"], number, OWNER)

    do(in_force, STEPS["return"], number, COORDINATOR)
    back = now(in_force, number)
    do(in_force, STEPS["finish"], number, OWNER, today=date(2026, 4, 2))

    assert (back.state, back.closed_at, back.closed_on, back.returns) == ("returned", None, None, 1)
    assert now(in_force, number).closed_on == date(2026, 4, 2)
    assert told(in_force, number) == ["submitted", "closed", "returned", "submitted", "closed"]


@pytest.mark.parametrize("step", ["return", "cancel"])
def test_only_reviewers_send_back_and_cancel(in_force: Engine, step: str) -> None:
    number = one(in_force, "42")
    if step == "return":
        do(in_force, STEPS["finish"], number, OWNER)
    before = events(in_force)

    with pytest.raises(RefusedError) as refused:
        do(in_force, STEPS[step], number, OWNER)

    assert refused.value.code == "not_reviewer"
    assert events(in_force) == before


def test_a_refused_step_changes_nothing(in_force: Engine) -> None:
    number = one(in_force, "38")
    before = events(in_force)
    refusals: list[tuple[Step, type[DubanError], str]] = [
        (lambda s, n, h: feedback(s, n, h, words=" "), InputError, "feedback_words"),
        (lambda s, n, h: feedback(s, n, h, words="x", quantity=-1), InputError, "feedback_quantity"),
        (
            lambda s, n, h: feedback(s, n, h, words="x", quantity=float("nan")),
            InputError,
            "feedback_quantity",
        ),
        (
            lambda s, n, h: feedback(s, n, h, words="x", quantity=float("inf")),
            InputError,
            "feedback_quantity",
        ),
        (STEPS["finish"], RefusedError, "target_short"),
        (STEPS["return"], RefusedError, "work_transition"),
        (lambda s, n, h: send_back(s, n, h, words="", staff=staff_on(s, NOON)), RefusedError, "return_words"),
        (lambda s, n, h: cancel(s, n, h, reason=" "), RefusedError, "cancel_reason"),
        (lambda s, _, h: accept(s, 99_999, h), NotFoundError, "work_unknown"),
    ]

    for step, refusal, code in refusals:
        with pytest.raises(refusal) as refused:
            do(in_force, step, number, COORDINATOR)
        assert refused.value.code == code

    assert events(in_force) == before
    assert (now(in_force, number).state, now(in_force, number).done) == ("assigned", 0.0)


def test_nothing_more_is_done_with_cancelled_work(in_force: Engine) -> None:
    number = one(in_force, "38")
    do(in_force, STEPS["cancel"], number, COORDINATOR)

    for step in STEPS.values():
        with pytest.raises(RefusedError):
            do(in_force, step, number, COORDINATOR)

    assert told(in_force, number) == ["cancelled"]


def test_what_was_done_may_be_reported_a_week_later_and_no_more(in_force: Engine) -> None:
    number = one(in_force, "19", unit="办公室", period="2026-03")
    earliest = TODAY - timedelta(days=7)

    do(
        in_force,
        lambda s, n, h: feedback(s, n, h, words="当日更新", quantity=1, on=earliest),
        number,
        "曹宇航",
    )
    for day, code in (
        (earliest - timedelta(days=1), "feedback_back"),
        (TODAY + timedelta(days=1), "feedback_future"),
    ):
        with pytest.raises(RefusedError) as refused:
            do(
                in_force,
                lambda s, n, h, day=day: feedback(s, n, h, words="补报", on=day),  # type: ignore[misc]  # bound now
                number,
                "曹宇航",
            )
        assert refused.value.code == code

    with reading(in_force) as session:
        (report,) = session.scalars(select(Feedback))
    assert (report.on, report.at) == (earliest, NOON)
    assert (now(in_force, number).done, now(in_force, number).reported_on) == (1.0, TODAY)
    assert history(in_force, number)[-1][1]["on"] == earliest.isoformat()


def test_whoever_changes_work_has_the_next_sweep_look_at_it(in_force: Engine) -> None:
    number = one(in_force, "42")
    looks = []
    for step, by in (
        ("accept", OWNER),
        ("feedback", OWNER),
        ("finish", OWNER),
        ("return", COORDINATOR),
        ("cancel", COORDINATOR),
    ):
        with unit_of_work(in_force) as session:
            session.execute(update(WorkItem).where(WorkItem.id == number).values(look_on=TODAY))
        do(in_force, STEPS[step], number, by)
        looks.append((step, now(in_force, number).look_on, now(in_force, number).sequence))

    assert looks == [
        ("accept", LOOK_NOW, 0),
        ("feedback", LOOK_NOW, 0),
        ("finish", None, 1),
        ("return", LOOK_NOW, 2),
        ("cancel", None, 3),
    ]
