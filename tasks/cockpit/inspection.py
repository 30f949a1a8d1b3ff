"""检查对比: what the newest half-year inspection found against the one before, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Row, Select, and_, bindparam, func, select

from models import periods
from models.documents import DocumentKind
from models.lifecycle import DONE_STATES, OPEN_STATES
from models.pages import CHANGE, Cell, Content, Page, Table
from models.periods import Period, read_period
from models.standing import JUDGED_BY, PUT_OFF
from models.tables import Finding, Inspection, Unit, WorkItem
from tasks.cockpit.counting import how_many
from tasks.cockpit.view import MOST_ROWS, View
from tasks.inspect import MERIT, PROBLEM
from tasks.rates import Rate, rates_of_all

_DAY = bindparam("day", type_=Date)
_THIS, _LAST = (Finding.inspection_id == bindparam(name, type_=Integer) for name in ("this", "last"))
_DONE = WorkItem.state.in_(DONE_STATES)
_OPEN = WorkItem.state.in_(OPEN_STATES)
#: What is counted of the findings of an inspection, by its name on the page.
_COUNTED: dict[str, ColumnElement[bool]] = {
    "problems": Finding.kind == PROBLEM,
    "in_time": and_(_DONE, WorkItem.closed_on <= JUDGED_BY),
    "late": and_(_DONE, WorkItem.closed_on > JUDGED_BY),
    "overdue": and_(_OPEN, WorkItem.due_on < _DAY),
    "pending": and_(_OPEN, WorkItem.due_on >= _DAY),
    "merits": Finding.kind == MERIT,
}
_NOW = [how_many(and_(_THIS, test)) for test in _COUNTED.values()]
_BEFORE = [how_many(and_(_LAST, test)) for test in _COUNTED.values()]
_FOUND: Select[Any] = (
    select(*_NOW, *_BEFORE)
    .select_from(Finding)
    .join(Unit, Unit.id == Finding.unit_id)
    .join(WorkItem, WorkItem.finding_id == Finding.id, isouter=True)
    .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
)
_UNITS = (
    _FOUND.add_columns(Unit.name, Unit.kind, func.count().over().label("units"))
    .where(_THIS | _LAST)
    .group_by(Unit.id, Unit.name, Unit.kind, Unit.position)
    .order_by(_NOW[3].desc(), _NOW[0].desc(), _BEFORE[0].desc(), Unit.position, Unit.id)
    .limit(MOST_ROWS)
)
_INSPECTIONS = select(Inspection.id, Inspection.period).order_by(Inspection.period.desc()).limit(2)
#: The rates that are compared.
_RATES = ("on_time", "late", "open_overdue", "made_up", "missed")


def inspection(view: View) -> Page:
    """The page; six SELECTs, whatever the number of units and findings."""
    known = {period: number for number, period in view.session.execute(_INSPECTIONS)}
    newest = max(known, default="")
    this = read_period(newest) if newest else _half(view)
    last = _before(this)
    facts = {"day": view.today, "this": known.get(this.key, 0), "last": known.get(last.key, 0)}
    found = view.session.execute(_FOUND, facts).one()
    now, before = (
        dict(zip(_COUNTED, part, strict=True)) for part in (found[: len(_COUNTED)], found[len(_COUNTED) :])
    )
    units = view.session.execute(_UNITS, facts).all()
    return Page(
        "inspection",
        view.say("inspection"),
        _summary(view, this, now, before)
        if newest
        else view.say("inspection_none", period=view.period(this)),
        view.today,
        (
            _compared(view, this, last, now, before),
            *((_by_unit(view, units, compared=last.key in known),) if units else ()),
            view.issued(DocumentKind.BULLETIN, this, flow="half-year-inspection"),
        ),
    )


def _half(view: View) -> Period:
    """The half-year that runs."""
    return periods.half(view.today.year, 1 + view.today.month // 7)


def _before(half: Period) -> Period:
    """The half-year before."""
    day = half.start - timedelta(days=1)
    return periods.half(day.year, 1 + day.month // 7)


def _summary(view: View, this: Period, now: dict[str, int], before: dict[str, int]) -> str:
    facts = {**now, "put_right": now["in_time"] + now["late"]}
    earlier = view.say("inspection_before", problems=before["problems"]) if before["problems"] else ""
    return view.sentences([view.say("inspection_summary", period=view.period(this), **facts), earlier])


def _compared(view: View, this: Period, last: Period, now: dict[str, int], before: dict[str, int]) -> Table:
    rates = [rates_of_all(view.session, period, today=view.today) for period in (this, last)]
    known = rates[1].due or any(before.values())
    due = {"rate_due": (rates[0].due, rates[1].due)}
    counts = {f"inspection_{name}": (now[name], before[name]) for name in _COUNTED}
    rows: list[tuple[Content, ...]] = [
        (view.say(key), one, other if known else None, one - other if known else None)
        for key, (one, other) in {**counts, **due}.items()
    ]
    for name in _RATES:
        shares = [getattr(one, name) for one in rates]
        rows.append((view.say(f"rate_{name}"), *map(_rate, shares), _points(*shares)))
    return Table(
        "compared",
        ("measure", "this", "last", CHANGE),
        tuple(rows),
        title=view.say("inspection_compared"),
        note=view.say("inspection_note"),
        headings={"this": view.period(this), "last": view.period(last)},
    )


def _rate(rate: Rate) -> str:
    return f"{rate.shown}（{rate.count}/{rate.of}）" if rate.of else rate.shown


def _points(now: Rate, before: Rate) -> int | None:
    """The change in percentage points; none where one of the two has nothing to share."""
    if now.percent is None or before.percent is None:
        return None
    return now.percent - before.percent


def _by_unit(view: View, units: Sequence[Row[Any]], *, compared: bool) -> Table:
    rows = []
    for one in units:
        now, before = one[: len(_COUNTED)], one[len(_COUNTED) : 2 * len(_COUNTED)]
        again = view.say("inspection_again") if now[0] and before[0] else ""
        problems, in_time, late, overdue, pending, merits = now
        rows.append(
            (
                one.name,
                one.kind,
                problems,
                in_time,
                late,
                Cell(overdue, strong=True),
                pending,
                merits,
                before[0],
                problems - before[0] if compared else None,
                again,
            )
        )
    columns = ("unit", "kind", *(f"found_{name}" for name in _COUNTED), "found_before", CHANGE, "remark")
    return Table(
        "units",
        columns,
        tuple(rows),
        title=view.say("inspection_units"),
        note=view.left_out("more_units", units[0].units - len(units)),
    )
