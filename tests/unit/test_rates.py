"""Counts and percentages of done work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.rates import NOTHING, Rate, Rates, together


@pytest.mark.parametrize(
    ("count", "of", "shown"), [(0, 0, "—"), (0, 7, "0%"), (1, 8, "13%"), (2, 3, "67%"), (7, 7, "100%")]
)
def test_a_percentage_is_whole_and_rounded_half_up(count: int, of: int, shown: str) -> None:
    assert Rate(count, of).shown == shown


def test_together_counts_are_added_and_not_percentages() -> None:
    first = Rates(Rate(1, 1), Rate(0, 1), Rate(0, 1), Rate(0, 1))
    second = Rates(Rate(0, 3), Rate(1, 3), Rate(2, 3), Rate(2, 3))

    both = together([first, second])

    assert (both.due, both.closed, both.on_time.percent) == (4, Rate(2, 4), 25)
    assert together([]) == NOTHING


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_percentage_stays_between_none_and_all(count: int, of: int) -> None:
    percent = Rate(min(count, of), of).percent

    assert percent is not None
    assert 0 <= percent <= 100
