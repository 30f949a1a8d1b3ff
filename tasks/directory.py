"""Who is who on a given day: a snapshot of the organisation to resolve owner words with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.errors import NotFoundError, RefusedError
from models.roles import Role, UnitKind
from models.tables import Person, Post, Unit


@dataclass(frozen=True)
class Directory:
    """Units, people and posts that are in force at any time of a year, by name and by id."""

    units: dict[str, Unit]
    people: dict[str, tuple[Person, ...]]
    #: People holding a role in a unit, by (unit id, role), in the file's order.
    holders: dict[tuple[int, str], tuple[int, ...]]
    by_id: dict[int, Person]

    def of_kind(self, kinds: Iterable[UnitKind]) -> list[Unit]:
        """Units of these kinds in the file's order."""
        wanted = set(kinds)
        return sorted((u for u in self.units.values() if u.kind in wanted), key=lambda unit: unit.position)

    def holder(self, unit: Unit, role: str) -> int | None:
        """Who holds `role` in `unit`; the first where several do."""
        found = self.holders.get((unit.id, role), ())
        return found[0] if found else None

    def holders_anywhere(self, role: str) -> tuple[int, ...]:
        """Everybody who holds `role` in any unit."""
        return tuple(
            dict.fromkeys(one for (_, held), who in self.holders.items() if held == role for one in who)
        )

    def leader_in_charge(self, unit: Unit) -> int | None:
        """The leader in charge (分管领导) of a unit, looked up along its parents."""
        by_id = {one.id: one for one in self.units.values()}
        here: Unit | None = unit
        while here is not None:
            leader = self.holder(here, Role.LEADER_IN_CHARGE)
            if leader is not None:
                return leader
            here = by_id.get(here.parent_id) if here.parent_id else None
        secretary = self.holders_anywhere(Role.PARTY_SECRETARY)
        return secretary[0] if secretary else None

    def coordinator(self) -> int | None:
        """The coordinator (协调人) of the organisation file."""
        found = self.holders_anywhere(Role.COORDINATOR)
        return found[0] if found else None


def load_directory(session: Session, start: date, end: date) -> Directory:
    """The organisation as far as it is in force between two days, both included."""
    units = session.scalars(select(Unit).where(or_(Unit.ends_on.is_(None), Unit.ends_on >= start)))
    people = list(session.scalars(select(Person).where(Person.active).order_by(Person.id)))
    posts = session.execute(
        select(Post.unit_id, Post.role, Post.person_id)
        .join(Person, Person.id == Post.person_id)
        .where(Person.active)
        .where(or_(Post.starts_on.is_(None), Post.starts_on <= end))
        .where(or_(Post.ends_on.is_(None), Post.ends_on >= start))
        # A successor comes before who held the post earlier in the year.
        .order_by(func.coalesce(Post.ends_on, date.max).desc(), Post.id)
    )
    holders: dict[tuple[int, str], list[int]] = {}
    for unit_id, role, person_id in posts:
        holders.setdefault((unit_id, role), []).append(person_id)
    names: dict[str, list[Person]] = {}
    for person in people:
        names.setdefault(person.name, []).append(person)
    return Directory(
        units={unit.name: unit for unit in units},
        people={name: tuple(found) for name, found in names.items()},
        holders={key: tuple(found) for key, found in holders.items()},
        by_id={person.id: person for person in people},
    )


def find_person(session: Session, words: str) -> Person:
    """The active person with this name or address.

    Raises NotFoundError if there is none, RefusedError if several share the name.
    """
    found = list(
        session.scalars(select(Person).where(Person.active, or_(Person.name == words, Person.email == words)))
    )
    if not found:
        raise NotFoundError("person_unknown", name=words)
    if len(found) > 1:
        raise RefusedError("person_ambiguous", name=words, choices="、".join(one.email for one in found))
    return found[0]


def find_unit(session: Session, words: str) -> Unit:
    """The unit with this name or code. Raises NotFoundError."""
    unit = session.scalar(select(Unit).where(or_(Unit.name == words, Unit.code == words)))
    if unit is None:
        raise NotFoundError("unit_unknown", name=words)
    return unit


def find_coordinator(session: Session, configured: str) -> Person | None:
    """The coordinator: the configured one, else who holds the role 协调人."""
    if configured:
        return find_person(session, configured)
    return holder_now(session, Role.COORDINATOR)


def find_approver(session: Session, named: str, configured: str) -> Person:
    """Who decides in the last instance: the one named now, else the configured one, else the secretary.

    Raises NotFoundError if there is nobody.
    """
    if named or configured:
        return find_person(session, named or configured)
    secretary = holder_now(session, Role.PARTY_SECRETARY)
    if secretary is None:
        raise NotFoundError("approver_unknown")
    return secretary


def holder_now(session: Session, role: Role) -> Person | None:
    """Who holds a standing role of the bureau; a post that has an end is over, or about to be."""
    return session.scalar(
        select(Person)
        .join(Post, Post.person_id == Person.id)
        .where(Person.active, Post.role == role, Post.ends_on.is_(None))
        .order_by(Post.id)
        .limit(1)
    )


def leads_unit(session: Session, person: Person, unit: Unit, day: date) -> bool:
    """Whether a person is the leader in charge of a unit or of one above it, or the party secretary."""
    units = [unit.id]
    parent = unit.parent_id
    while parent is not None and parent not in units:
        units.append(parent)
        parent = session.get_one(Unit, parent).parent_id
    post = (
        select(Post.id)
        .where(Post.person_id == person.id, or_(Post.ends_on.is_(None), Post.ends_on >= day))
        .where(
            or_(
                and_(Post.role == Role.LEADER_IN_CHARGE, Post.unit_id.in_(units)),
                Post.role == Role.PARTY_SECRETARY,
            )
        )
    )
    return session.scalar(post.limit(1)) is not None
