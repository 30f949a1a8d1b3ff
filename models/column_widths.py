"""How wide the columns of a table are: everything is shown, however narrow the place is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

#: What may not begin a line: it hangs at the end of the one before.
_HANGING = frozenset("，。、；：！？）》〉】」』”’…％%")
#: What may not end one.
_OPENING = frozenset("（《〈【「『“‘")


def fit(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """The width of each column within `room`; nothing where even the least widths are too much.

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


def width_of(text: str) -> int:
    """How wide a line is, in halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text)


def folded(text: str, width: int) -> str:
    """The text on lines of at most `width`; a word of letters and digits stays whole."""
    return "\n".join(line for one in text.split("\n") for line in _fold(one, width))


def _fold(line: str, width: int) -> list[str]:
    if width_of(line) <= width:
        return [line]
    lines, here = [], ""
    for piece in _pieces(line):
        if here and width_of(here + piece.rstrip()) > width:
            lines.append(here.rstrip())
            here = piece.lstrip()
        else:
            here += piece
    return [*lines, here.rstrip()]


def _pieces(line: str) -> list[str]:
    """What a line may be broken between: wide characters with the marks at their sides, and words."""
    pieces: list[str] = []
    for one in line:
        last = pieces[-1][-1] if pieces else " "
        word = one.isascii() and last.isascii() and not last.isspace()
        if pieces and (word or one in _HANGING or last in _OPENING):
            pieces[-1] += one
        else:
            pieces.append(one)
    return pieces
