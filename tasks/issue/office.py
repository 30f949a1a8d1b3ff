"""Who issues: the bureau, its party committee, the contact; and how many units of a kind it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models.periods import Period
from models.roles import BRANCHES, UnitKind
from models.settings import Settings
from models.tables import Unit
from tasks.directory import find_coordinator
from tasks.issue.text import words

#: So many units are named one by one; of more the number is given.
MOST_NAMED = 50


@dataclass(frozen=True)
class Crowd:
    """Units that a sentence speaks of together.

    `names` are all of them where they are few enough to be named, otherwise the first ones; `kinds` says
    how many stand in the period, by kind.
    """

    count: int
    names: Sequence[str]
    kinds: Mapping[str, int]


@dataclass(frozen=True)
class Office:
    """The issuing side: names as printed, and the number of units in the period by kind."""

    bureau: str
    signer: str
    contact: str
    period: Period
    sizes: Mapping[str, int]

    @property
    def branches(self) -> int:
        """How many branches the period has, temporary ones included."""
        return _sum(self.sizes, BRANCHES)

    def unit_words(self, crowd: Crowd) -> str:
        """The units in words: 各党支部 for all of them, their names, or how many they are."""
        together = self._together(crowd)
        if together:
            return words(f"office.{together[0]}")
        if crowd.count <= MOST_NAMED:
            return "、".join(crowd.names)
        branches = _sum(crowd.kinds, BRANCHES) == crowd.count
        return words("office.branches" if branches else "office.units", count=crowd.count)

    def head_words(self, crowd: Crowd, owners: Sequence[str]) -> str:
        """The people in words: 各支部书记 for all branches, the owners' names, or 各责任单位负责人."""
        together = self._together(crowd)
        if together:
            return words(f"office.{together[1]}")
        if crowd.count <= MOST_NAMED:
            return "、".join(dict.fromkeys(owner for owner in owners if owner))
        return words("office.heads")

    def _together(self, crowd: Crowd) -> tuple[str, str] | None:
        """The catalogue's words for a set of units that is a whole kind."""
        for kinds, names in _WHOLE:
            members = _sum(self.sizes, kinds)
            if members > 1 and crowd.count == members == _sum(crowd.kinds, kinds):
                return names
        return None


#: Sets of units that have a name of their own, with the names of units and of their heads.
_WHOLE: tuple[tuple[tuple[str, ...], tuple[str, str]], ...] = (
    (BRANCHES, ("all_branches", "branch_heads")),
    ((UnitKind.BRANCH,), ("all_branches", "branch_heads")),
    ((UnitKind.DEPARTMENT,), ("all_departments", "department_heads")),
)
#: The kinds that are counted for it.
COUNTED_KINDS = tuple(dict.fromkeys(kind for kinds, _ in _WHOLE for kind in kinds))


def open_office(session: Session, settings: Settings, period: Period) -> Office:
    """The issuing side in `period`: four small SELECTs, however many units there are."""
    counted = select(Unit.kind, func.count()).where(stands_in(period)).group_by(Unit.kind)
    sizes = dict(session.execute(counted).tuples().all())
    bureau = settings.bureau or _first(session, UnitKind.BUREAU)
    committee = _first(session, UnitKind.COMMITTEE)
    signer = words("office.committee", bureau=bureau, committee=committee)
    return Office(
        bureau,
        committee if committee.startswith(bureau) and committee else signer,
        _contact(session, settings),
        period,
        sizes,
    )


def stands_in(period: Period, unit: Any = Unit) -> ColumnElement[bool]:  # noqa: ANN401  # the table or an alias
    """The condition that a unit exists on a day of `period`."""
    return and_(
        or_(unit.starts_on.is_(None), unit.starts_on <= period.end),
        or_(unit.ends_on.is_(None), unit.ends_on >= period.start),
    )


def local_day(at: datetime, settings: Settings) -> date:
    """The bureau's date at an instant: what documents are dated with."""
    return at.astimezone(settings.zone).date()


def template_of_home(home: Path, kind: str) -> Path:
    """Where the bureau may put its own head (红头) for a kind of document."""
    return home / "templates" / f"{kind}.docx"


def _sum(counts: Mapping[str, int], kinds: Sequence[str]) -> int:
    return sum(counts.get(kind, 0) for kind in kinds)


def _first(session: Session, kind: str) -> str:
    named = select(Unit.name).where(Unit.kind == kind).order_by(Unit.position, Unit.id).limit(1)
    return session.scalar(named) or ""


def _contact(session: Session, settings: Settings) -> str:
    coordinator = find_coordinator(session, settings.coordinator)
    if coordinator is None:
        return ""
    return words("office.contact_mail", name=coordinator.name, email=coordinator.email)
