"""What the half-year report rests on: what was closed, what is late, what is still to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, distinct, func, or_, select
from sqlalchemy.orm import Session

from models import periods
from models.lifecycle import DONE_STATES
from models.periods import Period
from models.settings import Settings
from models.standing import DONE_LATE, IN_FORCE, PUT_OFF, WAS_PUT_OFF, due_in, overdue_on
from models.tables import Item, Unit, WorkItem
from tasks.figures import CountedFigure, compute_figures
from tasks.issue.office import Office, open_office
from tasks.issue.report_outline import Topic, parts, place_of
from tasks.issue.text import words
from tasks.rates import RECURRING, Rate, is_over

#: Added to a figure's key where it speaks of the whole year in the second half's report.
YEAR = "@year"
#: Keys of the report's own two figures.
DUE, CLOSED = "report.due", "report.closed"
#: So many titles or units are named in a sentence.
NAMED = 3


class Subject(NamedTuple):
    """An item, as far as the report names it."""

    id: int
    title: str
    category: str


@dataclass(frozen=True)
class Lot:
    """Work that a sentence speaks of together: how many work items, of which items, first things first."""

    count: int
    items: tuple[Subject, ...]


@dataclass(frozen=True)
class Done:
    """What was done of an item: work items closed by so many units, or quantities out of their targets.

    `count` has those that are under way with a quantity too.
    """

    ref: str
    title: str
    figure: str
    count: int
    closed: int
    units: int
    done: float
    target: float


@dataclass(frozen=True)
class Facts:
    """What was collected for a half-year's report.

    `done` holds the items of which something was closed in the period, `overdue`, `returned` and `late`
    the work that did not go well, `overdue_units` who owes it (of many the first ones), `made_up` how much
    of the late one belongs to periods that had gone by, `missed` the periods that went by and were not
    made up, `put_off` what was to be done in the period and got a later date, `ahead` what is still owed in
    the time to come.
    """

    period: Period
    office: Office
    figures: tuple[CountedFigure, ...]
    done: dict[tuple[int, Topic], tuple[Done, ...]]
    overdue: Lot
    overdue_units: tuple[str, ...]
    returned: Lot
    late: Lot
    made_up: int
    missed: int
    put_off: int
    ahead: Lot
    today: date
    at: datetime
    home: Path

    @property
    def second(self) -> bool:
        """Whether it is the year's second report."""
        return self.period.key.endswith("H2")

    def figure(self, key: str) -> CountedFigure | None:
        """A figure by its key."""
        return next((one for one in self.figures if one.key == key), None)

    def number(self, key: str) -> int:
        """The number under which the annex lists a figure."""
        return [one.key for one in self.figures].index(key) + 1

    @property
    def closed_rate(self) -> Rate:
        """办结率: closed out of what was due."""
        due, closed = self.figure(DUE), self.figure(CLOSED)
        return Rate(int(closed.value) if closed else 0, int(due.value) if due else 0)


def collect_facts(
    session: Session, settings: Settings, period: Period, *, today: date, at: datetime
) -> Facts:
    """Everything that the report speaks of; hidden items are left out.

    Some dozen SELECTs, whose rows but for the figures' sources do not grow with the number of units.
    """
    counted = session.execute(_counts(period, today)).all()
    ended = [row for row in counted if row.kind in RECURRING and is_over(row.period, today)]
    return Facts(
        period,
        open_office(session, settings, period),
        _figures(session, period, today),
        _done(session, period),
        overdue=_lot(counted, "overdue"),
        overdue_units=_overdue_units(session, period, today),
        returned=_lot(counted, "returned"),
        late=_lot(counted, "late"),
        made_up=sum(row.late for row in ended),
        missed=sum(row.overdue for row in ended),
        put_off=sum(row.put_off for row in counted),
        ahead=_lot(counted, "ahead"),
        today=today,
        at=at,
        home=settings.home,
    )


_IS_DONE = WorkItem.state.in_(DONE_STATES)


def _works(*columns: Any, period: Period) -> Select[Any]:  # noqa: ANN401  # whatever can be selected
    """Some columns of all that concerns the period; parts of a work item are left out."""
    return (
        select(*columns)
        .select_from(WorkItem)
        .join(Item, Item.id == WorkItem.item_id)
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(_concerns(period), WorkItem.parent_id.is_(None))
    )


