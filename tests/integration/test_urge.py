"""Urging by hand: who may, how often, what stands in the way, and the one letter that follows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from models.database import reading, unit_of_work
from models.errors import RefusedError
from models.settings import Settings
from models.tables import Absence, Event, Extension, Item, Unit, WorkItem
from models.workdays import load_calendar
from notifications.facts_urged import urged as compose
from notifications.letters import render
from notifications.telling import Audience, Draft, News, Who, begin_telling, common_facts
from tasks.directory import find_person
from tasks.urge import Urged, urge
from tasks.work import Hand, cancel, feedback

#: A Thursday; nothing is worked on Saturday and Sunday.
THURSDAY, FRIDAY, SUNDAY, MONDAY = (date(2026, 3, day) for day in (19, 20, 22, 23))
OWNER, HEAD, COORDINATOR, LEADER, STRANGER = "曹宇航", "许文慧", "林晓东", "周立诚", "吕国平"
SETTINGS = Settings(home=Path("/nowhere"))
AUDIENCE = Audience("work_item.urged", "urged", (Who.OWNER,), compose)


def instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


@pytest.fixture
def number(in_force: Engine) -> int:
    """Work of March of the office, whose head is somebody else than the owner."""
    with unit_of_work(in_force) as session:
        found = session.scalars(
            select(WorkItem)
            .join(Item, Item.id == WorkItem.item_id)
            .where(Item.ref == "19", WorkItem.period == "2026-03")
        ).one()
        session.get_one(Unit, found.unit_id).head_id = find_person(session, HEAD).id
        return found.id


def press(engine: Engine, number: int, by: str, on: date, words: str = "", *, workdays: int = 1) -> Urged:
    with unit_of_work(engine) as session:
        hand = Hand(find_person(session, by), instant(on), on)
        calendar = load_calendar([2026])
        return urge(session, number, hand, words=words, calendar=calendar, workdays=workdays)


def refusal(engine: Engine, number: int, by: str, on: date, *, workdays: int = 1) -> str:
    with pytest.raises(RefusedError) as refused:
        press(engine, number, by, on, workdays=workdays)
    return refused.value.sentence("zh", SETTINGS.zone)


def urgings(engine: Engine) -> list[tuple[str, dict[str, str]]]:
    with reading(engine) as session:
        rows = session.execute(
            select(Event.actor, Event.payload).where(Event.verb == "work_item.urged").order_by(Event.id)
        )
        return [(actor.partition("@")[0], json.loads(payload)) for actor, payload in rows]


def letters(engine: Engine, today: date) -> list[Draft]:
    with reading(engine) as session:
        rows = session.scalars(select(Event).where(Event.verb == "work_item.urged").order_by(Event.id))
        news = [
            News(one.id, one.verb, one.subject_id, one.actor, json.loads(one.payload), one.reason)
            for one in rows
        ]
        return list(compose(begin_telling(session, SETTINGS, today), news, [AUDIENCE]))


def text_of(engine: Engine, draft: Draft, today: date) -> tuple[str, str]:
    with reading(engine) as session:
        telling = begin_telling(session, SETTINGS, today)
        common = common_facts(telling, draft.person_id, on_behalf=draft.on_behalf)
    letter = render(draft.letter, "zh", {**draft.facts, **common})
    return letter.subject, letter.text


@pytest.mark.parametrize("by", [COORDINATOR, HEAD, LEADER])
def test_whoever_is_above_the_owner_may_urge(in_force: Engine, number: int, by: str) -> None:
    done = press(in_force, number, by, THURSDAY, " 月底前请更新四次 ")

    assert (done.owner.name, done.reader.name, done.work.state) == (OWNER, OWNER, "assigned")
    ((_, payload),) = urgings(in_force)
    assert payload == {
        "state": "assigned",
        "period": "2026-03",
        "words": "月底前请更新四次",
        "owner": done.owner.email,
        "on": "2026-03-19",
    }


def test_others_may_not_urge_and_nobody_urges_himself(in_force: Engine, number: int) -> None:
    with unit_of_work(in_force) as session:
        session.get_one(WorkItem, number).owner_id = find_person(session, HEAD).id

    assert refusal(in_force, number, "单佳琪", THURSDAY) == (
        f"单佳琪不是协调人、分管领导或单位负责人，不能催办任务 {number}。"
    )
    assert refusal(in_force, number, HEAD, THURSDAY) == (
        f"任务 {number} 目前由{HEAD}本人承办，不能催办本人。"
    )
    assert urgings(in_force) == []


def test_the_same_owner_is_urged_once_in_so_many_workdays(in_force: Engine, number: int) -> None:
    press(in_force, number, COORDINATOR, FRIDAY)

    said = refusal(in_force, number, LEADER, SUNDAY)
    assert said == (
        f"任务 {number} 已由{COORDINATOR}于 2026-03-20 10:00 催办过，"
        "1 个工作日内不重复催办。最早可于 2026-03-23 再催。"
    )
    assert "2026-03-25" in refusal(in_force, number, LEADER, MONDAY, workdays=3)
    press(in_force, number, LEADER, MONDAY)
    press(in_force, number, LEADER, MONDAY, workdays=0)
    assert len(urgings(in_force)) == 3


def test_a_new_owner_was_not_urged_yet(in_force: Engine, number: int) -> None:
    press(in_force, number, COORDINATOR, FRIDAY)
    with unit_of_work(in_force) as session:
        session.get_one(WorkItem, number).owner_id = find_person(session, STRANGER).id

    assert press(in_force, number, COORDINATOR, FRIDAY).owner.name == STRANGER
    # The letter to the one who was urged first would come too late.
    assert [one.event_id for one in letters(in_force, FRIDAY)] == [max(events(in_force))]


def events(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(Event.id).where(Event.verb == "work_item.urged")))


def test_nobody_is_urged_about_what_is_not_owed(in_force: Engine, number: int) -> None:
    with unit_of_work(in_force) as session:
        cancel(session, number, Hand(find_person(session, COORDINATOR), instant(FRIDAY), FRIDAY), reason="撤")

    assert "“已取消”" in refusal(in_force, number, COORDINATOR, FRIDAY)
    with unit_of_work(in_force) as session:
        work = session.get_one(WorkItem, number)
        work.state, work.owner_id = "accepted", None
    assert "还没有责任人" in refusal(in_force, number, COORDINATOR, FRIDAY)


@pytest.mark.parametrize(("late", "may"), [(False, False), (True, True)])
def test_urging_waits_for_an_extension_that_was_asked_in_time(
    in_force: Engine, number: int, *, late: bool, may: bool
) -> None:
    with unit_of_work(in_force) as session:
        session.add(
            Extension(
                work_item_id=number,
                person_id=find_person(session, OWNER).id,
                asked_at=instant(THURSDAY),
                asked_on=THURSDAY,
                late=late,
                from_due_on=date(2026, 3, 31),
                to_due_on=date(2026, 4, 10),
                reason="场地未定",
                state="asked",
            )
        )

    if may:
        assert press(in_force, number, COORDINATOR, FRIDAY).owner.name == OWNER
    else:
        assert "正在申请延期至 2026-04-10，审批未定" in refusal(in_force, number, COORDINATOR, FRIDAY)


def away(engine: Engine, name: str, substitute: str | None) -> None:
    with unit_of_work(engine) as session:
        session.add(
            Absence(
                person_id=find_person(session, name).id,
                substitute_id=find_person(session, substitute).id if substitute else None,
                kind="抽调",
                starts_on=MONDAY,
                ends_on=date(2026, 4, 30),
            )
        )


def test_an_absent_owner_without_a_substitute_cannot_be_urged(in_force: Engine, number: int) -> None:
    away(in_force, OWNER, None)

    assert press(in_force, number, COORDINATOR, FRIDAY)
    assert refusal(in_force, number, COORDINATOR, MONDAY) == (
        f"{OWNER}自 2026-03-23 至 2026-04-30 抽调，没有安排代办人，催办无人接收。"
        f"请与{HEAD}商定由谁代办，并登记代办人。"
    )
    assert HEAD not in refusal(in_force, number, HEAD, MONDAY)


def test_who_acts_for_an_absent_owner_is_told(in_force: Engine, number: int) -> None:
    away(in_force, OWNER, STRANGER)

    done = press(in_force, number, COORDINATOR, MONDAY)
    (draft,) = letters(in_force, MONDAY)
    subject, text = text_of(in_force, draft, MONDAY)

    assert (done.owner.name, done.reader.name) == (OWNER, STRANGER)
    assert (draft.person_id, draft.on_behalf, draft.thread) == (
        done.reader.id,
        (done.owner.id,),
        f"work-{number}",
    )
    assert subject == "【催办】请于3月26日（周四）前反馈“更新维护局微信公众号”进展"
    assert f"（{STRANGER}代{OWNER}）" in text
    assert "现由林晓东催办下列任务，交办以来尚未收到进展反馈。" in text
    assert "2026年3月31日（周二）到期，还有6个工作日" in text
    assert "确需延期的，请在2026年3月26日（周四）前提出申请。" in text


def test_hidden_work_stays_with_its_owner(in_force: Engine, number: int) -> None:
    away(in_force, OWNER, STRANGER)
    with unit_of_work(in_force) as session:
        session.get_one(Item, session.get_one(WorkItem, number).item_id).hidden = True

    assert "没有安排代办人" in refusal(in_force, number, COORDINATOR, MONDAY)


def test_an_overdue_item_is_urged_in_other_words(in_force: Engine, number: int) -> None:
    late = date(2026, 4, 9)
    with unit_of_work(in_force) as session:
        owner = Hand(find_person(session, OWNER), instant(MONDAY), MONDAY)
        feedback(session, number, owner, words="更新两次", quantity=2)
    press(in_force, number, COORDINATOR, MONDAY)
    press(in_force, number, LEADER, late, "{{ 7 * 7 }}\n请说明原因")

    *_, draft = letters(in_force, late)
    subject, text = text_of(in_force, draft, late)

    assert subject == "【催办】“更新维护局微信公众号”已逾期9日，请于4月14日（周二）前办结或说明情况"
    assert "现由周立诚催办下列任务（第2次），最近一次收到进展反馈为2026年3月23日（周一）。要求如下：" in text
    assert "\n\n  {{ 7 * 7 }}\n  请说明原因\n" in text
    assert "延期" not in text


def test_what_was_done_meanwhile_is_not_urged_by_letter(in_force: Engine, number: int) -> None:
    press(in_force, number, COORDINATOR, MONDAY)
    with unit_of_work(in_force) as session:
        cancel(session, number, Hand(find_person(session, COORDINATOR), instant(MONDAY), MONDAY), reason="撤")

    assert letters(in_force, MONDAY) == []
    with reading(in_force) as session:
        assert session.scalar(select(func.count()).where(Event.verb == "work_item.urged")) == 1
