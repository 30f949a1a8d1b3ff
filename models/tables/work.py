"""Work items: one item × one responsible unit × one period, and what people report on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant

#: A `look_on` that every sweep finds: something changed since the last one.
LOOK_NOW = date(1970, 1, 1)


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
        Index(
            "ix_work_item_look_on",
            "look_on",
            sqlite_where=text("look_on IS NOT NULL"),
            postgresql_where=text("look_on IS NOT NULL"),
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
    #: The work item that this one is a part of (分解): the parent answers, its parts are done first.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"), index=True)
    #: The local day of the last progress report.
    reported_on: Mapped[date | None]
    #: The day on which light and ladder must be looked at again; whoever changes the row sets it to
    #: `LOOK_NOW`, the sweep moves it on, and what is closed or cancelled has none.
    look_on: Mapped[date | None] = mapped_column(default=LOOK_NOW)
    #: How often dates, owner or fate changed since calendars first had it (RFC 5545 SEQUENCE).
    sequence: Mapped[int] = mapped_column(default=0)


class Feedback(Base):
    """A progress report: words, and a quantity where the item has a target.

    `on` is the local day of what is reported, `at` the instant of reporting; the two are always shown
    side by side. `unit_id` is the supporting unit that contributes; None where the lead reports.
    """

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("activity_id", "work_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    on: Mapped[date]
    words: Mapped[str]
    quantity: Mapped[float | None]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))


class Activity(Base):
    """Something that took place once and counts for several work items: asked once, used everywhere."""

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    on: Mapped[date] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class Contribution(Base):
    """What a supporting unit was asked to contribute, and what became of it.

    It is open until `given_at` (the unit reported) or `waived_at` (the lead closed without it, with
    the reason).
    """

    __tablename__ = "contribution"
    __table_args__ = (UniqueConstraint("work_item_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: Who answers for it in the supporting unit.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    given_at: Mapped[datetime | None] = mapped_column(Instant)
    waived_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(default="")


class Evidence(Base):
    """An attached file, addressed by its content; `name` is only what it was called.

    `kind` is the media type that its content shows, never what its name says.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("work_item_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    sha256: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    size: Mapped[int]
    kind: Mapped[str] = mapped_column(default="")


class Extension(Base):
    """A request for a later due date (延期); its approval has the subject `extension` and this id.

    `state` is a `models.lifecycle.ExtensionState`. `late` says that it was asked after the due date:
    then the work counts as overdue meanwhile.
    """

    __tablename__ = "extension"
    __table_args__ = (
        Index(
            "uq_extension_waiting",
            "work_item_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_extension_work_item_id", "work_item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_on: Mapped[date]
    late: Mapped[bool] = mapped_column(default=False)
    #: The due date in force when it was asked, the one asked for, and the one decided on.
    from_due_on: Mapped[date]
    to_due_on: Mapped[date]
    granted_due_on: Mapped[date | None]
    reason: Mapped[str]
    progress: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class Reminder(Base):
    """A rung of the ladder that a work item has reached; each rung is told once.

    `track` says who is told: `owner`, `head` (of the unit), `leader` (in charge). `rung` is a rung's
    name in `supervision.toml`; repeated ones are numbered: `urge-1`, `urge-2`, …
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("work_item_id", "rung", "due_on"),
        Index("ix_reminder_on", "on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    track: Mapped[str]
    rung: Mapped[str]
    #: The due date that the rung belongs to: a new date starts the ladder anew. For work without a
    #: due date the day since which nobody reported.
    due_on: Mapped[date]
    on: Mapped[date]


class LightChange(Base):
    """A change of a light: from what to what, the rule that fired and the numbers that it used.

    Rows of one sweep belong to its event, which names how many there are and their digest; rows
    written by a person's act belong to that act's event.
    """

    __tablename__ = "light_change"
    __table_args__ = (
        Index("ix_light_change_work_item_id", "work_item_id", "id"),
        Index("ix_light_change_on", "on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    on: Mapped[date]
    was: Mapped[str]
    light: Mapped[str]
    #: Key of the rule in `supervision.toml`.
    rule: Mapped[str]
    due_on: Mapped[date | None]
    #: Workdays from `on` to the due date; negative once it is past.
    workdays_left: Mapped[int | None]
    #: Calendar days overdue.
    days_late: Mapped[int]
    target: Mapped[float | None]
    done: Mapped[float]
    #: Percentage points that the work is behind its pace; None without a target.
    behind: Mapped[float | None]
    #: Calendar days since anything was reported.
    days_silent: Mapped[int]


class WorkChange(Base):
    """What a set-based step changed on one work item: the step's event names the set.

    `kind` is `moved` (dates), `kept` (a granted extension outlives an earlier plan date), `period` (its
    single deadline went into another period), `retargeted`, `cancelled`, `revived`, `handed_over`; `was`
    and `now` are the values before and after: ISO days, keys, numbers, or a person's id.
    """

    __tablename__ = "work_change"
    __table_args__ = (Index("ix_work_change_work_item_id", "work_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    kind: Mapped[str]
    was: Mapped[str] = mapped_column(default="")
    now: Mapped[str] = mapped_column(default="")


class WorkdayCount(Base):
    """The workday calendar as the database knows it: `number` workdays lie on or before `day`.

    Counted from the first day that is stored; only differences mean anything.
    """

    __tablename__ = "workday_count"
    __table_args__ = (
        Index(
            "ix_workday_count_number",
            "number",
            sqlite_where=text("worked"),
            postgresql_where=text("worked"),
        ),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]
    worked: Mapped[bool]
