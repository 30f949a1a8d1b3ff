"""What the ladder tells: owners of what is due and overdue, heads and leaders of what nobody moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Date, bindparam, select

from models.lifecycle import OWED_STATES
from models.tables import Reminder, WorkItem
from notifications.telling import Audience, Draft, News, Nobody, Telling
from notifications.work_rows import WorkRow, for_whom, principals, row_fact, work_rows

#: Tracks of the ladder that are told to somebody else than the owner.
_HEAD, _LEADER = "head", "leader"
#: Rungs that say something of their own, whatever the due date is.
_SILENT, _ABSENT = "silent", "absent"
_OF_THEIR_OWN = frozenset({_SILENT, _ABSENT})

_DAYS = bindparam("days", expanding=True, type_=Date)
_RUNGS = (
    select(Reminder.work_item_id, Reminder.track, Reminder.rung, Reminder.due_on)
    .where(Reminder.on.in_(_DAYS))
    .order_by(Reminder.id)
)
_OWED = WorkItem.state.in_(OWED_STATES)
_REACHED = select(Reminder.id).where(Reminder.on.in_(_DAYS), Reminder.work_item_id == WorkItem.id).exists()


class _Rung(NamedTuple):
    """A rung that a work item reached: its track, name, number (0: none) and the date that it belongs to."""

    track: str
    name: str
    number: int
    due_on: date


def ladder(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft | Nobody]:
    """One draft per reader and kind of rung for the days supervised since the last telling.

    Days that were told late are told together, as they stand on the last of them. What is told says
    the rungs that still belong to the work: done work, and dates that were moved since, are left out.
    """
    letters = {audience.letter for audience in audiences}
    days = [date.fromisoformat(one.payload["day"]) for one in news]
    day, event_id = max(days), news[-1].id
    found: dict[tuple[str, int], dict[int, tuple[WorkRow, _Rung]]] = {}
    for row, rung in _reached(telling, days):
        letter = _letter(row, rung, day)
        reader = _reader(telling, row, letter)
        if reader is None:
            yield Nobody(letter, row.title)
        elif letter in letters:
            found.setdefault((letter, reader), {})[row.id] = row, rung
    for (letter, reader), reached in found.items():
        rows = [row for row, _ in reached.values()]
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"{letter}:{day.isoformat()}:{reader}",
            event_id=event_id,
            facts=_facts(telling, reached.values(), reader, day),
            on_behalf=principals(rows, reader) if letter in _OWNERS else (),
            pressing=letter == "overdue" and any(rung.number <= 1 for _, rung in reached.values()),
        )


#: Letters to whoever answers for the work.
_OWNERS = frozenset({"due_soon", "due_today", "overdue", "silent"})


def _reached(telling: Telling, days: Sequence[date]) -> Iterator[tuple[WorkRow, _Rung]]:
    """What reached a rung on these days and is still owed by the same date, with the rung."""
    rungs: dict[int, list[_Rung]] = {}
    for number, track, rung, due_on in telling.session.execute(_RUNGS, {"days": days}):
        name, _, times = rung.partition("-")
        rungs.setdefault(number, []).append(
            _Rung(track, name, int(times) if times.isdecimal() else 0, due_on)
        )
    if not rungs:
        return
    for row in work_rows(telling.session, _OWED, _REACHED, days=days):
        for rung in rungs.get(row.id, ()):
            if rung.name in _OF_THEIR_OWN or row.due_on in {None, rung.due_on}:
                yield row, rung


def _letter(row: WorkRow, rung: _Rung, day: date) -> str:
    if rung.name == _ABSENT:
        return "absent"
    if rung.track in {_HEAD, _LEADER}:
        return "overseen" if rung.track == _HEAD else "escalated"
    return "silent" if rung.name == _SILENT else owner_letter(row.due_on, day)


def owner_letter(due_on: date | None, day: date) -> str:
    """With which letter an owner reads of work that is due then; what has no date is only silent."""
    if due_on is None:
        return "silent"
    if due_on < day:
        return "overdue"
    return "due_today" if due_on == day else "due_soon"


def _reader(telling: Telling, row: WorkRow, letter: str) -> int | None:
    """Who reads of a rung; nobody but owner and coordinator hears of hidden work."""
    roster = telling.roster
    if letter in _OWNERS:
        return None if row.owner_id is None else roster.addressee(row.owner_id, hidden=row.hidden)
    if row.hidden:
        return next(iter(roster.coordinator()), None)
    head = next(iter(roster.unit_head(row.unit_id)), None)
    if letter == "escalated" or head in {None, row.owner_id}:
        head = roster.leader_over(row.unit_id, row.owner_id)
    return None if head is None else roster.addressee(head)


def _facts(
    telling: Telling, reached: Iterable[tuple[WorkRow, _Rung]], reader: int, day: date
) -> dict[str, object]:
    rows = [
        row_fact(row, day=day, calendar=telling.calendar, for_whom=for_whom(telling.roster, row, reader))
        # Who is asked for news of standing work, or told that an owner is away, is not urged.
        | {"urge": 0 if rung.name in _OF_THEIR_OWN else rung.number, "since": rung.due_on.isoformat()}
        for row, rung in reached
    ]
    return {"rows": rows, "total": len(rows), "more": 0, "also": {"count": 0, "titles": []}}
