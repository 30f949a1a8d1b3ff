"""Words on paper: clean text, Chinese dates and numerals, the document wording of the catalogue."""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from models.periods import Period
from models.workdays import STATUTORY

#: Quotation marks inside of quotation marks.
INNER_QUOTES = str.maketrans("“”", "‘’")
WEEKDAYS = "一二三四五六日"
_NUMERALS = "零一二三四五六七八九"
_PLACES = ("千", "百", "十", "")
_BEYOND = 10 ** len(_PLACES)
#: What XML 1.0 cannot hold: control characters, lone surrogates, non-characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[^\w（）〔〕《》·-]+")
#: Longest file name in bytes that every file system takes, with room for version and ending.
_NAME_BYTES = 180


def clean(text: str) -> str:
    """The text without characters that a document file cannot hold."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def oneline(text: str) -> str:
    """The text on one line, without stops at its end: a title as part of a sentence."""
    return re.sub(r"\s+", " ", clean(text)).strip().rstrip("。；;，,、")


def shortened(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def file_stem(name: str) -> str:
    """A readable file name that is safe everywhere: no separators, blanks or leading dots.

    A name that is cut ends in its fingerprint: two long ones that begin alike stay two files.
    """
    safe = _NOT_IN_NAMES.sub("_", clean(name)).strip("_-") or "document"
    if len(safe.encode()) <= _NAME_BYTES:
        return safe
    mark = hashlib.sha256(safe.encode()).hexdigest()[:8]
    return f"{safe.encode()[: _NAME_BYTES - len(mark) - 1].decode(errors='ignore')}_{mark}"


def chinese_date(day: date) -> str:
    """2026年3月20日."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_date(day: date, year: int) -> str:
    """3月20日, with the year where it is another one than `year`."""
    return f"{day.month}月{day.day}日" if day.year == year else chinese_date(day)


def day_and_weekday(day: date, year: int) -> str:
    """3月20日（周五）."""
    return f"{short_date(day, year)}（周{WEEKDAYS[day.weekday()]}）"


def numeral(number: int) -> str:
    """A Chinese numeral: 一, 十二, 三十, 一百零五, 一千二百; from ten thousand on the figures."""
    if number >= _BEYOND:
        return str(number)
    digits = f"{number:04}"
    pairs = zip(digits, _PLACES, strict=True)
    # Noughts between digits are said once, those behind the last digit not at all.
    said = "".join(_NUMERALS[int(digit)] + (place if digit != "0" else "") for digit, place in pairs)
    said = re.sub("零+", "零", said).strip("零")
    return said.removeprefix("一") if said.startswith("一十") else said or _NUMERALS[0]


def period_words(period: Period) -> str:
    """The period as documents call it: 2026年3月, 2026年第一季度, 2026年上半年, 2026年."""
    year, _, rest = period.key.partition("-")
    return f"{year}年{_part_of_year(rest)}"


def period_name(key: str, year: int) -> str:
    """A work item's period in a table of `year`: 3月, 第一季度, 第14周, 春节; 3月5日 for an occurrence."""
    of, _, rest = key.partition("-")
    if not rest:
        return f"{of}年"
    return _part_of_year(rest) if of == str(year) else f"{of}年{_part_of_year(rest)}"


def _part_of_year(rest: str) -> str:
    """What stands behind the year in a period's key, in words."""
    month, _, day = rest.partition("-")
    if month.isdigit():
        return f"{int(month)}月{int(day)}日" if day.isdigit() else f"{int(month)}月"
    if rest[:2].isdigit():
        return words("period.first" if rest.endswith("A") else "period.second", month=int(rest[:2]))
    letter, number = rest[:1], rest[1:]
    if letter == "H":
        return words(f"period.{rest}")
    if number.isdigit():
        return words(f"period.{letter}", number=numeral(int(number)) if letter == "Q" else int(number))
    return STATUTORY[rest][0] if rest in STATUTORY else rest


def words(key: str, /, **facts: object) -> str:
    """A sentence of the documents' wording (`slip.intro`), with its facts filled in."""
    return _wording()[key].format(**facts)


@cache
def _wording() -> dict[str, str]:
    text = files("models").joinpath("catalogues", "documents.toml").read_text("utf-8")
    return {
        f"{section}.{key}": sentence
        for section, sentences in tomllib.loads(text).items()
        for key, sentence in sentences.items()
    }
