"""One work item with everything around it, as it is told: what belongs to it, and the way that it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from models.lifecycle import Action, State
from models.tables import Item, Person, Unit, WorkItem
from models.work_diagram_path import Taken, WorkPath
from tasks.evidence import Shown

#: Which step of a work item's life an event or a change tells of; others are no steps.
_STEPS = {
    "accepted": Action.ACCEPT,
    "feedback": Action.FEEDBACK,
    "contributed": Action.CONTRIBUTE,
    "evidence": Action.ATTACH,
    "split": Action.SPLIT,
    "extension_asked": Action.EXTEND,
    "extended": Action.EXTEND,
    "urged": Action.URGE,
    "submitted": Action.SUBMIT,
    "withdrawn": Action.WITHDRAW,
    "returned": Action.RETURN,
    "closed": Action.CLOSE,
    "cancelled": Action.CANCEL,
    "revived": Action.REVIVE,
    "handed_over": Action.HAND_OVER,
    "archived": Action.ARCHIVE,
}
#: What the names of rungs begin with on which the owner is urged.
_URGING = "urge"


class Asked(NamedTuple):
    """A request for a later due date."""

    asked_at: datetime
    by: str
    late: bool
    from_due_on: date
    to_due_on: date
    granted_due_on: date | None
    reason: str
    progress: str
    state: str
    decided_at: datetime | None


class Helper(NamedTuple):
    """A supporting unit: `asked_at` is None where nothing of its own is expected of it."""

    unit: str
    owner: str | None
    words: str | None
    asked_at: datetime | None
    given_at: datetime | None
    waived_at: datetime | None
    reason: str | None


class Relative(NamedTuple):
    """A part of the work item, or the whole that it is a part of."""

    id: int
    ref: str
    title: str
    unit: str
    owner: str | None
    due_on: date | None
    closed_on: date | None
    state: str
    light: str
    parent_id: int | None


class Changed(NamedTuple):
    """What a set-based step changed on it; owners are named."""

    at: datetime
    actor: str
    kind: str
    was: str
    now: str
    reason: str
    event: int


class Rung(NamedTuple):
    """A rung of the ladder that it reached."""

    on: date
    track: str
    rung: str
    due_on: date


class Happened(NamedTuple):
    """An event that speaks of it; `name` is the actor's, the address where nobody is known by it."""

    id: int
    at: datetime
    actor: str
    name: str
    verb: str
    payload: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Story:
    """A work item with everything around it; `substitute` acts for its owner today.

    `registered_at` is when a plan first had it, None where no plan does.
    """

    work: WorkItem
    item: Item
    unit: Unit
    owner: Person | None
    substitute: str
    registered_at: datetime | None
    extensions: Sequence[Asked]
    helpers: Sequence[Helper]
    parent: Relative | None
    parts: Sequence[Relative]
    evidence: Sequence[Shown]
    changes: Sequence[Changed]
    rungs: Sequence[Rung]
    events: Sequence[Happened]

    @property
    def made_up(self) -> bool:
        """Whether it was closed after its due date: made up (补), never on time."""
        return bool(self.work.closed_on and self.work.due_on and self.work.closed_on > self.work.due_on)

    def path(self, zone: tzinfo, title: str = "") -> WorkPath:
        """The way that it took through its life, by local days."""
        steps = sorted(self._steps(zone), key=lambda one: one[0])
        return WorkPath.of(State(self.work.state), [step for _, step in steps], title=title)

    def _steps(self, zone: tzinfo) -> Iterator[tuple[tuple[date, int, int], Taken]]:
        """Every step with what orders it: the day, what comes before events, the event."""
        opened = [one for one in self.events if one.verb == "work_item.opened"]
        began = opened[0].at if opened else self.registered_at or self.work.assigned_at
        by = opened[0].name if opened else ""
        if began is not None:
            day = began.astimezone(zone).date()
            yield (day, 0, 0), Taken(Action.REGISTER, day, by)
        if self.work.assigned_at is not None:
            day = self.work.assigned_at.astimezone(zone).date()
            yield (day, 1, 0), Taken(Action.ASSIGN, day, by)
        for event in self.events:
            action = _STEPS.get(event.verb.rpartition(".")[2])
            if action is not None:
                day = event.at.astimezone(zone).date()
                yield (day, 2, event.id), Taken(action, day, event.name)
        for change in self.changes:
            action = _STEPS.get(change.kind)
            if action is not None:
                day = change.at.astimezone(zone).date()
                yield (day, 2, change.event), Taken(action, day, change.actor)
        for rung in self.rungs:
            if rung.rung.startswith(_URGING):
                yield (rung.on, 3, 0), Taken(Action.URGE, rung.on)
