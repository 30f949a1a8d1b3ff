"""What is decided on: subjects of approvals, and how they hear of what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from models.approval.definition import FactValue
from models.approval.state import Status
from models.tables import Approval, Extension, Person, Publication, WorkItem
from tasks.approvals.staff import Staff


@dataclass(frozen=True)
class Subject:
    """What is asked for: its kind and number, its title, and the code of the definition it goes by.

    `facts` are those that the definition's conditions may use.
    """

    kind: str
    id: int
    title: str
    definition: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """What became of an approval as a whole: approved, rejected, returned, a draft again, terminated."""

    status: Status
    opinion: str
    by: Person | None
    at: datetime
    today: date

    @property
    def actor(self) -> str:
        """Who did it: an address, or SYSTEM for the clock and the rules."""
        return self.by.email if self.by else "SYSTEM"


#: Lets a subject with a number take its next step.
TakeStep = Callable[[Session, int, Decided], None]


_SUBJECT = select(Approval.subject, Approval.subject_id).where(Approval.id == bindparam("number"))


def staff_for(session: Session, staff: Staff, approval: int) -> Staff:
    """Who is who for the subject of an approval."""
    return staff.about(lambda: owner_unit(session, *subject_of(session, approval)))


def subject_of(session: Session, approval: int) -> tuple[str, int]:
    """The kind and the number of what an approval is about."""
    kind, number = session.execute(_SUBJECT, {"number": approval}).one()
    return kind, number


def approval_of(session: Session, kind: str, number: int) -> int | None:
    """The number of a subject's newest approval."""
    return session.scalar(
        select(func.max(Approval.id)).where(Approval.subject == kind, Approval.subject_id == number)
    )


def owner_unit(session: Session, kind: str, number: int) -> int | None:
    """The unit that answers for a subject; the whole bureau's have none."""
    if kind == "work_item":
        return session.get_one(WorkItem, number).unit_id
    if kind == "extension":
        extension = session.get_one(Extension, number)
        return session.get_one(WorkItem, extension.work_item_id).unit_id
    if kind == "publication":
        return session.get_one(Publication, number).unit_id or None
    return None
