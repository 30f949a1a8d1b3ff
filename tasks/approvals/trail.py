"""The trail of an approval: everything that happened, oldest first, as a leader can read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.approval.changes import (
    Change,
    Copied,
    CopyRead,
    Noted,
    RungReached,
    Suspended,
    Urged,
    evolve,
    from_json,
)
from models.approval.definition import Definition
from models.approval.path_taken import PathTaken
from models.approval.state import State
from models.messages import Lang, say
from models.tables import Event, Person
from tasks.approvals.store import fetch
from tasks.approvals.trail_tell import Scene, tell
from tasks.approvals.trail_words import Cast, Entry

#: So many digits of an event's hash stand beside its rows.
MARK = 8


@dataclass(frozen=True)
class Row:
    """One line of the trail. `step` is empty where the whole approval is meant.

    `automatic` lines followed by themselves: no person did them.
    """

    at: datetime
    actor: str
    step: str
    round: int
    what: str
    opinion: str
    event: int
    #: The first digits of the event's hash.
    mark: str
    automatic: bool


@dataclass(frozen=True)
class Urging:
    """How often a person urged, and when last."""

    name: str
    count: int
    last_on: date


@dataclass(frozen=True)
class Copy:
    """Who got a copy when, and when it was read."""

    name: str
    at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True)
class Pause:
    """A pause of the clocks; `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Trail:
    """All that happened to an approval, and how it stands. `entries` are the events behind the rows."""

    definition: Definition
    state: State
    cast: Cast
    entries: tuple[Entry, ...]
    rows: tuple[Row, ...]
    urgings: tuple[Urging, ...]
    copies: tuple[Copy, ...]
    pauses: tuple[Pause, ...]

    @property
    def last(self) -> Entry:
        """The event after which it stands as it does."""
        return self.entries[-1]


def trail(session: Session, number: int, lang: Lang = "zh") -> Trail:
    """The trail of an approval; one statement reads its events and one the names in them.

    Raises NotFoundError.
    """
    definition = fetch(session, number).definition
    found = session.scalars(
        select(Event)
        .where(Event.subject == "approval", Event.subject_id == number, Event.verb.like("approval.%"))
        .order_by(Event.id)
    )
    entries = [_entry(event) for event in found]
    mentioned = people_of(entries)
    people = session.execute(select(Person.id, Person.name, Person.email).where(Person.id.in_(mentioned)))
    return trace(definition, entries, Cast({person: (name, email) for person, name, email in people}, lang))


def _entry(event: Event) -> Entry:
    payload = json.loads(event.payload)
    return Entry(
        event.id,
        event.at,
        event.verb.removeprefix("approval."),
        payload["by"],
        event.reason,
        event.hash,
        tuple(from_json(one) for one in payload["changes"]),
    )


def people_of(entries: Sequence[Entry]) -> list[int]:
    """Everybody whom the events name."""
    return sorted({one for entry in entries for one in (entry.by, *_people_in(entry.changes))})


def _people_in(changes: Sequence[Change]) -> Iterator[int]:
    for change in changes:
        if isinstance(change, Urged | RungReached):
            yield from change.people
        elif isinstance(change, Copied | Noted):
            yield change.person
        for name in ("person", "by", "cause_by", "initiator"):
            yield getattr(change, name, 0)


def trace(definition: Definition, entries: Sequence[Entry], cast: Cast) -> Trail:
    """The trail that the events tell; nothing but its arguments decides."""
    states = [State()]
    for entry in entries:
        states.append(evolve(states[-1], entry.changes, entry.at))
    end = states[-1]
    scenes = (
        Scene(definition, before, after, end, entry, cast)
        for before, after, entry in zip(states[:-1], states[1:], entries, strict=True)
    )
    return Trail(
        definition,
        end,
        cast,
        tuple(entries),
        tuple(row for scene in scenes for row in _rows(scene)),
        tuple(Urging(cast.name(by), count, last) for by, (last, count) in end.urges.items()),
        tuple(_copies(entries, cast)),
        tuple(_pauses(entries)),
    )


def path_taken(told: Trail) -> PathTaken:
    """The way that the approval went through its definition, for its diagram."""
    return PathTaken.of(told.state, told.cast.people)


def _rows(scene: Scene) -> Iterator[Row]:
    entry, cast = scene.entry, scene.cast
    for told, people in tell(scene):
        run = scene.end.steps.get(told.step)
        yield Row(
            entry.at,
            told.actor or say("trail.system", cast.lang),
            scene.step_name(run.key) if run else "",
            run.round if run else 0,
            scene.say("of", what=told.what, people=cast.names(people)) if people else told.what,
            told.opinion,
            entry.id,
            entry.hash[:MARK],
            automatic=not told.actor,
        )


def _copies(entries: Sequence[Entry], cast: Cast) -> list[Copy]:
    found: dict[int, Copy] = {}
    for entry in entries:
        for change in entry.changes:
            if isinstance(change, Copied):
                found[change.person] = Copy(cast.name(change.person), entry.at)
            elif isinstance(change, CopyRead):
                found[change.person] = replace(found[change.person], read_at=entry.at)
    return list(found.values())


def _pauses(entries: Sequence[Entry]) -> list[Pause]:
    found: list[Pause] = []
    for entry in entries:
        for change in entry.changes:
            if isinstance(change, Suspended) and change.since:
                found.append(Pause(entry.at))
            elif isinstance(change, Suspended):
                found[-1] = replace(found[-1], until=entry.at)
    return found
