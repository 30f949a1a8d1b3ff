"""The organisation as an approval asks for it: who a rule names, who is away, who stands above whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

from sqlalchemy.orm import Session

from models.approval.definition import Who, WhoKind
from models.approval.state import SYSTEM, State
from models.approval.world import Standing, Substitution
from models.errors import NotFoundError
from models.prepared import Done, Prepared, Step, run
from models.settings import Settings
from models.workdays import Calendar
from tasks.approvals.organisation import (
    AWAY,
    BY_NAME,
    HEAD,
    HOLDERS,
    HOLDERS_IN_UNIT,
    LEADER,
    STANDING,
    STANDINGS,
    SUPERIOR,
)
from tasks.directory import find_coordinator


class Staff:
    """The answers of the database to one command, each asked for at most once.

    `find_owner_unit` gives the unit that answers for the approval's subject; it is called only when a
    rule needs it. Posts count while they are in force and their holder is active. Rules name people
    in order; a name that fits several people names nobody, for a seat is never given on a guess.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        calendar: Calendar,
        *,
        at: datetime,
        today: date,
        find_owner_unit: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._session = session
        self.settings = settings
        self._calendar = calendar
        self._now = at
        self._today = today
        self._find_owner_unit = find_owner_unit
        self._standings: dict[int, Standing] = {}
        self._superiors: dict[int, int] = {}
        self._absences: dict[int, int] | None = None

    @property
    def now(self) -> datetime:
        """The instant of the command, in UTC."""
        return self._now

    @property
    def today(self) -> date:
        """The local date of the command."""
        return self._today

    def about(self, find_owner_unit: Callable[[], int | None]) -> Staff:
        """The same answers for a subject for which `find_owner_unit` gives the unit that answers."""
        return Staff(
            self._session,
            self.settings,
            self._calendar,
            at=self._now,
            today=self._today,
            find_owner_unit=find_owner_unit,
        )

    @cached_property
    def admin(self) -> int:
        """The coordinator. Raises NotFoundError without one."""
        coordinator = find_coordinator(self._session, self.settings.coordinator)
        if coordinator is None:
            raise NotFoundError("coordinator_unknown")
        return coordinator.id

    @cached_property
    def owner_unit(self) -> int | None:
        """The unit that answers for the approval's subject."""
        return self._find_owner_unit()

    def resolve(self, who: Who, state: State) -> tuple[int, ...]:
        """Whom a rule names now, in order."""
        found = _RULES[who.kind](self, who, state)
        self._meet(found)
        return found

    def standing(self, person: int) -> Standing:
        """Whether a person can be given a seat."""
        self._meet([person])
        return self._standings[person]

    def learn(self, person: int, standing: Standing) -> None:
        """Take over what was read about a person along with something else."""
        self._standings[person] = standing

    def superior(self, person: int) -> int:
        """Who stands above a person, never the person; 0 for nobody.

        The head of the person's department, or of a department above it; then the leader in charge,
        then the party secretary.
        """
        if person not in self._superiors:
            found = self.ask(SUPERIOR, who=person, day=self._today)
            self._superiors[person] = found[0] if found else 0
        return self._superiors[person]

    def substitute(self, person: int) -> Substitution:
        """Who acts for the person today; substitutes who are away themselves are followed."""
        seen, acting = {person}, self._away.get(person, 0)
        while acting in self._away and acting not in seen:
            seen.add(acting)
            acting = self._away[acting]
        return Substitution(circle=True) if acting in seen else Substitution(acting)

    def add_workdays(self, day: date, workdays: int) -> date:
        """The day so many workdays after (before, if negative) a day."""
        return self._calendar.add(day, workdays)

    def workdays_between(self, start: date, end: date) -> int:
        """The workdays after `start` up to and including `end`."""
        return self._calendar.between(start, end)

    @property
    def _away(self) -> dict[int, int]:
        if self._absences is None:
            (found,) = run(self._session, self._who_is_away)
            self._absences = _by_person(found)
        return self._absences

    @property
    def _who_is_away(self) -> Step:
        return AWAY, {"day": self._today}

    def _meet(self, people: Sequence[int]) -> None:
        """Learn at once whether these people are active."""
        unknown = [one for one in people if one not in self._standings]
        if not unknown:
            return
        self._standings |= dict.fromkeys(unknown, Standing.UNKNOWN)
        rows: Iterable[tuple[int, bool]]
        if len(unknown) == 1:
            (one,) = run(self._session, (STANDING, {"who": unknown[0]}))
            rows = [(unknown[0], row.active) for row in one.rows]
        else:
            rows = self._session.connection().execute(STANDINGS, {"people": unknown}).tuples()
        for person, active in rows:
            self._standings[person] = Standing.ACTIVE if active else Standing.DISABLED

    def ask(self, question: Prepared, **values: object) -> tuple[int, ...]:
        """The people whom a question about the organisation finds; all of them ask for active people."""
        if self._absences is None:
            # Whoever gets a seat is asked next who acts for them: the same round trip answers both.
            asked, away = run(self._session, (question, values), self._who_is_away)
            self._absences = _by_person(away)
        else:
            (asked,) = run(self._session, (question, values))
        found = tuple(row[0] for row in asked.rows)
        self._standings |= dict.fromkeys(found, Standing.ACTIVE)
        return found


