"""Who takes over when a post changes hands: found anew by the plan's own words, never guessed silently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, literal, or_, select, union
from sqlalchemy.orm import Session

from models.journal import Fact, record
from models.lifecycle import OPEN_STATES
from models.tables import Contribution, Item, Person, PlanItem, Post, Responsible, Unit, WorkItem
from tasks.directory import Directory, load_directory
from tasks.hand_over import HandedOver, Handing, move
from tasks.read_plan.owners import read_people
from tasks.resolve_owners import owner_of

#: The post of a unit's head, which is no row of `post`.
HEAD = "head"
_LEAD, _SUPPORTING = "lead", "supporting"


class Held(NamedTuple):
    """A post as somebody holds it."""

    person: int
    unit: int
    role: str


class _Duty(NamedTuple):
    """Something that a person answers for in a unit: an item's work, or a contribution to it."""

    owner: int
    unit: int
    item: int
    role: str
    origin: str
    #: The owner words of the plan in force; empty for what no plan knows.
    words: str


class Unowned(NamedTuple):
    """Open work of somebody who is there no more, for which nobody was found."""

    person: Person
    works: int


@dataclass(frozen=True)
class Succeeded:
    """What changed hands, and what nobody takes over."""

    moved: tuple[HandedOver, ...] = ()
    unowned: tuple[Unowned, ...] = ()


def posts_held(session: Session, today: date) -> frozenset[Held]:
    """Who holds which post on a day and heads which unit."""
    posts = select(Post.person_id, Post.unit_id, Post.role).where(
        or_(Post.ends_on.is_(None), Post.ends_on >= today)
    )
    heads = select(Unit.head_id, Unit.id).where(
        Unit.head_id.is_not(None), or_(Unit.ends_on.is_(None), Unit.ends_on >= today)
    )
    held = {Held(*row) for row in session.execute(posts)}
    return frozenset(
        held | {Held(head, unit, HEAD) for head, unit in session.execute(heads).tuples() if head}
    )


def hand_over_vacated(
    session: Session, before: frozenset[Held], *, reason: str, actor: str, at: datetime, today: date
) -> Succeeded:
    """Move open work whose owner lost the post for which it was his, or left altogether.

    Called when a new organisation is stored; `before` are the posts held until then. The plan's words
    say who answers now: the new holder of the post, else the unit's new head. Work for which nobody is
    found stays where it is and is named; so is what that found before, until it is settled.
    """
    after = posts_held(session, today)
    gone = set(session.scalars(select(Person.id).where(~Person.active)))
    lost: defaultdict[int, set[Held]] = defaultdict(set)
    for held in before - after:
        lost[held.person].add(held)
    affected = gone | lost.keys()
    if not affected:
        return Succeeded()
    finder = _Finder(load_directory(session, today, today), gone, lost, after)
    takers: defaultdict[tuple[int, int, int, str], set[int]] = defaultdict(set)
    nobody: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for duty in _duties(session, affected):
        taker = finder.successor(duty)
        if taker is None and duty.owner in gone and duty.role == _LEAD:
            nobody[duty.owner].add((duty.unit, duty.item))
        elif taker is not None and taker != duty.owner:
            takers[duty.owner, taker, duty.unit, duty.role].add(duty.item)
    moved = tuple(
        move(
            session,
            Handing(
                giver, taker, unit, tuple(sorted(items)), leads=role == _LEAD, supports=role == _SUPPORTING
            ),
            reason=reason,
            actor=actor,
            at=at,
        )
        for (giver, taker, unit, role), items in sorted(takers.items())
    )
    return Succeeded(moved, _unowned(session, nobody, actor=actor, at=at))


