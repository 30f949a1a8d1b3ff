"""Who issues and who receives: the bureau, its party committee, its branches, the contact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.periods import Period
from models.roles import BRANCHES, UnitKind
from models.settings import Settings
from models.tables import Person, Unit
from tasks.directory import find_coordinator
from tasks.issue.text import words


@dataclass(frozen=True)
class Place:
    """A unit as documents need it; `head` is a name, empty if nobody heads it."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    head: str
    starts_on: date | None
    ends_on: date | None

    def stands_in(self, period: Period) -> bool:
        """Whether the unit exists on a day of `period`."""
        begun = self.starts_on is None or self.starts_on <= period.end
        return begun and (self.ends_on is None or self.ends_on >= period.start)


@dataclass(frozen=True)
class Office:
    """The issuing side: names as printed, the units of the period in their order."""

    bureau: str
    signer: str
    contact: str
    places: tuple[Place, ...]
    period: Period

    @property
    def branches(self) -> tuple[Place, ...]:
        """The branches of the period, temporary ones included."""
        return tuple(place for place in self.places if place.kind in BRANCHES)

    def branch_of(self, unit_id: int) -> int | None:
        """The branch that answers for a unit: itself, or its parent if it is a group."""
        place = self._by_id.get(unit_id)
        if place is None:
            return None
        if place.kind in BRANCHES:
            return place.id
        return place.parent_id if place.kind == UnitKind.GROUP else None

    def unit_words(self, ids: Iterable[int]) -> str:
        """The units in words: 各党支部 for all of them, otherwise their names."""
        asked = set(ids)
        together = self._together(asked)
        if together:
            return words(f"office.{together[0]}")
        return "、".join(place.name for place in self.places if place.id in asked)

    def head_words(self, ids: Iterable[int], owners: Sequence[str]) -> str:
        """The people in words: 各支部书记 for all branches, otherwise the owners' names."""
        together = self._together(set(ids))
        if together:
            return words(f"office.{together[1]}")
        return "、".join(dict.fromkeys(owner for owner in owners if owner))

    def _together(self, ids: set[int]) -> tuple[str, str] | None:
        """The catalogue's words for a set of units that is a whole kind."""
        for kinds, names in _WHOLE:
            members = {place.id for place in self.places if place.kind in kinds}
            if len(members) > 1 and ids == members:
                return names
        return None

    @cached_property
    def _by_id(self) -> dict[int, Place]:
        return {place.id: place for place in self.places}


#: Sets of units that have a name of their own, with the names of units and of their heads.
_WHOLE: tuple[tuple[tuple[str, ...], tuple[str, str]], ...] = (
    (BRANCHES, ("all_branches", "branch_heads")),
    ((UnitKind.BRANCH,), ("all_branches", "branch_heads")),
    ((UnitKind.DEPARTMENT,), ("all_departments", "department_heads")),
)


def open_office(session: Session, settings: Settings, period: Period) -> Office:
    """The issuing side in `period`: two SELECTs."""
    rows = session.execute(
        select(
            Unit.id,
            Unit.name,
            Unit.kind,
            Unit.parent_id,
            func.coalesce(Person.name, "").label("head"),
            Unit.starts_on,
            Unit.ends_on,
        )
        .join(Person, Person.id == Unit.head_id, isouter=True)
        .order_by(Unit.position, Unit.id)
    )
    places = [Place(**row) for row in rows.mappings()]
    bureau = settings.bureau or _first(places, UnitKind.BUREAU)
    committee = _first(places, UnitKind.COMMITTEE)
    signer = words("office.committee", bureau=bureau, committee=committee)
    return Office(
        bureau,
        committee if committee.startswith(bureau) and committee else signer,
        _contact(session, settings),
        tuple(place for place in places if place.stands_in(period)),
        period,
    )


def local_day(at: datetime, settings: Settings) -> date:
    """The bureau's date at an instant: what documents are dated with."""
    return at.astimezone(settings.zone).date()


def template_of_home(home: Path, kind: str) -> Path:
    """Where the bureau may put its own head (红头) for a kind of document."""
    return home / "templates" / f"{kind}.docx"


def _first(places: Sequence[Place], kind: str) -> str:
    return next((place.name for place in places if place.kind == kind), "")


def _contact(session: Session, settings: Settings) -> str:
    coordinator = find_coordinator(session, settings.coordinator)
    if coordinator is None:
        return ""
    return words("office.contact_mail", name=coordinator.name, email=coordinator.email)
