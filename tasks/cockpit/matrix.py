"""季度清单矩阵: how much of which item each branch has done in the quarter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Date, Select, bindparam, case, func, or_, select

from models import periods
from models.documents import DocumentKind
from models.lifecycle import OPEN_STATES
from models.light_history import COUNTED
from models.pages import Cell, Content, Page, Table
from models.periods import Period
from models.roles import BRANCHES, UnitKind
from models.standing import IN_FORCE
from models.tables import Item, Unit, WorkItem
from tasks.cockpit.view import View, titled
from tasks.issue.checklist import collect_checklists
from tasks.issue.quarter import Checklist
from tasks.issue.tally import Tally
from tasks.issue.text import shortened

#: So many branches stand side by side; of more those with most overdue are shown.
MOST_BRANCHES = 8
#: So many items stand one below the other.
MOST_ITEMS = 40
_NAME_LENGTH = 10
_DAY, _FIRST, _LAST = (bindparam(name, type_=Date) for name in ("day", "first", "last"))

#: The branch that answers for a unit's work: itself, or that of a group.
_BRANCH = case((Unit.kind == UnitKind.GROUP, Unit.parent_id), else_=Unit.id)
#: The branches with most overdue. On its own: no database finds its way from a unit to what is computed.
_LATE = (
    select(_BRANCH)
    .select_from(WorkItem)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .join(Item, Item.id == WorkItem.item_id)
    .where(COUNTED, IN_FORCE, WorkItem.state.in_(OPEN_STATES), WorkItem.due_on < _DAY)
    .where(or_(Unit.kind.in_(BRANCHES), Unit.kind == UnitKind.GROUP))
    .group_by(_BRANCH)
    .order_by(func.count().desc(), _BRANCH)
    .limit(MOST_BRANCHES)
)
_BRANCHES: Select[Any] = (
    select(Unit.id, func.count().over())
    .where(Unit.kind.in_(BRANCHES))
    .where(or_(Unit.starts_on.is_(None), Unit.starts_on <= _LAST))
    .where(or_(Unit.ends_on.is_(None), Unit.ends_on >= _FIRST))
    .order_by(case((Unit.id.in_(bindparam("late", expanding=True)), 0), else_=1), Unit.position, Unit.id)
    .limit(MOST_BRANCHES)
)


def matrix(view: View) -> Page:
    """The page; five SELECTs, whatever the number of branches and items."""
    period = periods.quarter(view.today.year, (view.today.month + 2) // 3)
    branches, count = _branches(view, period)
    lists = collect_checklists(view.session, period, branches)
    sums = {name: sum(one.sums[name] for one in lists) for name in ("due", "carried", "done", "left")}
    return Page(
        "matrix",
        view.say("matrix", period=view.period(period)),
        view.say(
            # The sums are of those that are shown.
            "matrix_summary" if count == len(branches) else "matrix_summary_some",
            branches=len(branches),
            count=count,
            owed=sums["due"] + sums["carried"],
            done=sums["done"],
            left=sums["left"],
            missed=sum(one.missed(view.today) for one in lists),
        ),
        view.today,
        (
            _table(view, lists, left=count - len(branches)),
            view.issued(DocumentKind.CHECKLIST, period, flow="quarterly-checklist"),
        ),
    )


def _branches(view: View, period: Period) -> tuple[list[int], int]:
    """The branches to be shown, and how many there are in all."""
    late = view.session.scalars(_LATE, {"day": view.today}).all()
    wanted = {"first": period.start, "last": period.end, "late": late}
    rows = view.session.execute(_BRANCHES, wanted).all()
    return [row[0] for row in rows], rows[0][1] if rows else 0


def _table(view: View, lists: Sequence[Checklist], *, left: int) -> Table:
    found = _rows(view, lists)
    rows: list[tuple[Content, ...]] = [
        (one.title, *(_cell(view, one.cells[branch.branch.id]) for branch in lists))
        for one in found[:MOST_ITEMS]
    ]
    if lists:
        sums = [one.sums for one in lists]
        total = (Cell(f"{one['done']}/{one['due'] + one['carried']}", strong=True) for one in sums)
        rows.append((Cell(view.say("total"), strong=True), *total))
    return Table(
        "matrix",
        ("title", *(f"branch_{one.branch.id}" for one in lists)),
        tuple(rows),
        title=view.say("matrix_table"),
        note=view.sentences(
            [
                view.left_out("matrix_branches_left", left),
                view.left_out("matrix_items_left", len(found) - MOST_ITEMS),
                view.say("matrix_note"),
            ]
        ),
        headings={f"branch_{one.branch.id}": shortened(one.branch.name, _NAME_LENGTH) for one in lists},
    )


@dataclass
class _Row:
    """An item, or all that inspections found: what each branch owes of it."""

    title: str
    position: tuple[int, int]
    cells: dict[int, list[Tally]] = field(default_factory=lambda: defaultdict(list))


def _rows(view: View, lists: Sequence[Checklist]) -> list[_Row]:
    """The rows in plan order."""
    rows: dict[int, _Row] = {}
    for one in lists:
        for tally in (*one.plain, *one.quotas):
            first = tally.first
            found = first.origin == "finding"
            title = view.say("matrix_findings") if found else titled(first.title, key=first.key)
            place = (first.position, first.item_id)
            row = rows.setdefault(0 if found else first.item_id, _Row(title, place))
            cell = row.cells[one.branch.id]
            cell[:] = [_together(*cell, tally)] if found else [*cell, tally]
    return sorted(rows.values(), key=lambda row: row.position)


def _together(*tallies: Tally) -> Tally:
    """Several items of a branch as one."""
    works = tuple(work for one in tallies for work in one.works)
    due, carried, done = (sum(getattr(one, name) for one in tallies) for name in ("due", "carried", "done"))
    return Tally(works, due, carried, done)


def _cell(view: View, tallies: Sequence[Tally]) -> Content:
    """What a branch did of an item: ✓ where nothing is left; how much was made up, put off, missed."""
    words = []
    for one in tallies:
        counts = {
            "made_up": sum(work.done_late for work in one.works),
            "put_off": sum(work.first_due_on is not None for work in one.works),
            "missed": sum(work.missed(view.today) for work in one.works),
        }
        marks = [view.say(f"matrix_{name}", count=count) for name, count in counts.items() if count]
        words.append(" ".join(["✓" if one.owed and not one.left else one.share, *marks]))
    return "\n".join(words)
