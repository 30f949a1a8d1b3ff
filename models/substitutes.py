"""Who acts for whom: absences with their substitutes, followed to whoever is there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, bindparam, select
from sqlalchemy.orm import Session

from models.tables import Absence

_DAY = bindparam("day", type_=Date)
_ABSENT = select(Absence.person_id, Absence.substitute_id).where(
    Absence.starts_on <= _DAY, Absence.ends_on >= _DAY, Absence.substitute_id.is_not(None)
)


def acting_for(session: Session, day: date) -> dict[int, int]:
    """Who acts for whom on `day`: absent person's id → substitute's id.

    A substitute who is absent too is followed to the next one; a circle gives nobody.
    """
    direct = {
        absent: substitute
        for absent, substitute in session.execute(_ABSENT, {"day": day})
        if substitute is not None
    }
    found = {}
    for absent, substitute in direct.items():
        seen, acting = {absent}, substitute
        while acting in direct and acting not in seen:
            seen.add(acting)
            acting = direct[acting]
        if acting not in seen:
            found[absent] = acting
    return found
