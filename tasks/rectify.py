"""What an inspection found is put right: every problem has somebody who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from models.journal import Fact, record
from models.lifecycle import State
from models.periods import Period
from models.tables import Finding, Inspection, Item, Person, Unit, WorkItem


@dataclass(frozen=True)
class Rectification:
    """A problem and how far it is put right; `owner` is empty while nobody answers for it."""

    work_item: int
    unit: str
    words: str
    owner: str
    state: str
    due_on: date | None
    light: str


def assign_rectification(session: Session, period: Period, *, actor: str, at: datetime) -> int:
    """Give problems that nobody answered for to the head of their unit, if there is one by now.

    Gives how many; each is told as work that was opened.
    """
    head = select(Unit.head_id).where(Unit.id == WorkItem.unit_id).scalar_subquery()
    given = session.execute(
        update(WorkItem)
        .where(
            WorkItem.finding_id.in_(_findings(period)),
            WorkItem.state == State.SCHEDULED.value,
            WorkItem.owner_id.is_(None),
            head.is_not(None),
        )
        .values(owner_id=head, state=State.ASSIGNED.value, assigned_at=at)
        .returning(WorkItem.id, WorkItem.finding_id),
        execution_options={"synchronize_session": False},
    ).all()
    opened = [
        Fact(
            "work_item.opened",
            "work_item",
            number,
            actor,
            {"state": State.ASSIGNED.value, "finding_id": finding},
        )
        for number, finding in sorted(given)
    ]
    record(session, opened, at=at)
    return len(opened)


def rectifications(session: Session, period: Period) -> list[Rectification]:
    """The problems of a half-year's inspection in the units' order, oldest number first."""
    rows = session.execute(
        select(
            WorkItem.id.label("work_item"),
            Unit.name.label("unit"),
            Item.title.label("words"),
            func.coalesce(Person.name, "").label("owner"),
            WorkItem.state,
            WorkItem.due_on,
            WorkItem.light,
        )
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Person, Person.id == WorkItem.owner_id, isouter=True)
        .where(WorkItem.finding_id.in_(_findings(period)))
        .order_by(Unit.position, WorkItem.id)
    )
    return [Rectification(**row) for row in rows.mappings()]


def newest_inspection(session: Session) -> str | None:
    """The period of the inspection that was opened last."""
    return session.scalar(select(Inspection.period).order_by(Inspection.id.desc()).limit(1))


def _findings(period: Period) -> Select[tuple[int]]:
    """The findings of a half-year's inspection."""
    return (
        select(Finding.id)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(Inspection.period == period.key)
    )
