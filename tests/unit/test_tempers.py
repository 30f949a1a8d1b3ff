"""Invented people behave plausibly, and alike every time."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flows.rehearsal.tempers import Temper, Verb, Work, instalments, script, temper_of
from models.workdays import load_calendar

CALENDAR = load_calendar([2026])
DAYS = st.dates(date(2026, 1, 5), date(2026, 12, 31))


@st.composite
def works(draw: st.DrawFn) -> Work:
    start = draw(st.none() | DAYS)
    due = draw(st.none() | DAYS.filter(lambda day: start is None or day >= start))
    target = draw(st.none() | st.sampled_from([0.0, 1.0, 4.0, 2.5, 20.0, 800.0]))
    numbers = st.integers(1, 10_000)
    return Work(draw(numbers), draw(numbers), draw(DAYS), start, due, target)


@given(works())
def test_everything_is_done_in_order_on_workdays(work: Work) -> None:
    acts = script(work, CALENDAR, escalate_workdays=5)

    days = [act.day for act in acts]
    assert days == sorted(days)
    assert all(CALENDAR.is_workday(day) and day >= work.assigned_on for day in days)
    assert [act.verb for act in acts if act.verb is Verb.FINISH] in ([], [acts[-1].verb if acts else None])
    assert acts == script(work, CALENDAR, escalate_workdays=5)


def test_silent_people_wait_until_the_leader_knows() -> None:
    number = next(n for n in range(1, 10_000) if temper_of(_work(n)) is Temper.SILENT)

    acts = script(_work(number), CALENDAR, escalate_workdays=5)

    assert [act.verb for act in acts] == [Verb.FINISH]
    assert CALENDAR.between(date(2026, 3, 31), acts[0].day) > 5


def test_most_work_is_done_on_time() -> None:
    tempers = [
        temper_of(Work(n, n % 40, date(2026, 1, 5), None, date(2026, 3, 31), None)) for n in range(2000)
    ]

    on_time = sum(one in {Temper.EARLY, Temper.PUNCTUAL} for one in tempers)

    assert 0.8 < on_time / len(tempers) < 0.98


def test_a_target_is_reported_in_plausible_parts() -> None:
    assert instalments(4) == [1.0, 1.0, 1.0, 1.0]
    assert instalments(20) == [6.7, 6.7, 6.6]
    assert instalments(2.5) == [0.8, 0.8, 0.9]
    assert instalments(0) == []


def _work(number: int) -> Work:
    due = date(2026, 3, 31)
    return Work(number, 3, due - timedelta(days=60), due - timedelta(days=30), due, None)
