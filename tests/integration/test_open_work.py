"""Occasional work: opened when something occurs, due so many days later, once for each occurrence."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select

from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.tables import Event, Unit, WorkItem
from models.workdays import load_calendar
from tasks.directory import find_unit
from tasks.expand import expand
from tasks.open_work import open_work
from tasks.store_plan import find_plan

NOON = datetime(2026, 3, 9, 4, tzinfo=UTC)
CALENDAR = load_calendar([2026])


def open_(
    engine: Engine, ref: str, occurred_on: date, *, due_on: date | None = None, unit: str = ""
) -> list[WorkItem]:
    with unit_of_work(engine) as session:
        return open_work(
            session,
            year=2026,
            ref=ref,
            occurred_on=occurred_on,
            calendar=CALENDAR,
            actor="linxiaodong@example.gov.cn",
            at=NOON,
            due_on=due_on,
            unit=find_unit(session, unit) if unit else None,
            words="工委〔2026〕7号",
        )


@pytest.mark.parametrize(
    ("ref", "occurred_on", "nominal", "due"),
    [
        # 收文后10个工作日内
        ("3", date(2026, 3, 9), date(2026, 3, 23), date(2026, 3, 23)),
        ("3", date(2026, 2, 12), date(2026, 3, 4), date(2026, 3, 4)),
        # 讲话、文件公开发布后7日内
        ("22", date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 16)),
    ],
)
def test_relative_work_is_due_so_many_days_after_it_occurred(
    in_force: Engine, ref: str, occurred_on: date, nominal: date, due: date
) -> None:
    (work,) = open_(in_force, ref, occurred_on)

    assert (work.period, work.start_on) == (occurred_on.isoformat(), occurred_on)
    assert (work.nominal_due_on, work.due_on, work.original_due_on) == (nominal, due, due)
    assert (work.state, work.assigned_at, work.done, work.returns) == ("assigned", NOON, 0.0, 0)


def test_a_due_date_on_a_rest_day_moves_and_both_are_kept(in_force: Engine) -> None:
    works = open_(in_force, "16", date(2026, 3, 6), unit="第七党支部")

    assert [(work.nominal_due_on, work.due_on) for work in works] == [(date(2026, 3, 21), date(2026, 3, 20))]


def test_every_branch_that_lives_gets_its_own(in_force: Engine) -> None:
    before, during = open_(in_force, "16", date(2026, 3, 9)), open_(in_force, "16", date(2026, 4, 9))

    with reading(in_force) as session:
        names = {unit.id: unit.name for unit in session.scalars(select(Unit))}
    temporary = "高标准农田专项审计临时党支部"
    assert (len(before), len(during)) == (8, 9)
    assert temporary not in {names[work.unit_id] for work in before}
    assert temporary in {names[work.unit_id] for work in during}


def test_the_same_occurrence_twice_is_the_same_work(in_force: Engine) -> None:
    first = open_(in_force, "16", date(2026, 3, 9), unit="第七党支部")
    all_branches = open_(in_force, "16", date(2026, 3, 9))
    again = open_(in_force, "16", date(2026, 3, 9))

    assert first[0].id in {work.id for work in all_branches}
    assert sorted(work.id for work in again) == sorted(work.id for work in all_branches)
    with reading(in_force) as session:
        assert len(session.scalars(select(Event).where(Event.verb == "work_item.opened")).all()) == 8


def test_work_without_a_rule_needs_a_due_date(in_force: Engine) -> None:
    with pytest.raises(InputError) as refused:
        open_(in_force, "13", date(2026, 6, 8))

    assert refused.value.code == "open_due"
    assert open_(in_force, "13", date(2026, 6, 8), due_on=date(2026, 6, 30))[0].due_on == date(2026, 6, 30)


def test_a_due_date_before_the_occurrence_is_refused(in_force: Engine) -> None:
    with pytest.raises(InputError) as refused:
        open_(in_force, "13", date(2026, 6, 8), due_on=date(2026, 6, 5))

    assert refused.value.code == "open_due_past"


def test_opening_again_with_another_date_is_refused(in_force: Engine) -> None:
    first = open_(in_force, "13", date(2026, 6, 8), due_on=date(2026, 6, 30))

    with pytest.raises(RefusedError) as refused:
        open_(in_force, "13", date(2026, 6, 8), due_on=date(2026, 7, 3))

    assert refused.value.code == "open_already"
    again = open_(in_force, "13", date(2026, 6, 8), due_on=date(2026, 6, 30))
    assert [work.id for work in again] == [work.id for work in first]


def test_what_cannot_be_opened_is_refused(in_force: Engine) -> None:
    refusals: list[tuple[str, str, type[DubanError], str]] = [
        ("40", "", RefusedError, "open_scheduled"),
        ("99", "", NotFoundError, "plan_item_unknown"),
        ("22", "工会", NotFoundError, "open_unit"),
    ]

    for ref, unit, refusal, code in refusals:
        with pytest.raises(refusal) as refused:
            open_(in_force, ref, date(2026, 3, 9), unit=unit)
        assert refused.value.code == code


def test_expanding_the_plan_again_leaves_opened_work_alone(in_force: Engine) -> None:
    (work,) = open_(in_force, "22", date(2026, 3, 9))

    with unit_of_work(in_force) as session:
        expand(session, find_plan(session, 2026), actor="SYSTEM", at=NOON)

    with reading(in_force) as session:
        assert session.get_one(WorkItem, work.id).state == "assigned"


def test_two_who_open_at_once_open_it_once(in_force: Engine) -> None:
    ready = threading.Barrier(2)
    opened: list[int] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            ready.wait()
            opened.append(open_(in_force, "22", date(2026, 3, 9))[0].id)
        except BaseException as error:  # noqa: BLE001  # handed to the test, which fails on it
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(set(opened)) == 1
