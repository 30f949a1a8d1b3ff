"""Workdays in China: statutory rest days, make-up workdays (调休), and the bureau's overrides.

Source of the days: the yearly notice of the State Council's General Office, as the `holidays`
package carries it. A year whose notice is not out yet has statutory days but no make-up days.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from holidays import country_holidays

from models.errors import InputError

#: The seven statutory holidays by the day on which each falls, as the holidays package names them.
STATUTORY = {
    "new-year": ("元旦", "New Year's Day"),
    "spring": ("春节", "Chinese New Year (Spring Festival)"),
    "qingming": ("清明节", "Tomb-Sweeping Day"),
    "labour": ("劳动节", "Labor Day"),
    "dragon-boat": ("端午节", "Dragon Boat Festival"),
    "mid-autumn": ("中秋节", "Mid-Autumn Festival"),
    "national": ("国庆节", "National Day"),
}
#: Names of the override file's kinds of days.
REST, WORK = "休", "班"
_SATURDAY = 5
_EVE = "Chinese New Year's Eve"


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. Pure: it knows only the days that it was given."""

    #: Rest days on weekdays, with their names.
    rest: Mapping[date, str]
    #: Worked days on weekends, with the reason.
    work: Mapping[date, str]
    #: Years whose make-up days are known.
    announced: frozenset[int]
    #: First and last day off of each statutory holiday by (year, key).
    breaks: Mapping[tuple[int, str], tuple[date, date]] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """Whether the bureau works on `day`."""
        if day in self.work:
            return True
        return day not in self.rest and day.weekday() < _SATURDAY

    def name(self, day: date) -> str:
        """What the day is called: a holiday's or make-up day's name, or nothing."""
        return self.rest.get(day) or self.work.get(day, "")

    def earlier(self, day: date) -> date:
        """`day` if it is worked, else the workday before it."""
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def later(self, day: date) -> date:
        """`day` if it is worked, else the workday after it."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def shift(self, day: date, direction: str) -> date:
        """`earlier` for reports (报送), `later` for activities (活动)."""
        return self.earlier(day) if direction == "earlier" else self.later(day)

    def add(self, day: date, workdays: int) -> date:
        """The workday that lies `workdays` after (or, negative, before) `day`.

        Zero gives `day` itself, worked or not; `add(add(d, a), b) == add(d, a + b)` for a, b ≥ 1.
        """
        step = timedelta(days=1 if workdays > 0 else -1)
        for _ in range(abs(workdays)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def between(self, start: date, end: date) -> int:
        """How many workdays lie after `start` up to and including `end`; negative if end is before."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_workday(start + timedelta(days=n + 1)) for n in range((end - start).days))

    def last_workday(self, end: date) -> date:
        """The last workday of the period that ends on `end`."""
        return self.earlier(end)

    def unannounced(self, days: Iterable[date | None]) -> tuple[int, ...]:
        """The years among `days` whose notice is not known: deadlines there may still move."""
        return tuple(sorted({day.year for day in days if day and day.year not in self.announced}))

    def statutory_break(self, year: int, key: str) -> tuple[date, date] | None:
        """First and last day off of a statutory holiday of `year`."""
        return self.breaks.get((year, key))


def load_calendar(years: Iterable[int], override: Path | None = None) -> Calendar:
    """The calendar of these years (and one around each), with the bureau's override file applied.

    The override is a CSV with the columns 日期, 类型 (休 or 班), 名称. Raises InputError that
    names its line.
    """
    span = sorted({year + step for year in years for step in (-1, 0, 1)})
    rest: dict[date, str] = {}
    work: dict[date, str] = {}
    announced: set[int] = set()
    breaks: dict[tuple[int, str], tuple[date, date]] = {}
    for year in span:
        base = _statutory(year)
        rest.update(base.rest)
        work.update(base.work)
        announced |= base.announced
        breaks.update(base.breaks)
    if override is not None and override.exists():
        for day, kind, name in read_override(override):
            (rest if kind == REST else work)[day] = name
            (work if kind == REST else rest).pop(day, None)
            announced.add(day.year)
    return Calendar(rest, work, frozenset(announced), breaks)


def read_override(file: Path) -> list[tuple[date, str, str]]:
    """The lines of an override file. Raises InputError with file, line and what is wrong."""
    found: list[tuple[date, str, str]] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.reader(lines), start=1):
            if not row or not row[0].strip() or row[0].strip() in {"日期", "date"}:
                continue
            try:
                day = date.fromisoformat(row[0].strip())
                kind = row[1].strip()
            except (ValueError, IndexError) as error:
                raise InputError("holidays_line", file=file, line=number, text=",".join(row)) from error
            if kind not in {REST, WORK}:
                raise InputError("holidays_line", file=file, line=number, text=",".join(row))
            found.append((day, kind, row[2].strip() if row[2:] else kind))
    return found


@cache
def _statutory(year: int) -> Calendar:
    days = country_holidays("CN", years=year, language="en_US")
    names = {english: chinese for chinese, english in STATUTORY.values()} | {_EVE: "除夕"}
    rest, work = {}, {}
    for day, name in days.items():
        if day.year != year:
            continue
        plain = name.split(" (observed)")[0]
        rest[day] = names.get(plain, "调休放假")
    for day in days.weekend_workdays:
        if day.year == year:
            work[day] = "调休上班"
    announced = frozenset({year} if work else ())
    return Calendar(rest, work, announced, _breaks(year, days, rest))


def _breaks(
    year: int, days: Mapping[date, str], rest: Mapping[date, str]
) -> dict[tuple[int, str], tuple[date, date]]:
    """Each holiday's unbroken run of days off around its own day."""
    own = {name: day for day, name in sorted(days.items(), reverse=True) if day.year == year}
    found = {}
    for key, (_chinese, english) in STATUTORY.items():
        first = last = own[english]
        while _off(first - timedelta(days=1), rest, days):
            first -= timedelta(days=1)
        while _off(last + timedelta(days=1), rest, days):
            last += timedelta(days=1)
        found[year, key] = (first, last)
    return found


def _off(day: date, rest: Mapping[date, str], days: Mapping[date, str]) -> bool:
    made_up = getattr(days, "weekend_workdays", ())
    return day in rest or (day.weekday() >= _SATURDAY and day not in made_up)
