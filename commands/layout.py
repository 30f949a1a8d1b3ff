"""How wide the columns of a table are: everything is shown, however narrow the terminal is."""

from __future__ import annotations

from collections.abc import Sequence


def fit(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """The width of each column within `room` cells; nothing where even the least widths are too much.

    A column never gets more than its content needs (`natural`); what is left over the least widths is
    shared in proportion to what each column still lacks.
    """
    widths = [min(pair) for pair in zip(natural, least, strict=True)]
    left = room - sum(widths)
    if left < 0:
        return None
    lacking = [need - width for need, width in zip(natural, widths, strict=True)]
    wanted = sum(lacking)
    if wanted <= left:
        return list(natural)
    shares = [left * lack // wanted for lack in lacking]
    # What rounding down left over goes to the column that lacks most.
    shares[lacking.index(max(lacking))] += left - sum(shares)
    return [width + share for width, share in zip(widths, shares, strict=True)]


def squeezed(natural: Sequence[int], room: int) -> list[int]:
    """Widths for a terminal that is too narrow for any table: equal shares, at least two cells each."""
    share = max(2, room // len(natural))
    return [min(need, share) for need in natural]
