"""Numbers of reminder slips: given in the branches' order, without gaps, kept through all versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, insert, literal, or_, select, union
from sqlalchemy.orm import Session, aliased

from models.periods import Period
from models.roles import BRANCHES
from models.tables import Item, Responsible, SlipNumber, Unit, WorkItem
from tasks.issue.ledger import due_in, owed_in
from tasks.issue.office import stands_in
from tasks.issue.places import branch_of


def allot_numbers(session: Session, period: Period) -> None:
    """Give a number of the year to every branch that has something to do in the month and has none yet.

    That is what it or one of its groups owes, and what others lead and it supports; unannounced items
    left out. One statement, in a transaction whose writers queue.
    """
    year = period.start.year
    last = select(func.coalesce(func.max(SlipNumber.number), 0)).where(SlipNumber.year == year)
    asked = union(_owing(period), _supporting(period)).subquery()
    has_one = select(SlipNumber.unit_id).where(SlipNumber.period == period.key, SlipNumber.unit_id == Unit.id)
    place = func.row_number().over(order_by=(Unit.position, Unit.id))
    wanting = (
        select(literal(year), last.scalar_subquery() + place, literal(period.key), Unit.id)
        .join(asked, asked.c.branch == Unit.id)
        .where(Unit.kind.in_(BRANCHES), stands_in(period), ~has_one.exists())
    )
    columns = ["year", "number", "period", "unit_id"]
    session.execute(insert(SlipNumber).from_select(columns, wanting))


def _owing(period: Period) -> Select[Any]:
    """The branches that owe something."""
    unit = aliased(Unit)
    return (
        select(branch_of(period, unit).label("branch"))
        .select_from(WorkItem)
        .join(Item, Item.id == WorkItem.item_id)
        .join(unit, unit.id == WorkItem.unit_id)
        .where(owed_in(period), WorkItem.parent_id.is_(None), Item.hidden.is_(False))
    )


def _supporting(period: Period) -> Select[Any]:
    """The branches that support something that is due, unless they alone lead it too."""
    leader, supporter = aliased(Unit), aliased(Unit)
    leading = func.coalesce(branch_of(period, leader), 0)
    led = (
        select(Item.plan_item_id, func.min(leading).label("first"), func.max(leading).label("last"))
        .select_from(WorkItem)
        .join(Item, Item.id == WorkItem.item_id)
        .join(leader, leader.id == WorkItem.unit_id)
        .where(due_in(period), WorkItem.parent_id.is_(None), Item.hidden.is_(False))
        .group_by(Item.plan_item_id)
        .subquery()
    )
    branch = branch_of(period, supporter)
    return (
        select(branch.label("branch"))
        .select_from(Responsible)
        .join(led, led.c.plan_item_id == Responsible.plan_item_id)
        .join(supporter, supporter.id == Responsible.unit_id)
        .where(Responsible.role == "supporting", or_(led.c.first != branch, led.c.last != branch))
    )
