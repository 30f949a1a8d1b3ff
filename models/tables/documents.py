"""Publications: issued documents, their versions and the figures in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Instant


class Publication(Base):
    """An issued document: kind, period, unit (if it is one unit's), version.

    `kind` is a `DocumentKind`; `unit_id` 0 means the whole bureau.
    `state`: `draft` (waits for approval), `issued`, `superseded`. `files` are paths relative to the
    home with their sha256; `content` the digest of what it says, so that issuing the same again
    makes no new version; `changes` says in words what differs from the version before.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("kind", "period", "unit_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    period: Mapped[str]
    unit_id: Mapped[int] = mapped_column(default=0)
    version: Mapped[int]
    title: Mapped[str]
    state: Mapped[str]
    files: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    content: Mapped[str]
    #: What the document says, in full, to compare the next version with.
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(Instant)
    issued_at: Mapped[datetime | None] = mapped_column(Instant)


class Figure(Base):
    """A number in a document, with the work items and events behind it."""

    __tablename__ = "figure"
    __table_args__ = (UniqueConstraint("publication_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    key: Mapped[str]
    label: Mapped[str]
    value: Mapped[float]
    unit: Mapped[str]
    #: The rule of counting in words, printed beside the figure.
    rule: Mapped[str]
    work_items: Mapped[list[int]] = mapped_column(JSON)
    events: Mapped[list[int]] = mapped_column(JSON)
