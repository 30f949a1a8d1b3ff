"""Approvals: a subject that waits for one named person's decision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Approval(Base):
    """A running or decided approval. `state`: `waiting`, `approved`, `returned`, `withdrawn`.

    `subject` and `subject_id` name what is decided: `plan`, `publication`. At most one approval
    of a subject waits at a time.
    """

    __tablename__ = "approval"
    __table_args__ = (
        Index(
            "uq_approval_waiting",
            "subject",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    subject_id: Mapped[int]
    title: Mapped[str]
    state: Mapped[str]
    approver_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    opinion: Mapped[str] = mapped_column(default="")
