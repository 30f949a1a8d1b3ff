"""Rates of done work, defined once: on time, late, open overdue, made up, missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.errors import InputError
from models.lifecycle import DONE_STATES
from models.periods import Period, read_period
from models.schedule import Kind
from models.standing import DONE_LATE, IN_FORCE, JUDGED_BY, PUT_OFF, WAS_PUT_OFF, due_in
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
    of `missed` and `made_up` are the recurring ones among the due whose own period has ended. A period
    stays what it was: one that was made up is late for ever.
    """

    #: closed_on ≤ due_on; an extension that was granted in time counts by its new date.
    on_time: Rate
    #: closed_on > due_on.
    late: Rate
    #: Due and not closed.
    open_overdue: Rate
    #: Recurring, its period ended, never closed.
    missed: Rate
    #: Recurring, its period ended, closed after its due date.
    made_up: Rate = Rate(0, 0)
    #: On time by the first due date, as if nothing had been put off; out of what was due.
    first: Rate = Rate(0, 0)

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
            self.made_up + other.made_up,
            self.first + other.first,
        )


NOTHING = Rates(Rate(0, 0), Rate(0, 0), Rate(0, 0), Rate(0, 0))


def rates_by_unit(session: Session, period: Period, *, today: date) -> dict[int, Rates]:
    """The rates of every unit with work due in `period`, as things stand on `today`; one SELECT.

    Cancelled and withdrawn work, the work of unannounced items and parts of a work item do not count.
    """
    found: dict[int, Rates] = defaultdict(lambda: NOTHING)
    for unit, *counts in session.execute(_counts(period, today, WorkItem.unit_id)):
        found[unit] += _rates(*counts, today=today)
    return dict(found)


def rates_of_all(session: Session, period: Period, *, today: date) -> Rates:
    """The rates of all units together; one SELECT whose rows do not grow with their number."""
    rows = session.execute(_counts(period, today))
    return together(_rates(*counts, today=today) for counts in rows)


def _counts(period: Period, today: date, *by: InstrumentedAttribute[int]) -> Select[Any]:
    """What was due and how it was done, by the work's own period, the item's kind and `by`."""
    closed = WorkItem.state.in_(DONE_STATES)
    first_due = case((WAS_PUT_OFF, WorkItem.original_due_on), else_=WorkItem.due_on)
    in_time = case((and_(closed, WorkItem.closed_on <= JUDGED_BY), 1), else_=0)
    late = case((DONE_LATE, 1), else_=0)
    first = case((and_(closed, WorkItem.closed_on <= first_due), 1), else_=0)
    return (
        select(
            *by,
            WorkItem.period,
            Item.kind,
            func.count(),
            func.sum(in_time),
            func.sum(late),
            func.sum(first),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(
            IN_FORCE,
            WorkItem.parent_id.is_(None),
            Item.hidden.is_(False),
            due_in(period),
            or_(WorkItem.due_on < today, closed),
        )
        .group_by(*by, WorkItem.period, Item.kind)
    )


# A bureau of a thousand branches asks it ten thousand times, of a dozen periods.
@lru_cache(maxsize=1024)
def is_over(key: str, today: date) -> bool:
    """Whether a period is over; one named by its holiday is, once its work was due."""
    try:
        return read_period(key).end < today
    except InputError:
        return True


def _rates(key: str, kind: str, due: int, timely: int, tardy: int, first: int, *, today: date) -> Rates:
    still_open = due - timely - tardy
    ended = kind in RECURRING and is_over(key, today)
    recurring = due if ended else 0
    return Rates(
        Rate(timely, due),
        Rate(tardy, due),
        Rate(still_open, due),
        missed=Rate(still_open if ended else 0, recurring),
        made_up=Rate(tardy if ended else 0, recurring),
        first=Rate(first, due),
    )


def together(rates: Iterable[Rates]) -> Rates:
    """The rates of several units as one: counts and denominators are added, never percentages."""
    return sum(rates, NOTHING)
