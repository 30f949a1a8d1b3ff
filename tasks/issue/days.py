"""The notable days of a period: statutory rest days, make-up workdays, anniversaries."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from models.periods import Period
from models.workdays import Calendar
from tasks.issue.text import short_date, words


@dataclass(frozen=True)
class NotableDay:
    """A day with a name. `rest` and `work` say that it departs from the ordinary week."""

    day: date
    names: tuple[str, ...]
    rest: bool = False
    work: bool = False


def days_of(period: Period) -> list[date]:
    """Every day of a period."""
    return [period.start + timedelta(days=n) for n in range((period.end - period.start).days + 1)]


def notable_days(calendar: Calendar, period: Period) -> dict[date, NotableDay]:
    """The days of `period` that a calendar names, by date."""
    found = {}
    for day in days_of(period):
        rest, work = day in calendar.rest, day in calendar.work
        names = tuple(filter(None, (calendar.name(day),))) + anniversaries().get((day.month, day.day), ())
        if names:
            found[day] = NotableDay(day, names, rest=rest, work=work)
    return found


def notable_words(days: Mapping[date, NotableDay]) -> str:
    """The notable days in one or two sentences."""
    rest: dict[str, list[date]] = defaultdict(list)
    for one in days.values():
        if one.rest:
            rest[one.names[0]].append(one.day)
    work = [short_date(one.day, one.day.year) for one in days.values() if one.work]
    named = [
        f"{name}（{short_date(one.day, one.day.year)}）"
        for one in days.values()
        for name in anniversaries().get((one.day.month, one.day.day), ())
    ]
    spans = [f"{name}（{_span(dates)}）" for name, dates in rest.items()]
    parts = (("calendar.rest", spans), ("calendar.work", work), ("calendar.anniversary", named))
    return "".join(words(key, names="、".join(names)) for key, names in parts if names)


@cache
def anniversaries() -> dict[tuple[int, int], tuple[str, ...]]:
    """The catalogue of anniversaries by (month, day)."""
    text = files("models").joinpath("catalogues", "anniversaries.toml").read_text("utf-8")
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for entry in tomllib.loads(text)["day"]:
        place = (entry["month"], entry["day"])
        found[place] = (*found.get(place, ()), str(entry["zh"]))
    return found


def _span(dates: list[date]) -> str:
    first, last = min(dates), max(dates)
    if first == last:
        return short_date(first, first.year)
    if len(dates) == (last - first).days + 1:
        return f"{short_date(first, first.year)}至{short_date(last, first.year)}"
    return "、".join(short_date(day, day.year) for day in dates)
