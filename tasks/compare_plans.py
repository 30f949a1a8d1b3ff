"""What differs between two versions of a plan, item by item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.tables import Plan, PlanItem

#: What an item says; a difference in any of these is a change.
COMPARED = ("category", "title", "key", "owner", "lead", "supporting", "standard", "remark", "phrase")


@dataclass(frozen=True)
class Change:
    """One field of one item, before and after."""

    ref: str
    title: str
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """Added, changed and withdrawn items of the newer version; refs are numbers for life."""

    added: tuple[PlanItem, ...]
    changed: tuple[Change, ...]
    withdrawn: tuple[PlanItem, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.withdrawn)

    def refs(self) -> dict[str, list[str]]:
        """The refs concerned, for the event log."""
        return {
            "added": [item.ref for item in self.added],
            "changed": list(dict.fromkeys(change.ref for change in self.changed)),
            "withdrawn": [item.ref for item in self.withdrawn],
        }


def _said(item: PlanItem, name: str) -> str:
    value = getattr(item, name)
    return ("★" if value else "") if name == "key" else str(value)


def compare(before: Plan | None, after: Plan) -> Difference:
    """The difference between two versions; against nothing everything is added."""
    old = {item.ref: item for item in before.items} if before else {}
    new = {item.ref: item for item in after.items}
    changed = [
        Change(ref, item.title, name, _said(old[ref], name), _said(item, name))
        for ref, item in new.items()
        if ref in old
        for name in COMPARED
        if getattr(old[ref], name) != getattr(item, name)
    ]
    return Difference(
        added=tuple(item for ref, item in new.items() if ref not in old),
        changed=tuple(changed),
        withdrawn=tuple(item for ref, item in old.items() if ref not in new),
    )


@dataclass(frozen=True)
class Reread:
    """An item that says what it said and was understood otherwise, as the coordinator confirmed it.

    `field` is `reading` (its periods) or `responsible` (units and owners).
    """

    before: PlanItem
    after: PlanItem
    field: str


def reread(before: Plan, after: Plan) -> list[Reread]:
    """What is to be done otherwise although the words stay: no import tells of it, an approver must know."""
    old = {item.ref: item for item in before.items}
    both = [(old[item.ref], item) for item in after.items if item.ref in old]
    return [
        Reread(was, now, field)
        for was, now in both
        for field, (words, meaning) in _MEANINGS.items()
        if all(getattr(was, name) == getattr(now, name) for name in words) and meaning(was) != meaning(now)
    ]


def _times(item: PlanItem) -> object:
    return item.kind, sorted((slot.period, str(slot.nominal_due_on)) for slot in item.slots)


def _answering(item: PlanItem) -> object:
    return sorted((one.role, one.unit_id, one.owner_id or 0) for one in item.responsibles)


#: By field: the words that it is read from, and what they were understood as.
_MEANINGS: dict[str, tuple[tuple[str, ...], Callable[[PlanItem], object]]] = {
    "reading": (("phrase",), _times),
    "responsible": (("owner", "lead", "supporting"), _answering),
}
