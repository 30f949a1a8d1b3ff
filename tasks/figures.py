"""Count the figures of a period, each traced to the work items and events behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.figures import Counting, FigureKind, amount, figure_kinds
from models.lifecycle import State
from models.periods import Period
from models.tables import Event, Feedback, Item, Plan, WorkItem

#: Where the items of a year's list come from; rectification items are not part of it.
LISTED = ("plan", "rule")
#: Events that stand behind a counted closing and a counted quantity.
_CLOSED, _REPORTED = "work_item.closed", "work_item.feedback"


@dataclass(frozen=True)
class CountedFigure:
    """A number with its rule and its sources: ids of work items and of events."""

    key: str
    label: str
    value: float
    unit: str
    rule: str
    work_items: tuple[int, ...] = ()
    events: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """The number as it is printed: whole numbers without a decimal point."""
        return amount(self.value)


@dataclass
class _Tally:
    """What was found for one figure so far."""

    value: float = 0
    seen: set[tuple[int, ...]] = field(default_factory=set)
    works: set[int] = field(default_factory=set)
    reports: set[tuple[int, str, datetime]] = field(default_factory=set)

    def take(self, work: int, verb: str, at: datetime | None, *, amount: float) -> None:
        """Add `amount` on the word of one event."""
        self.value += amount
        self.works.add(work)
        if at is not None:
            self.reports.add((work, verb, at))


def compute_figures(session: Session, *, year: int, period: Period) -> tuple[CountedFigure, ...]:
    """The ten figures of the seed for `period`, in catalogue order.

    Plan figures speak of the plan in force in `year`; the others count what was closed or reported
    on local dates within the period. Five SELECTs, whatever the number of work items.
    """
    kinds = {kind.key: kind for kind in figure_kinds()}
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    _count_quantities(session, tallies, year=year, period=period)
    _count_closed(session, tallies, kinds, year=year, period=period)
    events = _events_behind(session, tallies, year=year)
    plan = _count_plan(session, year)
    return tuple(plan.get(key) or _figure(kind, tallies[key], events[key]) for key, kind in kinds.items())


def _figure(kind: FigureKind, tally: _Tally, events: Iterable[int]) -> CountedFigure:
    return CountedFigure(
        kind.key,
        kind.label,
        round(tally.value, 2),
        kind.unit,
        kind.rule(),
        work_items=tuple(sorted(tally.works)),
        events=tuple(sorted(events)),
    )


def _count_quantities(session: Session, tallies: dict[str, _Tally], *, year: int, period: Period) -> None:
    """Add the quantities reported in the period on items that have a target."""
    rows = session.execute(
        select(Item.figure, WorkItem.id, Feedback.at, Feedback.quantity)
        .join(WorkItem, WorkItem.id == Feedback.work_item_id)
        .join(Item, Item.id == WorkItem.item_id)
        .where(
            Item.year == year,
            Item.figure != "",
            WorkItem.target.is_not(None),
            WorkItem.state != State.CANCELLED,
            Feedback.quantity.is_not(None),
            Feedback.on.between(period.start, period.end),
        )
        .order_by(Feedback.id)
    )
    for key, work, at, quantity in rows:
        tallies[key].take(work, _REPORTED, at, amount=float(quantity or 0))


def _count_closed(
    session: Session, tallies: dict[str, _Tally], kinds: dict[str, FigureKind], *, year: int, period: Period
) -> None:
    """Add one for each work item without a target that was closed in the period."""
    rows = session.execute(
        select(
            Item.figure,
            WorkItem.id,
            WorkItem.item_id,
            WorkItem.unit_id,
            WorkItem.period,
            WorkItem.closed_at,
        )
        .join(Item, Item.id == WorkItem.item_id)
        .where(
            Item.year == year,
            Item.figure != "",
            WorkItem.target.is_(None),
            WorkItem.state == State.CLOSED,
            WorkItem.closed_on.between(period.start, period.end),
        )
        .order_by(WorkItem.closed_at, WorkItem.id)
    )
    for row in rows:
        kind = kinds.get(row.figure)
        if kind is None or kind.counting is not Counting.CLOSED:
            continue
        identity = (row.item_id, row.period) if kind.once else (row.item_id, row.period, row.unit_id)
        tally = tallies[row.figure]
        tally.take(row.id, _CLOSED, row.closed_at, amount=0 if identity in tally.seen else 1)
        tally.seen.add(identity)


def _events_behind(session: Session, tallies: dict[str, _Tally], *, year: int) -> dict[str, set[int]]:
    """The events recorded at the very instants at which the counted reports were made."""
    rows = session.execute(
        select(Event.id, Event.subject_id, Event.verb, Event.at, Item.figure)
        .join(WorkItem, WorkItem.id == Event.subject_id)
        .join(Item, Item.id == WorkItem.item_id)
        .where(
            Event.subject == "work_item",
            Event.verb.in_((_CLOSED, _REPORTED)),
            Item.year == year,
            Item.figure != "",
        )
    )
    found: dict[str, set[int]] = defaultdict(set)
    for event, work, verb, at, key in rows:
        if key in tallies and (work, verb, at) in tallies[key].reports:
            found[key].add(event)
    return found


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
