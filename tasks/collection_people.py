"""Whom a collection is asked of: words such as 全体党员、第一党支部、吕国平 become people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection as Many
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from models.errors import InputError, RefusedError
from models.roles import BRANCHES, COLLECTIVES, Role, UnitKind
from models.tables import Absence, Person, Post, Unit

#: Everybody of the bureau itself; seconded inspectors belong to another one.
STAFF = frozenset({"全体干部", "全体干部职工", "全体职工", "全体人员"})
PARTY_MEMBERS = frozenset({"全体党员", "各党员"})
_MEMBER_ROLES = frozenset({Role.PARTY_MEMBER.value, "预备党员"})
#: The unit under which somebody is listed: the first of these kinds that he belongs to.
_PARTY_PLACES = (*BRANCHES, UnitKind.GROUP, UnitKind.COMMITTEE)
_OFFICE_PLACES = (
    UnitKind.DEPARTMENT,
    UnitKind.COMMITTEE,
    UnitKind.BUREAU,
    UnitKind.RESIDENT,
    UnitKind.MASS_ORGANISATION,
)
_BETWEEN = re.compile(r"[、，,；;\s]+")


class Asked(NamedTuple):
    """Somebody of whom a collection is asked, and the unit under which he is listed."""

    id: int
    name: str
    unit_id: int | None


class _One(NamedTuple):
    id: int
    name: str
    email: str


class _Place(NamedTuple):
    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    head_id: int | None


@dataclass(frozen=True)
class Roll:
    """The organisation of one day, by whose names people are called upon."""

    people: dict[int, _One]
    places: dict[int, _Place]
    #: (unit id, role) of each person; leaders in charge do not belong to what they lead.
    posts: dict[int, list[tuple[int, str]]]
    in_charge: dict[int, set[int]]

    def resolve(self, words: str, *, strict: bool = True) -> tuple[Asked, ...]:
        """The people whom `words` mean, each once, in the order of the organisation.

        Several audiences stand side by side, separated by commas: 全体干部, 全体党员, 各科室 (the head
        of each), a unit with all below it, a role, a person by name or address. Raises InputError for
        a word that means nobody, RefusedError for a name that several share, unless not `strict`.
        """
        found: dict[int, Asked] = {}
        for word in filter(None, _BETWEEN.split(words)):
            asked = list(self._means(word))
            if not asked and strict:
                raise InputError("collection_audience", word=word)
            if len(asked) > 1 and strict and self._is_name(word):
                choices = "、".join(self.people[one.id].email for one in asked)
                raise RefusedError("person_ambiguous", name=word, choices=choices)
            for one in asked:
                found.setdefault(one.id, one)
        order = {place: number for number, place in enumerate(self.places)}
        last = len(order)
        return tuple(sorted(found.values(), key=lambda one: (order.get(one.unit_id or 0, last), one.id)))

    def led_by(self, person_id: int) -> frozenset[int]:
        """The units that a person heads or is in charge of, and all below them."""
        own = {place.id for place in self.places.values() if place.head_id == person_id}
        return self.below(own | self.in_charge.get(person_id, set()))

    def below(self, units: Many[int]) -> frozenset[int]:
        """Units and everything that hangs below them."""
        found, grown = set(units), True
        while grown:
            more = {place.id for place in self.places.values() if place.parent_id in found} - found
            found |= more
            grown = bool(more)
        return frozenset(found)

    def belongs_to(self, person_id: int, units: Many[int]) -> bool:
        """Whether a person has a post in one of these units, or heads it."""
        if any(unit in units for unit, _ in self.posts.get(person_id, ())):
            return True
        return any(self.places[unit].head_id == person_id for unit in units)

    def _means(self, word: str) -> Iterator[Asked]:
        if word in STAFF:
            yield from self._listed(_OFFICE_PLACES, self._staff())
        elif word in PARTY_MEMBERS:
            yield from self._listed(_PARTY_PLACES, self._holders(_MEMBER_ROLES))
        elif word in COLLECTIVES:
            yield from self._heads(COLLECTIVES[word])
        elif units := [one for one in self.places.values() if word in {one.name, one.code}]:
            below = self.below([one.id for one in units])
            places = _PARTY_PLACES if units[0].kind in _PARTY_PLACES else _OFFICE_PLACES
            yield from self._listed(places, [one for one in self.people if self.belongs_to(one, below)])
        elif holders := self._holders({word}):
            yield from self._listed(_OFFICE_PLACES, holders)
        else:
            named = [one.id for one in self.people.values() if word in {one.name, one.email}]
            yield from self._listed(_OFFICE_PLACES, named)

    def _is_name(self, word: str) -> bool:
        return any(word == one.name for one in self.people.values())

    def _staff(self) -> list[int]:
        """Everybody who has a post in the bureau; who has one with the resident inspectors only has none."""
        resident = {one.id for one in self.places.values() if one.kind == UnitKind.RESIDENT}
        return [one for one in self.people if {unit for unit, _ in self.posts.get(one, ())} - resident]

    def _holders(self, roles: Many[str]) -> list[int]:
        return [one for one in self.people if any(role in roles for _, role in self.posts.get(one, ()))]

    def _heads(self, kinds: Iterable[UnitKind]) -> Iterator[Asked]:
        """The heads of all units of some kinds, each listed under the unit."""
        wanted = set(kinds)
        for place in self.places.values():
            if place.kind in wanted and place.head_id in self.people:
                yield Asked(place.head_id, self.people[place.head_id].name, place.id)

    def _listed(self, places: Iterable[UnitKind], ids: Iterable[int]) -> Iterator[Asked]:
        order = (*places, *_PARTY_PLACES)
        for number in ids:
            yield Asked(number, self.people[number].name, self._home(number, order))

    def _home(self, person_id: int, order: Iterable[UnitKind]) -> int | None:
        """The unit that somebody belongs to, of the first kind that there is; else where he has an office."""
        posts = self.posts.get(person_id, ())
        belongs = [unit for unit, role in posts if role in {Role.MEMBER, *_MEMBER_ROLES}]
        for units in (belongs, [unit for unit, _ in posts]):
            by_kind = {self.places[unit].kind: unit for unit in reversed(units)}
            for kind in order:
                if kind in by_kind:
                    return by_kind[kind]
        return None


_DAY = bindparam("day", type_=Date)
_PEOPLE = select(Person.id, Person.name, Person.email).where(Person.active).order_by(Person.id)
_PLACES = (
    select(Unit.id, Unit.code, Unit.name, Unit.kind, Unit.parent_id, Unit.head_id)
    .where(or_(Unit.starts_on.is_(None), Unit.starts_on <= _DAY))
    .where(or_(Unit.ends_on.is_(None), Unit.ends_on >= _DAY))
    .order_by(Unit.position, Unit.id)
)
_POSTS = (
    select(Post.person_id, Post.unit_id, Post.role)
    .where(or_(Post.starts_on.is_(None), Post.starts_on <= _DAY))
    .where(or_(Post.ends_on.is_(None), Post.ends_on >= _DAY))
    .order_by(Post.id)
)


def load_roll(session: Session, day: date) -> Roll:
    """The organisation as it is in force on `day`, with three SELECTs."""
    connection = session.connection()
    people = {row.id: _One(*row) for row in connection.execute(_PEOPLE)}
    places = {row.id: _Place(*row) for row in connection.execute(_PLACES, {"day": day})}
    posts: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    in_charge: defaultdict[int, set[int]] = defaultdict(set)
    for person, unit, role in connection.execute(_POSTS, {"day": day}):
        if person not in people or unit not in places:
            continue
        if role == Role.LEADER_IN_CHARGE:
            in_charge[person].add(unit)
        else:
            posts[person].append((unit, role))
            if role == Role.PARTY_SECRETARY:
                in_charge[person].update(places)
    return Roll(people, places, dict(posts), dict(in_charge))


def away_through(session: Session, start: date, end: date) -> dict[int, Absence]:
    """Who is absent from `start` to `end` without a day between, by person."""
    found = session.scalars(select(Absence).where(Absence.starts_on <= start, Absence.ends_on >= end))
    return {one.person_id: one for one in found}
