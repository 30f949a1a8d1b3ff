"""The world of a scenario: a handful of people with one letter each, as an approval asks about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from models.approval.definition import Who, WhoKind
from models.approval.state import SYSTEM, State
from models.approval.world import Standing, Substitution
from models.workdays import Calendar, load_calendar

ZONE = ZoneInfo("Asia/Shanghai")
#: The first day of a row that names none: a Monday without holidays around it.
MONDAY = date(2026, 1, 5)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: The initiator and the administrator of every row.
INITIATOR, ADMIN = "I", "Z"
#: A person whom nobody knows.
STRANGER = 99


def person_id(name: str) -> int:
    """The id of a person by the name that the rows use."""
    if name == "SYSTEM":
        return SYSTEM
    if name == "unknown":
        return STRANGER
    return LETTERS.index(name) + 1


def person_name(person: int) -> str:
    """The name of a person by id, as the rows use it."""
    return {SYSTEM: "SYSTEM", STRANGER: "unknown"}.get(person) or LETTERS[person - 1]


@cache
def calendar() -> Calendar:
    """The workdays of the year in which the rows play, with its real holidays."""
    return load_calendar([2026])


@dataclass(frozen=True)
class Away:
    """An absence; both days are included."""

    person: int
    first: date
    last: date
    substitute: int


@dataclass(frozen=True)
class TableWorld:
    """The answers of a row's people, at noon of its day unless `clock` says otherwise."""

    today: date = MONDAY
    clock: time = time(12)
    admin: int = person_id(ADMIN)
    disabled: frozenset[int] = frozenset()
    superiors: Mapping[int, int] = field(default_factory=dict)
    posts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    absences: tuple[Away, ...] = ()

    @property
    def now(self) -> datetime:
        """The instant of the command."""
        return datetime.combine(self.today, self.clock, ZONE).astimezone(UTC)

    def with_(self, **what: object) -> TableWorld:
        """The same world with something changed."""
        return replace(self, **what)  # type: ignore[arg-type]  # the rows' acts name the fields

    def resolve(self, who: Who, state: State) -> tuple[int, ...]:  # noqa: PLR0911  # a table of kinds
        """Whom a rule names."""
        match who.kind:
            case WhoKind.PERSON:
                return (person_id(who.value),)
            case WhoKind.POST:
                return self.posts.get(who.value, ())
            case WhoKind.INITIATOR_SUPERIOR:
                superior = self.superior(state.initiator)
                return (superior,) if superior else ()
            case WhoKind.CHOSEN:
                return state.chosen.get(who.value, ())
            case WhoKind.ADMIN:
                return (self.admin,)
            case WhoKind.EVERY:
                return tuple(one for part in who.parts for one in self.resolve(part, state))
            case WhoKind.FIRST:
                return next((found for part in who.parts if (found := self.resolve(part, state))), ())
        raise ValueError(who.kind)

    def standing(self, person: int) -> Standing:
        """Whether a person can be given a seat."""
        if not 1 <= person <= len(LETTERS):
            return Standing.UNKNOWN
        return Standing.DISABLED if person in self.disabled else Standing.ACTIVE

    def learn(self, person: int, standing: Standing) -> None:
        """The table knows everybody already."""

    def superior(self, person: int) -> int:
        """The person's superior, 0 for none."""
        return self.superiors.get(person, 0)

    def substitute(self, person: int) -> Substitution:
        """Who acts for the person today; substitutes who are away too are followed."""
        acting = {one.person: one.substitute for one in self.absences if one.first <= self.today <= one.last}
        seen, found = {person}, acting.get(person, 0)
        while found in acting and found not in seen:
            seen.add(found)
            found = acting[found]
        return Substitution(circle=True) if found in seen else Substitution(found)

    def add_workdays(self, day: date, workdays: int) -> date:
        """The day so many workdays after a day."""
        return calendar().add(day, workdays)

    def workdays_between(self, start: date, end: date) -> int:
        """The workdays after `start` up to and including `end`."""
        return calendar().between(start, end)
