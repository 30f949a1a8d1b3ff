"""The year's plan, version by version, and the items that live through all versions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base, Instant


class Plan(Base):
    """One version of a year's plan. `state` is a `models.lifecycle.PlanState`."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    version: Mapped[int]
    state: Mapped[str]
    title: Mapped[str]
    source: Mapped[str]
    sha256: Mapped[str]
    #: The superior document (来文) that caused this version; empty for the first.
    source_document: Mapped[str] = mapped_column(default="")
    #: What those who decide on it read: {role, path relative to the home, sha256}; set when it is submitted.
    files: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list, server_default="[]")
    created_at: Mapped[datetime] = mapped_column(Instant)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)

    items: Mapped[list[PlanItem]] = relationship(order_by="PlanItem.position", cascade="all, delete-orphan")


class PlanItem(Base):
    """One item as one version of the plan has it: the words as written and their reading.

    `question` is the open question to the coordinator; an item with one cannot be submitted.
    `open_words` are owner words that could not be resolved (listed, never guessed).
    """

    __tablename__ = "plan_item"
    __table_args__ = (UniqueConstraint("plan_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    ref: Mapped[str]
    no: Mapped[str]
    position: Mapped[int]
    category: Mapped[str]
    title: Mapped[str]
    key: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str] = mapped_column(default="")
    lead: Mapped[str] = mapped_column(default="")
    supporting: Mapped[str] = mapped_column(default="")
    standard: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    phrase: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    reading: Mapped[str]
    #: How many days after the occurrence a relative item is due, and whether workdays count.
    days: Mapped[int | None]
    workdays: Mapped[bool] = mapped_column(default=False)
    #: Whether the due date moves earlier (报送) or later (活动) from a rest day.
    shift: Mapped[str] = mapped_column(default="earlier")
    #: Where the item comes from: `plan`, `rule` (catalogue) or `finding`.
    origin: Mapped[str] = mapped_column(default="plan")
    #: Key of the figure that the item feeds, see `models/catalogues/figures.toml`; may be empty.
    figure: Mapped[str] = mapped_column(default="")
    #: True while the coordinator must confirm the time reading.
    confirm_time: Mapped[bool] = mapped_column(default=False)
    #: True while the coordinator must confirm the owner.
    confirm_owner: Mapped[bool] = mapped_column(default=False)
    owner_note: Mapped[str] = mapped_column(default="")

    slots: Mapped[list[PlanSlot]] = relationship(order_by="PlanSlot.position", cascade="all, delete-orphan")
    responsibles: Mapped[list[Responsible]] = relationship(
        order_by="Responsible.position", cascade="all, delete-orphan"
    )


class PlanSlot(Base):
    """One period of a plan item. `nominal_due_on` is as written, `due_on` after the shift."""

    __tablename__ = "plan_slot"
    __table_args__ = (UniqueConstraint("plan_item_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_item_id: Mapped[int] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    period: Mapped[str]
    start_on: Mapped[date | None]
    nominal_due_on: Mapped[date | None]
    due_on: Mapped[date | None]
    target: Mapped[float | None]


class Responsible(Base):
    """A unit that leads or supports a plan item, with the person who answers for it."""

    __tablename__ = "responsible"
    __table_args__ = (UniqueConstraint("plan_item_id", "unit_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_item_id: Mapped[int] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: `lead` or `supporting`.
    role: Mapped[str]


class Item(Base):
    """An item for life: what the plan in force says of it. Work items hang on it."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("year", "ref"),
        Index("ix_item_year_category", "year", "category"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    ref: Mapped[str]
    no: Mapped[str]
    position: Mapped[int]
    category: Mapped[str]
    title: Mapped[str]
    standard: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    phrase: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    key: Mapped[bool] = mapped_column(default=False)
    #: Unannounced inspections: counted, never shown to those inspected.
    hidden: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str] = mapped_column(default="plan")
    figure: Mapped[str] = mapped_column(default="")
    days: Mapped[int | None]
    workdays: Mapped[bool] = mapped_column(default=False)
    shift: Mapped[str] = mapped_column(default="earlier")
    #: The version row that is in force; None once withdrawn.
    plan_item_id: Mapped[int | None] = mapped_column(
        ForeignKey("plan_item.id", ondelete="SET NULL"), index=True
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
