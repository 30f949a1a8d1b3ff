"""What the rules of supervision may ask about a work item, and the numbers that they use."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from models.lifecycle import DONE_STATES, OWED_STATES, State


class Light(StrEnum):
    """The lights (亮灯), from nothing to do to the worst, and the one that waits for a decision."""

    GREY = "grey"
    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    WAITING = "waiting"


class Asked(StrEnum):
    """The vocabulary of the rule table: what a rule may ask."""

    #: One of these states, or kinds of time phrase.
    STATE = "state"
    KIND = "kind"
    #: A ★ item; an unannounced inspection; with a due date; anything reported so far.
    STAR = "star"
    HIDDEN = "hidden"
    DATED = "dated"
    REPORTED = "reported"
    #: `asked`: a later date was asked for in time and is not decided.
    EXTENSION = "extension"
    #: The quantity owed.
    TARGET = "target"
    #: The day of its beginning has come, or it has none.
    STARTED = "started"
    #: Workdays until the due date; negative once it is past.
    WORKDAYS_LEFT = "workdays_left"
    #: Calendar days after the due date; for reported work until it was reported.
    DAYS_LATE = "days_late"
    #: Percentage points behind the pace.
    BEHIND = "behind"
    #: Calendar days since the last report, or since it was begun and handed out.
    DAYS_SILENT = "days_silent"


class Track(StrEnum):
    """Whom a rung of the ladder tells: the owner, the head of the unit, the leader in charge."""

    OWNER = "owner"
    HEAD = "head"
    LEADER = "leader"


class Counts(Protocol):
    """Who counts workdays."""

    def between(self, start: date, end: date) -> int:
        """How many workdays lie after `start` up to and including `end`; negative if end is before."""
        ...


class Workdays(Counts, Protocol):
    """What the laws need of a calendar; `models.workdays.Calendar` is one."""

    def is_workday(self, day: date) -> bool:
        """Whether the bureau works on `day`."""
        ...

    def add(self, day: date, workdays: int) -> date:
        """The workday that lies so many workdays after (or, negative, before) `day`."""
        ...


class Work(NamedTuple):
    """What is known of a work item, whatever the day. All days are local.

    `assigned_on` is the day of handing out as UTC counts it; `waits` says that an extension was asked
    for in time and is not decided.
    """

    state: str
    kind: str
    star: bool = False
    hidden: bool = False
    category: str = ""
    origin: str = "plan"
    start_on: date | None = None
    due_on: date | None = None
    assigned_on: date | None = None
    submitted_on: date | None = None
    closed_on: date | None = None
    reported_on: date | None = None
    target: float | None = None
    done: float = 0.0
    waits: bool = False

    @property
    def active(self) -> bool:
        """Time still works against it: neither reported as done nor ended."""
        return self.state == State.SCHEDULED.value or self.owed

    @property
    def owed(self) -> bool:
        """Its owner still has to do something."""
        return self.state in _OWED

    @property
    def ended(self) -> bool:
        """Nothing changes any more."""
        return self.state in _ENDED

    def started(self, day: date) -> bool:
        """The day of its beginning has come, or it has none."""
        return self.start_on is None or self.start_on <= day

    def silent_since(self, day: date) -> date:
        """The day since which nobody reported: the last report, or when it was begun and handed out."""
        begun = [one for one in (self.start_on, self.assigned_on) if one is not None]
        return self.reported_on or max(begun, default=day)


class Numbers(NamedTuple):
    """The numbers that a rule uses, as a change of light keeps them."""

    due_on: date | None
    workdays_left: int | None
    days_late: int
    target: float | None
    done: float
    behind: float | None
    days_silent: int


_OWED = frozenset(one.value for one in OWED_STATES)
_ENDED = frozenset(one.value for one in (*DONE_STATES, State.CANCELLED))
