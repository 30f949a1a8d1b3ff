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


class Entry(Base):
    """A letter's content that waits for its reader's next digest, or went out with one.

    Exactly one of three: it waits (`notice_id` and `dropped_at` empty), it was merged into the digest
    `notice_id`, or it was dropped because what it told was over before the digest went.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index(
            "ix_entry_waiting",
            "person_id",
            sqlite_where=text("notice_id IS NULL AND dropped_at IS NULL"),
            postgresql_where=text("notice_id IS NULL AND dropped_at IS NULL"),
        ),
        Index("ix_entry_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe: Mapped[str] = mapped_column(unique=True)
    letter: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Paths of files to attach, relative to the home.
    attachments: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: People for whom the reader acts.
    on_behalf: Mapped[list[int]] = mapped_column(JSON, default=list)
    #: Whether it may not wait for a weekly digest nor for the budget.
    pressing: Mapped[bool] = mapped_column(default=False)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)


class MailPreference(Base):
    """How one person wants the digest; who has no row gets it as the settings say."""

    __tablename__ = "mail_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    #: Local time of day as 08:30; empty: as the settings say.
    digest_at: Mapped[str] = mapped_column(default="")
    #: ISO weekday (1 Monday) of a weekly digest; None: every workday.
    weekday: Mapped[int | None]
    #: Mails a week at most; None: as the settings say.
    budget: Mapped[int | None]


class AddressTrouble(Base):
    """An address that mail came back from (退信). While `cleared_at` is empty nothing is sent there."""

    __tablename__ = "address_trouble"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(index=True)
    #: The enhanced status code (RFC 3463), such as 5.1.1, and what the server said.
    status: Mapped[str]
    words: Mapped[str]
    #: How many reports came, and when the last one did.
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    #: Whether mail is kept back; temporary trouble (4.x.x) is only counted.
    suppressed: Mapped[bool] = mapped_column(default=False)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant)


class Bounce(Base):
    """A report that one of our mails came back (RFC 3464), counted once by its `key`."""

    __tablename__ = "bounce"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Message-ID or content digest of the report, and the recipient that it speaks of.
    key: Mapped[str] = mapped_column(unique=True)
    trouble_id: Mapped[int] = mapped_column(ForeignKey("address_trouble.id"), index=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    status: Mapped[str]
    words: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class MailServer(Base):
    """The circuit of one mail server: after failures it is left alone until `open_until`."""

    __tablename__ = "mail_server"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str] = mapped_column(default="")
