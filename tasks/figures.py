"""Count the figures of a period, each traced to the work items and events behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models import periods
from models.figures import Counting, FigureKind, amount, figure_kinds
from models.lifecycle import DONE_STATES, State
from models.periods import Period
from models.tables import Activity, Event, Feedback, Item, Plan, WorkItem
from tasks.count import Deed, Share, shares

#: Where the items of a year's list come from; rectification items are not part of it.
LISTED = ("plan", "rule")
#: Events that stand behind a counted closing and a counted quantity.
_CLOSED, _REPORTED = "work_item.closed", "work_item.feedback"


@dataclass(frozen=True)
class CountedFigure:
    """A number with its rule and its sources: ids of work items, events and activities."""

    key: str
    label: str
    value: float
    unit: str
    rule: str
    work_items: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    activities: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """The number as it is printed: whole numbers without a decimal point."""
        return amount(self.value)


#: A report or a closing as its event tells it: work item, verb, instant.
_Said = tuple[int, str, datetime]


def compute_figures(session: Session, *, year: int, period: Period) -> tuple[CountedFigure, ...]:
    """The ten figures of the seed for `period`, in catalogue order.

    Plan figures speak of the plan in force in `year`; the others count what was closed or reported
    on local dates within the period and did not count before it. Five SELECTs, whatever the number of
    work items.
    """
    found = shares(deeds_until(session, year=year, end=period.end))
    within = {key: [one for one in own if _is_within(one, period)] for key, own in found.items()}
    events = _events_behind(session, within, year=year)
    plan = _count_plan(session, year)
    return tuple(
        plan.get(kind.key) or _figure(kind, within.get(kind.key, ()), events[kind.key])
        for kind in figure_kinds()
    )


@dataclass(frozen=True)
class MonthlyFigure:
    """A figure of a year up to now, and what each month added; the plan's own figures have no months."""

    kind: FigureKind
    value: float
    months: tuple[float, ...] = ()


def figures_by_month(session: Session, *, year: int, until: date) -> tuple[MonthlyFigure, ...]:
    """The ten figures of a year up to the local day `until`, in catalogue order, and month by month.

    Four SELECTs, whatever the number of work items.
    """
    found = shares(deeds_until(session, year=year, end=until))
    plan = _count_plan(session, year)
    return tuple(
        MonthlyFigure(kind, plan[kind.key].value)
        if kind.key in plan
        else _monthly(kind, found.get(kind.key, ()), until)
        for kind in figure_kinds()
    )


def _monthly(kind: FigureKind, own: Sequence[Share], until: date) -> MonthlyFigure:
    months = [0.0] * until.month
    for share in own:
        months[share.deed.on.month - 1] += share.amount
    return MonthlyFigure(kind, round(sum(months), 2), tuple(round(one, 2) for one in months))


def shares_of(session: Session, activity: Activity, *, year: int) -> dict[str, list[Share]]:
    """How an activity counts in the figures of a plan year: its shares by the figures' keys."""
    found = shares(deeds_until(session, year=year, end=periods.year(year).end))
    own = {
        key: [one for one in counted if one.deed.activity == activity.id] for key, counted in found.items()
    }
    return {key: counted for key, counted in own.items() if counted}


def deeds_until(session: Session, *, year: int, end: date) -> list[Deed]:
    """All that may count in the figures of a year up to the local day `end`; two SELECTs."""
    behind: dict[int, tuple[date, int, str]] = {}
    deeds: list[Deed] = []
    for row in session.execute(_reports(year, end)):
        if row.activity_id is not None:
            here = (row.on, row.activity_id, row.held)
            behind[row.work] = min(behind.get(row.work, here), here)
        if row.target is not None and row.quantity is not None:
            deeds.append(_report(row))
    closings = session.execute(_closings(year, end))
    return deeds + [_closing(row, behind.get(row.work)) for row in closings]


def _reports(year: int, end: date) -> Select[tuple[Any, ...]]:
    """The lead's reports on items that feed a figure: those with a quantity or an activity."""
    counted = and_(WorkItem.target.is_not(None), Feedback.quantity.is_not(None))
    return (
        select(
            *_DEED,
            WorkItem.target,
            Feedback.at,
            Feedback.on,
            Feedback.quantity,
            Feedback.activity_id,
            func.coalesce(Activity.title, "").label("held"),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Feedback, Feedback.work_item_id == WorkItem.id)
        .join(Activity, Activity.id == Feedback.activity_id, isouter=True)
        .where(
            _feeds(year),
            WorkItem.state != State.CANCELLED,
            Feedback.unit_id.is_(None),
            Feedback.on <= end,
            or_(counted, Feedback.activity_id.is_not(None)),
        )
    )


