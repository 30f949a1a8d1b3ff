"""Workdays in China: statutory rest days, make-up workdays (调休), and the bureau's overrides.

Source of the days: the yearly notice of the State Council's General Office, as the `holidays`
package carries it. A year whose notice is not out yet has statutory days but no make-up days.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
    #: What was counted before: the same two days are asked about for every row of every letter.
    _counted: dict[tuple[date, date], int] = field(default_factory=dict, repr=False, compare=False)

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
        count = self._counted.get((start, end))
        if count is None:
            days = (start + timedelta(days=n + 1) for n in range((end - start).days))
            count = self._counted[start, end] = sum(map(self.is_workday, days))
        return count

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
    rest: dict[date, str] = {}
    work: dict[date, str] = {}
    announced: set[int] = set()
    own_days: dict[tuple[int, str], date] = {}
    for year in sorted({year + step for year in years for step in (-1, 0, 1)}):
        base = _statutory(year)
        rest.update(base.rest)
        work.update(base.work)
        announced |= base.announced
        own_days.update({(year, key): day for key, day in base.own_days.items()})
    if override is not None and override.exists():
        for day, kind, name in read_override(override):
            (rest if kind == REST else work)[day] = name
            (work if kind == REST else rest).pop(day, None)
            announced.add(day.year)
    known = Calendar(rest, work, frozenset(announced))
    return replace(known, breaks={key: _break(known, day) for key, day in own_days.items()})


def read_override(file: Path) -> list[tuple[date, str, str]]:
    """The lines of an override file. Raises InputError with file, line and what is wrong."""
    found: list[tuple[date, str, str]] = []
    for number, row in enumerate(csv.reader(_text(file).splitlines()), start=1):
        cells = [cell.strip() for cell in row]
        if not cells or cells[0] in {"", "日期", "date"}:
            continue
        try:
            day, kind = _day(cells[0]), cells[1]
            if kind not in {REST, WORK}:
                raise ValueError(kind)
        except (ValueError, IndexError) as error:
            raise InputError("holidays_line", file=file, line=number, text=",".join(row)) from error
        found.append((day, kind, cells[2] if cells[2:] and cells[2] else kind))
    return found


def _text(file: Path) -> str:
    """The text of a file that may have been through a Chinese Excel, which saves CSV as GB18030."""
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _day(text: str) -> date:
    """2027-02-05, or 2027/2/5 as Excel makes of it."""
    year, month, day = text.replace("/", "-").split("-")
    return date(int(year), int(month), int(day))


@dataclass(frozen=True)
class _Year:
    """What the statutory list says of one year."""

    rest: Mapping[date, str]
    work: Mapping[date, str]
    announced: frozenset[int]
    #: The day on which each statutory holiday itself falls.
    own_days: Mapping[str, date]


@cache
def _statutory(year: int) -> _Year:
    days = country_holidays("CN", years=year, language="en_US")
    names = {english: chinese for chinese, english in STATUTORY.values()} | {_EVE: "除夕"}
    rest: dict[date, str] = {}
    own: dict[str, date] = {}
    for day, called in sorted(days.items()):
        if day.year != year:
            continue
        # Two holidays may share a day (国庆节、中秋节 in 2028); then it has both names.
        found = [names.get(one.partition(" (observed)")[0], "调休放假") for one in called.split("; ")]
        rest[day] = "、".join(dict.fromkeys(found))
        for english in called.split("; "):
            own.setdefault(english, day)
    work = dict.fromkeys(sorted(day for day in days.weekend_workdays if day.year == year), "调休上班")
    own_days = {key: own[english] for key, (_, english) in STATUTORY.items() if english in own}
    return _Year(rest, work, frozenset({year} if work else ()), own_days)


def _break(calendar: Calendar, own: date) -> tuple[date, date]:
    """The unbroken run of days off around a holiday's own day."""
    first = last = own
    while not calendar.is_workday(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while not calendar.is_workday(last + timedelta(days=1)):
        last += timedelta(days=1)
    return first, last
