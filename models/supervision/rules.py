"""The table of supervision: which rule gives which light, and the ladder of each class of items."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from models.supervision.facts import Asked, Light, Track, Work


class Sign(StrEnum):
    """How a number is compared."""

    OVER = ">"
    FROM = ">="
    UNDER = "<"
    UP_TO = "<="


class OneOf(NamedTuple):
    """The state or kind is one of these words."""

    asked: Asked
    words: tuple[str, ...]


class Flag(NamedTuple):
    """Something is so, or is not so."""

    asked: Asked
    wanted: bool


class Compared(NamedTuple):
    """A number is compared with a threshold."""

    asked: Asked
    sign: Sign
    number: float

    @property
    def turn(self) -> int:
        """The value at which the answer changes, for numbers that grow by whole days."""
        return int(self.number) + (self.sign in {Sign.OVER, Sign.UP_TO})

    @property
    def falling_turn(self) -> int:
        """The same for a number that falls: workdays that are left."""
        return int(self.number) - (self.sign in {Sign.UNDER, Sign.FROM})


Condition = OneOf | Flag | Compared


class LightRule(NamedTuple):
    """A rule: its light holds when all its conditions do."""

    key: str
    light: Light
    when: tuple[Condition, ...]

    def compared(self, asked: Asked) -> Iterator[Compared]:
        """Its comparisons of one number."""
        return (one for one in self.when if isinstance(one, Compared) and one.asked is asked)


#: Names of rungs: what is said there, see the letters.
REMIND, DUE, URGE, HEAD, LEADER, SILENT, ABSENT = RUNGS = (
    "remind",
    "due",
    "urge",
    "head",
    "leader",
    "silent",
    "absent",
)


class Rung(NamedTuple):
    """A rung: whom it tells, and at how many workdays from the due date, once or several times.

    The rung `silent` counts calendar days without a report instead, and comes again after as many.
    """

    name: str
    track: Track
    at: tuple[int, ...] = ()
    silent_days: int = 0

    def called(self, place: int) -> str:
        """The name of its `place`-th time (from 0): repeated rungs are numbered from 1."""
        return self.name if len(self.at) == 1 else f"{self.name}-{place + 1}"


class Ladder(NamedTuple):
    """The rungs of a class of items; an empty tuple or None in the match takes any item."""

    key: str
    rungs: tuple[Rung, ...]
    star: bool | None = None
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def takes(self, work: Work) -> bool:
        """Whether the item belongs to the class."""
        return (
            self.star in {None, work.star}
            and (not self.kinds or work.kind in self.kinds)
            and (not self.categories or work.category in self.categories)
            and (not self.origins or work.origin in self.origins)
        )

    def steps(self, track: Track) -> list[tuple[int, str]]:
        """The rungs of a track as (workdays from the due date, name), the lowest first."""
        every = [
            (at, rung.called(place))
            for rung in self.rungs
            if rung.track is track
            for place, at in enumerate(rung.at)
        ]
        return sorted(every, key=lambda step: step[0])

    def silent(self, track: Track) -> int:
        """After how many days without a report the track is told again and again; 0: never."""
        return next((one.silent_days for one in self.rungs if one.silent_days and one.track is track), 0)

    @property
    def first(self) -> int | None:
        """The first rung's workdays from the due date."""
        return min((at for rung in self.rungs for at in rung.at), default=None)


class Supervision(NamedTuple):
    """The whole table as it was read and checked; `source` is what it was read from, in one form."""

    lights: tuple[LightRule, ...]
    ladders: tuple[Ladder, ...]
    source: str

    def rule(self, key: str) -> LightRule | None:
        """The rule with this key."""
        return next((one for one in self.lights if one.key == key), None)

    def ladder_of(self, work: Work) -> Ladder:
        """The ladder of the item's class; the last one takes any."""
        return next(one for one in self.ladders if one.takes(work))

    @property
    def leader_after(self) -> int:
        """After how many workdays overdue the leader in charge hears of an ordinary item."""
        steps = self.ladders[-1].steps(Track.LEADER)
        return max(steps[0][0] - 1, 0) if steps else 0
