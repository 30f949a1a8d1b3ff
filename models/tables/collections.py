"""Collections: each of many people hands in one thing by one day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Collection(Base):
    """A call for one contribution from each person of a group: what, by when, from whom."""

    __tablename__ = "collection"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    #: Whom it was asked of, in words: 全体党员, 第一党支部 ….
    audience: Mapped[str]
    #: The plan item that it serves, if any.
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class HandIn(Base):
    """What one person owes to a collection, and whether it was handed in or excused."""

    __tablename__ = "hand_in"
    __table_args__ = (UniqueConstraint("collection_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: The person's department or branch when it was asked, under which the lists group.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    handed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    handed_in_on: Mapped[date | None]
    words: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    #: Why nothing is owed any more (抽调, 长期病假); empty while it is.
    excused: Mapped[str] = mapped_column(default="")
