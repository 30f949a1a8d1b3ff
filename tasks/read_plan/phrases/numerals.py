"""Chinese numerals: 三 is 3 before 月, but 三八 and 周三 stay what they are."""

from __future__ import annotations

import re

#: What a plan counts; 个 only where it does not count time.
COUNTED = (
    r"(?:人次|次(?!性|[年月日季])|节课|课时|学时|分钟|亿元|万元|千元|百元|万字|公里|期(?![间限末初中])|小时(?!以?内)"
    r"|[场篇户家人名件项条份批轮堂册本幅元只台套米支对处例宗封回遍趟站所间吨字]"
    r"|个(?!工作日|自然日|星期|礼拜|小时|学期|季|月|周|年|半))"
)
_TIME = r"(?:月|日|号|个|季|周|星期|礼拜|天|旬|年|小时|工作日|时|点)"
_NUMERAL = r"[零〇一二两三四五六七八九十百千廿卅]+"
_JOIN = r"[、,/和及与\-至到]"
_CHAIN = re.compile(
    rf"(?<!周)(?<!星期)(?<!礼拜)(?<![零〇一二两三四五六七八九十百千廿卅])"
    rf"{_NUMERAL}(?:{_JOIN}第?{_NUMERAL})*(?={_TIME}|{COUNTED})"
)
_AFTER_WEEK = re.compile(rf"(?<=[周期拜]){_NUMERAL}(?={COUNTED})")
_ONE = re.compile(_NUMERAL)
_YEAR = re.compile(r"[一二三四五六七八九][一二三四五六七八九〇零○]{3}(?=年)")
_SHAPE = re.compile(r"(?:([1-9])千)?0?(?:([1-9])百)?0?(?:([1-9])?(十))?0?([1-9])?")
_DIGITS = str.maketrans("零〇○一二两三四五六七八九", "0001223456789")


def value(numeral: str) -> int | None:
    """The number that a Chinese numeral means; none for what is no number, such as 三八."""
    plain = numeral.replace("廿", "二十").replace("卅", "三十").translate(_DIGITS)
    match = _SHAPE.fullmatch(plain)
    if match is None or not numeral:
        return None
    thousands, hundreds, tens, ten, ones = match.groups()
    tens_value = int(tens or 1) * 10 if ten else 0
    return int(thousands or 0) * 1000 + int(hundreds or 0) * 100 + tens_value + int(ones or 0)


def in_digits(words: str) -> str:
    """The words with every numeral before a unit of time or number written in digits."""
    if not _ONE.search(words):
        return words
    words = _YEAR.sub(lambda match: match[0].translate(_DIGITS), words)
    words = _CHAIN.sub(_each, words)
    return _AFTER_WEEK.sub(_each, words)


def _each(match: re.Match[str]) -> str:
    return _ONE.sub(_one, match[0])


def _one(match: re.Match[str]) -> str:
    number = value(match[0])
    return match[0] if number is None else str(number)
