"""Extensions: asked in time by whom it concerns, decided by the leader, the original date kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.approval.commands import Return, Withdraw
from models.database import reading, unit_of_work
from models.errors import DubanError
from models.settings import Settings
from models.tables import LOOK_NOW, Approval, Extension, Item, WorkItem
from tasks.approvals.staff import Staff
from tasks.approvals.subject import approval_of, staff_for
from tasks.decide import act
from tasks.directory import find_person
from tasks.extend import ask_extension, withdraw_extension
from tasks.extensions import end_overtaken
from tasks.steps import Hand
from tasks.work import finish
from tests.deciding import approve_all, reject, staff_on, turns
from tests.working import COORDINATOR, LEADER, OWNER, do, history, now, one, told

#: The work that these tests move: due on Tuesday 31 March.
DUE, IN_TIME, LATE = date(2026, 3, 31), date(2026, 3, 26), date(2026, 4, 2)
LATER = date(2026, 4, 15)


def staff(session: Session, day: date, settings: Settings | None = None) -> Staff:
    return staff_on(session, datetime(day.year, day.month, day.day, 4, tzinfo=UTC), settings)


def asking(
    until: date = LATER,
    *,
    day: date = IN_TIME,
    reason: str = "汛期任务集中",
    settings: Settings | None = None,
) -> Callable[[Session, int, Hand], int]:
    def ask(session: Session, number: int, hand: Hand) -> int:
        asked = ask_extension(
            session,
            number,
            hand,
            until=until,
            reason=reason,
            progress="已完成一半",
            staff=staff(session, day, settings),
        )
        return asked.id

    return ask


def ask(engine: Engine, number: int, until: date = LATER, *, by: str = OWNER, day: date = IN_TIME) -> int:
    """Ask, and give the number of the approval."""
    extension = do(engine, asking(until, day=day), number, by, today=day)
    with reading(engine) as session:
        return approval_of(session, "extension", extension) or 0


def decide(engine: Engine, number: int, opinion: str = "同意") -> None:
    with unit_of_work(engine) as session:
        approve_all(session, number, datetime(2026, 3, 27, 4, tzinfo=UTC), opinion)


def refusal(
    engine: Engine, number: int, *args: date, by: str = OWNER, day: date = IN_TIME, reason: str = "忙"
) -> str:
    with pytest.raises(DubanError) as refused:
        do(engine, asking(*args, day=day, reason=reason), number, by, today=day)
    return refused.value.code


def extensions(engine: Engine) -> list[Extension]:
    with reading(engine) as session:
        return list(session.scalars(select(Extension).order_by(Extension.id)))


def status(engine: Engine, approval: int) -> str:
    with reading(engine) as session:
        return session.get_one(Approval, approval).status


@pytest.fixture
def march(in_force: Engine) -> int:
    return one(in_force, "38", period="2026-Q1")


def test_an_extension_granted_moves_the_due_date_and_keeps_the_first(in_force: Engine, march: int) -> None:
    asked = ask(in_force, march)
    with reading(in_force) as session:
        approval = session.get_one(Approval, asked)
        leader = find_person(session, LEADER).id
        assert turns(session, asked) == [leader]  # the branch secretary asks himself: nobody signs before
        title = approval.title
    decide(in_force, asked, "同意，请抓紧")

    work, (extension,) = now(in_force, march), extensions(in_force)
    assert title.endswith("（第一党支部）由3月31日至4月15日")
    assert (work.due_on, work.original_due_on, work.planned_due_on) == (LATER, DUE, DUE)
    assert (work.state, work.sequence, work.look_on) == ("assigned", 1, LOOK_NOW)
    assert (extension.state, extension.granted_due_on, extension.late) == ("granted", LATER, False)
    (verb, request), (granted, facts) = history(in_force, march)
    assert (verb, request["until"], request["progress"], request["late"]) == (
        "extension_asked",
        "2026-04-15",
        "已完成一半",
        False,
    )
    assert (granted, facts["from"], facts["to"], facts["words"]) == (
        "extended",
        "2026-03-31",
        "2026-04-15",
        "同意，请抓紧",
    )


def test_a_rest_day_becomes_the_workday_before_it(in_force: Engine, march: int) -> None:
    ask(in_force, march, date(2026, 4, 6))  # the Monday of the Qingming break

    assert extensions(in_force)[0].to_due_on == date(2026, 4, 3)


def test_a_refusal_leaves_the_date_and_may_be_followed_by_another_request(
    in_force: Engine, march: int
) -> None:
    first = ask(in_force, march)
    with unit_of_work(in_force) as session:
        reject(session, first, datetime(2026, 3, 26, 6, tzinfo=UTC), "按期完成")
    second = ask(in_force, march, date(2026, 4, 10))

    assert now(in_force, march).due_on == DUE
    assert [(x.state, x.granted_due_on) for x in extensions(in_force)] == [("refused", None), ("asked", None)]
    assert (status(in_force, first), status(in_force, second)) == ("rejected", "running")
    assert told(in_force, march) == ["extension_asked", "extension_refused", "extension_asked"]


def test_who_wants_another_date_returns_the_request_and_it_is_asked_anew(
    in_force: Engine, march: int
) -> None:
    first = ask(in_force, march)
    with unit_of_work(in_force) as session:
        leader = find_person(session, LEADER)
        world = staff_for(session, staff(session, IN_TIME), first)
        act(session, first, Return(leader.id, "最多延到4月10日"), world)
    again = ask(in_force, march, date(2026, 4, 10))
    decide(in_force, again)

    assert (status(in_force, first), status(in_force, again)) == ("terminated", "approved")
    assert history(in_force, march)[1][1]["words"] == "最多延到4月10日"
    assert now(in_force, march).due_on == date(2026, 4, 10)


@pytest.mark.parametrize("way", ["work", "approval"])
def test_a_request_taken_back_changes_nothing(*, in_force: Engine, march: int, way: str) -> None:
    asked = ask(in_force, march)

    if way == "work":
        do(
            in_force,
            lambda s, n, h: withdraw_extension(s, n, h, staff=staff(s, IN_TIME)),
            march,
            OWNER,
            today=IN_TIME,
        )
    else:
        with unit_of_work(in_force) as session:
            owner = find_person(session, OWNER)
            act(session, asked, Withdraw(owner.id), staff_for(session, staff(session, IN_TIME), asked))

    assert (extensions(in_force)[0].state, status(in_force, asked)) == ("withdrawn", "terminated")
    assert now(in_force, march).due_on == DUE
    assert told(in_force, march) == ["extension_asked", "extension_withdrawn"]


def test_asking_twice_is_asking_once(in_force: Engine, march: int) -> None:
    first = ask(in_force, march)

    assert ask(in_force, march) == first
    assert told(in_force, march) == ["extension_asked"]
    assert refusal(in_force, march, date(2026, 4, 10)) == "extension_waiting"


def test_after_the_time_for_it_only_the_coordinator_may_file(in_force: Engine, march: int) -> None:
    day = date(2026, 3, 27)  # two workdays before

    assert refusal(in_force, march, LATER, day=day) == "extension_late"
    assert refusal(in_force, march, LATER, by=LEADER, day=day) == "extension_late"
    ask(in_force, march, by=COORDINATOR, day=day)

    assert extensions(in_force)[0].late is False


def test_asked_after_the_due_date_it_is_late_and_says_so(in_force: Engine, march: int) -> None:
    ask(in_force, march, day=LATE)

    assert extensions(in_force)[0].late is True
    assert history(in_force, march)[0][1]["late"] is True


def test_rules_are_refused_by_name(in_force: Engine, march: int) -> None:
    wrong = {
        "extension_reason": refusal(in_force, march, LATER, reason="  "),
        "extension_day": refusal(in_force, march, DUE),
        "extension_days": refusal(in_force, march, date(2026, 5, 6)),
        "not_responsible": refusal(in_force, march, LATER, by="秦慧敏"),
        "work_unknown": refusal(in_force, 99_999, LATER),
    }

    assert wrong == {code: code for code in wrong}
    assert extensions(in_force) == []
    assert refusal(in_force, march, date(2026, 4, 1), day=LATE) == "extension_day"


def test_a_date_is_moved_so_many_times_and_no_more(in_force: Engine, march: int) -> None:
    for until in (LATER, date(2026, 4, 30)):
        decide(in_force, ask(in_force, march, until))

    assert refusal(in_force, march, date(2026, 5, 20)) == "extension_times"
    with reading(in_force) as session:
        facts = [x.facts for x in session.scalars(select(Approval).where(Approval.subject == "extension"))]
    assert facts == [{"days": 15, "times": 0}, {"days": 15, "times": 1}]


def test_limits_are_the_bureaus_own(in_force: Engine, march: int) -> None:
    strict = replace(Settings(home=Path()), extension_days=7, extension_workdays_before=5)

    for until, code in ((LATER, "extension_days"), (date(2026, 4, 3), "extension_late")):
        with pytest.raises(DubanError) as refused:
            do(in_force, asking(until, settings=strict), march, OWNER, today=IN_TIME)
        assert refused.value.code == code


def test_work_without_a_date_and_closed_work_are_not_extended(in_force: Engine, march: int) -> None:
    with unit_of_work(in_force) as session:
        session.get_one(WorkItem, march).due_on = None
    assert refusal(in_force, march, LATER) == "extension_undated"

    with unit_of_work(in_force) as session:
        session.get_one(WorkItem, march).state = "closed"
    assert refusal(in_force, march, LATER) == "work_transition"


def test_a_part_stays_within_what_it_is_a_part_of(in_force: Engine, march: int) -> None:
    with unit_of_work(in_force) as session:
        whole = session.get_one(WorkItem, march)
        item = session.get_one(Item, whole.item_id)
        part = Item(
            year=2026,
            ref="38-1",
            no=item.no,
            position=0,
            category=item.category,
            title="分项",
            kind=item.kind,
        )
        part.origin = "part"
        session.add(part)
        session.flush()
        work = WorkItem(
            item_id=part.id,
            unit_id=whole.unit_id,
            period=whole.period,
            state="assigned",
            owner_id=whole.owner_id,
            due_on=date(2026, 3, 30),
            parent_id=whole.id,
        )
        session.add(work)
        session.flush()
        number = work.id

    assert refusal(in_force, number, LATER, day=date(2026, 3, 20)) == "extension_parent"
    ask(in_force, number, DUE, day=date(2026, 3, 20))


def test_finished_work_has_no_request_waiting(in_force: Engine, march: int) -> None:
    asked = ask(in_force, march)
    do(
        in_force,
        lambda s, n, h: finish(s, n, h, words="完成", reason="提前", staff=staff(s, IN_TIME)),
        march,
        OWNER,
        today=IN_TIME,
    )

    with unit_of_work(in_force) as session:
        end_overtaken(session, staff(session, IN_TIME))
        assert end_overtaken(session, staff(session, IN_TIME)) == []

    assert (extensions(in_force)[0].state, status(in_force, asked)) == ("withdrawn", "terminated")
    assert now(in_force, march).state == "closed"
