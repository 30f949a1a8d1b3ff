"""What a spreadsheet's number format makes of a number: a day, a month, a percentage, a count with words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from tasks.read_plan.grid import Cell


class Shape(StrEnum):
    """How a number is to be understood."""

    PLAIN = "plain"
    DAY = "day"
    MONTH = "month"
    PERCENT = "percent"
    WORDED = "worded"


@dataclass(frozen=True)
class Format:
    """A number format, as far as it changes what people read. `before` and `after` belong to WORDED."""

    shape: Shape
    before: str = ""
    after: str = ""


PLAIN = Format(Shape.PLAIN)

#: The built-in formats that stand for dates. Files name them by number only; 27 to 58 are the Chinese ones
#: (ECMA-376 Part 1, 18.8.30, zh-cn), which Excel and WPS write without any format text.
BUILT_IN = {
    9: Format(Shape.PERCENT),
    10: Format(Shape.PERCENT),
    **dict.fromkeys((14, 15, 16, 22, 28, 29, 30, 31, 51, 53, 54, 58), Format(Shape.DAY)),
    **dict.fromkeys((17, 27, 36, 50, 52, 57), Format(Shape.MONTH)),
}

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|e[+-]|general|g/通用格式', re.IGNORECASE)
_WORDED = re.compile(r'(?:"(?P<before>[^"]*)")?[#0]+(?:"(?P<after>[^"]*)")?')
#: The last day that both calendars of spreadsheets know, 9999-12-31 in the one of 1904.
_LAST = 2_957_003
#: The serial number of 29 February 1900, a day that never was.
_LEAP_DAY = 60
#: Whole numbers are exact below this.
_EXACT = 1e15


@cache
def read_format(code: str) -> Format:
    """The meaning of a format's text, judged by its first section."""
    section = code.split(";", 1)[0]
    letters = set(_LITERAL.sub("", section).lower())
    if letters & set("yd") or ("m" in letters and not letters & set("hs")):
        return Format(Shape.DAY if "d" in letters else Shape.MONTH)
    if "%" in letters:
        return Format(Shape.PERCENT)
    worded = _WORDED.fullmatch(section)
    if worded and (worded["before"] or worded["after"]):
        return Format(Shape.WORDED, worded["before"] or "", worded["after"] or "")
    return PLAIN


def number_cell(value: float, form: Format, *, since_1904: bool = False) -> Cell:
    """The cell that shows `value` in this format; a number no calendar knows stays a number."""
    if form.shape in (Shape.DAY, Shape.MONTH) and 1 <= value <= _LAST:
        day = day_of(value, since_1904=since_1904)
        return Cell(day.isoformat(), day, month_only=form.shape is Shape.MONTH)
    if form.shape is Shape.PERCENT:
        return Cell(f"{_plain(value * 100)}%")
    if form.shape is Shape.WORDED:
        return Cell(f"{form.before}{_plain(round(value))}{form.after}")
    return Cell(_plain(value))


def day_of(value: float, *, since_1904: bool) -> date:
    """The day of a spreadsheet's serial number."""
    if since_1904:
        return date(1904, 1, 1) + timedelta(days=int(value))
    return date(1899, 12, 30) + timedelta(days=int(value) + (value < _LEAP_DAY))


def _plain(value: float) -> str:
    return f"{value:.15g}" if value % 1 or abs(value) >= _EXACT else str(int(value))
