"""How slots get the keys that name them for life, and a reading becomes a schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.periods import covering, half_month
from models.schedule import ASK, Kind, Schedule, Slot
from tasks.read_plan.phrases import wording
from tasks.read_plan.phrases.wording import Doubt

_WEEK = timedelta(days=6)
_MIDDLE = 15


@dataclass(frozen=True)
class Reading:
    """What a reader understood: `said` is the reading's middle part, without doubts."""

    kind: Kind
    said: str
    slots: tuple[Slot, ...] = ()
    target: float | tuple[float, ...] | None = None
    doubts: tuple[Doubt, ...] = ()
    days: int | None = None
    workdays: bool = False
    #: To be confirmed although nothing is doubtful: there is no date to doubt.
    confirm: bool = False


def schedule(phrase: str, reading: Reading, doubts: Sequence[Doubt] = ()) -> Schedule:
    """The reading beside the words as they were written."""
    found = (*doubts, *reading.doubts)
    said = reading.said + ASK if reading.confirm and not found else reading.said
    return Schedule(
        phrase,
        reading.kind,
        wording.sentence(said, found),
        reading.slots,
        target=reading.target,
        confirm=reading.confirm or bool(found),
        days=reading.days,
        workdays=reading.workdays,
    )


def key_of(start: date, due: date) -> str:
    """The period key of a stretch: its own name if it is a standard period, else the one around it."""
    if due - start == _WEEK and start.weekday() == 0 and start.year == due.year:
        return week_key(start)
    if (start.year, start.month) == (due.year, due.month):
        for letter, first in (("A", 1), ("B", _MIDDLE + 1)):
            part = half_month(start.year, start.month, letter)
            if start.day == first and due == part.end:
                return part.key
    return covering(start, due).key


def week_key(day: date) -> str:
    """The key of the ISO week in which the day lies."""
    iso = day.isocalendar()
    return f"{iso.year}-W{iso.week:02}"


def numbered(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The slots with keys that are unique: the second of a name gets “-2”."""
    seen: Counter[str] = Counter()
    found = []
    for slot in slots:
        seen[slot.key] += 1
        again = seen[slot.key]
        found.append(slot if again == 1 else Slot(f"{slot.key}-{again}", slot.start, slot.due))
    return tuple(found)
