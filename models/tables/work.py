"""Work items: one item × one responsible unit × one period, and what people report on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class WorkItem(Base):
    """What one unit owes in one period. Identity is (item, unit, period), never the due date.

    `state` is a `models.lifecycle.State`. `due_on` is the date in force, `original_due_on` the
    first one, `nominal_due_on` the date as written before the shift to a workday. `closed_on`
    is the local day of closing; `done` the quantity reported so far against `target`.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        UniqueConstraint("item_id", "unit_id", "period"),
        Index(
            "ix_work_item_open_due_on",
            "due_on",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_work_item_unit_id_due_on", "unit_id", "due_on"),
        Index("ix_work_item_owner_id", "owner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    period: Mapped[str]
    state: Mapped[str]
    light: Mapped[str] = mapped_column(default="grey")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    start_on: Mapped[date | None]
    due_on: Mapped[date | None]
    original_due_on: Mapped[date | None]
    nominal_due_on: Mapped[date | None]
    #: The plan's due date when it was last followed; differs from `due_on` once a person moved that.
    planned_due_on: Mapped[date | None]
    target: Mapped[float | None]
    done: Mapped[float] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)
    assigned_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    submitted_on: Mapped[date | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_on: Mapped[date | None]
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))


class Feedback(Base):
    """A progress report: words, and a quantity where the item has a target."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    on: Mapped[date]
    words: Mapped[str]
    quantity: Mapped[float | None]


class Evidence(Base):
    """An attached file, addressed by its content; `name` is only what it was called."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("work_item_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    sha256: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    size: Mapped[int]


class Reminder(Base):
    """A rung of the ladder that a work item has reached; each rung is told once.

    `rung` is `soon`, `due`, `overdue-0`, `overdue-1`, … or `escalated`.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("work_item_id", "rung", "due_on"),
        Index("ix_reminder_on", "on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    rung: Mapped[str]
    #: The due date that the rung belongs to: a new date starts the ladder anew.
    due_on: Mapped[date]
    on: Mapped[date]
