"""How often something recurs, and the periods of the year that follow from it: 每月, 按季度, 每两周."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from models.periods import Period, covering, half, half_month, month, quarter, weeks
from models.periods import year as whole_year
from tasks.read_plan.phrases.wording import Doubt

_PLAN = r"(?!度?(?:计划|安排|任务|目标|工作[要安计]))"
_UNIT = (
    r"(?P<unit>双周|周|星期|礼拜|旬|半个?月|双月|单月|月度?|季度|半年度?"
    rf"|年{_PLAN}度?|工作日|日|天)"
)
_EACH = re.compile(rf"(?:每逢?|逐|按照?|(?<!部)分|各)(?:1?个|1|(?P<count>\d{{1,2}})个?)?{_UNIT}")
_PLAIN = re.compile(
    r"(?<![\d本每全一该当上下前])"
    r"(?P<unit>月度|季度|半年度?|双周|双月|单月|月(?=[底末初]|中(?:$|旬|[,;、])))"
)
_NAMES = {
    "周": "周",
    "星期": "周",
    "礼拜": "周",
    "双周": "周",
    "月度": "月",
    "半个月": "半月",
    "半年度": "半年",
    "年度": "年",
    "天": "日",
}
_DAYS_A_WEEK, _MONTHS = 7, 12


@dataclass(frozen=True)
class Cadence:
    """A recurrence in words: every `count` `unit`s. `begin` and `end` say where the text names it."""

    unit: str
    count: int
    begin: int
    end: int
    doubts: tuple[Doubt, ...] = ()

    @property
    def label(self) -> str:
        """The recurrence as the reading calls it."""
        if self.unit in {"单月", "双月"}:
            return f"每逢{self.unit}"
        measure = "个" if self.unit in {"月", "季度"} and self.count > 1 else ""
        return f"每{self.count if self.count > 1 else ''}{measure}{self.unit}"


def cadence(text: str, at: int = 0) -> Cadence | None:
    """The first recurrence that the text names from `at` on."""
    match = _EACH.search(text, at)
    if match:
        count = int(match["count"] or 1)
        if match["unit"] == "双周":
            count = 2
        doubts = (Doubt.MANY_YEARS,) if match["unit"].startswith("年") and count > 1 else ()
        return Cadence(
            _NAMES.get(match["unit"], match["unit"]), max(count, 1), match.start(), match.end(), doubts
        )
    match = _PLAIN.search(text, at)
    if match is None:
        return None
    unit = _NAMES.get(match["unit"], match["unit"])
    bare = match["unit"] == "月" or text.startswith(("底", "末"), match.end())
    doubts = (Doubt.EACH_MISSING,) if bare else ()
    return Cadence(unit, 2 if match["unit"] == "双周" else 1, match.start(), match.end(), doubts)


def periods(cadence: Cadence, year: int) -> list[Period]:
    """The periods of one year, in order, each with its key; the keys may repeat."""
    unit, count = cadence.unit, cadence.count
    if unit == "周":
        return _merged(weeks(year), count)
    if unit == "旬":
        return _merged([ten for number in _months() for ten in _tens(month(year, number))], count)
    if unit == "半月":
        return _merged([half_month(year, number, letter) for number in _months() for letter in "AB"], count)
    if unit in {"单月", "双月"}:
        return [month(year, number) for number in _months() if number % 2 == (unit == "单月")]
    if unit in {"日", "工作日"}:
        return _steps(year, count)
    step = {"月": 1, "季度": 3, "半年": 6}.get(unit, _MONTHS) * count
    return _every(year, min(step, _MONTHS))


def _months() -> range:
    return range(1, _MONTHS + 1)


def _tens(of: Period) -> list[Period]:
    firsts = (0, 10, 20)
    lasts = (9, 19, of.end.day - 1)
    return [
        Period(of.start + timedelta(days=first), of.start + timedelta(days=last), of.key)
        for first, last in zip(firsts, lasts, strict=True)
    ]


def _merged(of: list[Period], count: int) -> list[Period]:
    groups = (of[first : first + count] for first in range(0, len(of), count))
    return [Period(group[0].start, group[-1].end, group[0].key) for group in groups]


def _steps(year: int, days: int) -> list[Period]:
    found, start = [], date(year, 1, 1)
    while start.year == year:
        end = min(start + timedelta(days=max(days, _DAYS_A_WEEK) - 1), date(year, 12, 31))
        found.append(Period(start, end, covering(start, end).key))
        if end == date(year, 12, 31):
            break
        start = end + timedelta(days=1)
    return found


def _every(year: int, step: int) -> list[Period]:
    return [_stretch(year, first, min(first + step - 1, _MONTHS)) for first in range(1, _MONTHS + 1, step)]


def _stretch(year: int, first: int, last: int) -> Period:
    if first == last:
        return month(year, first)
    if (first, last) == (1, _MONTHS):
        return whole_year(year)
    start, end = month(year, first).start, month(year, last).end
    if last - first == 2 and first % 3 == 1:  # noqa: PLR2004  # three months from a quarter's first
        return quarter(year, (first + 2) // 3)
    if last - first == 5 and first % 6 == 1:  # noqa: PLR2004  # six months from a half's first
        return half(year, (first + 5) // 6)
    return Period(start, end, covering(start, end).key)
