"""Workdays: the facts of 2026, and the laws that hold on every calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from models.workdays import Calendar, load_calendar, read_override

YEAR = load_calendar([2026])
DAYS = st.dates(date(2025, 6, 1), date(2027, 6, 30))


@pytest.mark.parametrize(
    ("day", "worked", "name"),
    [
        (date(2026, 1, 1), False, "元旦"),
        (date(2026, 1, 2), False, "调休放假"),
        (date(2026, 1, 4), True, "调休上班"),
        (date(2026, 2, 14), True, "调休上班"),
        (date(2026, 2, 16), False, "除夕"),
        (date(2026, 2, 23), False, "调休放假"),
        (date(2026, 2, 28), True, "调休上班"),
        (date(2026, 3, 31), True, ""),
        (date(2026, 5, 9), True, "调休上班"),
        (date(2026, 6, 30), True, ""),
        (date(2026, 10, 8), True, ""),
        (date(2026, 10, 11), False, ""),
    ],
)
def test_a_day_of_2026_is_worked_as_the_notice_says(*, day: date, worked: bool, name: str) -> None:
    assert YEAR.is_workday(day) is worked
    assert YEAR.name(day) == name


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("new-year", date(2026, 1, 1), date(2026, 1, 3)),
        ("spring", date(2026, 2, 15), date(2026, 2, 23)),
        ("qingming", date(2026, 4, 4), date(2026, 4, 6)),
        ("labour", date(2026, 5, 1), date(2026, 5, 5)),
        ("dragon-boat", date(2026, 6, 19), date(2026, 6, 21)),
        ("mid-autumn", date(2026, 9, 25), date(2026, 9, 27)),
        ("national", date(2026, 10, 1), date(2026, 10, 7)),
    ],
)
def test_a_holidays_break_runs_from_its_first_to_its_last_day_off(key: str, first: date, last: date) -> None:
    assert YEAR.statutory_break(2026, key) == (first, last)


def test_a_rest_day_moves_earlier_for_reports_and_later_for_activities() -> None:
    saturday_in_may = date(2026, 5, 2)

    assert YEAR.shift(saturday_in_may, "earlier") == date(2026, 4, 30)
    assert YEAR.shift(saturday_in_may, "later") == date(2026, 5, 6)
    assert YEAR.shift(date(2026, 4, 30), "earlier") == date(2026, 4, 30)


def test_workdays_are_counted_over_holidays_and_make_up_days() -> None:
    before_the_spring_festival = date(2026, 2, 13)

    assert YEAR.add(before_the_spring_festival, 1) == date(2026, 2, 14)
    assert YEAR.add(before_the_spring_festival, 2) == date(2026, 2, 24)
    assert YEAR.add(date(2026, 2, 24), -1) == date(2026, 2, 14)
    assert YEAR.between(date(2026, 2, 13), date(2026, 2, 28)) == 6
    assert YEAR.between(date(2026, 2, 28), date(2026, 2, 13)) == -6


@given(day=DAYS, direction=st.sampled_from(["earlier", "later"]))
def test_a_shift_gives_a_workday(day: date, direction: str) -> None:
    assert YEAR.is_workday(YEAR.shift(day, direction))


@given(day=DAYS)
def test_a_day_lies_between_its_two_shifts(day: date) -> None:
    earlier, later = YEAR.earlier(day), YEAR.later(day)

    assert earlier <= day <= later
    assert (earlier == later) is YEAR.is_workday(day)


@given(day=DAYS, one=st.integers(1, 30), other=st.integers(1, 30))
def test_adding_workdays_composes(day: date, one: int, other: int) -> None:
    assert YEAR.add(YEAR.add(day, one), other) == YEAR.add(day, one + other)


@given(day=DAYS, workdays=st.integers(1, 30))
def test_as_many_workdays_lie_between_as_were_added(day: date, workdays: int) -> None:
    assert YEAR.between(day, YEAR.add(day, workdays)) == workdays


@pytest.mark.parametrize("year", range(2024, 2040))
def test_every_year_loads_also_those_where_two_holidays_share_a_day(year: int) -> None:
    calendar = load_calendar([year])

    first, last = calendar.statutory_break(year, "national") or (date.max, date.min)
    assert first <= date(year, 10, 1) <= last


def test_two_holidays_on_one_day_have_one_break_and_both_names() -> None:
    calendar = load_calendar([2028])

    assert calendar.name(date(2028, 10, 3)) == "中秋节、国庆节"
    assert calendar.statutory_break(2028, "mid-autumn") == calendar.statutory_break(2028, "national")


def test_a_year_without_its_notice_is_named() -> None:
    days = [date(2026, 12, 31), date(2027, 1, 10), None]

    assert YEAR.unannounced(days) == (2027,)


def test_the_override_file_moves_days_and_announces_its_year(tmp_path: Path) -> None:
    file = tmp_path / "holidays.csv"
    file.write_text("日期,类型,名称\n2027-02-11,休,春节\n2027-02-20,班,调休上班\n2027/1/2,班\n", "utf-8-sig")

    calendar = load_calendar([2027], file)

    assert not calendar.is_workday(date(2027, 2, 11))
    assert calendar.is_workday(date(2027, 2, 20))
    assert calendar.is_workday(date(2027, 1, 2))
    assert calendar.statutory_break(2027, "spring") == (date(2027, 2, 5), date(2027, 2, 11))
    assert calendar.unannounced([date(2027, 5, 1)]) == ()


def test_an_override_saved_by_a_chinese_excel_is_read(tmp_path: Path) -> None:
    file = tmp_path / "holidays.csv"
    file.write_bytes("日期,类型,名称\r\n2027/2/11,休,春节\r\n".encode("gb18030"))

    assert read_override(file) == [(date(2027, 2, 11), "休", "春节")]


@pytest.mark.parametrize("line", ["2027-02-30,休,春节", "明天,休,春节", "2027-02-11,假,春节", "2027-02-11"])
def test_a_wrong_line_of_the_override_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "holidays.csv"
    file.write_text(f"日期,类型,名称\n2027-02-10,休,春节\n{line}\n", "utf-8")

    with pytest.raises(InputError) as refused:
        load_calendar([2027], file)

    assert refused.value.facts["line"] == 3
    assert line in refused.value.sentence("zh")


def test_a_calendar_knows_only_the_days_it_was_given() -> None:
    plain = Calendar(rest={}, work={}, announced=frozenset())

    assert plain.add(date(2026, 1, 1), 0) == date(2026, 1, 1)
    assert plain.later(date(2026, 1, 3)) - date(2026, 1, 3) == timedelta(days=2)
