"""Approvals: pinned definitions, how each approval stands, what was asked of it and what was refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


#: On SQLite the rows lie in the order of their key: an approval's are read and written together.
_BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}


class ApprovalDefinition(Base):
    """A version of a definition as it was when it was first used; approvals that run keep to it."""

    __tablename__ = "approval_definition"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    version: Mapped[int]
    #: Fingerprint of `body`.
    sha: Mapped[str]
    #: The text that the definition is read from.
    body: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(Instant)


class Approval(Base):
    """An approval of a subject. `status` is a `models.approval.state.Status`.

    `subject` and `subject_id` name what is decided: `plan`, `work_item`, `publication`. A subject has
    at most one unfinished approval. The JSON columns are the fields of `models.approval.state.State`.
    """

    __tablename__ = "approval"
    __table_args__ = (
        _partial(
            "uq_approval_unfinished",
            "subject",
            "subject_id",
            unique=True,
            where="status IN ('draft', 'running', 'returned')",
        ),
        Index("ix_approval_subject", "subject", "subject_id"),
        _partial("ix_approval_returned", "initiator_id", where="status = 'returned'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("approval_definition.id"))
    subject: Mapped[str]
    subject_id: Mapped[int]
    title: Mapped[str]
    initiator_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str]
    suspended_on: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON)
    branches: Mapped[dict[str, Any]] = mapped_column(JSON)
    reworks: Mapped[dict[str, Any]] = mapped_column(JSON)
    urges: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: How many commands were accepted.
    rev: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class ApprovalStep(Base):
    """One round of a step: a `models.approval.state.StepRun`.

    `next_on` is the day of the next rung of its deadline's ladder, as the calendar stood when it was
    written; none where the round is over or no rung is left.
    """

    __tablename__ = "approval_step"
    __table_args__ = (
        _partial("ix_approval_step_next_on", "next_on", where="next_on IS NOT NULL"),
        _BY_KEY,
    )

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    round: Mapped[int]
    opened_on: Mapped[date]
    due_on: Mapped[date | None]
    is_open: Mapped[bool]
    live: Mapped[bool]
    outcome: Mapped[str | None]
    rungs: Mapped[int]
    next_on: Mapped[date | None]


class ApprovalSeat(Base):
    """A person's vote in a round of a step: a `models.approval.state.Seat`.

    Rows are closed, never deleted. `person_id` is NULL where SYSTEM holds the seat; `added_by`,
    `cause_by` and `closed_by` are people's ids or SYSTEM's 0.
    """

    __tablename__ = "approval_seat"
    __table_args__ = (
        ForeignKeyConstraint(["approval_id", "step"], ["approval_step.approval_id", "approval_step.number"]),
        # The to-do list: what is closed or waits for its turn never slows it down.
        _partial("ix_approval_seat_open", "person_id", where="state = 'open'"),
        _BY_KEY,
    )

    approval_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]
    order: Mapped[int]
    kind: Mapped[str]
    replaces: Mapped[int]
    parent: Mapped[int]
    placing: Mapped[str]
    added_by: Mapped[int]
    verb: Mapped[str | None]
    opinion: Mapped[str]
    cause: Mapped[str | None]
    cause_by: Mapped[int]
    closed_by: Mapped[int]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    leaning: Mapped[bool | None]
    draft: Mapped[str]


class ApprovalReader(Base):
    """Somebody who got a copy (抄送), and when it was read."""

    __tablename__ = "approval_reader"
    __table_args__ = (
        _partial("ix_approval_reader_unread", "person_id", where="read_at IS NULL"),
        _BY_KEY,
    )

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    added_by: Mapped[int]
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class ApprovalCommand(Base):
    """A command that came with a key, and its answer: the same again gets it, another is refused."""

    __tablename__ = "approval_command"
    __table_args__ = (_BY_KEY,)

    key: Mapped[str] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    #: Fingerprint of what was asked.
    digest: Mapped[str]
    #: The event that it became; none where nothing was left to do.
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)


class ApprovalRefusal(Base):
    """A refused attempt. `approval_id` is what was named, whether it exists or not."""

    __tablename__ = "approval_refusal"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    approval_id: Mapped[int | None] = mapped_column(index=True)
    #: A person's address, `SYSTEM`, or empty for nobody we know.
    actor: Mapped[str]
    verb: Mapped[str]
    #: A `models.approval.refusals.Refusal`.
    code: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
