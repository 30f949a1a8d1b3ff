"""The outbox: one row for each message owed to one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Notice(Base):
    """A message owed to one person. `state`: `waiting`, `sending`, `sent`, `parked`.

    `facts` is all that the letter's templates need (plain JSON values); `dedupe` makes that
    nothing is told twice; `claim` and `lease_until` fence workers off each other.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_unsent",
            "not_before",
            sqlite_where=text("state IN ('waiting', 'sending')"),
            postgresql_where=text("state IN ('waiting', 'sending')"),
        ),
        Index("ix_notice_person_id_created_at", "person_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe: Mapped[str] = mapped_column(unique=True)
    letter: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Thread to which the message belongs, such as `plan-2026` or `work-17`; may be empty.
    thread: Mapped[str] = mapped_column(default="")
    #: Paths of files to attach, relative to the home.
    attachments: Mapped[list[str]] = mapped_column(JSON, default=list)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    not_before: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(default="")
