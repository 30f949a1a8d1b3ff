"""Whether what waiting entries say is still so: the work is owed, the form is not handed in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, select

from models.lifecycle import OWED_STATES
from models.tables import Collection as Form
from models.tables import HandIn, Item, WorkItem
from notifications.entries import Waiting
from notifications.telling import Audience, Lapse, Telling, Who

#: Numbers named in one statement.
_ROWS = 20_000

_Row = dict[str, Any]


class Standing(NamedTuple):
    """How a work item stands."""

    owed: bool
    hidden: bool
    owner_id: int | None
    due_on: date | None
    done: float


@dataclass(frozen=True)
class Standings:
    """The work that entries speak of by its number, and who owes which form."""

    work: dict[int, Standing]
    forms: frozenset[tuple[int, int]]

    def still_true(self, telling: Telling, entry: Waiting, line: Audience) -> list[_Row] | None:
        """The rows of an entry that still hold, as they stand; None where it has none of its own."""
        rows = entry.facts.get("rows")
        if rows is None:
            return None
        if line.lapses is Lapse.WORK:
            return list(self._owed(telling, entry, own=line.who == (Who.OWNER,)))
        if line.lapses is Lapse.FORM:
            due = [row for row in rows if (row["id"], entry.person_id) in self.forms]
            return [{**row, **distance(telling, date.fromisoformat(row["due"]))} for row in due]
        return [dict(row) for row in rows]

    def _owed(self, telling: Telling, entry: Waiting, *, own: bool) -> Iterator[_Row]:
        """Work that is still owed by the same date; `own`: by whom the reader answers for."""
        for row in entry.facts["rows"]:
            now = self.work.get(row["id"])
            if now is None or not now.owed or (now.due_on.isoformat() if now.due_on else "") != row["due"]:
                continue
            mine = now.owner_id is not None and entry.person_id == telling.roster.addressee(
                now.owner_id, hidden=now.hidden
            )
            if mine or not own:
                yield {**row, "done": now.done, **distance(telling, now.due_on)}


def distance(telling: Telling, due: date | None) -> dict[str, object]:
    """How far away a due date is today: workdays left, or calendar days late."""
    late = max(0, (telling.today - due).days) if due else 0
    left = telling.calendar.between(telling.today, due) if due and not late else None
    return {"late": late, "left": left}


def read_standings(telling: Telling, told: Collection[tuple[Waiting, Audience]]) -> Standings:
    """How everything stands that lapsing entries speak of, with a statement of each kind."""
    numbers = {
        lapse: sorted({row["id"] for one, line in told if line.lapses is lapse for row in one.facts["rows"]})
        for lapse in Lapse
    }
    work = {
        number: Standing(state in OWED_STATES, *rest)
        for number, state, *rest in _rows(telling, _WORK, numbers[Lapse.WORK])
    }
    forms = frozenset((row[0], row[1]) for row in _rows(telling, _FORMS, numbers[Lapse.FORM]))
    return Standings(work, forms)


def _rows(telling: Telling, statement: Select[Any], ids: Sequence[int]) -> Iterator[Any]:
    for start in range(0, len(ids), _ROWS):
        yield from telling.session.connection().execute(statement, {"ids": ids[start : start + _ROWS]})


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_WORK = (
    select(WorkItem.id, WorkItem.state, Item.hidden, WorkItem.owner_id, WorkItem.due_on, WorkItem.done)
    .join(Item, Item.id == WorkItem.item_id)
    .where(WorkItem.id.in_(_IDS))
)
_FORMS = (
    select(HandIn.collection_id, HandIn.person_id)
    .join(Form, Form.id == HandIn.collection_id)
    .where(HandIn.collection_id.in_(_IDS), Form.closed_at.is_(None))
    .where(HandIn.handed_in_at.is_(None), HandIn.excused == "")
)
