"""What lies on the shelf: issued documents that whoever may look at the cockpit may read.

Never what waits for approval, never the register of unannounced items, never evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.documents import OPEN, DocumentKind
from models.tables import Publication
from tasks.issue.publish import ISSUED

_OPEN = and_(Publication.kind.in_(OPEN), Publication.state == ISSUED, Publication.issued_at.is_not(None))
_COLUMNS = (
    Publication.id,
    Publication.kind,
    Publication.period,
    Publication.unit_id,
    Publication.version,
    Publication.title,
    Publication.files,
    Publication.issued_at,
)


@dataclass(frozen=True)
class Document:
    """An issued document; `files` are {role, path relative to the home, sha256}, `unit_id` 0 the bureau."""

    id: int
    kind: str
    period: str
    unit_id: int
    version: int
    title: str
    files: Sequence[dict[str, str]]
    issued_at: datetime

    def file(self, role: str) -> dict[str, str] | None:
        """The file with this role."""
        return next((one for one in self.files if one["role"] == role), None)


def find_document(session: Session, number: int) -> Document | None:
    """The document with this number; None unless it lies on the shelf."""
    row = session.execute(select(*_COLUMNS).where(_OPEN, Publication.id == number)).mappings().first()
    return None if row is None else Document(**row)


def newest_documents(session: Session, limit: int) -> list[Document]:
    """The bureau's documents that were issued last, newest first; one SELECT."""
    newest = (
        select(*_COLUMNS)
        .where(_OPEN, Publication.unit_id == 0)
        .order_by(Publication.issued_at.desc(), Publication.id.desc())
        .limit(limit)
    )
    return [Document(**row) for row in session.execute(newest).mappings()]


def newest_of_each_kind(session: Session, limit: int) -> list[Document]:
    """The newest documents of each kind, so many at most, the newest period first; one SELECT."""
    place = func.row_number().over(
        partition_by=Publication.kind, order_by=(Publication.period.desc(), Publication.unit_id)
    )
    ranked = select(*_COLUMNS, place.label("place")).where(_OPEN).subquery()
    rows = session.execute(
        select(*(ranked.c[column.key] for column in _COLUMNS))
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.period.desc(), ranked.c.unit_id)
    )
    found = [Document(**row) for row in rows.mappings()]
    return sorted(found, key=lambda one: OPEN.index(DocumentKind(one.kind)))