@dataclass(frozen=True)
class _Finder:
    """Finds who answers now."""

    directory: Directory
    gone: set[int]
    lost: Mapping[int, set[Held]]
    held: frozenset[Held]

    def successor(self, duty: _Duty) -> int | None:
        """Who answers now; the owner where nothing concerns this work, None where nobody is found."""
        unit = next((one for one in self.directory.units.values() if one.id == duty.unit), None)
        if unit is None:  # what a dissolved unit still owes stays with whom it was
            return None if duty.owner in self.gone else duty.owner
        head = unit.head_id if unit.head_id not in self.gone else None
        if duty.role == _LEAD and duty.words:
            found, _ = owner_of(self.directory, unit, read_people(duty.words), alone=False)
            return (found if found not in self.gone else None) if self._concerns(duty) else duty.owner
        if duty.owner in self.gone or self._left(duty) or (duty.origin != "part" and self._was_head(duty)):
            return head
        return duty.owner

    def _concerns(self, duty: _Duty) -> bool:
        """Whether the owner lost that for which the plan's words found him."""
        if duty.owner in self.gone or self._left(duty):
            return True
        words = read_people(duty.words)
        return any(
            one.role == HEAD or any(word.endswith(one.role) for word in words)
            for one in self.lost.get(duty.owner, ())
        )

    def _left(self, duty: _Duty) -> bool:
        """The owner had a post in the unit, and has none there any more."""
        had = any(one.unit == duty.unit for one in self.lost.get(duty.owner, ()))
        return had and not any(one.person == duty.owner and one.unit == duty.unit for one in self.held)

    def _was_head(self, duty: _Duty) -> bool:
        return Held(duty.owner, duty.unit, HEAD) in self.lost.get(duty.owner, ())


def _duties(session: Session, people: Iterable[int]) -> Iterator[_Duty]:
    """What these people answer for: open work, what the plan in force will still give them, contributions."""
    who = sorted(people)
    words = func.coalesce(PlanItem.owner, "")
    of_plan = Item.plan_item_id == PlanItem.id
    work = (
        select(WorkItem.owner_id, WorkItem.unit_id, Item.id, literal(_LEAD), Item.origin, words)
        .join(Item, Item.id == WorkItem.item_id)
        .outerjoin(PlanItem, of_plan)
        .where(WorkItem.owner_id.in_(who), WorkItem.state.in_(OPEN_STATES))
    )
    lines = (
        select(Responsible.owner_id, Responsible.unit_id, Item.id, Responsible.role, Item.origin, words)
        .join(Item, Item.plan_item_id == Responsible.plan_item_id)
        .join(PlanItem, of_plan)
        .where(Responsible.owner_id.in_(who))
    )
    asked = (
        select(Contribution.owner_id, Contribution.unit_id, Item.id, literal(_SUPPORTING), Item.origin, words)
        .join(WorkItem, WorkItem.id == Contribution.work_item_id)
        .join(Item, Item.id == WorkItem.item_id)
        .outerjoin(PlanItem, of_plan)
        .where(
            Contribution.owner_id.in_(who),
            Contribution.given_at.is_(None),
            Contribution.waived_at.is_(None),
        )
    )
    for row in session.execute(union(work, lines, asked)):
        yield _Duty(*row)


def _unowned(
    session: Session, nobody: Mapping[int, set[tuple[int, int]]], *, actor: str, at: datetime
) -> tuple[Unowned, ...]:
    """Name whose open work nobody takes over, in an event each."""
    counts = dict(
        session.execute(
            select(WorkItem.owner_id, func.count())
            .where(WorkItem.owner_id.in_(sorted(nobody)), WorkItem.state.in_(OPEN_STATES))
            .group_by(WorkItem.owner_id)
        )
        .tuples()
        .all()
    )
    found = tuple(
        Unowned(session.get_one(Person, person), counts[person])
        for person in sorted(nobody)
        if counts.get(person)
    )
    facts = [
        Fact("work.unowned", "person", one.person.id, actor, {"person": one.person.id, "count": one.works})
        for one in found
    ]
    record(session, facts, at=at)
    return found
