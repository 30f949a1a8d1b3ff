"""Five lines for those who lead (向书记汇报30秒): lights, trend, worst, due this week, to be decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Date, bindparam, case, func, select

from models.lifecycle import OPEN_STATES, OWED_STATES
from models.light_history import CHANGED, COUNTED, LIGHT_THEN, UNDER_WAY
from models.supervision.facts import Light
from models.tables import Item, WorkItem
from notifications.telling import Telling
from notifications.work_rows import row_fact, work_rows

#: The lights that the first line counts, most urgent first; grey is what has not begun.
LIGHTS = ("red", "orange", "yellow", "waiting", "blue", "green")
#: How many of the worst items and of the waiting decisions are named.
_NAMED = 3
#: The trend is against so many days ago.
_WEEK = timedelta(days=7)

_DAY = bindparam("day", type_=Date)
_NOW = (
    select(WorkItem.unit_id, WorkItem.light, func.count())
    .join(Item, Item.id == WorkItem.item_id)
    .where(COUNTED, WorkItem.state.in_(OPEN_STATES))
    .group_by(WorkItem.unit_id, WorkItem.light)
)
_THEN = (
    select(WorkItem.unit_id, LIGHT_THEN, func.count())
    .join(Item, Item.id == WorkItem.item_id)
    .outerjoin(CHANGED, CHANGED.c.work_item_id == WorkItem.id)
    .where(COUNTED, UNDER_WAY)
    .group_by(WorkItem.unit_id, LIGHT_THEN)
)
_DUE = (
    select(WorkItem.unit_id, func.count(), func.sum(case((Item.key, 1), else_=0)))
    .join(Item, Item.id == WorkItem.item_id)
    .where(COUNTED, WorkItem.state.in_(OWED_STATES))
    .where(WorkItem.due_on.between(_DAY, bindparam("sunday", type_=Date)))
    .group_by(WorkItem.unit_id)
)
#: The longest overdue of each unit, ★ first.
_RANK = func.row_number().over(
    partition_by=WorkItem.unit_id, order_by=(Item.key.desc(), WorkItem.due_on, WorkItem.id)
)
_RANKED = (
    select(WorkItem.id, _RANK.label("rank"))
    .join(Item, Item.id == WorkItem.item_id)
    .where(COUNTED, WorkItem.state.in_(OWED_STATES), WorkItem.due_on < _DAY)
    .where(WorkItem.light != Light.WAITING.value)
    .subquery()
)
_WORST = WorkItem.id.in_(select(_RANKED.c.id).where(_RANKED.c.rank <= _NAMED))


class _Numbers(NamedTuple):
    """What the five lines are made of, by unit; read with four statements."""

    now: Mapping[int, Counter[str]]
    then: Mapping[int, Counter[str]]
    due: Mapping[int, tuple[int, int]]
    worst: Sequence[tuple[int, dict[str, object]]]

    def units(self) -> frozenset[int]:
        """All units that have work here."""
        return frozenset({*self.now, *self.then, *self.due, *(unit for unit, _ in self.worst)})


def leading(telling: Telling) -> dict[int, frozenset[int]]:
    """Who gets the five lines: reader → the units that they are about.

    The party secretary's are about all units, another leader's about those in charge and all below
    them; who acts for an absent leader reads them for him.
    """
    roster = telling.roster
    found: dict[int, frozenset[int]] = {}
    for leader in roster.leaders():
        if leader in roster.party_secretary():
            units = frozenset(roster.units)
        else:
            own = [unit for unit, person in roster.in_charge.items() if person == leader]
            units = frozenset[int]().union(*(roster.below(unit) for unit in own))
        reader = roster.addressee(leader)
        found[reader] = found.get(reader, frozenset()) | units
    return found


def briefs(
    telling: Telling,
    readers: Collection[int],
    waiting: Mapping[int, Sequence[Mapping[str, Any]]],
) -> dict[int, dict[str, object]]:
    """The five lines of each of these readers; none for whom nothing is under way or to be decided."""
    if not readers:
        return {}
    scope, numbers = leading(telling), _numbers(telling)
    whole = frozenset(telling.roster.units)
    found = {}
    for reader in readers:
        units = scope.get(reader, frozenset())
        # Units that came to their end are no unit of anybody, but what they left open is the bureau's.
        all_units = units == whole
        about = units | numbers.units() if all_units else units
        fact = _fact(telling, about, numbers, waiting.get(reader, ()))
        if fact["open"] or waiting.get(reader):
            found[reader] = fact | {"whole": all_units}
    return found


def _numbers(telling: Telling) -> _Numbers:
    connection, today = telling.session.connection(), telling.today
    now: dict[int, Counter[str]] = {}
    then: dict[int, Counter[str]] = {}
    for unit, light, count in connection.execute(_NOW):
        now.setdefault(unit, Counter())[light] += count
    for unit, light, count in connection.execute(_THEN, {"since": today - _WEEK}):
        then.setdefault(unit, Counter())[light] += count
    due = {row[0]: (row[1], int(row[2])) for row in connection.execute(_DUE, _week(today))}
    rows = work_rows(telling.session, _WORST, day=today)
    rows.sort(key=lambda row: (not row.key, row.due_on or today))
    return _Numbers(now, then, due, [(row.unit_id, row_fact(row, day=today)) for row in rows])


def _week(today: date) -> dict[str, date]:
    """Today up to the Sunday of its week."""
    return {"day": today, "sunday": today + timedelta(days=7 - today.isoweekday())}


def _fact(
    telling: Telling, units: frozenset[int], numbers: _Numbers, waiting: Sequence[Mapping[str, Any]]
) -> dict[str, object]:
    now = sum((numbers.now.get(unit, Counter()) for unit in units), Counter[str]())
    then = sum((numbers.then.get(unit, Counter()) for unit in units), Counter[str]())
    due = [numbers.due[unit] for unit in units if unit in numbers.due]
    return {
        "lights": [{"light": one, "count": now[one], "before": then[one]} for one in LIGHTS],
        "open": sum(now[one] for one in LIGHTS),
        "since": (telling.today - _WEEK).isoformat(),
        "worst": [row for unit, row in numbers.worst if unit in units][:_NAMED],
        "due": {
            "count": sum(count for count, _ in due),
            "key": sum(key for _, key in due),
            "until": _week(telling.today)["sunday"].isoformat(),
        },
        "decisions": {"count": len(waiting), "titles": [row["title"] for row in waiting[:_NAMED]]},
    }
