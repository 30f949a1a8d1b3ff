"""What owners are told when a new plan version, or the end of a unit, changes work that they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select

from models.tables import Plan, WorkChange, WorkItem
from notifications.telling import Audience, Draft, News, Telling
from notifications.work_rows import WorkRow, row_fact, work_rows

#: What is told to whoever has the work now; a new owner gets it assigned, and that says it all.
_TOLD = ("moved", "kept", "retargeted", "cancelled")
_HANDED_OVER = "handed_over"


class _Why(NamedTuple):
    """Why the work changed: the plan's version and its superior document, or the unit that ended."""

    version: int = 0
    source: str = ""
    unit: str = ""


class _Change(NamedTuple):
    kind: str
    was: str
    now: str


class _Told(NamedTuple):
    """A work item with its changes, for one reader."""

    row: WorkRow
    changes: list[_Change]
    owner_id: int


def plan_changed(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One entry per reader and event with what it changed on work that the reader had been told of."""
    letter = audiences[0].letter
    changes = _changes(telling, [one.id for one in news])
    if not changes:
        return
    # Whoever was never told of work hears nothing of its changes.
    subjects = select(WorkChange.work_item_id).where(WorkChange.event_id.in_([one.id for one in news]))
    known = work_rows(telling.session, WorkItem.id.in_(subjects), WorkItem.assigned_at.is_not(None))
    rows = {row.id: row for row in known}
    for one in news:
        why = _why(telling, one)
        for reader, told in _readers(telling, rows, changes.get(one.id, {})).items():
            yield Draft(
                letter=letter,
                person_id=reader,
                dedupe=f"{letter}:{one.id}:{reader}",
                event_id=one.id,
                facts={
                    "rows": [_row(telling, item, reader, why) for item in told],
                    "total": len(told),
                    "more": 0,
                },
                on_behalf=tuple(dict.fromkeys(item.owner_id for item in told if item.owner_id != reader)),
                thread=f"work-{told[0].row.id}" if len(told) == 1 else "",
            )


def _changes(telling: Telling, events: Sequence[int]) -> dict[int, dict[int, list[_Change]]]:
    """The changes of each event by work item; what moved by no day is nothing to tell."""
    found: dict[int, dict[int, list[_Change]]] = {}
    query = (
        select(WorkChange.event_id, WorkChange.work_item_id, WorkChange.kind, WorkChange.was, WorkChange.now)
        .where(WorkChange.event_id.in_(events), WorkChange.kind.in_((*_TOLD, _HANDED_OVER)))
        .order_by(WorkChange.id)
    )
    for event, work, kind, was, now in telling.session.execute(query):
        if was != now:
            found.setdefault(event, {}).setdefault(work, []).append(_Change(kind, was, now))
    return found


def _readers(
    telling: Telling, rows: Mapping[int, WorkRow], changes: Mapping[int, list[_Change]]
) -> dict[int, list[_Told]]:
    """Who reads of what: its owner, or who had it until now, or who acts for one of them."""
    found: dict[int, list[_Told]] = {}
    for number, row in rows.items():
        mine = changes.get(number, [])
        taken = [one for one in mine if one.kind == _HANDED_OVER]
        owner = (int(taken[-1].was) if taken[-1].was else None) if taken else row.owner_id
        if not mine or owner is None:
            continue
        reader = telling.roster.addressee(owner, hidden=row.hidden)
        if telling.roster.people[reader].active:
            found.setdefault(reader, []).append(_Told(row, taken or mine, owner))
    return found


def _why(telling: Telling, news: News) -> _Why:
    if news.verb == "unit.ended":
        return _Why(unit=str(news.payload["unit"]))
    plan = telling.session.get(Plan, news.subject_id)
    return _Why(plan.version, plan.source_document) if plan else _Why()


def _row(telling: Telling, told: _Told, reader: int, why: _Why) -> dict[str, object]:
    """A work item as rows have it, with what changed and why."""
    owner = telling.roster.people[told.owner_id]
    fact = row_fact(told.row, for_whom=owner.name if owner.id != reader else "")
    return fact | {
        "changes": [one._asdict() for one in told.changes],
        "taker": (told.row.owner or "") if told.changes[0].kind == _HANDED_OVER else "",
        "version": why.version,
        "source": why.source,
        "ended": why.unit,
    }
