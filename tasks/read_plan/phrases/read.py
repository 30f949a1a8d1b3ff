"""The grammar's front door: one phrase in, one schedule out; no phrase is ever refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from models.periods import month
from models.schedule import Kind, Schedule, Slot
from tasks.read_plan.phrases import wording
from tasks.read_plan.phrases.amounts import amounts
from tasks.read_plan.phrases.anniversaries import read_anniversaries
from tasks.read_plan.phrases.normal import Words, normalise
from tasks.read_plan.phrases.recurring import follows_period, read_recurring
from tasks.read_plan.phrases.slots import Reading, schedule
from tasks.read_plan.phrases.stretches import find
from tasks.read_plan.phrases.windows import read_windows
from tasks.read_plan.phrases.wording import Doubt
from tasks.read_plan.phrases.words import hides, read_relative, read_words

Reader = Callable[[Words], Reading | None]

_CACHED = 8192
_LETTER = re.compile(r"[0-9a-zA-Z一-龥]")
_NUMBERS = re.compile(r"\d{1,2}(?:[-、,/]\d{1,2}){0,11}")
_DECEMBER = 12


def _relative(words: Words) -> Reading | None:
    if follows_period(words.text):
        return None
    dated = find(words.text, words.year).stretches
    return None if dated else read_relative(words)


def _bare_months(words: Words) -> Reading | None:
    """6 or 3、9 and nothing else: months, to be confirmed."""
    if not _NUMBERS.fullmatch(words.text):
        return None
    if not all(1 <= int(number) <= _DECEMBER for number in re.findall(r"\d+", words.text)):
        return None
    reading = read_windows(replace(words, text=words.text + "月"))
    return replace(reading, doubts=(*reading.doubts, Doubt.BARE_MONTH)) if reading else None


def _bare_amount(words: Words) -> Reading | None:
    """开展1次 without a time is owed within the year."""
    owed = [amount for amount in amounts(words.text) if amount.countable]
    if len(owed) != 1:
        return None
    year = words.year
    slots = (Slot(f"{year}", date(year, 1, 1), date(year, 12, 31)),)
    said = wording.quota(slots, owed[0].number, owed[0].unit)
    return Reading(Kind.QUOTA, said, slots, owed[0].number, owed[0].doubts)


#: Who tries to read a phrase, in this order; the first that understands it has the word.
READERS: tuple[Reader, ...] = (
    _bare_months,
    _relative,
    read_anniversaries,
    read_recurring,
    read_windows,
    _bare_amount,
    read_words,
)
_UNDATED = frozenset({Kind.MISSING, Kind.VAGUE, Kind.STANDING, Kind.AWAITING})


def read_phrase(phrase: str, *, year: int) -> Schedule:
    """How a time phrase of the plan of `year` is understood.

    Dates are nominal: no shift to workdays. What cannot be read is MISSING, due at the year's end
    and to be confirmed. Nothing is raised for any text. Readings are kept, because plans repeat
    their phrases.
    """
    return _read(phrase, year)


def read_date_cell(value: date, *, year: int, month_only: bool) -> Schedule:
    """How a real date cell is understood: a deadline, or its month where only that is shown."""
    day = date(value.year, value.month, value.day)
    doubts = (Doubt.OTHER_YEAR,) if day.year != year else ()
    here = month(day.year, day.month)
    if month_only:
        slots = (Slot(here.key, here.start, here.end),)
        reading = Reading(Kind.WINDOW, wording.windows(slots), slots, doubts=doubts)
        return schedule(f"{day.year}年{day.month}月", reading)
    slots = (Slot(here.key, None, day),)
    reading = Reading(Kind.DEADLINE, wording.deadlines(slots), slots, doubts=doubts)
    return schedule(day.isoformat(), reading)


@lru_cache(maxsize=_CACHED)
def _read(phrase: str, year: int) -> Schedule:
    words = normalise(phrase, year=year)
    if not _LETTER.search(words.text):
        return schedule(phrase, _missing(year, "没有写明时间"))
    reading = _understood(words)
    if words.noted:
        full = normalise(phrase, year=year, notes=True)
        again = _understood(full)
        if _says_more(again, reading):
            words, reading = full, again
    return schedule(phrase, reading, words.doubts)


def _says_more(noted: Reading, plain: Reading) -> bool:
    """Whether the remark in brackets matters: 党员大会(每季度1次), 每月(25日前), 6月(待上级通知)."""
    if plain.kind in _UNDATED:
        return noted.kind not in _UNDATED
    if noted.doubts:
        return Doubt.AWAITED in noted.doubts and noted.slots == plain.slots
    again = noted.kind in {Kind.RECURRING, Kind.QUOTA}
    return again and plain.kind in {Kind.RECURRING, Kind.WINDOW} and noted.slots != plain.slots


def _understood(words: Words) -> Reading:
    for reader in READERS:
        reading = reader(words)
        if reading is not None:
            return _hidden(reading, words)
    return _missing(words.year, "未能从原文读出时间")


def _hidden(reading: Reading, words: Words) -> Reading:
    """不定期，每季度不少于1次 is counted per quarter and still hidden from those inspected."""
    if reading.kind not in {Kind.QUOTA, Kind.RECURRING} or not hides(words.text):
        return reading
    return replace(reading, kind=Kind.UNSCHEDULED, said=f"不定期开展，{reading.said}，对被检查单位不公开")


def _missing(year: int, why: str) -> Reading:
    end = date(year, 12, 31)
    said = f"{why}，暂按{end}前完成"
    return Reading(Kind.MISSING, said, (Slot(f"{year}", None, end),), confirm=True)
