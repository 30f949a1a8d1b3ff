"""What leaders are told of a month: due, done in time, late and open, by unit, against the month before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta

from sqlalchemy import and_, case, func, select

from models.lifecycle import OPEN_STATES
from models.periods import Period, month, read_period
from models.standing import IN_FORCE, JUDGED_BY, PUT_OFF, due_in
from models.tables import Item, Unit, WorkItem
from notifications.telling import Audience, Draft, News, Nobody, Telling
from notifications.work_rows import MOST_ROWS, row_fact, work_rows

#: How many of the longest overdue items are named.
_WORST = 8


@dataclass(frozen=True)
class Standing:
    """What was due in a month and what had become of it by the month's last day."""

    due: int = 0
    on_time: int = 0
    late: int = 0

    def __add__(self, other: Standing) -> Standing:
        return Standing(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def fact(self) -> dict[str, int]:
        """The plain values, with what stayed open and the share that was done: 100 only if all was."""
        done = self.on_time + self.late
        rate = 100 * done // self.due if self.due else 100
        return {
            "due": self.due,
            "on_time": self.on_time,
            "late": self.late,
            "open": self.due - done,
            "rate": rate,
        }


def progress(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One letter per leader and closed month; who acts for an absent leader gets it."""
    audience = audiences[0]
    for one in news:
        period = read_period(one.payload["period"])
        facts = _facts(telling, period)
        readers: dict[int, int] = {}
        for person in (person for who in audience.who for person in telling.people(who, unit_id=0)):
            readers.setdefault(telling.roster.addressee(person), person)
        if not readers:
            yield Nobody(audience.letter, period.key)
        for reader, principal in readers.items():
            yield Draft(
                letter=audience.letter,
                person_id=reader,
                dedupe=f"progress:{period.key}:{reader}",
                event_id=one.id,
                facts=facts,
                on_behalf=(principal,) if principal != reader else (),
            )


def _facts(telling: Telling, period: Period) -> dict[str, object]:
    before = _month_before(period)
    now, then = _standings(telling, period), _standings(telling, before)
    shown = list(now.items())[:MOST_ROWS]
    return {
        "period": period.key,
        "before_period": before.key,
        "total": sum(now.values(), Standing()).fact(),
        "before": sum(then.values(), Standing()).fact(),
        "units": [
            {"name": name, "now": standing.fact(), "before": then.get((unit_id, name), Standing()).fact()}
            for (unit_id, name), standing in shown
        ],
        "more": len(now) - len(shown),
        "overdue": _overdue(telling, period),
    }


def _standings(telling: Telling, period: Period) -> dict[tuple[int, str], Standing]:
    """By unit, in the organisation's order; what counts and by which date is as in the documents."""
    closed = WorkItem.closed_on <= period.end
    rows = telling.session.execute(
        select(
            Unit.id,
            Unit.name,
            func.count(WorkItem.id),
            func.sum(case((and_(closed, WorkItem.closed_on <= JUDGED_BY), 1), else_=0)),
            func.sum(case((and_(closed, WorkItem.closed_on > JUDGED_BY), 1), else_=0)),
        )
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(due_in(period), IN_FORCE)
        .where(WorkItem.parent_id.is_(None), Item.hidden.is_(False))
        .group_by(Unit.id, Unit.name, Unit.position)
        .order_by(Unit.position, Unit.id)
    )
    return {(row[0], row[1]): Standing(row[2], int(row[3]), int(row[4])) for row in rows}


def _overdue(telling: Telling, period: Period) -> dict[str, object]:
    """All that was due by the end of the month and is open, whichever month it was due in."""
    rows = work_rows(
        telling.session,
        WorkItem.due_on <= period.end,
        WorkItem.state.in_(OPEN_STATES),
        IN_FORCE,
        WorkItem.parent_id.is_(None),
        Item.hidden.is_(False),
    )
    return {
        "count": len(rows),
        "rows": [row_fact(row, day=telling.today) for row in rows[:_WORST]],
        "more": max(0, len(rows) - _WORST),
    }


def _month_before(period: Period) -> Period:
    last = period.start - timedelta(days=1)
    return month(last.year, last.month)
