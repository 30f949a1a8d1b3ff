"""What flows are ordered to do, and the gates at which approvals wait in Prefect's sight."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Order(Base):
    """A flow run that is owed: an event brought it about, or it is one part of a larger one.

    `state`: `owed`, `running`, `done`, `failed`, `dropped`. Whoever runs it holds `claim` until
    `lease_until`; when that has passed, anybody may take it over. `key` makes that nothing is ordered twice.
    """

    __tablename__ = "flow_order"
    __table_args__ = (
        Index(
            "ix_flow_order_unfinished",
            "created_at",
            sqlite_where=text("state IN ('owed', 'running')"),
            postgresql_where=text("state IN ('owed', 'running')"),
        ),
        Index("ix_flow_order_whole", "whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    #: A name of `flows.orders`, and what it gets.
    flow: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: The event that brought it about; none for parts.
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    #: What it is a part of, such as `monthly_calendar/2026-04`; empty for a flow of its own.
    whole: Mapped[str] = mapped_column(default="")
    #: The branches that a part is about.
    units: Mapped[list[int]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(default="owed")
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    #: It is not started (again) before this instant.
    not_before: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why the last attempt failed, in words.
    error: Mapped[str] = mapped_column(default="")


class Gate(Base):
    """The suspended run in which a step of an approval waits for decisions; one for each round."""

    __tablename__ = "gate"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    #: The id of Prefect's flow run; empty until it was made.
    run: Mapped[str] = mapped_column(default="")
    #: How many forms were handed in and dealt with, and what the last one was answered, in words.
    answered: Mapped[int] = mapped_column(default=0)
    said: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class ApprovalCode(Base):
    """A code by which one person proves at a gate who they are; it was mailed to them alone.

    Only `digest` is kept, keyed with a secret that does not lie in the database. Once used or revoked
    it is worth nothing.
    """

    __tablename__ = "approval_code"
    __table_args__ = (Index("ix_approval_code_approval_id_person_id", "approval_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class SlipNumber(Base):
    """The number that a branch's reminder slip has in its year; it keeps it through all versions."""

    __tablename__ = "slip_number"
    __table_args__ = (Index("uq_slip_number_period_unit_id", "period", "unit_id", unique=True),)

    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