def _closings(year: int, end: date) -> Select[tuple[Any, ...]]:
    """The closings of work without a target."""
    return (
        select(*_DEED, WorkItem.closed_at, WorkItem.closed_on)
        .join(Item, Item.id == WorkItem.item_id)
        .where(
            _feeds(year),
            WorkItem.target.is_(None),
            WorkItem.state.in_(DONE_STATES),
            WorkItem.closed_on <= end,
        )
    )


_DEED = (
    Item.figure,
    Item.title,
    WorkItem.id.label("work"),
    WorkItem.item_id,
    WorkItem.unit_id,
    WorkItem.period,
)


def _feeds(year: int) -> ColumnElement[bool]:
    """Parts of a work item feed nothing: what is reported on them counts with the whole."""
    return and_(Item.year == year, Item.figure != "", WorkItem.parent_id.is_(None))


def _report(row: Row[tuple[Any, ...]]) -> Deed:
    return _deed(row, on=row.on, at=row.at)._replace(
        quantity=float(row.quantity),
        activity=row.activity_id,
        held=row.held,
    )


def _closing(row: Row[tuple[Any, ...]], behind: tuple[date, int, str] | None) -> Deed:
    deed = _deed(row, on=row.closed_on, at=row.closed_at)
    return deed if behind is None else deed._replace(activity=behind[1], held=behind[2])


def _deed(row: Row[tuple[Any, ...]], *, on: date, at: datetime | None) -> Deed:
    return Deed(row.figure, row.title, row.work, row.item_id, row.unit_id, row.period, on, at)


def _is_within(share: Share, period: Period) -> bool:
    """Whether a share belongs to the number or to the sources of a period."""
    return share.deed.on in period and (share.amount > 0 or share.counted_on in period)


def _figure(kind: FigureKind, own: Sequence[Share], events: Iterable[int]) -> CountedFigure:
    return CountedFigure(
        kind.key,
        kind.label,
        round(sum(share.amount for share in own), 2),
        kind.unit,
        kind.rule(),
        work_items=tuple(sorted({share.deed.work for share in own})),
        events=tuple(sorted(events)),
        activities=tuple(sorted({share.deed.activity for share in own if share.deed.activity})),
    )


def _events_behind(
    session: Session, found: Mapping[str, Sequence[Share]], *, year: int
) -> dict[str, set[int]]:
    """The events recorded at the very instants at which the counted reports were made."""
    wanted: dict[_Said, set[str]] = defaultdict(set)
    for key, own in found.items():
        for deed in (share.deed for share in own):
            if deed.at is not None:
                wanted[deed.work, _CLOSED if deed.closing else _REPORTED, deed.at].add(key)
    rows = session.execute(
        select(Event.id, Event.subject_id, Event.verb, Event.at)
        .join(WorkItem, WorkItem.id == Event.subject_id)
        .join(Item, Item.id == WorkItem.item_id)
        .where(
            Event.subject == "work_item",
            Event.verb.in_((_CLOSED, _REPORTED)),
            Item.year == year,
            Item.figure != "",
        )
    )
    events: dict[str, set[int]] = defaultdict(set)
    for event, work, verb, at in rows:
        for key in wanted.get((work, verb, at), ()):
            events[key].add(event)
    return events


def _count_plan(session: Session, year: int) -> dict[str, CountedFigure]:
    items, categories = session.execute(
        select(func.count(Item.id), func.count(Item.category.distinct())).where(
            Item.year == year, Item.withdrawn_at.is_(None), Item.origin.in_(LISTED)
        )
    ).one()
    event = session.scalar(
        select(func.max(Event.id))
        .join(Plan, Plan.id == Event.subject_id)
        .where(Event.verb == "plan.activated", Event.subject == "plan", Plan.year == year)
    )
    counts = {Counting.PLAN_CATEGORIES: categories, Counting.PLAN_ITEMS: items}
    return {
        kind.key: CountedFigure(
            kind.key,
            kind.label,
            float(counts[kind.counting]),
            kind.unit,
            kind.rule(),
            events=(event,) if event else (),
        )
        for kind in figure_kinds()
        if kind.from_plan
    }


def by_key(figures: Sequence[CountedFigure]) -> dict[str, CountedFigure]:
    """The figures by their keys."""
    return {figure.key: figure for figure in figures}
