"""What the half-year report rests on: what was closed, what is late, what is still to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from models import periods
from models.lifecycle import DONE_STATES, State
from models.periods import Period
from models.settings import Settings
from models.tables import Item, WorkItem
from tasks.figures import CountedFigure, compute_figures
from tasks.issue.ledger import Work, works_where
from tasks.issue.office import Office, open_office
from tasks.issue.report_outline import Topic, parts, place_of
from tasks.issue.text import words
from tasks.rates import Rate

#: Added to a figure's key where it speaks of the whole year in the second half's report.
YEAR = "@year"
#: Keys of the report's own two figures.
DUE, CLOSED = "report.due", "report.closed"


@dataclass(frozen=True)
class Facts:
    """What was collected for a half-year's report.

    `done` holds the work of an item that was closed in the period, `overdue`, `returned` and `late`
    the work that did not go well, `missed` the periods that went by and were not made up, `put_off`
    what was to be done in the period and got a later date, `ahead` what is still owed in the time to
    come.
    """

    period: Period
    office: Office
    figures: tuple[CountedFigure, ...]
    done: dict[tuple[int, Topic], tuple[tuple[Work, ...], ...]]
    overdue: tuple[Work, ...]
    returned: tuple[Work, ...]
    late: tuple[Work, ...]
    missed: tuple[Work, ...]
    put_off: tuple[Work, ...]
    ahead: tuple[Work, ...]
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
    """Everything that the report speaks of; hidden items are left out. Some ten SELECTs in all."""
    office = open_office(session, settings, period)
    works = works_where(session, _concerns(period))
    due = [work for work in works if work.due_on and work.due_on in period and _counts(work, today)]
    closed = [work for work in due if work.state in DONE_STATES]
    figures = _figures(session, period, due=due, closed=closed)
    open_works = [work for work in works if work.state not in DONE_STATES]
    return Facts(
        period,
        office,
        figures,
        _done(works, period),
        overdue=tuple(work for work in open_works if work.due_on and work.due_on < today),
        returned=tuple(work for work in works if work.returns and work.due_on and work.due_on in period),
        late=tuple(work for work in closed if work.done_late),
        missed=tuple(work for work in open_works if work.missed(today)),
        put_off=tuple(work for work in works if work.first_due_on and work.first_due_on in period),
        ahead=tuple(work for work in open_works if work.due_on is None or work.due_on >= today),
        today=today,
        at=at,
        home=settings.home,
    )


def _concerns(period: Period) -> ColumnElement[bool]:
    """Closed or due in the period, still owed from before, or due before the year's (or next half's) end."""
    horizon = _horizon(period)
    return and_(
        WorkItem.state != State.CANCELLED,
        Item.hidden.is_(False),
        or_(
            WorkItem.closed_on.between(period.start, period.end),
            WorkItem.due_on.between(period.start, horizon),
            and_(WorkItem.due_on < period.start, WorkItem.closed_on.is_(None)),
        ),
        or_(Item.withdrawn_at.is_(None), WorkItem.state.in_(DONE_STATES)),
    )


def _horizon(period: Period) -> date:
    year = period.start.year
    return periods.half(year, 2).end if period.key.endswith("H1") else periods.half(year + 1, 1).end


def _counts(work: Work, today: date) -> bool:
    """Whether a work item is due by now, or was closed ahead of its date."""
    return work.state in DONE_STATES or (work.due_on is not None and work.due_on < today)


def _figures(
    session: Session, period: Period, *, due: Sequence[Work], closed: Sequence[Work]
) -> tuple[CountedFigure, ...]:
    year = period.start.year
    counted = list(compute_figures(session, year=year, period=period))
    counted += [
        CountedFigure(
            key,
            words(f"report.{name}_label"),
            float(len(works)),
            words("report.times"),
            words(f"report.{name}_rule"),
            work_items=tuple(sorted(work.id for work in works)),
        )
        for key, name, works in ((DUE, "due", due), (CLOSED, "closed", closed))
    ]
    if period.key.endswith("H2"):
        whole = compute_figures(session, year=year, period=periods.year(year))
        counted += [
            replace(one, key=one.key + YEAR, label=words("report.year_label", label=one.label))
            for one in whole
            if one.work_items
        ]
    return tuple(counted)


def _done(works: Sequence[Work], period: Period) -> dict[tuple[int, Topic], tuple[tuple[Work, ...], ...]]:
    """Work closed in the period, or with quantities reported, item by item under its topic."""
    groups: dict[int, list[Work]] = defaultdict(list)
    for work in works:
        closed = work.closed_on is not None and work.closed_on in period
        if closed or (work.target and work.done and work.state not in DONE_STATES and work.start_on):
            groups[work.item_id].append(work)
    found: dict[tuple[int, Topic], list[tuple[Work, ...]]] = defaultdict(list)
    for group in sorted(groups.values(), key=lambda group: (group[0].position, group[0].item_id)):
        found[place_of(group[0].title, group[0].category)].append(tuple(group))
    return {place: tuple(items) for place, items in found.items()}


def by_part(works: Sequence[Work]) -> dict[int, list[Work]]:
    """Work items by the number of the report's part, in the report's order."""
    found: dict[int, list[Work]] = {number: [] for number in range(len(parts()))}
    for work in works:
        found[place_of(work.title, work.category)[0]].append(work)
    return {number: own for number, own in found.items() if own}
