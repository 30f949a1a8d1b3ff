"""Period keys: what each names, and which one a stretch of days belongs to."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import periods
from models.errors import InputError
from models.periods import Period, covering, read_period

YEARS = st.integers(2000, 2099)
MONTHS = st.integers(1, 12)


@st.composite
def named_periods(draw: st.DrawFn) -> Period:
    year, month = draw(YEARS), draw(MONTHS)
    return draw(
        st.sampled_from(
            [
                periods.year(year),
                periods.half(year, (month + 5) // 6),
                periods.quarter(year, (month + 2) // 3),
                periods.month(year, month),
                periods.half_month(year, month, "A"),
                periods.half_month(year, month, "B"),
            ]
        )
    )


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-03A", date(2026, 3, 1), date(2026, 3, 15)),
        ("2026-03B", date(2026, 3, 16), date(2026, 3, 31)),
        ("2026-W14", date(2026, 3, 30), date(2026, 4, 5)),
        (" 2026-03 ", date(2026, 3, 1), date(2026, 3, 31)),
    ],
)
def test_a_key_names_its_days(key: str, start: date, end: date) -> None:
    period = read_period(key)

    assert (period.start, period.end) == (start, end)
    assert period.key == key.strip()


@given(period=named_periods())
def test_a_period_is_found_again_by_its_key(period: Period) -> None:
    assert read_period(period.key) == period


@given(year=YEARS)
def test_the_weeks_of_a_year_share_out_its_days(year: int) -> None:
    weeks = periods.weeks(year)

    assert weeks[0].start == date(year, 1, 1)
    assert weeks[-1].end == date(year, 12, 31)
    assert all((b.start - a.end).days == 1 for a, b in itertools.pairwise(weeks))
    assert len({week.key for week in weeks}) == len(weeks)


def test_2026_has_53_weeks() -> None:
    weeks = periods.weeks(2026)

    assert len(weeks) == 53
    assert weeks[0] == Period(date(2026, 1, 1), date(2026, 1, 4), "2026-W01")
    assert weeks[-1] == Period(date(2026, 12, 28), date(2026, 12, 31), "2026-W53")


@pytest.mark.parametrize(
    "key", ["", "2026-13", "2026-00", "2026-Q5", "2026-H3", "2026-W54", "2026-3", "26-03", "0000", "三月"]
)
def test_what_names_no_period_is_refused(key: str) -> None:
    with pytest.raises(InputError) as refused:
        read_period(key)

    assert refused.value.code == "period_wrong"


@pytest.mark.parametrize(
    ("start", "end", "key"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), "2026-03"),
        (date(2026, 3, 11), date(2026, 3, 20), "2026-03"),
        (date(2026, 1, 1), date(2026, 3, 31), "2026-Q1"),
        (date(2026, 3, 1), date(2026, 4, 30), "2026-H1"),
        (date(2026, 6, 11), date(2026, 7, 10), "2026"),
        (date(2026, 10, 1), date(2027, 3, 31), "2026"),
    ],
)
def test_a_stretch_belongs_to_the_smallest_period_that_holds_it(start: date, end: date, key: str) -> None:
    assert covering(start, end).key == key


@given(year=YEARS, days=st.tuples(st.integers(0, 364), st.integers(0, 364)))
def test_a_covering_period_holds_both_days(year: int, days: tuple[int, int]) -> None:
    first, last = (date.fromordinal(date(year, 1, 1).toordinal() + day) for day in sorted(days))

    period = covering(first, last)

    assert first in period
    assert last in period
