"""Approvals as telling reads them: a fixed number of SELECTs, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func, select
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.approval.read_definition import read_definition
from models.approval.state import (
    SYSTEM,
    Cause,
    Outcome,
    Placing,
    Seat,
    SeatKind,
    SeatState,
    State,
    Status,
    StepRun,
    Verb,
)
from models.tables import (
    Approval,
    ApprovalDefinition,
    ApprovalSeat,
    ApprovalStep,
    Plan,
    PlanItem,
    Publication,
)

_STATES: Mapping[str, SeatState] = {one.value: one for one in SeatState}
_KINDS: Mapping[str, SeatKind] = {one.value: one for one in SeatKind}
_PLACINGS: Mapping[str, Placing] = {one.value: one for one in Placing}
_VERBS: Mapping[str | None, Verb] = {one.value: one for one in Verb}
_CAUSES: Mapping[str | None, Cause] = {one.value: one for one in Cause}
_OUTCOMES: Mapping[str | None, Outcome] = {one.value: one for one in Outcome}


@dataclass(frozen=True)
class Matter:
    """An approval as letters know it; of its state only steps and seats are filled in."""

    id: int
    subject: str
    subject_id: int
    title: str
    initiator: int
    status: Status
    suspended: bool
    opened_at: datetime
    closed_at: datetime | None
    definition: Definition
    state: State
    #: What was put into words of it already, for a step's signers read much the same.
    words: dict[str, Any] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether its open seats can be decided: what is suspended waits for nobody."""
        return self.status is Status.RUNNING and not self.suspended


# Built once: putting a statement together takes longer than running it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_HEADS = (
    select(
        Approval.id,
        Approval.subject,
        Approval.subject_id,
        Approval.title,
        Approval.initiator_id,
        Approval.status,
        Approval.suspended_on,
        Approval.opened_at,
        Approval.closed_at,
        ApprovalDefinition.sha,
    )
    .join(ApprovalDefinition, ApprovalDefinition.id == Approval.definition_id)
    .where(Approval.id.in_(_IDS))
    .order_by(Approval.id)
)
_BODIES = select(ApprovalDefinition.sha, ApprovalDefinition.body).where(
    ApprovalDefinition.sha.in_(bindparam("shas", expanding=True))
)
_STEPS = (
    select(
        ApprovalStep.approval_id,
        ApprovalStep.number,
        ApprovalStep.key,
        ApprovalStep.round,
        ApprovalStep.opened_on,
        ApprovalStep.due_on,
        ApprovalStep.is_open,
        ApprovalStep.live,
        ApprovalStep.outcome,
        ApprovalStep.rungs,
    )
    .where(ApprovalStep.approval_id.in_(_IDS))
    .order_by(ApprovalStep.approval_id, ApprovalStep.number)
)
_SEATS = (
    select(
        ApprovalSeat.approval_id,
        ApprovalSeat.number,
        ApprovalSeat.step,
        ApprovalSeat.person_id,
        ApprovalSeat.state,
        ApprovalSeat.order,
        ApprovalSeat.kind,
        ApprovalSeat.replaces,
        ApprovalSeat.parent,
        ApprovalSeat.placing,
        ApprovalSeat.added_by,
        ApprovalSeat.verb,
        ApprovalSeat.opinion,
        ApprovalSeat.cause,
        ApprovalSeat.closed_by,
        ApprovalSeat.closed_at,
        ApprovalSeat.leaning,
    )
    .where(ApprovalSeat.approval_id.in_(_IDS))
    .order_by(ApprovalSeat.approval_id, ApprovalSeat.number)
)
#: Definitions that this process has read, by the fingerprint of their text.
_read: dict[str, Definition] = {}