def _by_person(away: Done) -> dict[int, int]:
    return {row.person_id: row.substitute_id for row in away.rows}


def _by_name(staff: Staff, words: str) -> tuple[int, ...]:
    found = staff.ask(BY_NAME, who=words)
    return found if len(found) == 1 else ()


def _person(staff: Staff, who: Who, _: State) -> tuple[int, ...]:
    return _by_name(staff, who.value)


def _post(staff: Staff, who: Who, _: State) -> tuple[int, ...]:
    if who.unit:
        return staff.ask(HOLDERS_IN_UNIT, role=who.value, unit=who.unit, day=staff.today)
    return staff.ask(HOLDERS, role=who.value, day=staff.today)


def _owner_head(staff: Staff, _: Who, __: State) -> tuple[int, ...]:
    return () if staff.owner_unit is None else staff.ask(HEAD, unit=staff.owner_unit)


def _leader_in_charge(staff: Staff, _: Who, __: State) -> tuple[int, ...]:
    if staff.owner_unit is None:
        return ()
    return staff.ask(LEADER, unit=staff.owner_unit, day=staff.today, who=SYSTEM)


def _initiator_superior(staff: Staff, _: Who, state: State) -> tuple[int, ...]:
    superior = staff.superior(state.initiator)
    return () if superior == SYSTEM else (superior,)


def _chosen(_: Staff, who: Who, state: State) -> tuple[int, ...]:
    return state.chosen.get(who.value, ())


def _setting(staff: Staff, who: Who, _: State) -> tuple[int, ...]:
    """Nobody where the setting is empty: the rule's next part is asked."""
    words = getattr(staff.settings, who.value, "")
    return _by_name(staff, words) if words else ()


def _admin(staff: Staff, _: Who, __: State) -> tuple[int, ...]:
    return (staff.admin,)


def _every(staff: Staff, who: Who, state: State) -> tuple[int, ...]:
    return tuple(one for part in who.parts for one in staff.resolve(part, state))


def _first(staff: Staff, who: Who, state: State) -> tuple[int, ...]:
    for part in who.parts:
        found = staff.resolve(part, state)
        if any(staff.standing(one) is Standing.ACTIVE for one in found):
            return found
    return ()


_RULES: Mapping[WhoKind, Callable[[Staff, Who, State], tuple[int, ...]]] = {
    WhoKind.PERSON: _person,
    WhoKind.POST: _post,
    WhoKind.OWNER_HEAD: _owner_head,
    WhoKind.LEADER_IN_CHARGE: _leader_in_charge,
    WhoKind.INITIATOR_SUPERIOR: _initiator_superior,
    WhoKind.CHOSEN: _chosen,
    WhoKind.SETTING: _setting,
    WhoKind.ADMIN: _admin,
    WhoKind.EVERY: _every,
    WhoKind.FIRST: _first,
}
