"""Hand open work over to somebody else, as it stands: dates, progress and reports stay with the work.

Whoever takes over signs anew; what waits for review stays where it is. Votes in approvals are never
moved along with work: that has verbs of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.approval.state import SeatState
from models.database import affected
from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.lifecycle import OPEN_STATES, ExtensionState, State
from models.roles import Role
from models.tables import (
    ApprovalSeat,
    Contribution,
    Extension,
    Item,
    Person,
    Responsible,
    Unit,
    WorkItem,
)
from tasks.directory import find_coordinator, holder_now
from tasks.follow_plan import HANDED_OVER
from tasks.steps import Hand
from tasks.work_changes import Change, Changes, in_words


@dataclass(frozen=True)
class Handing:
    """What goes from whom to whom: all, or only what is of a unit, of items, or single work items.

    Single work items leave the plan's own line as it is; everything else moves it along.
    """

    giver: int
    taker: int
    unit: int | None = None
    items: tuple[int, ...] | None = None
    works: tuple[int, ...] | None = None
    #: Work that the giver leads, contributions that he owes to others' work.
    leads: bool = True
    supports: bool = True


@dataclass(frozen=True)
class HandedOver:
    """What went over: how many work items and contributions, and which approvals still wait for the giver."""

    giver: Person
    taker: Person
    unit: Unit | None
    count: int
    contributions: int
    approvals: tuple[int, ...]
    event: int | None


def hand_over(
    session: Session,
    giver: Person,
    taker: Person,
    hand: Hand,
    *,
    reason: str,
    unit: Unit | None = None,
    works: Sequence[int] = (),
) -> HandedOver:
    """Hand a person's open work over: all of it, that of a unit, or single work items.

    The coordinator and the party secretary may. Doing it again finds nothing left. Raises InputError
    without a reason or with both a unit and numbers, RefusedError for anybody else, for the same person,
    and for numbers that are not the giver's open work.
    """
    if not reason.strip():
        raise InputError("hand_over_reason")
    if unit is not None and works:
        raise InputError("hand_over_parts")
    if giver.id == taker.id:
        raise RefusedError("hand_over_same", name=giver.name)
    who = (find_coordinator(session, hand.coordinator), holder_now(session, Role.PARTY_SECRETARY))
    if hand.person.id not in {one.id for one in who if one is not None}:
        raise RefusedError("hand_over_who", name=hand.person.name)
    _only_theirs(session, giver, works)
    handing = Handing(
        giver.id, taker.id, unit.id if unit else None, works=tuple(works) or None, supports=not works
    )
    return move(session, handing, reason=reason.strip(), actor=hand.actor, at=hand.at)


def move(session: Session, handing: Handing, *, reason: str, actor: str, at: datetime) -> HandedOver:
    """The same for whatever a hand-over takes along, in a fixed number of statements and one event."""
    mine = _work_of(handing)
    changes = Changes(session)
    count, contributions = 0, 0
    if handing.leads:
        count = changes.note(
            Change.HANDED_OVER, in_words(WorkItem.owner_id), cast(literal(handing.taker), Text), mine
        )
        _take_requests(session, handing, changes)
    if count:
        told = WorkItem.state != State.SUBMITTED.value
        changes.change(
            Change.HANDED_OVER,
            owner_id=handing.taker,
            state=case((told, State.ASSIGNED.value), else_=WorkItem.state),
            assigned_at=func.coalesce(WorkItem.assigned_at, literal(at, WorkItem.assigned_at.type)),
            accepted_at=case((told, None), else_=WorkItem.accepted_at),
        )
    if handing.supports:
        contributions = _take_contributions(session, handing)
    lines = _take_lines(session, handing) if handing.works is None else 0
    giver, taker = session.get_one(Person, handing.giver), session.get_one(Person, handing.taker)
    unit = session.get_one(Unit, handing.unit) if handing.unit is not None else None
    approvals = _waiting_for(session, handing.giver)
    event = None
    if count or contributions or lines:
        payload = {
            "from": giver.id,
            "to": taker.id,
            "unit": unit.name if unit else "",
            "count": count,
            "contributions": contributions,
            "approvals": list(approvals),
            "digest": changes.digest(),
        }
        (event,) = record(session, [Fact(HANDED_OVER, "person", giver.id, actor, payload, reason)], at=at)
        changes.belong_to(event)
    return HandedOver(giver, taker, unit, count, contributions, approvals, event)


def find_anybody(session: Session, words: str) -> Person:
    """The person with this name or address, also one who left; who is still there comes first.

    Raises NotFoundError, RefusedError where several share the name.
    """
    found = list(session.scalars(select(Person).where(or_(Person.name == words, Person.email == words))))
    found = [one for one in found if one.active] or found
    if not found:
        raise NotFoundError("person_unknown", name=words)
    if len(found) > 1:
        raise RefusedError("person_ambiguous", name=words, choices="、".join(one.email for one in found))
    return found[0]


def _work_of(handing: Handing) -> Select[tuple[WorkItem]]:
    """The giver's open work, what waits for review included."""
    where: list[ColumnElement[bool]] = [
        WorkItem.owner_id == handing.giver,
        WorkItem.state.in_(OPEN_STATES),
    ]
    if handing.unit is not None:
        where.append(WorkItem.unit_id == handing.unit)
    if handing.items is not None:
        where.append(_one_of(WorkItem.item_id, handing.items))
    if handing.works is not None:
        where.append(_one_of(WorkItem.id, handing.works))
    return select(WorkItem).where(*where)


