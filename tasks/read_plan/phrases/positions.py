"""Where within a month something lies: 第一周周五, 最后一个工作日, 25日前, 上旬, 月底."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache

from models.periods import Period
from models.workdays import Calendar, load_calendar

#: A stretch within a period; no start means an end only, such as 25日前.
Span = tuple[date | None, date]
Places = Callable[[re.Match[str], Period], Iterator[Span]]

#: The hour of the day does not matter: 17:00前 is that day.
HOUR = r"(?:上午|下午|中午|晚上?|下班|\d{1,2}(?::\d\d|时(?:\d\d分?)?|点(?!名)))*"
BEFORE = rf"(?P<before>的?{HOUR}(?:(?:之|以)?前(?![夕后期往提置述端\d三])|截止|为?止))?"
#: “10日内” of a month ends on the 10th too.
WITHIN = BEFORE.replace("(?:(?:之|以)?前", "(?:(?:之|以)?内(?!容)|(?:之|以)?前")
WEEK = r"(?:周|星期|礼拜)"
WEEKDAYS = "一二三四五六日"
_WEEKDAY = r"(?P<weekday>[一二三四五六日天])"
#: The years for which today's seven statutory holidays have dates; before and after, Monday to Friday.
_KNOWN_YEARS = range(2010, 2090)
_ONE_DAY, _DAYS_A_WEEK = timedelta(days=1), 7

#: First and last day of the parts of a month; 99 is the month's end.
PARTS = {
    "上旬": (1, 10),
    "初": (1, 10),
    "中旬": (11, 20),
    "中": (11, 20),
    "下旬": (21, 99),
    "上中旬": (1, 20),
    "中下旬": (11, 99),
    "上半月": (1, 15),
    "前半月": (1, 15),
    "下半月": (16, 99),
    "后半月": (16, 99),
}
#: 初 in 初步, 中 in 中心组 and 底 in 底稿 say nothing about time.
PART = (
    r"上中旬|中下旬|上旬|中旬|下旬|[上下前后]半月|月?初(?![步稿评审选期赛核次始中级])"
    r"|月?中(?=$|[,;、:\-]|前|以前|之前|完成)|月?[底末](?![稿数线册层端])"
)


def clamped(month: Period, day: int) -> date:
    """The day of the month, or the month's last day where it has no such day."""
    return month.start + timedelta(days=min(max(day, 1), month.end.day) - 1)


def part_of(month: Period, name: str) -> Span:
    """A part of a month by its name; 底 and 末 are the month's last day alone."""
    plain = name.removeprefix("月")
    if plain in {"底", "末"}:
        return None, month.end
    first, last = PARTS[plain]
    return clamped(month, first), clamped(month, last)


@cache
def workdays(year: int) -> Calendar:
    """The statutory workdays of a year: only phrases that name a workday ask for them."""
    if year not in _KNOWN_YEARS:
        return Calendar({}, {}, frozenset())
    return load_calendar([year])


def _nth_weekday(match: re.Match[str], month: Period) -> Iterator[Span]:
    day = _first(month, match["weekday"]) + timedelta(days=_DAYS_A_WEEK * (int(match["nth"]) - 1))
    if day <= month.end:
        yield _sharp(match, day)


def _last_weekday(match: re.Match[str], month: Period) -> Iterator[Span]:
    back = (month.end.weekday() - _index(match["weekday"])) % _DAYS_A_WEEK
    yield _sharp(match, month.end - timedelta(days=back))


def _first(month: Period, weekday: str) -> date:
    return month.start + timedelta(days=(_index(weekday) - month.start.weekday()) % _DAYS_A_WEEK)


def _index(weekday: str) -> int:
    return WEEKDAYS.index(weekday.replace("天", "日"))


def _sharp(match: re.Match[str], day: date) -> Span:
    return (None if match["before"] else day), day


def _worked(month: Period) -> list[date]:
    calendar = workdays(month.start.year)
    days = (month.start + _ONE_DAY * step for step in range((month.end - month.start).days + 1))
    return [day for day in days if calendar.is_workday(day)]


def _nth_workday(match: re.Match[str], month: Period) -> Iterator[Span]:
    worked = _worked(month)
    yield _sharp(match, worked[min(int(match["nth"]), len(worked)) - 1])


def _last_workday(match: re.Match[str], month: Period) -> Iterator[Span]:
    worked = _worked(month)
    yield _sharp(match, worked[-min(int(match["nth"] or 1), len(worked))])


