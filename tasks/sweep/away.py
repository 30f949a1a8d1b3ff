"""Who is away without anybody acting: their work pauses, and whoever is above is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Date, bindparam, select
from sqlalchemy.orm import Session

from models.prepared import Prepared, run
from models.tables import Absence

#: An absence that ends later than this is as good as endless.
LONGEST = timedelta(days=800)
_ABSENCE = Absence.__table__.c
_DAY = bindparam("day", type_=Date)
_PRESENT = Prepared(
    select(_ABSENCE.id, _ABSENCE.person_id, _ABSENCE.substitute_id, _ABSENCE.ends_on)
    .where(_ABSENCE.starts_on <= _DAY, _ABSENCE.ends_on >= _DAY)
    .order_by(_ABSENCE.person_id, _ABSENCE.id)
)


class Away(NamedTuple):
    """A person away without anybody acting, the absence's id and its last day."""

    person: int
    absence: int
    ends_on: date


def who_is_away(session: Session, day: date) -> list[Away]:
    """Everybody who is absent on `day` and whose substitutes, one after another, lead to nobody."""
    rows = run(session, (_PRESENT, {"day": day}))[0].rows
    substitutes: dict[int, list[int]] = {}
    for row in rows:
        named = substitutes.setdefault(row.person_id, [])
        named += [row.substitute_id] if row.substitute_id is not None else []
    last = {row.person_id: Away(row.person_id, row.id, min(row.ends_on, day + LONGEST)) for row in rows}
    return [away for person, away in last.items() if not _acted_for(person, substitutes)]


def _acted_for(person: int, substitutes: Mapping[int, Sequence[int]]) -> bool:
    """Whether following the substitutes of an absent person leads to somebody who is there."""
    seen, rest = {person}, list(substitutes[person])
    while rest:
        here = rest.pop()
        if here not in substitutes:
            return True
        if here not in seen:
            seen.add(here)
            rest += substitutes[here]
    return False
