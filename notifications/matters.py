"""Approvals as telling reads them: a fixed number of SELECTs, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.approval.state import (
    State,
    Status,
)
from models.kept.read import fetch_many
from models.tables import (
    Plan,
    PlanItem,
    Publication,
)


@dataclass(frozen=True)
class Matter:
    """An approval as letters know it; with what was put into words of it."""

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


def load_matters(session: Session, ids: Collection[int]) -> dict[int, Matter]:
    """Approvals by number, with all their steps and seats, read with one statement."""
    if not ids:
        return {}
    return {
        one.number: Matter(
            one.number,
            one.subject,
            one.subject_id,
            one.title,
            one.state.initiator,
            one.state.status,
            one.state.suspended_on is not None,
            one.opened_at,
            one.closed_at,
            one.definition,
            one.state,
        )
        for one in fetch_many(session, sorted(ids))
    }


@dataclass(frozen=True)
class Subjects:
    """What is decided on: files by kind and id of the subject, and plans by their id."""

    files: Mapping[tuple[str, int], list[dict[str, str]]]
    plans: Mapping[int, dict[str, object]]

    def files_of(self, matter: Matter) -> Sequence[Mapping[str, str]]:
        """The files of the document or plan that an approval is about."""
        return self.files.get((matter.subject, matter.subject_id), ())

    def plan_of(self, matter: Matter) -> dict[str, object] | None:
        """Year, version, number of categories and items of the plan that an approval is about."""
        return self.plans.get(matter.subject_id) if matter.subject == "plan" else None


#: Kinds of subjects that have files.
_FILES = {
    "publication": select(Publication.id, Publication.files).where(Publication.id.in_(_IDS)),
    "plan": select(Plan.id, Plan.files).where(Plan.id.in_(_IDS)),
}
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
    """The documents and plans that approvals are about, with a statement or two each if there are any."""
    ids: dict[str, set[int]] = {}
    for one in matters:
        ids.setdefault(one.subject, set()).add(one.subject_id)
    connection = session.connection()
    files = {
        (subject, row.id): row.files
        for subject, wanted in _FILES.items()
        if subject in ids
        for row in connection.execute(wanted, {"ids": sorted(ids[subject])})
    }
    plans: dict[int, dict[str, object]] = {}
    if "plan" in ids:
        for row in connection.execute(_PLANS, {"ids": sorted(ids["plan"])}).mappings():
            plans[row["id"]] = dict(row)
    return Subjects(files, plans)
