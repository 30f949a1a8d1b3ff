"""本月行事历: what is due on which day of the month, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, and_, bindparam, func, select

from models import periods
from models.documents import DocumentKind
from models.lifecycle import DONE_STATES, OPEN_STATES
from models.light_history import COUNTED
from models.pages import Cell, Content, Lines, Page, Table
from models.periods import Period
from models.standing import IN_FORCE
from models.tables import Item, Unit, WorkItem
from tasks.cockpit.counting import how_many
from tasks.cockpit.view import View, titled
from tasks.issue.days import NotableDay, notable_days

#: So many rows are shown; first what is done and past is left out.
MOST_DUE = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = bindparam("day", type_=Date)
_DONE = WorkItem.state.in_(DONE_STATES)
_LATE = and_(WorkItem.state.in_(OPEN_STATES), WorkItem.due_on < _DAY)
_DUE = (
    select(
        WorkItem.due_on,
        Item.title,
        Item.key,
        func.count().label("due"),
        how_many(_DONE).label("done"),
        how_many(_LATE).label("late"),
        func.min(Unit.name).label("unit"),
        func.min(Unit.kind).label("kind"),
        func.count(func.distinct(Unit.kind)).label("kinds"),
    )
    .join(Item, Item.id == WorkItem.item_id)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .where(COUNTED, IN_FORCE)
    .where(WorkItem.due_on.between(bindparam("first", type_=Date), bindparam("last", type_=Date)))
    .group_by(WorkItem.due_on, Item.id, Item.title, Item.key, Item.position)
    .order_by(WorkItem.due_on, Item.position, Item.id)
)
_CARRIED = (
    select(func.count(), func.min(WorkItem.due_on))
    .join(Item, Item.id == WorkItem.item_id)
    .where(COUNTED, IN_FORCE, WorkItem.state.in_(OPEN_STATES))
    .where(WorkItem.due_on < bindparam("first", type_=Date))
)


@dataclass(frozen=True)
class Due:
    """One item on its due date: how many units owe it, how many have done it, how many are late."""

    day: date
    title: str
    key: bool
    due: int
    done: int
    late: int
    #: A unit's name; the kind of all of them, empty where there are several kinds.
    unit: str
    kind: str

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left."""
        return self.done == self.due


def calendar(view: View) -> Page:
    """The page; three SELECTs, whatever the number of units."""
    month = periods.month(view.today.year, view.today.month)
    span = {"first": month.start, "last": month.end, "day": view.today}
    due = [_due(row) for row in view.session.execute(_DUE, span)]
    carried, oldest = view.session.execute(_CARRIED, span).one()
    days = notable_days(view.calendar, month)
    total = {name: sum(getattr(one, name) for one in due) for name in ("due", "done", "late")}
    today = [one for one in due if one.day == view.today]
    words = [
        view.say("calendar_summary", month=month.start.month, **total),
        view.say("calendar_today", count=sum(one.due for one in today), done=sum(one.done for one in today))
        if today
        else view.say("calendar_nothing_today"),
    ]
    known: list[Content] = [*_notable(view, days)]
    if carried:
        known.append(view.say("calendar_carried", count=carried, day=oldest))
    return Page(
        "calendar",
        view.say("calendar", month=month.start.month),
        view.sentences(words),
        view.today,
        (
            *((Lines(tuple(known)),) if known else ()),
            _grid(view, month, due, days),
            _list(view, due),
            view.issued(DocumentKind.CALENDAR, month, flow="monthly-calendar"),
        ),
    )


def _due(row: Any) -> Due:  # noqa: ANN401  # a row of the statement
    kind = row.kind if row.kinds == 1 else ""
    return Due(row.due_on, row.title, row.key, row.due, row.done, row.late, row.unit, kind)


def _notable(view: View, days: Mapping[date, NotableDay]) -> list[str]:
    """The rest days, make-up days and days with a name, a line each kind."""
    kinds: dict[str, list[str]] = {"rest": [], "work": [], "named_days": []}
    for one in days.values():
        kind = "rest" if one.rest else "work" if one.work else "named_days"
        kinds[kind].append(view.say("calendar_named", day=one.day, name=view.joined(one.names)))
    return [view.say(f"calendar_{kind}", days=view.joined(one)) for kind, one in kinds.items() if one]


def _grid(view: View, month: Period, due: Sequence[Due], days: Mapping[date, NotableDay]) -> Table:
    by_day: dict[date, list[Due]] = defaultdict(list)
    for one in due:
        by_day[one.day].append(one)
    monday, weeks = month.start - timedelta(days=month.start.weekday()), []
    while monday <= month.end:
        week = [monday + timedelta(days=n) for n in range(7)]
        weeks.append(
            tuple(_cell(view, day, by_day[day], days.get(day)) if day in month else "" for day in week)
        )
        monday += timedelta(days=7)
    return Table("month", WEEKDAYS, tuple(weeks), title=view.say("calendar_grid"))


def _cell(view: View, day: date, due: Sequence[Due], notable: NotableDay | None) -> Content:
    mark = "" if notable is None else "rest" if notable.rest else "work" if notable.work else ""
    head = [str(day.day), view.say(f"calendar_mark_{mark}") if mark else ""]
    head += [view.say("calendar_mark_today")] if day == view.today else []
    counts = {name: sum(getattr(one, name) for one in due) for name in ("due", "done", "late")}
    lines = [view.say(f"calendar_{name}", count=count) for name, count in counts.items() if count]
    return Cell("\n".join((" ".join(filter(None, head)), *lines)), strong=day == view.today)


def _list(view: View, due: Sequence[Due]) -> Table:
    over = len(due) - MOST_DUE
    past = [one for one in due if one.day < view.today and one.is_done] if over > 0 else []
    rows = [one for one in due if one not in past][:MOST_DUE]
    return Table(
        "due",
        ("day", "title", "unit", "due_count", "done_count", "late_count"),
        tuple(_row(view, one) for one in rows),
        title=view.say("calendar_list"),
        note=view.left_out("calendar_left_out", len(due) - len(rows), view.say("calendar_note")),
        grouped=True,
    )


def _row(view: View, one: Due) -> tuple[Content, ...]:
    key = "units_of_kind" if one.kind else "units"
    units = one.unit if one.due == 1 else view.say(key, count=one.due, kind=one.kind)
    day = Cell(one.day, strong=one.day == view.today)
    done = Cell("✓" if one.is_done else one.done)
    return (day, titled(one.title, key=one.key), units, one.due, done, Cell(one.late, strong=True))
