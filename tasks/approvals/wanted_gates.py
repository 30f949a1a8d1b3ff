"""Which steps of approvals wait for decisions at a gate now, and who can act there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select, text
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.kept.read import pinned
from models.kept.tables import APPROVAL, DEFINITION, PERSON, SEAT, STEP
from models.settings import Settings
from models.substitutes import acting_for
from models.tables import Plan, Publication

#: What waits at gates: documents, of which there are a few a month. Closings and extensions are as many
#: as there are branches.
SUBJECTS: Final = ("plan", "publication")


@dataclass(frozen=True)
class Actor:
    """Somebody who can act at a gate, on behalf of the absent people named."""

    id: int
    name: str
    title: str
    on_behalf: tuple[str, ...] = ()


@dataclass(frozen=True)
class WantedGate:
    """An open round of a step that waits for decisions.

    `step` is the round's number; `period` a key such as `2026` (a plan's year) or `2026-H1`; the step's
    name is in the bureau's language. Nobody is among the `people` where it is nobody's turn.
    """

    approval: int
    step: int
    title: str
    subject: str
    period: str
    step_name: str
    people: tuple[Actor, ...]
    due_on: date | None


# In the words of the partial index, or all approvals there ever were would be read.
_UNFINISHED = text("approval.status IN ('draft', 'running', 'returned')")
_WAITING = (
    select(
        *(APPROVAL.c[name] for name in ("id", "title", "subject", "subject_id", "initiator_id")),
        *(DEFINITION.c[name] for name in ("code", "version", "sha")),
        *(STEP.c[name] for name in ("number", "key", "due_on")),
        SEAT.c.person_id,
    )
    .select_from(APPROVAL)
    .join(DEFINITION, DEFINITION.c.id == APPROVAL.c.definition_id)
    .join(STEP, STEP.c.approval_id == APPROVAL.c.id)
    .outerjoin(
        SEAT,
        (SEAT.c.approval_id == STEP.c.approval_id)
        & (SEAT.c.step == STEP.c.number)
        & text("approval_seat.state = 'open'"),
    )
    .where(_UNFINISHED, APPROVAL.c.subject.in_(SUBJECTS))
    .where(APPROVAL.c.status == Status.RUNNING, APPROVAL.c.suspended_on.is_(None))
    .where(STEP.c.is_open, STEP.c.live)
    .order_by(APPROVAL.c.id, STEP.c.number, SEAT.c.order, SEAT.c.number)
)
_IDS: Any = bindparam("ids", expanding=True)
_PEOPLE = select(PERSON.c.id, PERSON.c.name, PERSON.c.title).where(PERSON.c.active, PERSON.c.id.in_(_IDS))
_PERIODS: Mapping[str, Select[Any]] = {
    "plan": select(Plan.id, Plan.year).where(Plan.id.in_(_IDS)),
    "publication": select(Publication.id, Publication.period).where(Publication.id.in_(_IDS)),
}


def wanted_gates(session: Session, settings: Settings, *, today: date) -> list[WantedGate]:
    """The steps of documents that wait for decisions on `today`, oldest first.

    Who is away is replaced by who acts for them, though never on the own request. A fixed number of
    statements, whatever waits.
    """
    rounds: dict[tuple[int, int], list[Row[Any]]] = {}
    for row in session.connection().execute(_WAITING):
        rounds.setdefault((row.id, row.number), []).append(row)
    every = [row for rows in rounds.values() for row in rows]
    acting = acting_for(session, today)
    people = _people(session, every, acting)
    periods = _periods(session, every)
    return [
        WantedGate(
            approval=first.id,
            step=first.number,
            title=first.title,
            subject=first.subject,
            period=periods.get((first.subject, first.subject_id), ""),
            step_name=_step_name(session, first, settings),
            people=_actors(rows, acting, people),
            due_on=first.due_on,
        )
        for rows in rounds.values()
        for first in rows[:1]
    ]


def _people(
    session: Session, rows: Iterable[Row[Any]], acting: Mapping[int, int]
) -> dict[int, tuple[str, str]]:
    """Name and title of everybody who holds a seat or acts for who does, if active."""
    holders = {row.person_id for row in rows if row.person_id is not None}
    ids = sorted(holders | {acting[one] for one in holders if one in acting})
    return {row.id: (row.name, row.title) for row in session.connection().execute(_PEOPLE, {"ids": ids})}


def _periods(session: Session, rows: Iterable[Row[Any]]) -> dict[tuple[str, int], str]:
    ids: dict[str, set[int]] = {one: set() for one in SUBJECTS}
    for row in rows:
        ids[row.subject].add(row.subject_id)
    return {
        (subject, number): str(period)
        for subject, query in _PERIODS.items()
        for number, period in session.execute(query, {"ids": sorted(ids[subject])})
    }


def _step_name(session: Session, row: Row[Any], settings: Settings) -> str:
    """What papers call the step; one that a newer version lacks keeps its key."""
    step = pinned(session, row.code, row.version, row.sha).by_key.get(row.key)
    return (step.name.get(settings.lang) or step.name["zh"]) if step else str(row.key)


def _actors(
    rows: Iterable[Row[Any]], acting: Mapping[int, int], people: Mapping[int, tuple[str, str]]
) -> tuple[Actor, ...]:
    """Who can act, each once, in the order of the seats."""
    holders: dict[int, list[int]] = {}
    for row in rows:
        if row.person_id is None:
            continue
        substitute = acting.get(row.person_id, row.person_id)
        actor = row.person_id if substitute == row.initiator_id else substitute
        holders.setdefault(actor, []).append(row.person_id)
    return tuple(
        Actor(one, *people[one], tuple(people[held][0] for held in seats if held != one and held in people))
        for one, seats in holders.items()
        if one in people
    )
