"""The workday calendar in the database: kept as the bureau's calendar says, written only where it differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

from sqlalchemy import Date, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from models.prepared import Prepared, run
from models.supervision.facts import Counts, Workdays
from models.tables import WorkdayCount, WorkItem
from models.workdays import load_calendar

#: The calendar reaches so many years before the first and after the last due date of open work: a rung
#: may lie so far from its due date.
YEARS_BEFORE, YEARS_AFTER = 1, 2
#: Due dates more years away than these are looked at when they have come nearer.
FURTHEST = 10
_ONE = timedelta(days=1)
_STORED = WorkdayCount.__table__.c
_FROM, _TO = bindparam("first", type_=Date), bindparam("last", type_=Date)
_KNOWN = Prepared(
    select(_STORED.day, _STORED.number, _STORED.worked)
    .where(_STORED.day.between(_FROM, _TO))
    .order_by(_STORED.day)
)
# Four statements of one index look-up each.
_ENDS = Prepared(
    select(
        select(func.min(_STORED.day)).scalar_subquery().label("first"),
        select(func.max(_STORED.day)).scalar_subquery().label("last"),
        select(func.min(WorkItem.due_on))
        .where(WorkItem.closed_at.is_(None))
        .scalar_subquery()
        .label("earliest"),
        select(func.max(WorkItem.due_on))
        .where(WorkItem.closed_at.is_(None))
        .scalar_subquery()
        .label("latest"),
    )
)
_PUT = Prepared(insert(WorkdayCount))


class Counted(NamedTuple):
    """A day in the database's calendar.

    `today` and `yesterday` count the workdays up to and including the day and the day before it;
    `horizon` is the last day that is stored; `changed` says that a day is worked that was not, or the
    other way round.
    """

    today: int
    yesterday: int
    horizon: date
    changed: bool


def count_workdays(session: Session, calendar: Workdays, day: date) -> Counted:
    """Keep the stored calendar as `calendar` has the years around `day`; what lies further away stays.

    The calendar is one that `models.workdays.load_calendar` made for the day's year.
    """
    first, last = date(day.year - 1, 1, 1), date(day.year + 1, 12, 31)
    known, ends = (done.rows for done in run(session, (_KNOWN, {"first": first, "last": last}), (_ENDS, {})))
    meant = [(one, calendar.is_workday(one)) for one in _days(first, last)]
    begin, end = _reach(day, first, last, ends[0])
    stored = [(row.day, bool(row.worked)) for row in known]
    same = stored == meant
    if same and ends[0].first <= begin and ends[0].last >= end:
        row = known[(day - first).days]
        return Counted(row.number, row.number - bool(row.worked), ends[0].last, changed=False)
    kept = {row.day: row.worked for row in session.execute(select(_STORED.day, _STORED.worked))}
    begin, end = min([begin, *kept]), max([end, *kept])
    new = {one: kept.get(one, calendar.is_workday(one)) for one in _days(begin, end)} | dict(meant)
    numbers = dict(zip(new, accumulate(new.values()), strict=True))
    session.execute(delete(WorkdayCount))
    run(session, (_PUT, [{"day": one, "number": numbers[one], "worked": new[one]} for one in new]))
    changed = any(new[one] != worked for one, worked in kept.items())
    return Counted(numbers[day], numbers[day] - new[day], end, changed)


def stored_calendar(session: Session, days: Iterable[date | None]) -> Counts:
    """The stored calendar for these days and those before them; the statutory one where it lacks any."""
    asked = {one - step * _ONE for one in days if one is not None for step in (0, 1)}
    rows = session.execute(select(_STORED.day, _STORED.number).where(_STORED.day.in_(asked)))
    found = {row.day: row.number for row in rows}
    if len(found) == len(asked):
        return _Stored(found)
    return load_calendar({one.year for one in asked})


class _Stored(NamedTuple):
    """How many workdays lie on or before each of a few days."""

    numbers: Mapping[date, int]

    def between(self, start: date, end: date) -> int:
        """How many workdays lie after `start` up to and including `end`."""
        return self.numbers[end] - self.numbers[start]


def _reach(day: date, first: date, last: date, ends: object) -> tuple[date, date]:
    """The days that must be stored at least."""
    earliest = getattr(ends, "earliest", None) or day
    latest = getattr(ends, "latest", None) or day
    begin = max(earliest.year - YEARS_BEFORE, day.year - FURTHEST)
    end = min(latest.year + YEARS_AFTER, day.year + FURTHEST)
    return min(first, date(begin, 1, 1)), max(last, date(end, 12, 31))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _ONE for number in range((last - first).days + 1))
