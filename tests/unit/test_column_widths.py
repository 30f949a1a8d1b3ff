"""Columns share a narrow terminal so that nothing is cut off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.column_widths import fit, squeezed

COLUMNS = st.lists(st.tuples(st.integers(1, 200), st.integers(1, 24)), min_size=1, max_size=9)


def test_columns_that_fit_keep_their_natural_widths() -> None:
    widths = fit([4, 30, 10], [4, 12, 10], 60)

    assert widths == [4, 30, 10]


def test_what_is_left_goes_to_the_columns_that_lack_most() -> None:
    widths = fit([4, 52, 28, 10], [4, 12, 8, 10], 64)

    assert widths == [4, 32, 18, 10]


def test_too_little_room_for_the_least_widths_is_said() -> None:
    widths = fit([4, 52, 28], [4, 12, 8], 23)

    assert widths is None
    assert squeezed([4, 52, 28], 23) == [4, 7, 7]


@given(columns=COLUMNS, room=st.integers(1, 200))
def test_widths_never_exceed_the_room(columns: list[tuple[int, int]], room: int) -> None:
    natural, least = [one for one, _ in columns], [one for _, one in columns]

    widths = fit(natural, least, room)

    assert widths is None or sum(widths) <= room
    assert widths is None or all(one <= need for one, need in zip(widths, natural, strict=True))
