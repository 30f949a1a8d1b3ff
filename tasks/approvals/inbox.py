"""What waits for a person: own seats, those of absent people, returned requests, copies to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.kept.tables import ABSENCE, APPROVAL, PERSON, READER, SEAT, STEP

#: The kind of a row that is no seat: a returned request waits for its initiator.
REWORK = "rework"


@dataclass(frozen=True, slots=True)
class WaitingSeat:
    """One row of a to-do list. `holder` differs from the reader of the list who acts for them.

    `kind` is a `SeatKind`, or `rework` for a returned request; that has no seat and no step.
    """

    approval: int
    seat: int
    title: str
    subject: str
    subject_id: int
    definition: int
    step: str
    kind: str
    holder: int
    holder_name: str
    initiator: int
    initiator_name: str
    #: When the approval was begun, and the day on which this step was.
    opened_at: datetime
    opened_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class UnreadCopy:
    """An approval of which a person has a copy that was not read."""

    approval: int
    title: str
    subject: str
    subject_id: int
    status: Status
    initiator_name: str
    opened_at: datetime


_HOLDER, _INITIATOR = PERSON.alias("holder"), PERSON.alias("initiator")
# Said literally, as in the partial indexes: with a parameter they would not be used.
_OPEN, _RETURNED = text("approval_seat.state = 'open'"), text("approval.status = 'returned'")
_ME: BindParameter[Any] = bindparam("me")
_DAY: BindParameter[Any] = bindparam("day")

_COLUMNS = (
    APPROVAL.c.id,
    SEAT.c.number,
    APPROVAL.c.title,
    APPROVAL.c.subject,
    APPROVAL.c.subject_id,
    APPROVAL.c.definition_id,
    STEP.c.key,
    SEAT.c.kind,
    _HOLDER.c.id.label("holder_id"),
    _HOLDER.c.name.label("holder_name"),
    _INITIATOR.c.id.label("initiator_id"),
    _INITIATOR.c.name.label("initiator_name"),
    APPROVAL.c.opened_at,
    STEP.c.opened_on,
    STEP.c.due_on,
)
_REWORK_COLUMNS = (
    APPROVAL.c.id,
    literal_column("0").label("number"),
    *(APPROVAL.c[name] for name in ("title", "subject", "subject_id", "definition_id")),
    literal_column("''").label("key"),
    literal(REWORK).label("kind"),
    _INITIATOR.c.id.label("holder_id"),
    _INITIATOR.c.name.label("holder_name"),
    _INITIATOR.c.id.label("initiator_id"),
    _INITIATOR.c.name.label("initiator_name"),
    APPROVAL.c.opened_at,
    *(null().cast(STEP.c[name].type).label(name) for name in ("opened_on", "due_on")),
)
_SEATS = (
    select(*_COLUMNS)
    .select_from(SEAT)
    .join(STEP, and_(STEP.c.approval_id == SEAT.c.approval_id, STEP.c.number == SEAT.c.step))
    .join(APPROVAL, APPROVAL.c.id == SEAT.c.approval_id)
    .join(_HOLDER, _HOLDER.c.id == SEAT.c.person_id)
    .join(_INITIATOR, _INITIATOR.c.id == APPROVAL.c.initiator_id)
    .where(_OPEN, APPROVAL.c.suspended_on.is_(None))
)
_REWORKS = (
    select(*_REWORK_COLUMNS)
    .join_from(APPROVAL, _INITIATOR, _INITIATOR.c.id == APPROVAL.c.initiator_id)
    .where(_RETURNED, APPROVAL.c.suspended_on.is_(None))
)


def _mine() -> Select[Any]:
    """Seats of mine and of everybody for whom I act today."""
    latest = (
        select(func.max(ABSENCE.c.id))
        .where(ABSENCE.c.starts_on <= _DAY, ABSENCE.c.ends_on >= _DAY, ABSENCE.c.substitute_id.is_not(None))
        .group_by(ABSENCE.c.person_id)
    )
    away = select(ABSENCE.c.person_id, ABSENCE.c.substitute_id).where(ABSENCE.c.id.in_(latest)).cte("away")
    mine = select(PERSON.c.id.label("person_id")).where(PERSON.c.id == _ME).cte("mine", recursive=True)
    # Who is away too passes on what would come; UNION ends where absences point at each other.
    gone = exists().where(away.c.person_id == _ME)
    covered = select(away.c.person_id).join(mine, away.c.substitute_id == mine.c.person_id).where(~gone)
    mine = mine.union(covered)
    # As a list, not as a join: SQLite then looks each of them up instead of walking all open seats.
    return _SEATS.where(
        SEAT.c.person_id.in_(select(mine.c.person_id)),
        or_(SEAT.c.person_id == _ME, APPROVAL.c.initiator_id != _ME),
    )


def _in_order(*parts: Select[Any]) -> Select[Any]:
    every = union_all(*parts).subquery()
    return select(every).order_by(every.c.id, every.c.number)


_FOR_ONE = _in_order(_mine(), _REWORKS.where(APPROVAL.c.initiator_id == _ME))
_FOR_ALL = _in_order(_SEATS, _REWORKS)
_COPIES = (
    select(
        *(APPROVAL.c[name] for name in ("id", "title", "subject", "subject_id", "status")),
        _INITIATOR.c.name,
        APPROVAL.c.opened_at,
    )
    .select_from(READER)
    .join(APPROVAL, APPROVAL.c.id == READER.c.approval_id)
    .join(_INITIATOR, _INITIATOR.c.id == APPROVAL.c.initiator_id)
    .where(READER.c.person_id == _ME, READER.c.read_at.is_(None))
    .order_by(APPROVAL.c.id)
)


def waiting_for(session: Session, person_id: int | None, day: date) -> list[WaitingSeat]:
    """What a person can decide or must rework today, oldest first; of everybody if None.

    Seats of absent people are on the list of who acts for them in the end; nobody acts on the own
    request for somebody else. Suspended approvals wait for nobody.
    """
    session.flush()
    if person_id is None:
        rows = session.connection().execute(_FOR_ALL)
    else:
        rows = session.connection().execute(_FOR_ONE, {"me": person_id, "day": day})
    return [WaitingSeat(*row) for row in rows]


def copies_for(session: Session, person_id: int) -> list[UnreadCopy]:
    """The copies that a person has not read yet, oldest first."""
    session.flush()
    rows = session.connection().execute(_COPIES, {"me": person_id})
    return [
        UnreadCopy(number, title, subject, subject_id, Status(status), name, opened_at)
        for number, title, subject, subject_id, status, name, opened_at in rows
    ]
