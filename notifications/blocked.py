"""Addresses from which mail came back: nothing more is sent there until somebody has looked at it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables.notices import AddressTrouble

#: What is still in the way.
IN_THE_WAY = (AddressTrouble.suppressed.is_(True), AddressTrouble.cleared_at.is_(None))


def suppressed(session: Session) -> dict[str, str]:
    """The addresses, in lower case, that get no mail for now, and what was said of each (退信原因)."""
    rows = session.execute(
        select(AddressTrouble.address, AddressTrouble.status, AddressTrouble.words).where(*IN_THE_WAY)
    )
    return {address: f"{status} {words}".strip() for address, status, words in rows.tuples()}
