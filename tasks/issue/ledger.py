"""What is owed in a period: one SELECT for all units, and how its rows go together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models.lifecycle import DONE_STATES, State
from models.periods import Period
from models.tables import Item, Person, Responsible, Unit, WorkItem
from tasks.rates import PUT_OFF, RECURRING, is_over


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
    """A work item with what documents say of it."""

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
    def first_due_on(self) -> date | None:
        """The first due date of what was put off; None for everything else."""
        return self.original_due_on if self.put_off and self.original_due_on != self.due_on else None

    def made_up(self, today: date) -> bool:
        """Whether its period went by without it, or without it in time, and somebody made up for it."""
        return self.recurring and self.done_late and is_over(self.period, today)

    def missed(self, today: date) -> bool:
        """Whether its period went by without it, and nobody has made up for it."""
        owed = self.state not in DONE_STATES and self.due_on is not None and self.due_on < today
        return self.recurring and owed and is_over(self.period, today)

    def stand(self, period: Period) -> Stand:
        """How it stands to `period`."""
        if self.due_on is None or self.due_on > period.end:
            return Stand.RUNNING
        return Stand.DUE if self.due_on >= period.start else Stand.CARRIED


@dataclass(frozen=True)
class Row:
    """Work items of one item that stand together: same period, same due date, several units."""

    stand: Stand
    first: Work
    works: tuple[Work, ...]

    @property
    def due_on(self) -> date | None:
        """The date that all of them share."""
        return self.first.due_on

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """Their units."""
        return tuple(work.unit_id for work in self.works)

    @property
    def owners(self) -> tuple[str, ...]:
        """Their owners' names."""
        return tuple(work.owner for work in self.works)


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
)


def works_of(session: Session, period: Period) -> tuple[Work, ...]:
    """Everything that concerns `period`: due in it, carried over into it, running through it.

    Whether something was carried over is judged on the period's first day, so that a document
    written later says the same. Cancelled and withdrawn work is left out.
    """
    kept = and_(
        WorkItem.state != State.CANCELLED,
        or_(Item.withdrawn_at.is_(None), WorkItem.state.in_(DONE_STATES)),
    )
    return works_where(session, and_(kept, _concerns(period)))


def cancelled_of(session: Session, period: Period) -> tuple[Work, ...]:
    """The work items due in `period` that were cancelled."""
    due = WorkItem.due_on.between(period.start, period.end)
    return works_where(session, and_(WorkItem.state == State.CANCELLED, due))


def works_where(session: Session, condition: ColumnElement[bool]) -> tuple[Work, ...]:
    """The work items that meet a condition, by due date, plan position and unit.

    Parts of a work item are left out: the whole answers for them.
    """
    rows = session.execute(
        select(*_COLUMNS)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(Person, Person.id == WorkItem.owner_id, isouter=True)
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(condition, WorkItem.parent_id.is_(None))
        .order_by(WorkItem.due_on, Item.position, Item.id, Unit.position, WorkItem.id)
    )
    return tuple(Work(**row) for row in rows.mappings())


def open_on(day: date) -> ColumnElement[bool]:
    """The condition that a work item was not closed before `day`."""
    return or_(WorkItem.closed_on.is_(None), WorkItem.closed_on >= day)


def rows_of(works: Iterable[Work], period: Period) -> tuple[Row, ...]:
    """Group work items so that one item of one date is one row, in the order given."""
    groups: dict[tuple[object, ...], list[Work]] = defaultdict(list)
    for work in works:
        same = (work.stand(period), work.item_id, work.period, work.due_on, work.first_due_on)
        groups[same].append(work)
    return tuple(Row(group[0].stand(period), group[0], tuple(group)) for group in groups.values())


def supported_by(session: Session, period: Period) -> dict[int, set[int]]:
    """Which units support which work items due in `period`: unit ids by work item id."""
    rows = session.execute(
        select(WorkItem.id, Responsible.unit_id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Responsible, Responsible.plan_item_id == Item.plan_item_id)
        .where(
            Responsible.role == "supporting",
            WorkItem.due_on.between(period.start, period.end),
            WorkItem.state != State.CANCELLED,
            Item.hidden.is_(False),
        )
    )
    found: dict[int, set[int]] = defaultdict(set)
    for work, unit in rows:
        found[work].add(unit)
    return found


def _concerns(period: Period) -> ColumnElement[bool]:
    due = WorkItem.due_on.between(period.start, period.end)
    carried = and_(WorkItem.due_on < period.start, open_on(period.start))
    running = and_(
        WorkItem.start_on <= period.end,
        or_(WorkItem.due_on > period.end, WorkItem.due_on.is_(None)),
        open_on(period.start),
    )
    return or_(due, carried, running)
