"""What an approval must ask the world around it: who is who, who is away, which days are workdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from models.approval.definition import Who
from models.approval.state import State


class Standing(StrEnum):
    """Whether a person can be given a seat."""

    ACTIVE = "active"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Substitution:
    """Who acts for a person today (0 for nobody); `circle` where absences point at each other."""

    person: int = 0
    circle: bool = False


class World(Protocol):
    """The answers that a decision rests on; the same answers give the same changes.

    People are ids. `today` is the local date of `now`.
    """

    @property
    def now(self) -> datetime:
        """The instant of the command, in UTC."""
        ...

    @property
    def today(self) -> date:
        """The local date of the command."""
        ...

    @property
    def admin(self) -> int:
        """The administrator: the coordinator, who takes what nobody else can."""
        ...

    def resolve(self, who: Who, state: State) -> tuple[int, ...]:
        """Whom a rule names now, in order; may hold one person twice and people who left."""
        ...

    def standing(self, person: int) -> Standing:
        """Whether a person can be given a seat."""
        ...

    def learn(self, person: int, standing: Standing) -> None:
        """Take over what was read about a person along with something else."""
        ...

    def superior(self, person: int) -> int:
        """The person's superior, 0 for none."""
        ...

    def substitute(self, person: int) -> Substitution:
        """Who acts for the person today."""
        ...

    def add_workdays(self, day: date, workdays: int) -> date:
        """The day so many workdays after (before, if negative) a day."""
        ...

    def workdays_between(self, start: date, end: date) -> int:
        """The workdays after `start` up to and including `end`."""
        ...
