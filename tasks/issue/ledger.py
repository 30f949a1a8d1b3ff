"""What is owed in a period: the work items, one by one, as documents speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models import standing
from models.lifecycle import DONE_STATES, State
from models.periods import Period
from models.standing import IN_FORCE, PUT_OFF
from models.tables import Item, Person, Unit, WorkItem
from tasks.rates import RECURRING, is_over


class Stand(StrEnum):
    """How a work item stands to the period of a document."""

    #: Its due date lies in the period.
    DUE = "due"
    #: It was due before and was still open when the period began.
    CARRIED = "carried"
    #: It has begun and ends after the period, or never.
    RUNNING = "running"


@dataclass(frozen=True)
class Work:
    """A work item with what documents say of it; in the order of `_COLUMNS`."""

    id: int
    item_id: int
    ref: str
    no: str
    position: int
    category: str
    title: str
    standard: str
    kind: str
    key: bool
    hidden: bool
    origin: str
    figure: str
    unit_id: int
    unit: str
    owner: str
    period: str
    state: str
    start_on: date | None
    due_on: date | None
    target: float | None
    done: float
    returns: int
    closed_on: date | None
    original_due_on: date | None
    #: The calendar entry's SEQUENCE.
    sequence: int
    #: Whether the due date was put off (延期), and whether that was asked after it had passed.
    put_off: bool
    asked_late: bool
    #: The first and the last day of a temporary unit.
    unit_from: date | None
    unit_until: date | None

    @property
    def marked_title(self) -> str:
        """The title, with ★ before a key item's."""
        return f"★{self.title}" if self.key else self.title

    @property
    def done_late(self) -> bool:
        """Whether it was closed after the date by which it is judged: made up, and late for ever."""
        judged = self.original_due_on if self.asked_late else self.due_on
        closed = self.state in DONE_STATES and self.closed_on is not None
        return closed and judged is not None and self.closed_on is not None and self.closed_on > judged

    @property
    def recurring(self) -> bool:
        """Whether it comes back every period, so that a period can be missed and made up."""
        return self.kind in RECURRING

    @property
    def same(self) -> tuple[object, ...]:
        """What work items have in common that stand in one row of a document."""
        return self.item_id, self.period, self.due_on, self.first_due_on

    @property
    def first_due_on(self) -> date | None:
        """The first due date of what was put off; None for everything else."""
        return self.original_due_on if self.put_off and self.original_due_on != self.due_on else None

    def made_up(self, today: date) -> bool:
        """Whether its period went by without it, or without it in time, and somebody made up for it."""
        return self.recurring and self.done_late and is_over(self.period, today)

    def overdue(self, today: date) -> bool:
        """Whether it is still owed after its date."""
        return self.state not in DONE_STATES and self.due_on is not None and self.due_on < today

    def missed(self, today: date) -> bool:
        """Whether its period went by without it, and nobody has made up for it."""
        return self.recurring and self.overdue(today) and is_over(self.period, today)

    def unit_stands_in(self, period: Period) -> bool:
        """Whether its unit exists on a day of `period`."""
        begun = self.unit_from is None or self.unit_from <= period.end
        return begun and (self.unit_until is None or self.unit_until >= period.start)

    def stand(self, period: Period) -> Stand:
        """How it stands to `period`."""
        if self.due_on is None or self.due_on > period.end:
            return Stand.RUNNING
        return Stand.DUE if self.due_on >= period.start else Stand.CARRIED


_COLUMNS = (
    WorkItem.id,
    WorkItem.item_id,
    Item.ref,
    Item.no,
    Item.position,
    Item.category,
    Item.title,
    Item.standard,
    Item.kind,
    Item.key,
    Item.hidden,
    Item.origin,
    Item.figure,
    WorkItem.unit_id,
    Unit.name.label("unit"),
    func.coalesce(Person.name, "").label("owner"),
    WorkItem.period,
    WorkItem.state,
    WorkItem.start_on,
    WorkItem.due_on,
    WorkItem.target,
    WorkItem.done,
    WorkItem.returns,
    WorkItem.closed_on,
    WorkItem.original_due_on,
    WorkItem.sequence,
    PUT_OFF.c.work_item_id.is_not(None).label("put_off"),
    (func.coalesce(PUT_OFF.c.late, 0) == 1).label("asked_late"),
    Unit.starts_on,
    Unit.ends_on,
)


def works_of(session: Session, period: Period) -> tuple[Work, ...]:
    """Everything that concerns `period`, one by one."""
    return works_where(session, concerns(period))


def concerns(period: Period) -> ColumnElement[bool]:
    """The condition that a work item is due in `period`, carried over into it or running through it.

    Whether something was carried over is judged on the period's first day, so that a document
    written later says the same. Cancelled and withdrawn work is left out.
    """
    running = and_(
        WorkItem.start_on <= period.end,
        or_(WorkItem.due_on > period.end, WorkItem.due_on.is_(None)),
        open_on(period.start),
    )
    return and_(IN_FORCE, or_(standing.due_in(period), _carried(period), running))


def owed_in(period: Period) -> ColumnElement[bool]:
    """The same of what is due in `period` or was carried over into it."""
    return and_(IN_FORCE, or_(standing.due_in(period), _carried(period)))


def due_in(period: Period) -> ColumnElement[bool]:
    """The same of what is due in `period`."""
    return and_(IN_FORCE, standing.due_in(period))


def _carried(period: Period) -> ColumnElement[bool]:
    return and_(WorkItem.due_on < period.start, open_on(period.start))


def cancelled_of(session: Session, period: Period) -> tuple[Work, ...]:
    """The work items due in `period` that were cancelled."""
    return works_where(session, and_(WorkItem.state == State.CANCELLED, standing.due_in(period)))


def works_where(session: Session, condition: ColumnElement[bool]) -> tuple[Work, ...]:
    """The work items that meet a condition, by due date, plan position and unit.

    Parts of a work item are left out: the whole answers for them.
    """
    rows = session.execute(WORKS.where(condition, WorkItem.parent_id.is_(None)))
    return tuple(Work(*row) for row in rows)


#: Work items as documents speak of them, in the order of documents.
WORKS = (
    select(*_COLUMNS)
    .join(Item, Item.id == WorkItem.item_id)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .join(Person, Person.id == WorkItem.owner_id, isouter=True)
    .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
    .order_by(WorkItem.due_on, Item.position, Item.id, Unit.position, WorkItem.id)
)


def open_on(day: date) -> ColumnElement[bool]:
    """The condition that a work item was not closed before `day`."""
    return or_(WorkItem.closed_on.is_(None), WorkItem.closed_on >= day)
