"""What one atom of a text means in the calendar: its first and its last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.periods import Period, half, month, quarter
from models.periods import year as whole_year
from tasks.read_plan.phrases.atoms import Atom
from tasks.read_plan.phrases.positions import clamped, part_of
from tasks.read_plan.phrases.wording import Doubt

DECEMBER = 12
_QUARTERS = 4
#: 年初 is the first quarter, 年中 June and July; the others name an end only.
_SEASONS: dict[str, tuple[tuple[int, int] | None, tuple[int, int]]] = {
    "初": ((1, 1), (3, 31)),
    "中": ((6, 1), (7, 31)),
    **dict.fromkeys("底末终尾关内", (None, (12, 31))),
}
#: 上半年前 and 年初前 can only mean their ends; 6月前 may also mean May's end.
_UNSURE_BEFORE = frozenset({"month", "quarter", "plain"})


@dataclass(frozen=True)
class Stretch:
    """One stretch: no start means an end only (a deadline). `key` is set where the words name it."""

    start: date | None
    due: date
    key: str | None = None
    #: Whether an open end was written: 3月起.
    open: bool = False

    @property
    def begin(self) -> date:
        """Where a range begins that begins with this stretch: 3月底-4月 begins on the last of March."""
        return self.start or self.due


def resolve(atom: Atom, near: Period | None, doubts: list[Doubt]) -> Stretch | None:
    """The days of an atom; `near` is the month that a day without month belongs to.

    None for what is no time after all: a thirteenth month, a day without any month.
    """
    if atom.kind == "lone":
        return _day(near, atom.number, doubts) if near else None
    if atom.kind == "quarter" and not 1 <= atom.number <= _QUARTERS:
        doubts.append(Doubt.NO_SUCH_DAY)
        return None
    if atom.kind != "month":
        return _sharpened(atom, _period(atom), doubts)
    here = month_of(atom)
    if here is None:
        doubts.append(Doubt.NO_SUCH_DAY)
        return None
    return _within_month(atom, here, doubts)


def month_of(atom: Atom) -> Period | None:
    """The month that an atom names, if it names one that exists."""
    if atom.kind != "month" or not 1 <= atom.number <= DECEMBER or atom.year is None:
        return None
    return month(atom.year, atom.number)


def _day(here: Period, number: int, doubts: list[Doubt]) -> Stretch:
    if not 1 <= number <= here.end.day:
        doubts.append(Doubt.NO_SUCH_DAY)
    return Stretch(None, clamped(here, number))


def _within_month(atom: Atom, here: Period, doubts: list[Doubt]) -> Stretch:
    if atom.day is not None:
        return _day(here, atom.day, doubts)
    if atom.places is not None:
        spans = atom.places(here)
        if not spans:
            doubts.append(Doubt.NO_SUCH_DAY)
            return Stretch(here.start, here.end)
        start, due = spans[-1]
        return Stretch(None if start == due else start, due)
    if atom.part is not None:
        start, due = part_of(here, atom.part)
        return Stretch(None if atom.before else start, due)
    return _sharpened(atom, Stretch(here.start, here.end), doubts)


def _sharpened(atom: Atom, stretch: Stretch, doubts: list[Doubt]) -> Stretch:
    if not atom.before or stretch.start is None:
        return stretch
    unsure = atom.kind in _UNSURE_BEFORE or (atom.kind == "season" and atom.part == "中")
    if unsure and not atom.inclusive:
        doubts.append(Doubt.BEFORE_SPAN)
    return Stretch(None, stretch.due)


def _period(atom: Atom) -> Stretch:
    of = atom.year or 1
    if atom.kind == "season":
        start, due = _SEASONS[atom.part or "底"]
        if start is None:
            return Stretch(None, date(of, *due), key=str(of))
        return Stretch(date(of, *start), date(of, *due))
    if atom.kind in {"front", "months"}:
        last = atom.number * 3 if atom.kind == "front" else min(max(atom.number, 1), DECEMBER)
        return Stretch(date(of, 1, 1), month(of, last).end)
    if atom.kind == "quarter":
        return _quarter(quarter(of, atom.number), atom.part)
    here = half(of, atom.number) if atom.kind == "half" else whole_year(of)
    return Stretch(None if atom.kind == "half" and atom.part else here.start, here.end)


def _quarter(here: Period, part: str | None) -> Stretch:
    if part is None:
        return Stretch(here.start, here.end)
    if part in "末底":
        return Stretch(None, here.end)
    step = {"初": 0, "第1个月": 0, "第2个月": 1}.get(part, 2)
    within = month(here.start.year, here.start.month + step)
    return Stretch(within.start, within.end)
