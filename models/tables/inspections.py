"""Half-year inspections: what inspectors found and what puts it right."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Inspection(Base):
    """The inspection of a half-year (`2026-H1`). `state`: `open`, `released`."""

    __tablename__ = "inspection"
    __table_args__ = (UniqueConstraint("period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class Finding(Base):
    """What an inspector found in a unit, and by when it must be put right."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("inspection_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    number: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    words: Mapped[str]
    #: `problem` (to be put right) or `merit` (亮点, only praised).
    kind: Mapped[str]
    found_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    found_on: Mapped[date]
    rectify_by: Mapped[date | None]
