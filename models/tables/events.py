"""The event log: append-only, hash-chained, guarded by triggers in the database itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Event(Base):
    """A fact: who did what to which subject, when, and why.

    `id` is gap-free and ordered by commit, because the chain serialises its writers.
    `payload` is canonical JSON; `hash` covers all columns and `previous`.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_subject", "subject", "subject_id"),
        Index("ix_event_verb_id", "verb", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    #: A person's address, or `SYSTEM`.
    actor: Mapped[str]
    verb: Mapped[str]
    #: What kind of thing: `plan`, `work_item`, `publication`, `approval`, `organisation` …
    subject: Mapped[str]
    subject_id: Mapped[int | None]
    payload: Mapped[str]
    reason: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class Cursor(Base):
    """How far a follower has read the event log; moved in the transaction of its effects."""

    __tablename__ = "cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
