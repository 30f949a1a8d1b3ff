"""What some branches are reminded of in a month: only what concerns them is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from models.periods import Period
from models.settings import Settings
from models.tables import Item, Responsible, SlipNumber, Unit, WorkItem
from tasks.issue.ledger import Stand, Work, due_in, owed_in, works_where
from tasks.issue.month import Month, open_month
from tasks.issue.places import Place, belonging
from tasks.issue.rows import Row, rows_of, rows_where
from tasks.issue.text import words


@dataclass(frozen=True)
class Slip:
    """What a branch is reminded of in a month, and under which number of the year."""

    month: Month
    branch: Place
    number: int
    due: tuple[Row, ...]
    carried: tuple[Row, ...]
    supports: tuple[Row, ...]

    @property
    def reference(self) -> str:
        """党提〔2026〕第3号."""
        return words("slip.number", year=self.month.year, number=self.number)


def collect_slips(
    session: Session, settings: Settings, period: Period, branches: Sequence[int], *, at: datetime
) -> list[Slip]:
    """The slips of those of these branches that have a number for the month, in the branches' order.

    A fixed number of SELECTs.
    """
    month = open_month(session, settings, period, at=at)
    numbered = select(Unit.id, Unit.name, Unit.kind, Unit.parent_id, SlipNumber.number).join(
        SlipNumber, and_(SlipNumber.unit_id == Unit.id, SlipNumber.period == period.key)
    )
    rows = session.execute(numbered.where(Unit.id.in_(branches)).order_by(Unit.position, Unit.id)).all()
    answers = dict(session.execute(belonging(period, branches)).tuples().all())
    own = belonging(period, branches).with_only_columns(Unit.id)
    owed: dict[int, list[Work]] = defaultdict(list)
    for work in works_where(
        session, and_(owed_in(period), Item.hidden.is_(False), WorkItem.unit_id.in_(own))
    ):
        owed[answers[work.unit_id]].append(work)
    supported = _supported(session, period, own, answers)
    return [
        _slip(month, Place(*about), number, owed[about[0]], supported[about[0]]) for *about, number in rows
    ]


def _supported(
    session: Session, period: Period, own: Select[tuple[int]], answers: Mapping[int, int]
) -> Mapping[int, list[Row]]:
    """What is due of the items that each branch and its groups support, whoever leads them."""
    helping = session.execute(
        select(Responsible.unit_id, Item.id)
        .join(Item, Item.plan_item_id == Responsible.plan_item_id)
        .where(Responsible.role == "supporting", Responsible.unit_id.in_(own))
    )
    items: dict[int, set[int]] = defaultdict(set)
    for unit, item in helping:
        items[answers[unit]].add(item)
    helped = WorkItem.item_id.in_(set().union(*items.values()))
    rows = rows_where(session, and_(due_in(period), Item.hidden.is_(False), helped), period)
    found: dict[int, list[Row]] = defaultdict(list)
    for branch, some in items.items():
        found[branch] = [row for row in rows if row.first.item_id in some]
    return found


def _slip(month: Month, branch: Place, number: int, owed: Sequence[Work], supported: Sequence[Row]) -> Slip:
    rows = rows_of(owed, month.period)
    return Slip(
        month,
        branch,
        number,
        due=tuple(row for row in rows if row.stand is Stand.DUE),
        carried=tuple(row for row in rows if row.stand is Stand.CARRIED),
        supports=tuple(_of_others(branch, owed, supported)),
    )


def _of_others(branch: Place, owed: Sequence[Work], supported: Sequence[Row]) -> Iterator[Row]:
    """What a branch supports, without what it leads itself."""
    for row in supported:
        led = [work for work in owed if work.same == row.first.same]
        left = row.without(led, [branch.kind for work in led if work.unit_id == branch.id])
        if left is not None:
            yield left
