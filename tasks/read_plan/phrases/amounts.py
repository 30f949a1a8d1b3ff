"""How much is owed: 不少于4次, 各1次, 分别为500、600、500、400万元."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.read_plan.phrases.numerals import COUNTED
from tasks.read_plan.phrases.wording import Doubt

_NUMBER = r"\d{1,9}(?:\.\d{1,4})?"
_AMOUNT = re.compile(
    rf"(?P<least>不少于|不低于|不得少于|不得低于|不小于|至少|最少|≥|>=|>|达到?|确保)?[^\d,;。]{{0,12}}?"
    rf"(?<![第\d.])(?P<number>{_NUMBER})(?:[-至到](?P<most>{_NUMBER}))?[余多]?(?P<unit>{COUNTED})(?P<more>(?:及|或)?以上)?"
)
_LIST = re.compile(rf"{_NUMBER}{COUNTED}?(?:[、,/;]{_NUMBER}{COUNTED}?)+")
_IN_ORDER = re.compile(r"分别|依次|各为")
_UNIT = re.compile(COUNTED)
_PLAIN_NUMBER = re.compile(_NUMBER)
#: A bare number makes a quota only with these units: 3个支部 or 2项制度 is no number of times.
_TIMES = re.compile(r"次|[场期篇户家人名堂]|人次|万元|亿元|元|课时|学时")
SEVERAL = re.compile(r"[多数]次|若干次")


@dataclass(frozen=True)
class Amount:
    """A number with its unit; `least` where the text says that it is a minimum."""

    number: float
    unit: str
    least: bool
    begin: int
    end: int
    doubts: tuple[Doubt, ...] = ()

    @property
    def countable(self) -> bool:
        """Whether the amount is one that a plan counts even where nothing else says so."""
        return self.least or bool(_TIMES.fullmatch(self.unit))


def amounts(text: str) -> list[Amount]:
    """The quantities that a text names."""
    return [
        Amount(
            float(match["number"]),
            match["unit"],
            bool(match["least"] or match["more"]),
            match.start(),
            match.end(),
            (Doubt.AMOUNT_RANGE,) if match["most"] else (),
        )
        for match in _AMOUNT.finditer(text)
    ]


def in_order(text: str, size: int) -> tuple[tuple[float, ...], str] | None:
    """One number per period, in the order of the periods, with their unit; none if there is no such list."""
    match = _LIST.search(text)
    if match is None:
        return None
    numbers = tuple(float(number) for number in _PLAIN_NUMBER.findall(_UNIT.sub("", match[0])))
    unit = _UNIT.search(match[0]) or _UNIT.match(text, match.end())
    if len(numbers) != size:
        return None
    return numbers, unit[0] if unit else ""


def orders(text: str) -> bool:
    """Whether the text announces one number per period."""
    return bool(_IN_ORDER.search(text) and _LIST.search(text))
