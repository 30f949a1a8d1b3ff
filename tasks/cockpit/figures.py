"""统计数字: the ten figures of the year, what each month added, and what the last report printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from models.documents import DocumentKind
from models.figures import amount
from models.pages import CHANGE, Content, Page, Table
from models.periods import Period, read_period
from models.tables import Figure, Publication
from tasks.cockpit.view import View
from tasks.figures import MonthlyFigure, figures_by_month

_BARS = "▁▂▃▄▅▆▇█"
_REPORTED = (
    select(Publication.period, Figure.key, Figure.value)
    .join(Publication, Publication.id == Figure.publication_id)
    .where(
        Publication.id
        == select(Publication.id)
        .where(Publication.kind == DocumentKind.REPORT, Publication.state == "issued")
        .order_by(Publication.period.desc())
        .limit(1)
        .scalar_subquery()
    )
)


def figures(view: View) -> Page:
    """The page; six SELECTs, whatever the number of work items."""
    year, month = view.today.year, view.today.month
    found = figures_by_month(view.session, year=year, until=view.today)
    printed = view.session.execute(_REPORTED).all()
    period = read_period(printed[0].period) if printed else None
    grown = [
        view.say("figures_grown", label=one.kind.label, count=amount(one.months[-1]), unit=one.kind.unit)
        for one in found
        if one.months and one.months[-1]
    ]
    key = "figures_summary" if grown else "figures_none"
    return Page(
        "figures",
        view.say("figures", year=year),
        view.say(key, month=month, grown=view.joined(grown)),
        view.today,
        (
            _table(view, found, {key: value for _, key, value in printed}, period),
            *((view.issued(DocumentKind.REPORT, period, flow="half-year-report"),) if period else ()),
        ),
    )


def _table(
    view: View, found: Sequence[MonthlyFigure], printed: Mapping[str, float], period: Period | None
) -> Table:
    """A row a figure; the last column only where a report was issued."""
    rows: list[tuple[Content, ...]] = []
    for one in found:
        this = one.months[-1] if one.months else None
        last = one.months[-2] if len(one.months) > 1 else None
        change = this - last if this is not None and last is not None else None
        reported = (printed.get(one.kind.key),) if period else ()
        rows.append(
            (one.kind.label, one.value, one.kind.unit, this, last, change, bars(one.months), *reported)
        )
    columns = ("figure", "this_year", "measure_unit", "this_month", "last_month", CHANGE, "trend")
    return Table(
        "figures",
        (*columns, *(("reported",) if period else ())),
        tuple(rows),
        title=view.say("figures_table"),
        note=view.say("figures_note"),
        headings={"reported": view.say("figures_reported", period=view.period(period))} if period else None,
    )


def bars(values: Sequence[float]) -> str:
    """Numbers as a row of bars, a bar each: nothing is the lowest, the most the highest."""
    most = max(values, default=0)
    steps = len(_BARS) - 1
    return "".join(_BARS[max(1, round(steps * one / most)) if one > 0 else 0] for one in values)