def _first_workdays(match: re.Match[str], month: Period) -> Iterator[Span]:
    worked = _worked(month)
    yield month.start, worked[min(int(match["nth"]), len(worked)) - 1]


def _first_days(match: re.Match[str], month: Period) -> Iterator[Span]:
    yield month.start, clamped(month, int(match["nth"]))


def _last_days(match: re.Match[str], month: Period) -> Iterator[Span]:
    count = int(match["nth"] or 1)
    yield clamped(month, month.end.day - count + 1), month.end


def _last_week(_match: re.Match[str], month: Period) -> Iterator[Span]:
    yield month.end - timedelta(days=_DAYS_A_WEEK - 1), month.end


def _nth_week(match: re.Match[str], month: Period) -> Iterator[Span]:
    number = int(match["nth"])
    first = month.start + timedelta(days=_DAYS_A_WEEK * (number - 1))
    if first <= month.end:
        last = min(first + timedelta(days=_DAYS_A_WEEK - 1), month.end)
        yield (None if match["before"] else first), last


def _between_days(match: re.Match[str], month: Period) -> Iterator[Span]:
    first, last = sorted((clamped(month, int(match["first"])), clamped(month, int(match["last"]))))
    yield first, last


def _single_days(match: re.Match[str], month: Period) -> Iterator[Span]:
    for day in sorted({clamped(month, int(day)) for day in re.findall(r"\d+", match["days"])}):
        yield _sharp(match, day)


def _part(match: re.Match[str], month: Period) -> Iterator[Span]:
    for name in filter(None, (match["part"], match["second"])):
        start, due = part_of(month, name)
        # 每月底 is the month with its end as the due date, as 每季度末 is the quarter.
        yield (None if match["before"] or start is None else start), due


#: The grammar of places, tried from top to bottom at the place where the month's name ends.
_TABLE: tuple[tuple[re.Pattern[str], Places], ...] = (
    (re.compile(rf"第(?P<nth>[1-5])个?{WEEK}?的?{WEEK}{_WEEKDAY}{WITHIN}"), _nth_weekday),
    (re.compile(rf"最后1?个?{WEEK}?的?{WEEK}{_WEEKDAY}{WITHIN}"), _last_weekday),
    (re.compile(rf"(?:最后1?|倒数第(?P<nth>\d{{1,2}}))个?工作日{WITHIN}"), _last_workday),
    (re.compile(rf"第(?P<nth>[1-9]\d?)个?工作日{WITHIN}"), _nth_workday),
    (re.compile(r"(?:的?前|最初)(?P<nth>[1-9]\d?)个?工作日"), _first_workdays),
    (re.compile(r"(?:的?前|最初)(?P<nth>[1-9]\d?)(?:日|天)"), _first_days),
    (re.compile(r"最后(?P<nth>\d{1,2})?(?:日|天)"), _last_days),
    (re.compile(rf"最后1?个?{WEEK}"), _last_week),
    (re.compile(rf"第(?P<nth>[1-5])个?{WEEK}{BEFORE}"), _nth_week),
    (re.compile(r"(?P<first>\d{1,2})日?-(?P<last>\d{1,2})日"), _between_days),
    (re.compile(rf"(?P<days>(?:\d{{1,2}}日?[、,/和及与])*\d{{1,2}}日)(?:左右|当天)?{WITHIN}"), _single_days),
    (re.compile(rf"(?P<part>{PART})(?:[、,/和及与](?P<second>{PART}))?{BEFORE}"), _part),
)
_LATER = re.compile(rf"(?P<days>\d{{1,2}}日){BEFORE}")


def place(text: str, at: int = 0) -> tuple[Callable[[Period], list[Span]], int] | None:
    """What the words at `at` pick out of a month, and where they end; none if they pick nothing."""
    for pattern, places in _TABLE:
        match = pattern.match(text, at)
        if match:
            return _bound(places, match), match.end()
    return None


def later_place(text: str) -> Callable[[Period], list[Span]] | None:
    """A day “N日前” somewhere behind other words: 每月由办公室于25日前报送."""
    for match in _LATER.finditer(text):
        if match["before"]:
            return _bound(_single_days, match)
    return None


def _bound(places: Places, match: re.Match[str]) -> Callable[[Period], list[Span]]:
    return lambda month: list(places(match, month))
