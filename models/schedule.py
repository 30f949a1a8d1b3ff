"""How a time phrase was read: the value that the grammar gives and everybody else uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: How a reading ends that the coordinator must confirm; dropped once it is.
ASK = "，请确认"


class Kind(StrEnum):
    """The classes of time phrases."""

    #: A stretch with a start and an end: 3-4月, 年初, 全年.
    WINDOW = "window"
    #: An end only: 6月底前.
    DEADLINE = "deadline"
    #: Again and again: 每月, 每季度末.
    RECURRING = "recurring"
    #: So many times, or so much, per period: 每季度不少于1次.
    QUOTA = "quota"
    #: Tied to a fixed anniversary: “七一”前夕.
    EVENT = "event"
    #: Before each statutory holiday: 节前廉政提醒; dates come from the workday calendar.
    HOLIDAY = "holiday"
    #: So many days after something happens: 事发后10日内.
    RELATIVE = "relative"
    #: No date at all: 适时. The coordinator must fix a cadence.
    VAGUE = "vague"
    #: All the time: 长期坚持. Never overdue.
    STANDING = "standing"
    #: Unannounced: 不定期. Counted, hidden from those inspected.
    UNSCHEDULED = "unscheduled"
    #: Waits for a superior's notice.
    AWAITING = "awaiting"
    #: Nothing that could be read; year's end, to be confirmed.
    MISSING = "missing"


@dataclass(frozen=True)
class Slot:
    """One period of a schedule: identity (`key`) and nominal dates, before any workday shift."""

    key: str
    start: date | None
    due: date | None


@dataclass(frozen=True)
class Schedule:
    """A time phrase and its reading, side by side.

    `target` is the quantity owed per slot: none, one number for every slot, or one per slot.
    `days` and `workdays` belong to RELATIVE: so many days after the occurrence.
    `reading` is one Chinese sentence, “理解为：…”.
    """

    phrase: str
    kind: Kind
    reading: str
    slots: tuple[Slot, ...] = ()
    target: float | tuple[float, ...] | None = None
    confirm: bool = False
    days: int | None = None
    workdays: bool = False

    def target_of(self, position: int) -> float | None:
        """The quantity owed in the slot at `position` (from 0)."""
        if isinstance(self.target, tuple):
            return self.target[position]
        return self.target
