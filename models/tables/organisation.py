"""The organisation: units in two trees, people, their posts and absences."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Unit(Base):
    """A node of the organisation: bureau, department, party committee, branch, group, union.

    A temporary unit has `starts_on` and `ends_on` (both included). `kind` is one of
    `models.roles.UnitKind`. A unit that a newer organisation file lacks gets `ends_on`.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    position: Mapped[int] = mapped_column(default=0)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    head_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    remark: Mapped[str] = mapped_column(default="")


class Person(Base):
    """A person: name, address and title (职务), nothing else is kept of anybody."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    email: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)


class Post(Base):
    """A person in a role in a unit for a period.

    Membership is a post too: role `成员` in a department, `党员` in a branch or group.
    A leader in charge (分管) has the role `分管领导` in every unit led.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("person_id", "unit_id", "role", "starts_on"),
        Index("ix_post_unit_id_role", "unit_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Absence(Base):
    """A period (both ends included) in which a substitute acts."""

    __tablename__ = "absence"
    __table_args__ = (UniqueConstraint("person_id", "starts_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
