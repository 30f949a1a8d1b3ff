"""Period keys: the names by which a stretch of time is called for life."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from models.errors import InputError

#: Years in which days and periods are taken for meant; what lies beyond leaves the calendar's reach.
YEARS = range(1950, 2200)
_KEY = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d\d)(?P<half>[AB])?|Q(?P<quarter>[1-4])|H(?P<part>[12])|W(?P<week>\d\d)))?"
)


@dataclass(frozen=True, order=True)
class Period:
    """A named stretch of days, both ends included.

    Keys are `2026`, `2026-H1`, `2026-Q1`, `2026-03`, `2026-03A` (1st to 15th), `2026-03B`
    (16th to the end) and the ISO week `2026-W14`.
    """

    start: date
    end: date
    key: str

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end


def year(of: int) -> Period:
    """The whole year."""
    return Period(date(of, 1, 1), date(of, 12, 31), f"{of}")


def half(of: int, number: int) -> Period:
    """The half-year 1 or 2."""
    return Period(date(of, 6 * number - 5, 1), _month_end(of, 6 * number), f"{of}-H{number}")


def quarter(of: int, number: int) -> Period:
    """The quarter 1 to 4."""
    return Period(date(of, 3 * number - 2, 1), _month_end(of, 3 * number), f"{of}-Q{number}")


def month(of: int, number: int) -> Period:
    """The month 1 to 12."""
    return Period(date(of, number, 1), _month_end(of, number), f"{of}-{number:02}")


def half_month(of: int, number: int, letter: str) -> Period:
    """The first (`A`: 1st to 15th) or second (`B`) part of a month."""
    if letter == "A":
        return Period(date(of, number, 1), date(of, number, 15), f"{of}-{number:02}A")
    return Period(date(of, number, 16), _month_end(of, number), f"{of}-{number:02}B")


def weeks(of: int) -> list[Period]:
    """The Monday-to-Sunday weeks of a year, cut at its ends, named by ISO week."""
    found, start = [], date(of, 1, 1)
    while start.year == of:
        end = min(start + timedelta(days=6 - start.weekday()), date(of, 12, 31))
        iso = start.isocalendar()
        found.append(Period(start, end, f"{iso.year}-W{iso.week:02}"))
        start = end + timedelta(days=1)
    return found


def read_day(text: str) -> date:
    """A day of one of `YEARS`, written 2026-03-31. Raises InputError for anything else."""
    try:
        day = date.fromisoformat(text)
        if day.year not in YEARS:
            raise ValueError(text)
    except ValueError as error:
        raise InputError("date_wrong", value=text) from error
    return day


def read_period(key: str) -> Period:
    """The period that `key` names, of one of `YEARS`. Raises InputError for anything else."""
    match = _KEY.fullmatch(key.strip())
    try:
        if match is None:
            raise ValueError(key)
        of = int(match["year"])
        if of not in YEARS:
            raise ValueError(key)
        if match["half"]:
            return half_month(of, int(match["month"]), match["half"])
        if match["month"]:
            return month(of, int(match["month"]))
        if match["quarter"]:
            return quarter(of, int(match["quarter"]))
        if match["part"]:
            return half(of, int(match["part"]))
        if match["week"]:
            start = date.fromisocalendar(of, int(match["week"]), 1)
            return Period(start, start + timedelta(days=6), key.strip())
        return year(of)
    except ValueError as error:
        raise InputError("period_wrong", period=key) from error


def covering(start: date, end: date) -> Period:
    """The smallest named period, from month upwards, that holds both days.

    A stretch that crosses the year's end belongs to the year in which it starts.
    """
    if start.year == end.year:
        of = start.year
        if start.month == end.month:
            return month(of, start.month)
        if (start.month - 1) // 3 == (end.month - 1) // 3:
            return quarter(of, (start.month + 2) // 3)
        if (start.month - 1) // 6 == (end.month - 1) // 6:
            return half(of, (start.month + 5) // 6)
    return year(start.year)


def _month_end(of: int, number: int) -> date:
    return date(of, number, monthrange(of, number)[1])