def load_matters(session: Session, ids: Collection[int]) -> dict[int, Matter]:
    """Approvals by number, with all their steps and seats; read with three or four statements."""
    if not ids:
        return {}
    some = {"ids": sorted(ids)}
    connection = session.connection()  # rows, not objects
    heads = connection.execute(_HEADS, some).all()
    known = definitions(session, {head.sha for head in heads})
    states = {head.id: State() for head in heads}
    for row in connection.execute(_STEPS, some):
        states[row[0]].steps[row[1]] = _step(row)
    for row in connection.execute(_SEATS, some):
        states[row[0]].seats[row[1]] = _seat(row)
    return {
        head.id: Matter(
            head.id,
            head.subject,
            head.subject_id,
            head.title,
            head.initiator_id,
            Status(head.status),
            head.suspended_on is not None,
            head.opened_at,
            head.closed_at,
            known[head.sha],
            states[head.id],
        )
        for head in heads
    }


def definitions(session: Session, shas: set[str]) -> Mapping[str, Definition]:
    """Definitions by fingerprint; each is read once a process."""
    unread = sorted(shas - _read.keys())
    if unread:
        for sha, body in session.connection().execute(_BODIES, {"shas": unread}):
            _read[sha] = read_definition(body, source=sha)
    return _read


def _step(row: Row[Any]) -> StepRun:
    _, number, key, rounds, opened_on, due_on, is_open, live, outcome, rungs = row
    return StepRun(number, key, rounds, opened_on, due_on, is_open, live, _OUTCOMES.get(outcome), rungs)


def _seat(row: Row[Any]) -> Seat:
    _, number, step, person, state, order, kind, replaces, parent, placing, added_by, *closed = row
    verb, opinion, cause, closed_by, closed_at, leaning = closed
    return Seat(
        number,
        step,
        person or SYSTEM,
        _STATES[state],
        order,
        _KINDS[kind],
        replaces,
        parent,
        _PLACINGS[placing],
        added_by,
        _VERBS.get(verb),
        opinion,
        _CAUSES.get(cause),
        closed_by=closed_by,
        closed_at=closed_at,
        leaning=leaning,
    )


@dataclass(frozen=True)
class Subjects:
    """What is decided on, by its id: the files of documents, and plans."""

    files: Mapping[int, list[dict[str, str]]]
    plans: Mapping[int, dict[str, object]]

    def files_of(self, matter: Matter) -> Sequence[Mapping[str, str]]:
        """The files of the document that an approval is about."""
        return self.files.get(matter.subject_id, ()) if matter.subject == "publication" else ()

    def plan_of(self, matter: Matter) -> dict[str, object] | None:
        """Year, version, number of categories and items of the plan that an approval is about."""
        return self.plans.get(matter.subject_id) if matter.subject == "plan" else None


_FILES = select(Publication.id, Publication.files).where(Publication.id.in_(_IDS))
_PLANS = (
    select(
        Plan.id,
        Plan.year,
        Plan.version,
        func.count(func.distinct(PlanItem.category)).label("categories"),
        func.count(PlanItem.id).label("total"),
    )
    .join(PlanItem, PlanItem.plan_id == Plan.id)
    .where(Plan.id.in_(_IDS))
    .group_by(Plan.id, Plan.year, Plan.version)
)


def load_subjects(session: Session, matters: Iterable[Matter]) -> Subjects:
    """The documents and plans that approvals are about, with a statement each if there are any."""
    ids: dict[str, set[int]] = {"publication": set(), "plan": set()}
    for one in matters:
        ids.setdefault(one.subject, set()).add(one.subject_id)
    files: Mapping[int, list[dict[str, str]]] = {}
    plans: dict[int, dict[str, object]] = {}
    if ids["publication"]:
        rows = session.connection().execute(_FILES, {"ids": sorted(ids["publication"])})
        files = {row.id: row.files for row in rows}
    if ids["plan"]:
        for row in session.connection().execute(_PLANS, {"ids": sorted(ids["plan"])}).mappings():
            plans[row["id"]] = dict(row)
    return Subjects(files, plans)
