"""Lead and supporting: supporting units are asked for contributions, and give them to the lead.

Who supports never has a vote on closing: the lead answers, sees what was contributed, and closes
without an open contribution only with a reason (`tasks.work.finish`).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from models.database import affected
from models.errors import InputError, RefusedError
from models.journal import SYSTEM, Fact, record
from models.lifecycle import OWED_STATES, Action, State
from models.settings import Contributions
from models.substitutes import acting_for
from models.tables import Contribution, Item, Responsible, Unit, WorkItem
from tasks.directory import find_coordinator
from tasks.reports import note_report
from tasks.steps import Hand, find_work, mine, take_step, told

_COLUMNS = ("work_item_id", "unit_id", "owner_id", "words", "asked_at", "reason")


def ask_planned(session: Session, *, year: int, which: Contributions, at: datetime) -> int:
    """Ask the supporting units of a year's handed-out work for what the plan expects of them.

    `which` says of which items: those with ★, all, or none. What the plan no longer expects is no more
    asked for; what a person asked for stays. A hidden item asks nobody: its supporting units may be the
    ones inspected. Doing it again changes nothing; one event names the whole set. Gives how many.
    """
    if which == "none":
        return 0
    _follow_plan(session, year)
    owner = func.coalesce(Responsible.owner_id, Unit.head_id)
    present = select(Contribution.id).where(
        Contribution.work_item_id == WorkItem.id, Contribution.unit_id == Responsible.unit_id
    )
    expected = (
        select(WorkItem.id, Responsible.unit_id, owner, literal(""), literal(at, Contribution.asked_at.type))
        .add_columns(literal(""))
        .select_from(WorkItem)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Responsible, Responsible.plan_item_id == Item.plan_item_id)
        .join(Unit, Unit.id == Responsible.unit_id)
        .where(
            Item.year == year,
            Item.hidden.is_(False),
            WorkItem.state.in_(OWED_STATES),
            Responsible.role == "supporting",
            Responsible.unit_id != WorkItem.unit_id,
            _alive(),
            ~present.exists(),
        )
        .order_by(WorkItem.id, Responsible.position)
    )
    if which == "key":
        expected = expected.where(Item.key)
    ask = insert(Contribution).from_select(_COLUMNS, expected)
    count = affected(session.execute(ask.execution_options(preserve_rowcount=True)))
    if count:
        payload = {"year": year, "count": count, "since": at.isoformat()}
        record(session, [Fact("work.contributions_asked", "year", year, SYSTEM, payload)], at=at)
    return count


def ask_for(session: Session, number: int, hand: Hand, *, unit: Unit, words: str) -> Contribution:
    """Ask a supporting unit for a contribution, on behalf of the lead, in words.

    Asking again replaces the words and opens what was given or waived. Raises InputError without
    words, RefusedError for the lead's own unit, a unit that is no more, a hidden item, or work that is
    not owed.
    """
    if not words.strip():
        raise InputError("ask_words", id=number)
    work = mine(session, number, hand)
    take_step(work, Action.CONTRIBUTE)
    if session.get_one(Item, work.item_id).hidden:
        raise RefusedError("ask_hidden", id=number)
    ended = unit.ends_on is not None and unit.ends_on < hand.today
    if unit.id == work.unit_id or ended:
        raise RefusedError("ask_unit", id=number, unit=unit.name)
    asked = _row(session, work, unit)
    if asked is None:
        asked = Contribution(work_item_id=work.id, unit_id=unit.id, owner_id=_answers(session, work, unit))
        session.add(asked)
    asked.words, asked.asked_at = words.strip(), hand.at
    asked.given_at, asked.waived_at, asked.reason = None, None, ""
    session.flush()
    told(
        session,
        work,
        hand,
        "contribution_asked",
        unit=unit.name,
        unit_id=unit.id,
        owner=asked.owner_id,
        words=words.strip(),
    )
    return asked


def contribute(
    session: Session,
    number: int,
    hand: Hand,
    *,
    words: str,
    quantity: float | None = None,
    on: date | None = None,
    unit: Unit | None = None,
) -> Contribution:
    """Give the lead what a supporting unit contributes, asked or not; a quantity counts for the work.

    By who answers for it in that unit, its head, who acts for one of them, or the coordinator; `unit`
    is needed where the person may speak for several. `on` as in `tasks.work.feedback`. Raises
    RefusedError for anybody else and for units that do not support the work.
    """
    work = find_work(session, number)
    speaking = _speaks_for(session, work, hand, unit)
    take_step(work, Action.CONTRIBUTE)
    given = _row(session, work, speaking)
    if given is None:
        given = Contribution(
            work_item_id=work.id,
            unit_id=speaking.id,
            owner_id=_answers(session, work, speaking),
            asked_at=hand.at,
        )
        session.add(given)
    given.given_at = hand.at
    reported = note_report(session, work, hand, words=words, quantity=quantity, on=on, supporting=speaking.id)
    told(
        session,
        work,
        hand,
        "contributed",
        unit=speaking.name,
        unit_id=speaking.id,
        words=words.strip(),
        quantity=quantity,
        on=reported.isoformat() if reported != hand.today else None,
    )
    return given


def speaks_for(session: Session, work: WorkItem, hand: Hand) -> list[Unit]:
    """The supporting units of a work item for which the person may speak, in the order of the units."""
    coordinator = find_coordinator(session, hand.coordinator)
    everywhere = coordinator is not None and coordinator.id == hand.person.id
    acting = acting_for(session, hand.today)
    found = []
    for unit, owner_id in _supporting(session, work):
        answering = {owner_id, unit.head_id} - {None}
        answering |= {acting[one] for one in answering if one in acting}
        if everywhere or hand.person.id in answering:
            found.append(unit)
    return found


def _speaks_for(session: Session, work: WorkItem, hand: Hand, unit: Unit | None) -> Unit:
    units = speaks_for(session, work, hand)
    if unit is not None:
        units = [one for one in units if one.id == unit.id]
    if not units:
        raise RefusedError("not_supporting", id=work.id, name=hand.person.name)
    if len(units) > 1:
        names = "、".join(one.name for one in units)
        raise InputError("contribute_unit", id=work.id, name=hand.person.name, units=names)
    return units[0]


def _supporting(session: Session, work: WorkItem) -> list[tuple[Unit, int | None]]:
    """Units that were asked, or that the plan in force names, each with who answers there."""
    asked = {
        one.unit_id: one.owner_id
        for one in session.scalars(select(Contribution).where(Contribution.work_item_id == work.id))
    }
    planned = dict(
        session.execute(
            select(Responsible.unit_id, Responsible.owner_id)
            .join(Item, Item.plan_item_id == Responsible.plan_item_id)
            .where(Item.id == work.item_id, Item.hidden.is_(False), Responsible.role == "supporting")
            .where(Responsible.unit_id != work.unit_id)
        )
        .tuples()
        .all()
    )
    owners = planned | asked
    units = session.scalars(select(Unit).where(Unit.id.in_(owners)).order_by(Unit.position, Unit.id))
    return [(unit, owners[unit.id]) for unit in units]


def _answers(session: Session, work: WorkItem, unit: Unit) -> int | None:
    """Who answers for the work in a supporting unit: whom the plan names, else its head."""
    owners = {one.id: owner_id for one, owner_id in _supporting(session, work)}
    return owners.get(unit.id) or unit.head_id


def _row(session: Session, work: WorkItem, unit: Unit) -> Contribution | None:
    return session.scalar(
        select(Contribution).where(Contribution.work_item_id == work.id, Contribution.unit_id == unit.id)
    )


def _follow_plan(session: Session, year: int) -> None:
    """Drop what the plan in force no longer expects, and give the rest to whom it names now."""
    still = (
        select(WorkItem.id)
        .join(Item, Item.id == WorkItem.item_id)
        .where(Item.year == year, WorkItem.state.in_((State.SCHEDULED, *OWED_STATES)))
    )
    waiting = and_(
        Contribution.work_item_id.in_(still.scalar_subquery()),
        Contribution.words == "",
        Contribution.given_at.is_(None),
        Contribution.waived_at.is_(None),
    )
    named = (
        select(func.coalesce(Responsible.owner_id, Unit.head_id))
        .select_from(WorkItem)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Responsible, Responsible.plan_item_id == Item.plan_item_id)
        .join(Unit, Unit.id == Responsible.unit_id)
        .where(
            WorkItem.id == Contribution.work_item_id,
            Responsible.unit_id == Contribution.unit_id,
            Responsible.role == "supporting",
        )
    )
    session.execute(
        delete(Contribution).where(waiting, ~named.exists()).execution_options(synchronize_session=False)
    )
    other = named.with_only_columns(Responsible.id).where(
        func.coalesce(Responsible.owner_id, Unit.head_id).is_distinct_from(Contribution.owner_id)
    )
    session.execute(
        update(Contribution)
        .where(waiting, other.exists())
        .values(owner_id=named.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


def _alive() -> ColumnElement[bool]:
    """The supporting unit lives through at least a part of the work's time."""
    return and_(
        or_(Unit.starts_on.is_(None), WorkItem.due_on.is_(None), Unit.starts_on <= WorkItem.due_on),
        or_(
            Unit.ends_on.is_(None),
            Unit.ends_on >= func.coalesce(WorkItem.start_on, WorkItem.due_on, Unit.ends_on),
        ),
    )
