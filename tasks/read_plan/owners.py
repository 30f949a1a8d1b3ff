"""Who leads and who supports, out of cells in which people wrote both as it came to them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from tasks.read_plan.text import narrow, normal


class Part(StrEnum):
    """What a clause says about its units. HELD (负责) leads, unless another clause says 牵头."""

    LEAD = "lead"
    HELD = "held"
    SUPPORTING = "supporting"


class _Clause(NamedTuple):
    names: tuple[str, ...]
    part: Part | None


_WORDS = {
    **dict.fromkeys(("牵头", "主办", "主责", "主抓"), Part.LEAD),
    **dict.fromkeys(("负责", "承办", "责任"), Part.HELD),
    **dict.fromkeys(("配合", "协办", "协助", "协同", "参与", "参加", "会同"), Part.SUPPORTING),
}
_DUTY = r"按照?(?:各自)?(?:工作)?职责(?:和?(?:任务)?分工)?"
_MANNER = rf"(?:{_DUTY}|按?分工|各自|共同|具体|分别|统一|密切|积极|联合){{0,4}}"
_THEN = r"(?:负责|组织|落实|实施|推进|抓好|办理|完成|做好|工作|开展){0,4}"
#: “X牵头”, “X按职责分工负责”, “X配合落实”; but “负责人” is a post and “配合部门” a heading.
_SAID_AFTER = re.compile(
    rf"{_MANNER}(牵头|主办|主责|主抓|负责|承办|配合|协办|协助|协同|参与|参加)(?!人|同志|单位|部门|科室|处室){_THEN}"
)
#: “牵头单位：X”, “会同X”.
_SAID_BEFORE = re.compile(r"(牵头|主办|责任|承办|配合|协办|协助|参与)(?:单位|部门|科室|处室)?[:：]|(会同)")
#: “X（配合）” says something about X alone.
_IN_BRACKETS = re.compile(
    r"([^、，,；;。/／（()）]{1,40})[（(](牵头|主办|主责|负责|承办|配合|协办|协助|参与)[)）]"
)
_LEFT_OVER = re.compile(rf"^由|(?:{_DUTY}|分工|等){_THEN}$")
_POST_BEFORE = re.compile(r"^[^:：]{2,8}[:：]")
#: A blank or a line break parts two units only behind a word that ends a unit's name: others wrap a name.
_UNIT_ENDS = re.compile(r"(?:[科室处部委会组局股队站所院校厅]|中心|支部|单位|牵头|配合|负责|协办|[)）])$")
_NAME_ENDS = re.compile(r"[^、，,；;。/／：:（(]$")
#: What belongs to the name before it, or parts the two already.
_GOES_ON = re.compile(
    r"[、，,；;。/／：:（()）]|牵头|主办|负责|承办|配合|协办|协助|参与|按|书记|委员|组长|主任|科长|成员|领导"
)
#: 和 and 及 do not split: 自然资源和生态环境审计科 is one unit.
_BETWEEN_CLAUSES = "，,；;。"
_BETWEEN_NAMES = "、/／" + _BETWEEN_CLAUSES


def read_owners(lead: str, supporting: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The units that lead and those that support, as the two cells name them.

    “X牵头，Y配合” in one cell moves Y to supporting; “各科室按职责分工负责” names 各科室. A unit named twice
    counts once, and one that leads does not support as well. Names are not looked up here.
    """
    left = _decided(_clauses(lead), usual=Part.LEAD)
    right = _decided(_clauses(supporting), usual=Part.SUPPORTING)
    leading = _names(left, Part.LEAD) or _names(right, Part.LEAD)
    others = _names(left, Part.SUPPORTING) + _names(right, Part.SUPPORTING) + _names(right, Part.LEAD)
    return leading, tuple(name for name in dict.fromkeys(others) if name not in leading)


def read_people(cell: str) -> tuple[str, ...]:
    """The names and posts of an owner cell, each once, without “牵头” behind or “分管领导：” before them.

    A blank parts two names, but not the two letters of one: 王　五 is 王五.
    """
    text = people_line(cell)
    bare = (_SAID_AFTER.sub("", _POST_BEFORE.sub("", name)) for name in _split(text, _BETWEEN_NAMES))
    return tuple(dict.fromkeys(name for name in bare if name))


def units_line(cell: str) -> str:
    """A cell of units in one line: stacked units parted by 、, a wrapped name in one piece."""
    return _one_line(cell, _UNIT_ENDS)


def people_line(cell: str) -> str:
    """A cell of people in one line: stacked names parted by 、."""
    return _one_line(cell, _NAME_ENDS)


def _names(clauses: list[_Clause], part: Part) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for clause in clauses if clause.part is part for name in clause.names))


def _decided(said: list[_Clause], *, usual: Part) -> list[_Clause]:
    """The clauses with LEAD or SUPPORTING for each, what they leave unsaid included."""
    led = any(clause.part is Part.LEAD for clause in said)
    decided = []
    for position, (names, part) in enumerate(said):
        if part is None:
            part = _unsaid([clause.part for clause in said], position, usual=usual)  # noqa: PLW2901  # decided here
        if part is Part.HELD:
            part = Part.SUPPORTING if led else usual  # noqa: PLW2901  # the same
        decided.append(_Clause(names, part))
    return decided


def _unsaid(parts: list[Part | None], position: int, *, usual: Part) -> Part:
    """The part of units that a clause names and no more.

    “A，B牵头”: both lead. “A牵头，B，C配合”: B supports like C. “A，B配合”: somebody must lead, so A does.
    """
    if next((part for part in parts[position:] if part), None) is Part.LEAD:
        return Part.LEAD
    return Part.SUPPORTING if Part.LEAD in parts[:position] else usual


def _clauses(cell: str) -> list[_Clause]:
    text = units_line(cell)
    text = _IN_BRACKETS.sub(r"，\1\2，", text)
    text = _SAID_BEFORE.sub(r"，\g<0>", text)
    return [clause for part in _split(text, _BETWEEN_CLAUSES) for clause in _said(part)]


def _said(text: str) -> list[_Clause]:
    """The statements of one clause: “A牵头B配合” makes two."""
    before = _SAID_BEFORE.match(text)
    if before:
        return [_Clause(_units(_SAID_AFTER.sub("", text[before.end() :])), _WORDS[before[1] or before[2]])]
    found, at = [], 0
    for match in _SAID_AFTER.finditer(text):
        found.append(_Clause(_units(text[at : match.start()]), _WORDS[match[1]]))
        at = match.end()
    return [*found, _Clause(_units(text[at:]), None)]


def _units(text: str) -> tuple[str, ...]:
    names = (_LEFT_OVER.sub("", name) for name in _split(text, _BETWEEN_NAMES))
    return tuple(name for name in names if name)


def _one_line(cell: str, ends: re.Pattern[str]) -> str:
    """The cell without white space; where a blank or a line break parts two names, 、 does."""
    line = ""
    last = ""
    for piece in map(normal, narrow(cell).split()):
        parted = len(last) > 1 and len(piece) > 1 and ends.search(last) and not _GOES_ON.match(piece)
        line += f"、{piece}" if parted else piece
        last = piece
    return line


def _split(text: str, separators: str) -> list[str]:
    """Split outside brackets: 各科室（办公室、人事科除外） is one name."""
    names, depth = [""], 0
    for letter in text:
        depth += (letter in "（(") - (letter in "）)" and depth > 0)
        if letter in separators and not depth:
            names.append("")
        else:
            names[-1] += letter
    return [name for name in names if name]
