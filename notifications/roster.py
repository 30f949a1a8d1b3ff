"""Who is who on the day of telling: people, leaders, heads, and who acts for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from models.roles import BRANCHES, Role
from models.substitutes import acting_for
from models.tables import Person, Post, Unit

#: Roles that letters are addressed by.
_ADDRESSED = (
    Role.PARTY_SECRETARY,
    Role.PARTY_MEMBER_OF_GROUP,
    Role.LEADER_IN_CHARGE,
    Role.COORDINATOR,
)


class Somebody(NamedTuple):
    """A person as letters know one."""

    id: int
    name: str
    email: str
    title: str
    active: bool


class Node(NamedTuple):
    """A unit as letters know it."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    head_id: int | None


@dataclass(frozen=True)
class Roster:
    """The organisation on one day; read with four statements, however large it is."""

    people: dict[int, Somebody]
    by_address: dict[str, int]
    units: dict[int, Node]
    #: Holders of the roles that letters are addressed by, in the organisation's order.
    holders: dict[str, tuple[int, ...]]
    #: The leader in charge of a unit, where it has one of its own.
    in_charge: dict[int, int]
    #: Who acts for an absent person.
    acting: dict[int, int]
    coordinator_id: int | None

    def addressee(self, person_id: int, *, hidden: bool = False) -> int:
        """Who reads what is meant for `person_id`: the person, or who acts for an absent one.

        Hidden work is never shown to a substitute: it stays with its owner.
        """
        return person_id if hidden else self.acting.get(person_id, person_id)

    def leader_over(self, unit_id: int, owner_id: int | None) -> int | None:
        """Whom overdue work of a unit is escalated to: its leader in charge, else the head of the unit above.

        Nobody is told about himself; after the root comes the party secretary.
        """
        here: Node | None = self.units.get(unit_id)
        while here is not None:
            parent = self.units.get(here.parent_id) if here.parent_id else None
            for leader in (self.in_charge.get(here.id), parent.head_id if parent else None):
                if leader is not None and leader != owner_id:
                    return leader
            here = parent
        return next(iter(self.party_secretary()), None)

    def party_secretary(self) -> tuple[int, ...]:
        """Who holds the role 党组书记."""
        return self.holders.get(Role.PARTY_SECRETARY, ())

    def party_group(self) -> tuple[int, ...]:
        """The party secretary and the members of the party group."""
        return _once(self.party_secretary() + self.holders.get(Role.PARTY_MEMBER_OF_GROUP, ()))

    def leaders(self) -> tuple[int, ...]:
        """The party secretary and every leader in charge."""
        return _once(self.party_secretary() + self.holders.get(Role.LEADER_IN_CHARGE, ()))

    def branch_heads(self) -> tuple[int, ...]:
        """The heads of all party branches, temporary ones included."""
        return _once(node.head_id for node in self.units.values() if node.kind in BRANCHES and node.head_id)

    def below(self, unit_id: int) -> frozenset[int]:
        """A unit and everything that hangs below it."""
        found, new = {unit_id}, [unit_id]
        while new:
            new = [child for unit in new for child in self._children.get(unit, ()) if child not in found]
            found.update(new)
        return frozenset(found)

    def unit_head(self, unit_id: int) -> tuple[int, ...]:
        """The head of a unit."""
        node = self.units.get(unit_id)
        return (node.head_id,) if node and node.head_id else ()

    def acts_for(self, reader: int) -> frozenset[int]:
        """The absent people for whom somebody acts."""
        return self._absent.get(reader, frozenset())

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for node in self.units.values():
            if node.parent_id is not None:
                found.setdefault(node.parent_id, []).append(node.id)
        return found

    @cached_property
    def _absent(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for absent, acting in self.acting.items():
            found.setdefault(acting, set()).add(absent)
        return {acting: frozenset(absent) for acting, absent in found.items()}

    def coordinator(self) -> tuple[int, ...]:
        """The coordinator of the settings, else who holds the role 协调人."""
        return (self.coordinator_id,) if self.coordinator_id else ()


def load_roster(session: Session, day: date, coordinator: str) -> Roster:
    """The organisation on `day`. `coordinator` is a name or an address from the settings, or empty."""
    people = {row.id: Somebody(*row) for row in session.connection().execute(_PEOPLE)}
    holders, in_charge = _posts(session, day)
    return Roster(
        people=people,
        by_address={one.email: one.id for one in people.values()},
        units=_units(session, day),
        holders=holders,
        in_charge=in_charge,
        acting=acting_for(session, day),
        coordinator_id=_coordinator(people, coordinator, holders),
    )


# Built once: putting a statement together takes longer than running it.
_DAY = bindparam("day", type_=Date)
_PEOPLE = select(Person.id, Person.name, Person.email, Person.title, Person.active).order_by(Person.id)
_UNITS = (
    select(Unit.id, Unit.name, Unit.kind, Unit.parent_id, Unit.head_id)
    .where(or_(Unit.starts_on.is_(None), Unit.starts_on <= _DAY))
    .where(or_(Unit.ends_on.is_(None), Unit.ends_on >= _DAY))
    .order_by(Unit.position, Unit.id)
)
_POSTS = (
    select(Post.role, Post.unit_id, Post.person_id)
    .join(Person, Person.id == Post.person_id)
    .where(Person.active, Post.role.in_([role.value for role in _ADDRESSED]))
    .where(or_(Post.starts_on.is_(None), Post.starts_on <= _DAY))
    .where(or_(Post.ends_on.is_(None), Post.ends_on >= _DAY))
    .order_by(Post.id)
)


def _units(session: Session, day: date) -> dict[int, Node]:
    return {row.id: Node(*row) for row in session.connection().execute(_UNITS, {"day": day})}


def _posts(session: Session, day: date) -> tuple[dict[str, tuple[int, ...]], dict[int, int]]:
    rows = session.connection().execute(_POSTS, {"day": day})
    holders: dict[str, list[int]] = {}
    in_charge: dict[int, int] = {}
    for role, unit_id, person_id in rows:
        holders.setdefault(role, []).append(person_id)
        if role == Role.LEADER_IN_CHARGE:
            in_charge.setdefault(unit_id, person_id)
    return {role: _once(found) for role, found in holders.items()}, in_charge


def _coordinator(
    people: dict[int, Somebody], configured: str, holders: dict[str, tuple[int, ...]]
) -> int | None:
    if configured:
        named = [one.id for one in people.values() if one.active and configured in {one.name, one.email}]
        return named[0] if named else None
    return next(iter(holders.get(Role.COORDINATOR, ())), None)


def _once(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(ids))
