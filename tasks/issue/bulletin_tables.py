"""The bulletin's annexes: rates, what to put right, what is overdue, made up, put off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from models.lifecycle import DONE_STATES
from tasks.issue.half import Half
from tasks.issue.ledger import Work
from tasks.issue.marks import YELLOW, late_words
from tasks.issue.places import Place
from tasks.issue.tables import Cell, Content, Grid
from tasks.issue.text import oneline, period_name, short_date, words
from tasks.rates import Rate, Rates

_RATE_WIDTHS = (11.0, 43.0, 15.0, 15.0, 15.0, 16.0, 16.0, 15.0, 15.0)
_RECTIFY_WIDTHS = (30.0, 30.0, 54.0, 24.0, 20.0)
_OVERDUE_WIDTHS = (12.0, 34.0, 54.0, 22.0, 22.0, 16.0)
_DATES_WIDTHS = (11.0, 30.0, 46.0, 19.0, 21.0, 33.0)


def annexes(half: Half) -> list[tuple[str, Grid]]:
    """The annexes with their headings: those that have something to say."""
    tables = [(words("bulletin.table_1"), _rate_grid(half))]
    if half.problems:
        tables.append((words("bulletin.table_2"), _rectify_grid(half)))
    if half.overdue:
        tables.append((words("bulletin.table_3"), _overdue_grid(half)))
    if half.made_up:
        tables.append((words("bulletin.table_4"), _made_up_grid(half)))
    if half.put_off:
        tables.append((words("bulletin.table_5"), _put_off_grid(half)))
    return tables


def _rate_grid(half: Half) -> Grid:
    rows = [
        (str(n), branch.name, *rate_cells(rates)) for n, (branch, rates) in enumerate(half.rates, start=1)
    ]
    rows.append(("", words("bulletin.total"), *rate_cells(half.total)))
    return Grid(tuple(words("bulletin.heads_1").split("|")), _RATE_WIDTHS, rows, (0, *range(2, 9)), size=11)


def rate_cells(rates: Rates) -> tuple[str, ...]:
    """How a branch stands, in the columns behind its name."""
    shares = (rates.on_time, rates.late, rates.open_overdue)
    recurring = (rates.made_up, rates.missed)
    due, ended = str(rates.due), str(rates.missed.of)
    return (due, *map(_rate_cell, shares), ended, *map(_rate_cell, recurring))


def _rate_cell(rate: Rate) -> str:
    return f"{rate.count}\n{rate.shown}"


def _rectify_grid(half: Half) -> Grid:
    rows = [
        (
            half.reference(one),
            one.unit,
            oneline(one.words),
            short_date(one.rectify_by, half.today.year) if one.rectify_by else "",
            one.owner,
        )
        for one in half.problems
    ]
    return Grid(tuple(words("bulletin.heads_2").split("|")), _RECTIFY_WIDTHS, rows, (0, 3, 4), size=11)


def _overdue_grid(half: Half) -> Grid:
    rows: list[tuple[str, ...]] = []
    for branch, _ in half.rates:
        for work in half.overdue.get(branch.id, ()):
            if work.due_on is None:
                continue
            days = (half.today - work.due_on).days
            year = half.today.year
            period, due = period_name(work.period, year), short_date(work.due_on, year)
            number = str(len(rows) + 1)
            rows.append((number, branch.name, work.marked_title, period, due, str(days)))
    return Grid(tuple(words("bulletin.heads_3").split("|")), _OVERDUE_WIDTHS, rows, (0, 3, 4, 5), size=11)


def _made_up_grid(half: Half) -> Grid:
    year = half.today.year
    cells = (
        (branch, work, _day(work.due_on, year), Cell(late_words(work, year), shade=YELLOW))
        for branch, _ in half.rates
        for work in half.made_up.get(branch.id, ())
    )
    return _dates_grid(half, "bulletin.heads_4", cells)


def _put_off_grid(half: Half) -> Grid:
    year = half.today.year
    cells = (
        (branch, work, _day(work.first_due_on, year), put_off_to(half, work))
        for branch, _ in half.rates
        for work in half.put_off.get(branch.id, ())
    )
    return _dates_grid(half, "bulletin.heads_5", cells)


def _dates_grid(half: Half, heads: str, cells: Iterable[tuple[Place, Work, str, Content]]) -> Grid:
    """Number, branch, item, period, a date, and what became of it."""
    year = half.today.year
    rows: list[tuple[Content, ...]] = [
        (str(number), branch.name, work.marked_title, period_name(work.period, year), day, became)
        for number, (branch, work, day, became) in enumerate(cells, start=1)
    ]
    return Grid(tuple(words(heads).split("|")), _DATES_WIDTHS, rows, (0, 3, 4, 5), size=11)


def put_off_to(half: Half, work: Work) -> Content:
    """延期至7月10日, and how the work stands by now."""
    year = half.today.year
    day = words("bulletin.put_off_to", date=_day(work.due_on, year))
    if work.done_late:
        return Cell(f"{day}\n{late_words(work, year)}", shade=YELLOW)
    late = work.due_on is not None and work.due_on < half.today
    stands = "closed" if work.state in DONE_STATES else "overdue_still" if late else "open"
    return f"{day}\n{words(f'bulletin.{stands}')}"


def _day(day: date | None, year: int) -> str:
    return short_date(day, year) if day else ""
