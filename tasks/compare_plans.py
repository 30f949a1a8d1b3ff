"""What differs between two versions of a plan, item by item."""

from __future__ import annotations

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


def compare(before: Plan | None, after: Plan) -> Difference:
    """The difference between two versions; against nothing everything is added."""
    old = {item.ref: item for item in before.items} if before else {}
    new = {item.ref: item for item in after.items}
    changed = [
        Change(ref, item.title, name, str(getattr(old[ref], name)), str(getattr(item, name)))
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
