"""Where within its periods a recurrence falls: 每月28日前, 每季度末月20日前, 每周四, 每月结束后5日内."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from models.periods import Period, month
from tasks.read_plan.phrases.cadences import Cadence
from tasks.read_plan.phrases.numerals import COUNTED
from tasks.read_plan.phrases.positions import BEFORE, WEEK, WEEKDAYS, Span, later_place, place, workdays
from tasks.read_plan.phrases.wording import Doubt

Spans = Callable[[Period], list[Span]]

_AFTER = re.compile(
    r"(?:结束|终了|期满|过)?(?:以|之)?后的?(?P<number>\d{1,3})(?P<unit>个?工作日|个?自然日|日|天)(?:之|以)?内?"
)
_NEXT_MONTH = re.compile(r"的?(?:结束)?后?的?[次下]1?个?月的?")
_WHICH_MONTH = re.compile(r"的?(?:第(?P<nth>[1-6])个?月|最后1个?月)的?,?")
_WEEKDAYS = re.compile(
    rf"{WEEK}?(?P<days>(?:[一二三四五六日天]|[1-7](?!\d|{COUNTED}))(?:[、,/和及与]?{WEEK}?[一二三四五六日天])*)"
    rf"(?:[-至到]{WEEK}?(?P<until>[一二三四五六日天1-7]))?(?:左右)?{BEFORE}"
)
_WEEKEND = re.compile(rf"末{BEFORE}")
_FIRST_PART = re.compile(r"第|的?前|初|最初|上")
_LAST_PART = re.compile(r"最后|倒数|底|末|下")
_FILLER = re.compile(r"(?:的|,|:|在|于|定于|固定在|原则上|一般|一般在|安排在|召开)*")
_WEEK = 7


@dataclass(frozen=True)
class Placing:
    """Where in each period the work falls; `end` is where the words about it stop."""

    spans: Spans
    end: int
    doubts: tuple[Doubt, ...] = ()
    #: Whether the words name a place at all, rather than the whole period.
    named: bool = True


def placing(found: Cadence, rest: str) -> Placing:
    """Where the work falls within each period; `rest` is the text behind the recurrence."""
    filler = _FILLER.match(rest)
    at = filler.end() if filler else 0
    if found.unit == "周":
        return _in_week(rest, at, weeks=found.count)
    if found.unit not in {"月", "季度", "半年", "单月", "双月", "年"}:
        return _whole(at)
    after = _AFTER.match(rest, at)
    if after:
        return Placing(_behind(int(after["number"]), work="工作日" in after["unit"]), after.end())
    following = _NEXT_MONTH.match(rest, at)
    if following:
        inner = place(rest, following.end())
        if inner:
            return Placing(_next_month(inner[0]), inner[1])
    if found.unit in {"季度", "半年", "年"} or found.count > 1:
        return _in_months(rest, at)
    return _in_month(rest, at)


def _whole(at: int) -> Placing:
    return Placing(lambda base: [(base.start, base.end)], at, named=False)


def _behind(days: int, *, work: bool) -> Spans:
    def spans(base: Period) -> list[Span]:
        if work:
            return [(base.start, workdays(base.end.year).add(base.end, days))]
        return [(base.start, base.end + timedelta(days=days))]

    return spans


def _next_month(inner: Spans) -> Spans:
    def spans(base: Period) -> list[Span]:
        after = base.end + timedelta(days=1)
        return [(base.start, due) for _start, due in inner(month(after.year, after.month))]

    return spans


def _in_month(rest: str, at: int) -> Placing:
    inner = place(rest, at)
    if inner:
        return Placing(inner[0], inner[1])
    later = later_place(rest)
    if later:
        return Placing(later, len(rest))
    return _whole(at)


def _in_months(rest: str, at: int) -> Placing:
    which = _WHICH_MONTH.match(rest, at)
    if which:
        inner = place(rest, which.end())
        step = int(which["nth"]) - 1 if which["nth"] else -1
        return Placing(_of_month(step, inner[0] if inner else None), inner[1] if inner else which.end())
    inner = place(rest, at)
    if inner is None:
        later = later_place(rest)
        return Placing(_of_month(-1, later), len(rest), (Doubt.WHICH_MONTH,)) if later else _whole(at)
    if rest[at] in "底末" or rest.startswith(("月底", "月末"), at):
        return Placing(lambda base: [(base.start, base.end)], inner[1])
    if rest[at] == "初":
        return Placing(_of_month(0, None), inner[1])
    if _FIRST_PART.match(rest, at):
        return Placing(_of_month(0, inner[0]), inner[1])
    doubts = () if _LAST_PART.match(rest, at) else (Doubt.WHICH_MONTH,)
    return Placing(_of_month(-1, inner[0]), inner[1], doubts)


def _of_month(step: int, inner: Spans | None) -> Spans:
    """The place within the first, second, … or last (-1) month of each period."""

    def spans(base: Period) -> list[Span]:
        count = (base.end.year - base.start.year) * 12 + base.end.month - base.start.month + 1
        offset = min(step, count - 1) if step >= 0 else count - 1
        here = month(base.start.year, base.start.month + offset)
        return inner(here) if inner else [(here.start, here.end)]

    return spans


def _in_week(rest: str, at: int, *, weeks: int) -> Placing:
    weekend = _WEEKEND.match(rest, at)
    if weekend:
        return Placing(_between_weekdays(5, 6, weeks=weeks), weekend.end())
    match = _WEEKDAYS.match(rest, at)
    if match is None:
        return _whole(at)
    days = [_weekday(day) for day in re.findall(r"[一二三四五六日天1-7]", match["days"])]
    if match["until"]:
        return Placing(_between_weekdays(days[0], _weekday(match["until"]), weeks=weeks), match.end())
    return Placing(_weekdays(sorted(set(days)), by=bool(match["before"]), weeks=weeks), match.end())


def _weekday(name: str) -> int:
    return int(name) - 1 if name.isdigit() else WEEKDAYS.index(name.replace("天", "日"))


def _weekdays(days: list[int], *, by: bool, weeks: int) -> Spans:
    """Days of the week, as far as they lie in the period."""

    def spans(base: Period) -> list[Span]:
        monday = _monday(base, days[0], weeks=weeks)
        found = (monday + timedelta(days=day) for day in days)
        return [(None if by else day, day) for day in found if base.start <= day <= base.end]

    return spans


def _between_weekdays(first: int, last: int, *, weeks: int) -> Spans:
    """The stretch between two days of the week, as far as it lies in the period."""

    def spans(base: Period) -> list[Span]:
        monday = _monday(base, last, weeks=weeks)
        start = max(monday + timedelta(days=first), base.start)
        due = min(monday + timedelta(days=last), base.end)
        return [(start, due)] if start <= due else []

    return spans


def _monday(base: Period, weekday: int, *, weeks: int) -> date:
    """The Monday of the week that counts: every second week has one rhythm through the whole year.

    Where the year's first, cut week lacks the day, the rhythm starts with the week after it.
    """
    lacking = weeks > 1 and weekday < date(base.start.year, 1, 1).weekday()
    return base.start - timedelta(days=base.start.weekday() - (_WEEK if lacking else 0))


def follows(text: str, at: int) -> bool:
    """Whether a period's end counts on from here: the 结束后10日内 of 每季度结束后10日内."""
    return bool(_AFTER.match(text, at))