def _counts(period: Period, today: date) -> Select[Any]:
    """How many work items of an item, period and due date stand how, in the order of documents."""
    group = (WorkItem.due_on, Item.position, Item.id, Item.title, Item.category, Item.kind, WorkItem.period)
    first_due = WorkItem.original_due_on.between(period.start, period.end)
    counts = {
        "overdue": overdue_on(today),
        "returned": and_(WorkItem.returns > 0, due_in(period)),
        "late": and_(DONE_LATE, due_in(period)),
        "put_off": and_(WAS_PUT_OFF, WorkItem.original_due_on != WorkItem.due_on, first_due),
        "ahead": and_(~_IS_DONE, or_(WorkItem.due_on.is_(None), WorkItem.due_on >= today)),
    }
    sums = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in counts.items()]
    return _works(*group, *sums, period=period).group_by(*group).order_by(*group)


def _lot(rows: Sequence[Row[Any]], name: str) -> Lot:
    own = [row for row in rows if getattr(row, name)]
    items = dict.fromkeys(Subject(row.id, row.title, row.category) for row in own)
    return Lot(sum(getattr(row, name) for row in own), tuple(items))


def _overdue_units(session: Session, period: Period, today: date) -> tuple[str, ...]:
    """Who owes what is overdue, longest overdue first; no more names than it takes to know of many."""
    order = (WorkItem.due_on, Item.position, Item.id, Unit.position, WorkItem.id)
    places = func.row_number().over(order_by=order).label("place")
    owing = (
        _works(Unit.name.label("name"), places, period=period)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(overdue_on(today))
        .subquery()
    )
    named = select(owing.c.name).group_by(owing.c.name).order_by(func.min(owing.c.place))
    return tuple(session.scalars(named.limit(NAMED + 1)))


def _concerns(period: Period) -> ColumnElement[bool]:
    """Closed or due in the period, still owed from before, or due before the year's (or next half's) end."""
    horizon = _horizon(period)
    return and_(
        IN_FORCE,
        Item.hidden.is_(False),
        or_(
            WorkItem.closed_on.between(period.start, period.end),
            WorkItem.due_on.between(period.start, horizon),
            and_(WorkItem.due_on < period.start, WorkItem.closed_on.is_(None)),
        ),
    )


def _horizon(period: Period) -> date:
    year = period.start.year
    return periods.half(year, 2).end if period.key.endswith("H1") else periods.half(year + 1, 1).end


def _figures(session: Session, period: Period, today: date) -> tuple[CountedFigure, ...]:
    year = period.start.year
    counted = list(compute_figures(session, year=year, period=period))
    # Due by now, or closed ahead of its date.
    due = _works(WorkItem.id, _IS_DONE, period=period).where(
        due_in(period), or_(_IS_DONE, WorkItem.due_on < today)
    )
    works = session.execute(due.order_by(WorkItem.id)).tuples().all()
    counted += [
        CountedFigure(
            key,
            words(f"report.{name}_label"),
            float(len(numbers)),
            words("report.times"),
            words(f"report.{name}_rule"),
            work_items=numbers,
        )
        for key, name, numbers in (
            (DUE, "due", tuple(number for number, _ in works)),
            (CLOSED, "closed", tuple(number for number, closed in works if closed)),
        )
    ]
    if period.key.endswith("H2"):
        whole = compute_figures(session, year=year, period=periods.year(year))
        counted += [
            replace(one, key=one.key + YEAR, label=words("report.year_label", label=one.label))
            for one in whole
            if one.work_items
        ]
    return tuple(counted)


def _done(session: Session, period: Period) -> dict[tuple[int, Topic], tuple[Done, ...]]:
    """Work closed in the period, or with quantities reported, item by item under its topic; one SELECT."""
    item = (Item.position, Item.id, Item.ref, Item.title, Item.category, Item.figure)
    under_way = and_(~_IS_DONE, WorkItem.target != 0, WorkItem.done != 0, WorkItem.start_on.is_not(None))
    rows = session.execute(
        _works(
            *item,
            func.count().label("works"),
            func.sum(case((_IS_DONE, 1), else_=0)).label("closed"),
            func.count(distinct(case((_IS_DONE, WorkItem.unit_id)))).label("units"),
            func.sum(WorkItem.done).label("done"),
            func.coalesce(func.sum(WorkItem.target), 0).label("target"),
            period=period,
        )
        .where(or_(WorkItem.closed_on.between(period.start, period.end), under_way))
        .group_by(*item)
        .order_by(*item)
    )
    found: dict[tuple[int, Topic], list[Done]] = defaultdict(list)
    for row in rows:
        done = Done(row.ref, row.title, row.figure, row.works, row.closed, row.units, row.done, row.target)
        found[place_of(row.title, row.category)].append(done)
    return {place: tuple(items) for place, items in found.items()}


def by_part(items: Iterable[Subject]) -> dict[int, list[Subject]]:
    """Items by the number of the report's part, in the report's order."""
    found: dict[int, list[Subject]] = {number: [] for number in range(len(parts()))}
    for item in items:
        found[place_of(item.title, item.category)[0]].append(item)
    return {number: own for number, own in found.items() if own}
