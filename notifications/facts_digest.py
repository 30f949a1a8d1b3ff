"""What one day's mail says: what is overdue, due and soon due, and what was escalated to the reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Date, and_, bindparam, select

from models.tables import Reminder, WorkItem
from notifications.approval_rows import waiting_rows
from notifications.telling import Audience, Draft, News, Nobody, Telling
from notifications.work_rows import (
    MOST_ROWS,
    OWED,
    WorkRow,
    by_reader,
    for_whom,
    principals,
    row_fact,
    work_rows,
)

#: The rung that is told to the leader instead of the owner.
ESCALATED = "escalated"
#: How many other overdue items are named by title.
_NAMED = 3


_DAYS = bindparam("days", expanding=True, type_=Date)
_RUNGS = select(Reminder.work_item_id, Reminder.due_on, Reminder.rung).where(Reminder.on.in_(_DAYS))
_OWED = WorkItem.state.in_(OWED)
#: Stands on a rung that it reached on these days, by the due date that it still has.
_CURRENT = (
    select(Reminder.id)
    .where(Reminder.on.in_(_DAYS), Reminder.work_item_id == WorkItem.id, Reminder.due_on == WorkItem.due_on)
    .exists()
)
_OVERDUE = and_(
    WorkItem.owner_id.in_(bindparam("owners", expanding=True)), WorkItem.due_on < bindparam("day", type_=Date)
)


@dataclass
class _Digest:
    """What one reader is told."""

    own: list[WorkRow] = field(default_factory=list)
    escalated: list[WorkRow] = field(default_factory=list)
    also: list[WorkRow] = field(default_factory=list)

    def letter(self, day: date) -> str:
        """Overdue beats due soon; who is owner and leader at once gets one letter with both."""
        if not self.own:
            return "escalated"
        late = any(row.due_on and row.due_on < day for row in self.own)
        return "overdue" if late or self.escalated else "due_soon"


def digests(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One mail per person for the days supervised since the last telling.

    Days that were told late are told together, as they stand on the last of them.
    """
    letters = {audience.letter for audience in audiences}
    days = [date.fromisoformat(one.payload["day"]) for one in news]
    day, event_id = max(days), news[-1].id
    found, unled = _digests(telling, days, day)
    waiting = waiting_rows(telling, found.keys()) if found else {}
    for row in unled:
        yield Nobody("escalated", row.title)
    for reader, digest in found.items():
        letter = digest.letter(day)
        assert letter in letters  # noqa: S101  # the table names all three
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"digest:{day.isoformat()}:{reader}",
            event_id=event_id,
            facts=_facts(telling, digest, reader, day) | {"waiting": _waiting(waiting.get(reader, ()))},
            on_behalf=principals(digest.own, reader),
        )


def _digests(telling: Telling, days: Sequence[date], day: date) -> tuple[dict[int, _Digest], list[WorkRow]]:
    found: dict[int, _Digest] = {}
    unled = []
    own, escalated = _reached(telling, days)
    for reader, rows in by_reader(telling.roster, own).items():
        found.setdefault(reader, _Digest()).own = rows
    for row in escalated:
        leader = _leader(telling, row)
        if leader is None:
            unled.append(row)
        else:
            found.setdefault(leader, _Digest()).escalated.append(row)
    _add_others(telling, found, own, day)
    return found, unled


def _reached(telling: Telling, days: Sequence[date]) -> tuple[list[WorkRow], list[WorkRow]]:
    """What reached a rung on these days and is still owed by the same date: the owners', the leaders'."""
    rungs = telling.session.execute(_RUNGS, {"days": days}).all()
    if not rungs:
        return [], []
    leaders = {(number, due_on) for number, due_on, rung in rungs if rung == ESCALATED}
    owners = {(number, due_on) for number, due_on, rung in rungs if rung != ESCALATED}
    rows = work_rows(telling.session, _OWED, _CURRENT, days=days)
    own = [row for row in rows if (row.id, row.due_on) in owners]
    return own, [row for row in rows if (row.id, row.due_on) in leaders]


def _leader(telling: Telling, row: WorkRow) -> int | None:
    """Who hears of an escalated item; a hidden one is for the coordinator's eyes only."""
    if row.hidden:
        return next(iter(telling.roster.coordinator()), None)
    leader = telling.roster.leader_over(row.unit_id, row.owner_id)
    return None if leader is None else telling.roster.addressee(leader)


def _add_others(telling: Telling, found: dict[int, _Digest], own: Sequence[WorkRow], day: date) -> None:
    """What else is overdue with the same owners and was told before."""
    if not own:
        return
    told = {row.id for row in own}
    owners = list({row.owner_id for row in own})
    others = work_rows(telling.session, _OWED, _OVERDUE, day=day, owners=owners)
    for reader, rows in by_reader(telling.roster, others).items():
        if reader in found:
            found[reader].also = [row for row in rows if row.id not in told]


def _facts(telling: Telling, digest: _Digest, reader: int, day: date) -> dict[str, object]:
    sections = {
        "overdue": [row for row in digest.own if row.due_on and row.due_on < day],
        "due": [row for row in digest.own if row.due_on == day],
        "soon": [row for row in digest.own if row.due_on is None or row.due_on > day],
        "escalated": digest.escalated,
    }
    facts: dict[str, object] = {name: _section(telling, rows, reader, day) for name, rows in sections.items()}
    also = [row.title for row in digest.also]
    return facts | {"day": day.isoformat(), "also": {"count": len(also), "titles": also[:_NAMED]}}


def _waiting(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What waits for the reader's decision; it alone is no reason for a letter."""
    shown = rows[:MOST_ROWS]
    return {"count": len(rows), "rows": shown, "more": len(rows) - len(shown)}


def _section(telling: Telling, rows: Sequence[WorkRow], reader: int, day: date) -> dict[str, object]:
    shown = rows[:MOST_ROWS]
    return {
        "count": len(rows),
        "rows": [
            row_fact(row, day=day, calendar=telling.calendar, for_whom=for_whom(telling.roster, row, reader))
            for row in shown
        ],
        "more": len(rows) - len(shown),
    }
