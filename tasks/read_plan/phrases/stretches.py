"""The stretches of time that a text names: 3-5月, 6月底前, 次年元月十日前, 第二、三季度."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from models.periods import Period, month
from tasks.read_plan.phrases.atoms import Atom, atoms
from tasks.read_plan.phrases.positions import clamped
from tasks.read_plan.phrases.resolve import DECEMBER, Stretch, month_of, resolve
from tasks.read_plan.phrases.wording import Doubt

_LIST_GAP = re.compile(r"(?:[、,;/和及与&]|以及|或者?)")
_STOPS = frozenset("、,;:。.!?/")
#: Parts of a month that name its end, so that they spread over a list without a question.
_ENDS = "底末"


@dataclass
class Found:
    """The stretches of a text with what lies around them.

    `tails[n]` is the text between stretch n and the next, `head` the text before the first.
    """

    stretches: list[Stretch] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    head: str = ""


def find(text: str, year: int) -> Found:
    """All stretches of the text in their order; the empty Found if it names none."""
    listed = atoms(text, year)
    found = Found()
    if not listed:
        return found
    found.head = text[: listed[0].begin]
    _complete(listed, found.doubts)
    _inherit_years(listed, year)
    near: Period | None = None
    last_end = 0
    for run in _runs(listed):
        stretch = _run(run, near, found.doubts)
        near = next((here for here in map(month_of, reversed(run)) if here), near)
        if stretch is None:
            if found.tails:
                found.tails[-1] += text[run[0].begin : run[-1].end] + run[-1].gap
            continue
        if found.stretches and _unmarked(text[last_end : run[0].begin]):
            found.doubts.append(Doubt.NO_MARK)
        last_end = run[-1].end
        found.stretches.append(_ended(stretch, run[-1], (text, found.doubts)))
        found.tails.append(run[-1].gap)
    found.doubts += _foreign(listed, year)
    return found


def _complete(listed: list[Atom], doubts: list[Doubt]) -> None:
    """Give units and shared endings to the members of lists: 3、9月底前 is 3月底前、9月底前."""
    for atom, following in reversed(list(pairwise(listed))):
        if atom.kind == "bare":
            atom.kind, atom.bare = following.kind, True
        if atom.kind == following.kind and not atom.open and _LIST_GAP.fullmatch(atom.gap):
            if _plain(atom):
                _share(atom, following, doubts)
            elif following.before and atom.kind != "season" and (atom.day or atom.kind != "month"):
                atom.before = True
    for atom in listed:
        if atom.kind == "bare":
            atom.kind = "lone"


def _plain(atom: Atom) -> bool:
    return atom.day is None and atom.part is None and atom.places is None and not atom.before


def _share(atom: Atom, following: Atom, doubts: list[Doubt]) -> None:
    if atom.kind not in {"month", "quarter", "half"}:
        atom.before = following.before
        return
    if not (following.before or following.part or atom.bare):
        return
    narrower = following.day is not None or (following.part is not None and following.part[-1] not in _ENDS)
    if atom.kind == "month" and narrower and not atom.bare:
        doubts.append(Doubt.SHARED_DAY)
    atom.day, atom.part, atom.places = following.day, following.part, following.places
    atom.before = following.before


def _inherit_years(listed: list[Atom], year: int) -> None:
    """2027年1月、3月: a year holds for the list or range in which it stands."""
    near: int | None = None
    gap = "start"
    for atom in listed:
        if gap != "-" and not _LIST_GAP.fullmatch(gap):
            near = None
        near = atom.year or near
        atom.year = near or year
        gap = atom.gap


def _runs(listed: list[Atom]) -> list[list[Atom]]:
    """The atoms that make one stretch: joined by a range mark, or crowded together."""
    runs: list[list[Atom]] = []
    for atom in listed:
        if runs and runs[-1][-1].gap in {"-", ""}:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return runs


def _run(run: list[Atom], near: Period | None, doubts: list[Doubt]) -> Stretch | None:
    whole: Stretch | None = None
    for position, atom in enumerate(run):
        here = resolve(atom, near, doubts)
        near = month_of(atom) or near
        if here is None:
            continue
        if whole is None:
            whole = here
            continue
        if run[position - 1].gap == "":
            doubts.append(Doubt.CROWDED)
        whole = _joined(whole, here, (atom, near, doubts))
    return whole


def _joined(first: Stretch, last: Stretch, context: tuple[Atom, Period | None, list[Doubt]]) -> Stretch:
    atom, near, doubts = context
    if last.due >= first.begin:
        return Stretch(first.begin, last.due)
    if atom.written:
        doubts.append(Doubt.TURNED)
        return Stretch(last.begin, first.due)
    doubts.append(Doubt.WRAP)
    if atom.kind == "lone" and near:
        following = month(near.start.year + near.start.month // DECEMBER, near.start.month % DECEMBER + 1)
        return Stretch(first.begin, clamped(following, atom.number))
    later = resolve(replace(atom, year=first.begin.year + 1), near, doubts)
    return Stretch(first.begin, later.due if later else date(first.begin.year, DECEMBER, 31))


def _unmarked(between: str) -> bool:
    return bool(between) and not _LIST_GAP.fullmatch(between) and between[-1] not in _STOPS


def _ended(stretch: Stretch, atom: Atom, context: tuple[str, list[Doubt]]) -> Stretch:
    """A missing end (12月-) and an open one (3月起) run to the year's end, to be confirmed."""
    text, doubts = context
    rest = text[atom.end :]
    dangling = rest.startswith("-") and (len(rest) == 1 or rest[1] in _STOPS)
    if not (dangling or atom.open):
        return stretch
    doubts.append(Doubt.NO_END)
    end = date(stretch.begin.year, DECEMBER, 31)
    return Stretch(stretch.begin, max(stretch.due, end), open=True)


def _foreign(listed: list[Atom], year: int) -> list[Doubt]:
    """A written year that is not the plan's is confirmed, but 2026年10月-2027年3月 is as clear as 次年."""
    return [
        Doubt.OTHER_YEAR
        for before, atom in pairwise([None, *listed])
        if atom is not None and atom.written and atom.year != year and not _clear_wrap(before, atom, year)
    ]


def _clear_wrap(before: Atom | None, atom: Atom, year: int) -> bool:
    return before is not None and before.gap == "-" and before.year == year and atom.year == year + 1
