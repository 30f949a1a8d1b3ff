"""What the quarter's matrix counts: each item against each column, added up by the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.figures import amount
from models.lifecycle import DONE_STATES
from models.periods import Period
from models.roles import BRANCHES, UnitKind
from models.standing import DONE_LATE, PUT_OFF, WAS_PUT_OFF
from models.tables import Item, Unit, WorkItem
from tasks.issue.ledger import Work, concerns, works_where
from tasks.issue.marks import YELLOW, done_late_words
from tasks.issue.office import stands_in
from tasks.issue.places import branch_of
from tasks.issue.quarter import Quarter
from tasks.issue.text import words
from tasks.rates import RECURRING, Rate, is_over

#: So many branches have columns of their own: a table of Word has no more than 63. Units that stand for
#: many have larger numbers, and so fewer columns.
MOST_COLUMNS, MOST_JOINED = 60, 20


@dataclass(frozen=True)
class Share:
    """How much was done of an item, or of its quota of a period, by the units of a column.

    `late` counts what was closed after its date, last on `late_on`; `put_off` and `missed` what else
    stays visible of a date.
    """

    due: float
    carried: float
    done: float
    late: int
    late_on: date | None
    put_off: int
    missed: int

    def __add__(self, other: Share) -> Share:
        days = [day for day in (self.late_on, other.late_on) if day]
        return Share(
            self.due + other.due,
            self.carried + other.carried,
            self.done + other.done,
            self.late + other.late,
            max(days, default=None),
            self.put_off + other.put_off,
            self.missed + other.missed,
        )

    def text(self, year: int, *, recurring: bool) -> str:
        """已办／应办, and below it what was made up, put off or missed, in short."""
        marks = []
        if self.late == 1 and self.late_on:
            marks.append(done_late_words(self.late_on, year, recurring=recurring))
        elif self.late:
            marks.append(words("mark.made_up_count", count=self.late))
        if self.put_off:
            marks.append(words("mark.put_off_count", count=self.put_off))
        if self.missed:
            marks.append(words("mark.missed_count", count=self.missed))
        return "\n".join((f"{amount(self.done)}/{amount(self.due + self.carried)}", *marks))

    @property
    def shade(self) -> str:
        """The colour behind its cell: yellow where something was made up."""
        return YELLOW if self.late else ""


NONE = Share(0, 0, 0, 0, None, 0, 0)


@dataclass(frozen=True)
class Counted:
    """An item of the matrix: what each column did of it, its periods together, its quotas one by one."""

    ref: str
    title: str
    recurring: bool
    plain: dict[int, Share]
    quotas: dict[int, dict[str, Share]]

    def shares(self, column: int) -> list[Share]:
        """All that a column did of it: the periods together, then quota by quota."""
        plain = [self.plain[column]] if column in self.plain else []
        return plain + list(self.quotas.get(column, {}).values())


class Holder(NamedTuple):
    """A unit right above branches: how many they are, and what they did of the items counted by periods."""

    name: str
    branches: int
    rate: Rate


@dataclass(frozen=True)
class Matrix:
    """The quarter's matrix.

    `columns` are the names of the branches by number or, where there are too many, of units above them;
    then `holders` has the units right above, one by one. `others` is the work of units that are no
    branches, unit by unit.
    """

    quarter: Quarter
    columns: Mapping[int, str]
    items: tuple[Counted, ...]
    holders: tuple[Holder, ...]
    others: Mapping[str, Sequence[Work]]

    @property
    def joined(self) -> bool:
        """Whether the columns speak of several branches together."""
        return self.quarter.office.branches > MOST_COLUMNS


def collect_matrix(session: Session, quarter: Quarter) -> Matrix:
    """Count the work of all branches, and list that of the other units.

    A few SELECTs that give one row for each item, period and column, however many branches there are.
    """
    joined = quarter.office.branches > MOST_COLUMNS
    above = _above(session, quarter.period) if joined else {}
    rows = session.execute(_counts(quarter, joined=joined)).all()
    branches = select(Unit.id).where(Unit.kind.in_(BRANCHES), stands_in(quarter.period))
    shown = Unit.id.in_(set(above.values()) if joined else branches)
    named = select(Unit.id, Unit.name).where(shown).order_by(Unit.position, Unit.id)
    columns = dict(session.execute(named).tuples().all())
    return Matrix(
        quarter,
        columns,
        _items(rows, above, quarter.today),
        _holders(session, quarter.period, rows) if joined else (),
        _others(session, quarter.period),
    )


def _above(session: Session, period: Period) -> dict[int, int]:
    """For each unit that has branches below it, itself or the unit above it that gets the column.

    As low in the tree as leaves few enough columns.
    """
    standing = and_(Unit.kind.in_(BRANCHES), stands_in(period))
    holders = session.scalars(select(_HOLDER).where(standing).distinct())
    above = select(Unit.id, Unit.parent_id).where(Unit.id.in_(select(Unit.parent_id)))
    parents = dict(session.execute(above).tuples().all())
    found = {holder: holder for holder in holders}
    while len(set(found.values())) > MOST_JOINED:
        lifted = {holder: parents.get(column) or column for holder, column in found.items()}
        if lifted == found:
            break
        found = lifted
    return found


#: Where the branches of one unit are counted together.
_HOLDER = func.coalesce(Unit.parent_id, Unit.id)


def _counts(quarter: Quarter, *, joined: bool) -> Select[Any]:
    """What the branches and their groups did, by column, item, kind of count and period."""
    period, branch = quarter.period, aliased(Unit)
    done = WorkItem.state.in_(DONE_STATES)
    put_off = and_(WAS_PUT_OFF, WorkItem.original_due_on != WorkItem.due_on)
    groups = (
        (func.coalesce(branch.parent_id, branch.id) if joined else branch.id).label("column"),
        WorkItem.target.is_not(None).label("quota"),
        WorkItem.period,
        Item.id,
        Item.ref,
        Item.title,
        Item.key,
        Item.kind,
        Item.position,
    )
    return (
        select(
            *groups,
            _times(WorkItem.due_on >= period.start).label("due"),
            _times(WorkItem.due_on < period.start).label("carried"),
            _times(done).label("done"),
            func.coalesce(func.sum(WorkItem.target), 0).label("target"),
            func.sum(WorkItem.done).label("quantity"),
            _times(DONE_LATE).label("late"),
            func.max(case((DONE_LATE, WorkItem.closed_on))).label("late_on"),
            _times(put_off).label("put_off"),
            _times(and_(~done, WorkItem.due_on < quarter.today)).label("overdue"),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(branch, branch.id == branch_of(period))
        .join(PUT_OFF, PUT_OFF.c.work_item_id == WorkItem.id, isouter=True)
        .where(concerns(period), WorkItem.parent_id.is_(None), Item.hidden.is_(False))
        .where(branch.kind.in_(BRANCHES), stands_in(period, branch))
        .where(or_(WorkItem.target.is_not(None), WorkItem.due_on <= period.end))
        .group_by(*groups)
        .order_by(Item.position, Item.id, WorkItem.period)
    )


def _times(condition: ColumnElement[bool]) -> Any:  # noqa: ANN401  # a sum, to be labelled
    return func.sum(case((condition, 1), else_=0))


def _items(rows: Iterable[Any], above: Mapping[int, int], today: date) -> tuple[Counted, ...]:
    found: dict[int, Counted] = {}
    for row in rows:
        column, recurring = above.get(row.column, row.column), row.kind in RECURRING
        title = f"★{row.title}" if row.key else row.title
        item = found.setdefault(row.id, Counted(row.ref, title, recurring, {}, {}))
        share = Share(
            row.target if row.quota else row.due,
            0 if row.quota else row.carried,
            row.quantity if row.quota else row.done,
            row.late,
            row.late_on,
            row.put_off,
            row.overdue if recurring and is_over(row.period, today) else 0,
        )
        if row.quota:
            quotas = item.quotas.setdefault(column, {})
            quotas[row.period] = quotas.get(row.period, NONE) + share
        else:
            item.plain[column] = item.plain.get(column, NONE) + share
    return tuple(found.values())


def _holders(session: Session, period: Period, rows: Iterable[Any]) -> tuple[Holder, ...]:
    """The units right above branches, in their order."""
    branch = aliased(Unit)
    counted = (
        select(Unit.id, Unit.name, func.count())
        .join(branch, func.coalesce(branch.parent_id, branch.id) == Unit.id)
        .where(branch.kind.in_(BRANCHES), stands_in(period, branch))
        .group_by(Unit.id, Unit.name, Unit.position)
        .order_by(Unit.position, Unit.id)
    )
    rates: dict[int, Rate] = defaultdict(lambda: Rate(0, 0))
    for row in rows:
        if not row.quota:
            rates[row.column] += Rate(row.done, row.due + row.carried)
    return tuple(Holder(name, count, rates[unit]) for unit, name, count in session.execute(counted))


def _others(session: Session, period: Period) -> dict[str, list[Work]]:
    """The work of units that are neither branches nor groups, unit by unit in their order."""
    other = Unit.kind.not_in((*BRANCHES, UnitKind.GROUP))
    works = works_where(session, and_(concerns(period), Item.hidden.is_(False), other, stands_in(period)))
    units = select(Unit.name).where(Unit.id.in_({work.unit_id for work in works}))
    found: dict[str, list[Work]] = {
        name: [] for name in session.scalars(units.order_by(Unit.position, Unit.id))
    }
    for work in works:
        found[work.unit].append(work)
    return found
