"""The atoms of a text: each month, day, quarter, half or season that it names, with what clings to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from models.periods import Period
from tasks.read_plan.phrases.positions import BEFORE, PART, Span, place

_YEAR = (
    r"(?P<dated>(?:(?P<year>(?:19|20|21)\d\d|(?<!\d)[2-4]\d)年"
    r"|(?P<shift>次年|明年|翌年|来年|下1?年|今年|本年|当年|同年|去年|上1?年(?!度末)))度?的?)?"
)
_SHIFTS = {
    "次": 1,
    "明": 1,
    "翌": 1,
    "来": 1,
    "下": 1,
    "今": 0,
    "本": 0,
    "当": 0,
    "同": 0,
    "去": -1,
    "上": -1,
}
_BARE = r"(?P<bare>(?<![\d.])\d{1,2})(?=(?:[-、,/和及与]\d{1,2})*[-、,/和及与]\d{1,2}(?:月|日|季度))"
_DAY = r"(?P<day>\d{1,2})(?:日|(?=前|之前|以前|起|截止|[-、,;]|$))"
_ATOM = re.compile(
    rf"(?P<by>截止|不晚于|不迟于|最迟于?|最晚于?|[至到])?{_YEAR}(?:"
    rf"(?P<month>(?<!\d)\d{{1,2}})月(?:度|的|内)?(?:{_DAY}|(?P<part>{PART})"
    rf"|(?P<place>(?=第\d个?(?:周|星期|礼拜|工作日)|最后|倒数第|前\d{{1,2}}(?:个工作日|日|天))))?"
    rf"|{_BARE}"
    rf"|(?P<tail>(?<=月-)\d{{1,2}})(?=$|[,;、前])"
    rf"|(?P<lone>(?<!\d)\d{{1,2}})日(?!以?内|之内|后|常)"
    rf"|前(?P<front>[2-3])个?季度|前(?P<months>\d{{1,2}})个月"
    rf"|(?P<quarter>(?<!\d)[1-4])季度(?P<quarter_part>末|底|初|(?:第[1-3]|最后1)个月)?"
    rf"|(?P<half>[上下])半年度?(?P<half_part>末|底)?"
    rf"|(?(dated)年?|(?<![半\d每两数几多])年度?)(?P<season>初|中(?![国央心层小秋级])|[底末终尾关]|内)"
    rf"|(?P<whole>全年度?|整年度?|终年|^年度$|^1年$)"
    rf"|(?(dated)(?P<plain>)|(?!))"
    rf")(?:左右|前后|期间|当天|当日|月内)?{BEFORE}(?P<open>起(?!草)|开始(?!前)|(?:以|之)?后(?![续期勤备])|以来)?"
)
#: 2026年工作要点 is a paper, not a time.
_TITLED = re.compile(r"[^,;。]{0,8}?(?:要点|计划|安排|要求|方案|报告|总结|会议|部署)")


@dataclass
class Atom:
    """One atom of the text, before its neighbours complete it."""

    kind: str
    number: int = 0
    year: int | None = None
    written: bool = False
    day: int | None = None
    part: str | None = None
    places: Callable[[Period], list[Span]] | None = None
    before: bool = False
    #: Whether “before” counts the stretch itself: 6月止, 不晚于6月, but perhaps not 6月前.
    inclusive: bool = False
    open: bool = False
    #: A number without its own unit: the 3 of 3、9月.
    bare: bool = False
    begin: int = 0
    end: int = 0
    #: What stands between this atom and the next: -, a list mark, nothing, or other text.
    gap: str = ""


_KINDS = (
    "month", "tail", "bare", "lone", "front", "months", "quarter", "half", "season", "whole", "plain",
)  # fmt: skip


def atoms(text: str, year: int) -> list[Atom]:
    """The atoms of the text in their order; `year` is the plan's."""
    found: list[Atom] = []
    match = _ATOM.search(text)
    while match:
        atom = _atom(match, year)
        if atom.kind == "month" and match["place"] is not None:
            placed = place(text, match.end())
            if placed:
                atom.places, atom.end = placed
        found.append(atom)
        match = _ATOM.search(text, max(atom.end, match.end()))
    # 2026年 beside real months only dates them; alone it is the whole year.
    real = [atom for atom in found if atom.kind != "plain"]
    for atom, following in pairwise(found):
        if atom.kind == "plain" and following.year is None and _near(text[atom.end : following.begin]):
            following.year, following.written = atom.year, atom.written
    found = real or [atom for atom in found if not _TITLED.match(text, atom.end)]
    for atom, following in pairwise(found):
        atom.gap = text[atom.end : following.begin]
    if found:
        found[-1].gap = text[found[-1].end :]
    return found


def _near(gap: str) -> bool:
    return gap in {"", ",", ":", "、", "的"}


def _atom(match: re.Match[str], year: int) -> Atom:
    groups = match.groupdict()
    kind = next(name for name in _KINDS if groups[name] is not None)
    atom = Atom(kind, begin=match.start(), end=match.end())
    if kind in {"season", "half"}:
        atom.part = groups["half_part"] if kind == "half" else groups["season"]
        atom.number = {"上": 1, "下": 2}.get(groups["half"] or "", 0)
    elif kind not in {"whole", "plain"}:
        atom.number = int(groups[kind])
    if kind == "month":
        atom.part = groups["part"]
        atom.day = int(groups["day"]) if groups["day"] else None
    elif kind == "quarter":
        atom.part = groups["quarter_part"]
    atom.before = bool(groups["before"] or groups["by"])
    atom.inclusive = bool(groups["by"]) or (groups["before"] or "").endswith("止")
    atom.open = bool(groups["open"])
    _date(atom, groups, year)
    if kind == "tail":
        atom.kind = "month"
    return atom


def _date(atom: Atom, groups: dict[str, str | None], year: int) -> None:
    if groups["year"]:
        written = int(groups["year"])
        atom.year = written + 2000 if written < 100 else written  # noqa: PLR2004  # 26年 is 2026年
        atom.written = True
    elif groups["shift"]:
        atom.year = year + _SHIFTS[groups["shift"][0]]
        atom.written = atom.year < year
