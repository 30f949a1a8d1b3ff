"""Windows, deadlines and the quantities owed within them."""

from __future__ import annotations

import re
from datetime import date

from models.periods import Period, month, quarter
from models.schedule import Kind, Slot
from tasks.read_plan.phrases import wording
from tasks.read_plan.phrases.amounts import Amount, amounts, in_order, orders
from tasks.read_plan.phrases.feasts import named
from tasks.read_plan.phrases.normal import Words
from tasks.read_plan.phrases.resolve import Stretch
from tasks.read_plan.phrases.slots import Reading, key_of, numbered
from tasks.read_plan.phrases.stretches import Found, find
from tasks.read_plan.phrases.wording import Doubt
from tasks.read_plan.phrases.words import awaits, standing_from, stands

_EACH = re.compile(r"各|均|每")
_COMMENT = re.compile(r"[:,的内]?[^\d;。:]*")
_DECEMBER = 12


def read_windows(words: Words) -> Reading | None:
    """What the stretches of the text say; none if it names none."""
    found = find(words.text, words.year)
    if not found.stretches:
        return None
    if len(found.stretches) == 1 and found.stretches[0].open and stands(words.text):
        return standing_from(found.stretches[0].start or found.stretches[0].due)
    if awaits(words.text):
        found.doubts.append(Doubt.AWAITED)
    if named(words.text):
        found.doubts.append(Doubt.ALSO)
    _drop_heading(found)
    return owed(found, words.year) or _dated(found)


def _drop_heading(found: Found) -> None:
    """全年2次，上、下半年各1次: the year only sums up what its parts say."""
    first, *parts = found.stretches
    if not parts or not _is_year(first) or any(map(_is_year, parts)):
        return
    total = amounts(found.tails[0])
    found.stretches, found.tails = parts, found.tails[1:]
    if not total:
        return
    said = owed(found, first.due.year)
    if said is None or sum(_target(said, position) for position in range(len(parts))) != total[0].number:
        found.doubts.append(Doubt.ALSO)


def _target(reading: Reading, position: int) -> float:
    target = reading.target
    return target[position] if isinstance(target, tuple) else target or 0


def _is_year(stretch: Stretch) -> bool:
    first, last = date(stretch.due.year, 1, 1), date(stretch.due.year, _DECEMBER, 31)
    return not stretch.open and (stretch.start, stretch.due) == (first, last)


def slot_of(stretch: Stretch) -> Slot:
    """A slot with the stretch's own name, or the name of the period around it."""
    if stretch.key is not None:
        return Slot(stretch.key, stretch.start, stretch.due)
    if stretch.start is None:
        return Slot(month(stretch.due.year, stretch.due.month).key, None, stretch.due)
    return Slot(key_of(stretch.start, stretch.due), stretch.start, stretch.due)


def owed(found: Found, year: int) -> Reading | None:
    """The quantities owed in the stretches; none if the text names no quantity for them."""
    listed = _listed(found)
    if listed is not None:
        stretches, numbers, unit = listed
        return _quota((stretches, year), numbers, unit, tuple(found.doubts))
    if any(orders(tail) for tail in found.tails):
        found.doubts.append(Doubt.AMOUNTS_UNEVEN)
        return None
    named_amounts = [_only_amount(tail) for tail in found.tails]
    last = named_amounts[-1]
    if last is None or not _owing(found, last):
        return None
    doubts = (*found.doubts, *(doubt for amount in named_amounts if amount for doubt in amount.doubts))
    if all(named_amounts):
        numbers = tuple(amount.number for amount in named_amounts if amount)
        target = numbers if len(set(numbers)) > 1 else numbers[0]
        return _quota((found.stretches, year), target, last.unit, doubts)
    if any(named_amounts[:-1]):
        return None
    if not _EACH.search(found.tails[-1][: last.end]):
        doubts = (*doubts, Doubt.EACH_SLOT)
    return _quota((found.stretches, year), last.number, last.unit, doubts)


def _owing(found: Found, last: Amount) -> bool:
    # 6月底前报送1份总结 is a deadline; 6月底前不少于2次 is a quota that ends there.
    if last.least or last.number > 1 or found.stretches[0].key is not None:
        return last.countable or last.least
    return last.countable and all(stretch.start is not None for stretch in found.stretches)


def _only_amount(tail: str) -> Amount | None:
    named_here = amounts(tail)
    if len(named_here) != 1:
        return None
    amount = named_here[0]
    around = re.sub(r"\d+(?:\.\d+)?(?:-\d+)?", "", tail[: amount.end], count=1) + tail[amount.end :]
    return amount if _COMMENT.fullmatch(around.rstrip(",;。、")) else None


def _listed(found: Found) -> tuple[list[Stretch], tuple[float, ...], str] | None:
    tail = found.tails[-1]
    stretches = found.stretches
    if len(stretches) == 1 and orders(tail):
        for parts in _divided(stretches[0]):
            numbers = in_order(tail, len(parts))
            if numbers:
                return parts, *numbers
    if len(stretches) > 1:
        numbers = in_order(tail, len(stretches))
        if numbers:
            return stretches, *numbers
    return None


def _divided(stretch: Stretch) -> list[list[Stretch]]:
    """The quarters and the months of a stretch: 1-4季度任务分别为… has one number each."""
    if stretch.start is None or stretch.start.year != stretch.due.year:
        return []
    of = stretch.start.year
    wholes: tuple[list[Period], ...] = (
        [quarter(of, number) for number in range(1, 5)],
        [month(of, number) for number in range(1, _DECEMBER + 1)],
    )
    return [
        [
            Stretch(part.start, part.end)
            for part in parts
            if stretch.start <= part.start and part.end <= stretch.due
        ]
        for parts in wholes
    ]


def _quota(
    stretches: tuple[list[Stretch], int],
    target: float | tuple[float, ...],
    unit: str,
    doubts: tuple[Doubt, ...],
) -> Reading:
    listed, year = stretches
    begun = (
        stretch
        if stretch.start
        else Stretch(date(min(year, stretch.due.year), 1, 1), stretch.due, key=stretch.key)
        for stretch in listed
    )
    slots = numbered(slot_of(stretch) for stretch in begun)
    return Reading(Kind.QUOTA, wording.quota(slots, target, unit), slots, target, doubts)


def _dated(found: Found) -> Reading:
    slots = numbered(slot_of(stretch) for stretch in found.stretches)
    doubts = tuple(found.doubts)
    if all(slot.start is None for slot in slots):
        return Reading(Kind.DEADLINE, wording.deadlines(slots), slots, doubts=doubts)
    return Reading(Kind.WINDOW, wording.windows(slots), slots, doubts=doubts)