def _take_requests(session: Session, handing: Handing, changes: Changes) -> None:
    """Whoever takes over asks on for the later dates that the giver asked for."""
    session.execute(
        update(Extension)
        .where(Extension.state == ExtensionState.ASKED.value, Extension.person_id == handing.giver)
        .where(Extension.work_item_id.in_(changes.of(Change.HANDED_OVER)))
        .values(person_id=handing.taker)
        .execution_options(synchronize_session=False)
    )


def _take_contributions(session: Session, handing: Handing) -> int:
    where = [
        Contribution.owner_id == handing.giver,
        Contribution.given_at.is_(None),
        Contribution.waived_at.is_(None),
    ]
    if handing.unit is not None:
        where.append(Contribution.unit_id == handing.unit)
    if handing.items is not None:
        of_items = select(WorkItem.id).where(_one_of(WorkItem.item_id, handing.items))
        where.append(Contribution.work_item_id.in_(of_items))
    done = session.execute(
        update(Contribution)
        .where(*where)
        .values(owner_id=handing.taker)
        .execution_options(synchronize_session=False)
    )
    return affected(done)


def _take_lines(session: Session, handing: Handing) -> int:
    """The lines of the plans in force, so that expanding them does not give the work back."""
    in_force = select(Item.plan_item_id).where(Item.plan_item_id.is_not(None))
    if handing.items is not None:
        in_force = in_force.where(_one_of(Item.id, handing.items))
    roles = [role for role, wanted in (("lead", handing.leads), ("supporting", handing.supports)) if wanted]
    where = [
        Responsible.owner_id == handing.giver,
        Responsible.role.in_(roles),
        Responsible.plan_item_id.in_(in_force),
    ]
    if handing.unit is not None:
        where.append(Responsible.unit_id == handing.unit)
    done = session.execute(
        update(Responsible)
        .where(*where)
        .values(owner_id=handing.taker)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return affected(done)


def _waiting_for(session: Session, person: int) -> tuple[int, ...]:
    """The approvals in which the person has a vote to give now."""
    query = select(ApprovalSeat.approval_id).where(
        ApprovalSeat.person_id == person, ApprovalSeat.state == SeatState.OPEN.value
    )
    return tuple(session.scalars(query.distinct().order_by(ApprovalSeat.approval_id)))


def _only_theirs(session: Session, giver: Person, works: Sequence[int]) -> None:
    query = _work_of(Handing(giver.id, giver.id, works=tuple(works))).with_only_columns(WorkItem.id)
    found = set(session.scalars(query))
    strange = [str(number) for number in works if number not in found]
    if strange:
        raise RefusedError("hand_over_items", name=giver.name, ids="、".join(strange))


def _one_of(column: InstrumentedAttribute[int], ids: Iterable[int]) -> ColumnElement[bool]:
    return column.in_(sorted(set(ids)))
