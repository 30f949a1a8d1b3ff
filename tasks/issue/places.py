"""The units of a period as documents know them: the branches in their order, and what belongs to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from models.periods import Period
from models.roles import BRANCHES, UnitKind
from models.tables import Unit
from tasks.issue.office import Crowd, stands_in


@dataclass(frozen=True)
class Place:
    """A unit as documents need it."""

    id: int
    name: str
    kind: str
    parent_id: int | None


@dataclass(frozen=True)
class Places:
    """The units of a period in their order."""

    all: tuple[Place, ...]

    @property
    def branches(self) -> tuple[Place, ...]:
        """The branches of the period, temporary ones included."""
        return tuple(place for place in self.all if place.kind in BRANCHES)

    def branch_of(self, unit_id: int) -> int | None:
        """The branch that answers for a unit: itself, or its parent if it is a group."""
        place = self._by_id.get(unit_id)
        if place is None:
            return None
        if place.kind in BRANCHES:
            return place.id
        return place.parent_id if place.kind == UnitKind.GROUP else None

    def crowd(self, ids: Collection[int]) -> Crowd:
        """Some of them, to be spoken of together."""
        meant = [place for place in self.all if place.id in ids]
        return Crowd(len(ids), [place.name for place in meant], Counter(place.kind for place in meant))

    @cached_property
    def _by_id(self) -> dict[int, Place]:
        return {place.id: place for place in self.all}


def places_of(session: Session, period: Period) -> Places:
    """The units that exist on a day of `period`; one SELECT."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.parent_id)
        .where(stands_in(period))
        .order_by(Unit.position, Unit.id)
    )
    return Places(tuple(Place(*row) for row in rows))


def branch_of(period: Period, unit: Any = Unit) -> ColumnElement[int]:  # noqa: ANN401  # the table or an alias
    """The branch that answers for a unit in a statement: itself, the parent of a group, or none."""
    group = and_(unit.kind == UnitKind.GROUP, stands_in(period, unit))
    return case((unit.kind.in_(BRANCHES), unit.id), (group, unit.parent_id))


def belonging(period: Period, branches: Sequence[int]) -> Select[tuple[int, int]]:
    """Some branches and their groups: each unit with the branch that answers for it."""
    branch = branch_of(period)
    return select(Unit.id, branch).where(
        or_(Unit.id.in_(branches), Unit.parent_id.in_(branches)), branch.in_(branches)
    )
