"""From a reader's waiting entries to the parts of a digest: as things stand today, each thing once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from notifications.audience import DIGEST
from notifications.entries import Waiting
from notifications.facts_digest import owner_letter
from notifications.standings import Standings
from notifications.telling import Audience, Lapse, Part, Telling
from notifications.work_rows import MOST_ROWS

#: Letters of the ladder to the owner; which one it is follows the day of the digest.
_DATED = frozenset({"due_soon", "due_today", "overdue"})
#: Letters of the ladder to those above the owner: who is told of the later rung needs no earlier one.
_ABOVE = ("absent", "overseen", "escalated")
#: Work that is due in so many workdays is pressing.
_PRESSING_WORKDAYS = 1
_Row = dict[str, Any]


@dataclass
class Layout:
    """What one reader's entries come to."""

    #: `letter`, `part`, `count` and `facts`, most urgent first.
    parts: list[dict[str, Any]] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    pressing: bool = False
    on_behalf: tuple[int, ...] = ()
    attachments: tuple[str, ...] = ()
    #: Work whose dates are news to the reader.
    dated: tuple[int, ...] = ()

    def has(self, *parts: Part) -> bool:
        """Whether the digest says anything in one of these parts."""
        return any(one["part"] in parts for one in self.parts)


@cache
def lines() -> Mapping[str, Audience]:
    """The lines of the table by letter, most urgent part first."""
    order = list(Part)
    return {one.letter: one for one in sorted(DIGEST, key=lambda one: order.index(one.part or order[-1]))}


def lay_out(telling: Telling, entries: Sequence[Waiting], standings: Standings) -> Layout:
    """One reader's entries, oldest first, as parts of a digest.

    What is over is dropped; a work item that climbed several rungs meanwhile is told with the last.
    """
    layout, gathered = Layout(), dict[str, list[_Row]]()
    whole: list[tuple[str, Mapping[str, Any]]] = []
    bases: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        line = lines()[entry.letter]
        rows = standings.still_true(telling, entry, line)
        if rows == []:
            layout.dropped.append(entry.id)
            continue
        layout.told.append(entry.id)
        layout.pressing |= entry.pressing or line.pressing
        layout.on_behalf += tuple(entry.on_behalf)
        layout.attachments += tuple(entry.attachments)
        if rows is None:
            whole.append((entry.letter, entry.facts))
            continue
        if line.dated:
            layout.dated += tuple(row["id"] for row in rows)
        for row in rows:
            letter = _filed(entry.letter, row, telling.today)
            gathered.setdefault(letter, []).append(row)
            layout.pressing |= (
                letter in _DATED and row["left"] is not None and row["left"] <= _PRESSING_WORKDAYS
            )
        bases[entry.letter] = {**bases.get(entry.letter, {}), **entry.facts}
    _keep_last(gathered)
    _arrange(layout, gathered, bases, whole)
    layout.on_behalf = tuple(dict.fromkeys(layout.on_behalf))
    layout.attachments = tuple(dict.fromkeys(layout.attachments))
    return layout


def _filed(letter: str, row: _Row, today: date) -> str:
    """The letter under which a row belongs today."""
    if letter not in _DATED:
        return letter
    return owner_letter(date.fromisoformat(row["due"]) if row["due"] else None, today)


def _keep_last(gathered: dict[str, list[_Row]]) -> None:
    """Each row once by its number, the newest, but every change; what is told above is not told below."""
    for letter, rows in gathered.items():
        if lines()[letter].part is not Part.CHANGED:  # each change is news
            gathered[letter] = list({row["id"]: row for row in rows}.values())
    _say_why_it_came_back(gathered)
    above: set[int] = set()
    for letter in reversed(_ABOVE):
        gathered[letter] = [row for row in gathered.get(letter, ()) if row["id"] not in above]
        above |= {row["id"] for row in gathered[letter]}


def _say_why_it_came_back(gathered: dict[str, list[_Row]]) -> None:
    """What came back and is due as well is told once: where its date puts it, with the reviewer's words."""
    returned = {row["id"]: row for row in gathered.get("returned", ())}
    for letter in _DATED:
        for row in gathered.get(letter, ()):
            back = returned.pop(row["id"], None)
            if back:
                row |= {"words": back["words"], "sent_back": back["by"]}
    if "returned" in gathered:
        gathered["returned"] = list(returned.values())


def _arrange(
    layout: Layout,
    gathered: Mapping[str, list[_Row]],
    bases: Mapping[str, Mapping[str, Any]],
    whole: Sequence[tuple[str, Mapping[str, Any]]],
) -> None:
    for letter, line in lines().items():
        rows = gathered.get(letter)
        if rows:
            if line.lapses is Lapse.WORK:
                rows = sorted(rows, key=lambda row: (row["due"] or "9", not row["key"]))
            base = bases.get(letter) or next(bases[one] for one in _DATED if one in bases)
            facts = {
                **base,
                "rows": rows[:MOST_ROWS],
                "total": len(rows),
                "more": max(0, len(rows) - MOST_ROWS),
            }
            layout.parts.append(_part(letter, line, len(rows), facts))
        for name, whole_facts in whole:
            if name == letter:
                layout.parts.append(_part(letter, line, 1, dict(whole_facts)))


def _part(letter: str, line: Audience, count: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"letter": letter, "part": str(line.part), "count": count, "facts": facts}
