"""Rates of done work, defined once: on time, late, open overdue, missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from models.errors import InputError
from models.lifecycle import State
from models.periods import Period, read_period
from models.schedule import Kind
from models.tables import Item, WorkItem

#: Kinds of items that come back every period, so that a period can be missed.
RECURRING = (Kind.RECURRING, Kind.QUOTA, Kind.HOLIDAY)


@dataclass(frozen=True)
class Rate:
    """A count out of a stated denominator."""

    count: int
    of: int

    @property
    def percent(self) -> int | None:
        """The share in whole per cent, a half rounded up; None where there is nothing to share."""
        return (200 * self.count + self.of) // (2 * self.of) if self.of else None

    @property
    def shown(self) -> str:
        """The percentage as printed; a dash where there is nothing to share."""
        return "—" if self.percent is None else f"{self.percent}%"

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.count + other.count, self.of + other.of)


@dataclass(frozen=True)
class Rates:
    """How a unit stands in a period.

    The denominator of the first three is what was due (应办结): work items whose due date lies in the
    period and has passed, or that were closed ahead of it; together they make it up. The denominator
    of `missed` are the recurring ones among the due whose own period has ended.
    """

    #: closed_on ≤ due_on.
    on_time: Rate
    #: closed_on > due_on.
    late: Rate
    #: Due and not closed.
    open_overdue: Rate
    #: Recurring, its period ended, never closed.
    missed: Rate

    @property
    def due(self) -> int:
        """应办结: the denominator."""
        return self.on_time.of

    @property
    def closed(self) -> Rate:
        """已办结: on time or late."""
        return Rate(self.on_time.count + self.late.count, self.due)

    def __add__(self, other: Rates) -> Rates:
        return Rates(
            self.on_time + other.on_time,
            self.late + other.late,
            self.open_overdue + other.open_overdue,
            self.missed + other.missed,
        )


NOTHING = Rates(Rate(0, 0), Rate(0, 0), Rate(0, 0), Rate(0, 0))


def rates_by_unit(session: Session, period: Period, *, today: date) -> dict[int, Rates]:
    """The rates of every unit with work due in `period`, as things stand on `today`; one SELECT.

    Cancelled work and the work of unannounced items do not count.
    """
    closed = WorkItem.state == State.CLOSED
    in_time = case((and_(closed, WorkItem.closed_on <= WorkItem.due_on), 1), else_=0)
    late = case((and_(closed, WorkItem.closed_on > WorkItem.due_on), 1), else_=0)
    rows = session.execute(
        select(WorkItem.unit_id, WorkItem.period, Item.kind, func.count(), func.sum(in_time), func.sum(late))
        .join(Item, Item.id == WorkItem.item_id)
        .where(
            WorkItem.state != State.CANCELLED,
            Item.hidden.is_(False),
            WorkItem.due_on.between(period.start, period.end),
            or_(WorkItem.due_on < today, closed),
        )
        .group_by(WorkItem.unit_id, WorkItem.period, Item.kind)
    )
    found: dict[int, Rates] = defaultdict(lambda: NOTHING)
    for unit, key, kind, due, timely, tardy in rows:
        ended = kind in RECURRING and _over(key, today)
        found[unit] += _rates(due, timely, tardy, recurring=due if ended else 0)
    return dict(found)


def _over(key: str, today: date) -> bool:
    """Whether a period is over; one named by its holiday is, once its work was due."""
    try:
        return read_period(key).end < today
    except InputError:
        return True


def _rates(due: int, timely: int, tardy: int, *, recurring: int) -> Rates:
    still_open = due - timely - tardy
    missed = Rate(still_open if recurring else 0, recurring)
    return Rates(Rate(timely, due), Rate(tardy, due), Rate(still_open, due), missed)


def together(rates: Iterable[Rates]) -> Rates:
    """The rates of several units as one: counts and denominators are added, never percentages."""
    return sum(rates, NOTHING)
