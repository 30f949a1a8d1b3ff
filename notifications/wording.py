"""How letters write dates, periods, numbers and lists of names, in each language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache, partial

from models.approval.code import grouped
from models.messages import Lang

_WEEKDAYS: dict[Lang, Sequence[str]] = {
    "zh": "一二三四五六日",
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAY: dict[Lang, str] = {
    "zh": "{day.year}年{day.month}月{day.day}日（周{weekday}）",
    "en": "{weekday} {day.day} {month} {day.year}",
}
_SHORT_DAY: dict[Lang, str] = {
    "zh": "{day.month}月{day.day}日（周{weekday}）",
    "en": "{weekday} {day.day} {month}",
}
_MONTH: dict[Lang, str] = {"zh": "{year}年{number}月", "en": "{month} {year}"}
#: Parts of a year by the letter that marks them in a period key.
_PARTS: dict[Lang, dict[str, str]] = {
    "zh": {
        "Q1": "{year}年第一季度",
        "Q2": "{year}年第二季度",
        "Q3": "{year}年第三季度",
        "Q4": "{year}年第四季度",
        "H1": "{year}年上半年",
        "H2": "{year}年下半年",
        "W": "{year}年第{number}周",
        "A": "{month}上半月",
        "B": "{month}下半月",
        "year": "{year}年",
    },
    "en": {
        "Q1": "Q1 {year}",
        "Q2": "Q2 {year}",
        "Q3": "Q3 {year}",
        "Q4": "Q4 {year}",
        "H1": "first half of {year}",
        "H2": "second half of {year}",
        "W": "week {number} of {year}",
        "A": "first half of {month}",
        "B": "second half of {month}",
        "year": "{year}",
    },
}
_INNER = str.maketrans("“”", "‘’")
_JOINT: dict[Lang, str] = {"zh": "、", "en": ", "}


def filters(lang: Lang) -> dict[str, Callable[..., str]]:
    """The filters of the letters' templates, bound to one language."""
    return {
        "day": partial(day, lang=lang),
        "short_day": partial(day, lang=lang, short=True),
        "moment": partial(moment, lang=lang),
        "period": partial(period, lang=lang),
        "number": number,
        "counted": counted,
        "names": partial(names, lang=lang),
        "quoted": quoted,
        "grouped": grouped,
    }


@lru_cache(maxsize=4096)
def day(iso: str, *, lang: Lang, short: bool = False) -> str:
    """`2026-03-31` as 2026年3月31日（周二） or Tue 31 March 2026; an instant is cut to its day."""
    of = datetime.fromisoformat(iso).date()
    pattern = (_SHORT_DAY if short else _DAY)[lang]
    return pattern.format(day=of, weekday=_WEEKDAYS[lang][of.weekday()], month=_MONTHS[of.month - 1])


def moment(iso: str, *, lang: Lang) -> str:
    """A local time such as `2026-03-31T18:00`, with its day."""
    gap = "" if lang == "zh" else " "
    return f"{day(iso, lang=lang)}{gap}{datetime.fromisoformat(iso):%H:%M}"


def period(key: str, *, lang: Lang) -> str:
    """A period key such as `2026-03` or `2026-Q1` in words; occasional work has a day for a period."""
    year, _, rest = key.partition("-")
    if "-" in rest:
        return day(key, lang=lang)
    if not rest:
        return _PARTS[lang]["year"].format(year=year)
    if rest in _PARTS[lang]:
        return _PARTS[lang][rest].format(year=year)
    if rest.startswith("W"):
        return _PARTS[lang]["W"].format(year=year, number=int(rest[1:]))
    of = date(int(year), int(rest[:2]), 1)
    month = _MONTH[lang].format(year=year, number=of.month, month=_MONTHS[of.month - 1])
    return _PARTS[lang][rest[2:]].format(month=month) if rest[2:] else month


def number(value: float) -> str:
    """A quantity without a needless `.0`."""
    return f"{value:g}" if value < 1e6 else f"{value:.0f}"  # noqa: PLR2004  # %g turns to exponents there


def counted(how_many: int, noun: str) -> str:
    """`3 items`, `1 item`: for languages that have a plural."""
    return f"{how_many} {noun}" if how_many == 1 else f"{how_many} {noun}s"


def quoted(title: str) -> str:
    """A title in quotation marks; those inside it become single ones (GB/T 15834)."""
    return f"“{title.translate(_INNER)}”"


def names(of: Sequence[str], *, lang: Lang) -> str:
    """Names one after the other."""
    return _JOINT[lang].join(of)
