"""What an approval asks of the organisation's tables, as statements that are made once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, literal, or_, select, union_all

from models.kept.tables import ABSENCE, PERSON, POST, UNIT
from models.prepared import Prepared
from models.roles import Role, UnitKind

_DAY: BindParameter[Any] = bindparam("day")
_WHO: BindParameter[Any] = bindparam("who")
_IN_FORCE = and_(
    or_(POST.c.starts_on.is_(None), POST.c.starts_on <= _DAY),
    or_(POST.c.ends_on.is_(None), POST.c.ends_on >= _DAY),
)
STANDING = Prepared(select(PERSON.c.active).where(PERSON.c.id == _WHO))
STANDINGS = select(PERSON.c.id, PERSON.c.active).where(PERSON.c.id.in_(bindparam("people", expanding=True)))
BY_NAME = Prepared(
    select(PERSON.c.id).where(PERSON.c.active, or_(PERSON.c.name == _WHO, PERSON.c.email == _WHO))
)
_HOLDERS = (
    select(POST.c.person_id)
    .join(PERSON, PERSON.c.id == POST.c.person_id)
    .where(PERSON.c.active, POST.c.role == bindparam("role"), _IN_FORCE)
    .order_by(POST.c.id)
)
HOLDERS = Prepared(_HOLDERS)
HOLDERS_IN_UNIT = Prepared(
    _HOLDERS.join(UNIT, UNIT.c.id == POST.c.unit_id).where(UNIT.c.name == bindparam("unit"))
)
HEAD = Prepared(
    select(UNIT.c.head_id)
    .join(PERSON, PERSON.c.id == UNIT.c.head_id)
    .where(PERSON.c.active, UNIT.c.id == bindparam("unit"))
)
# The latest entry of a person counts where several speak of one day.
AWAY = Prepared(
    select(ABSENCE.c.person_id, ABSENCE.c.substitute_id)
    .where(ABSENCE.c.starts_on <= _DAY, ABSENCE.c.ends_on >= _DAY, ABSENCE.c.substitute_id.is_not(None))
    .order_by(ABSENCE.c.id)
)


def _upwards(first: Select[Any]) -> Any:  # noqa: ANN401  # a recursive CTE
    """Units and all above them, with how far up they are."""
    chain = first.cte("chain", recursive=True)
    above = (
        select(UNIT.c.parent_id, chain.c.height + 1)
        .join(chain, UNIT.c.id == chain.c.unit_id)
        # No organisation is that high: a circle of units must end somewhere.
        .where(UNIT.c.parent_id.is_not(None), chain.c.height < 20)  # noqa: PLR2004
    )
    return chain.union_all(above)


def _leaders(chain: Any, rank: int) -> Select[Any]:  # noqa: ANN401  # as above
    """Leaders in charge of the units of a chain."""
    return (
        select(POST.c.person_id, literal(rank).label("rank"), chain.c.height, POST.c.id.label("place"))
        .join(chain, chain.c.unit_id == POST.c.unit_id)
        .where(POST.c.role == Role.LEADER_IN_CHARGE, _IN_FORCE)
    )


def _secretary(rank: int) -> Select[Any]:
    """The party secretary, wherever the units are."""
    return select(
        POST.c.person_id, literal(rank).label("rank"), literal(0).label("height"), POST.c.id.label("place")
    ).where(POST.c.role == Role.PARTY_SECRETARY, _IN_FORCE)


def _nearest(*ways: Select[Any]) -> Select[Any]:
    """The first active person, by the order of the ways, then the nearest unit, then the older post."""
    found = union_all(*ways).subquery()
    return (
        select(found.c.person_id)
        .join(PERSON, PERSON.c.id == found.c.person_id)
        .where(PERSON.c.active, PERSON.c.id != _WHO)
        .order_by(found.c.rank, found.c.height, found.c.place)
        .limit(1)
    )


_OF_UNIT = _upwards(
    select(UNIT.c.id.label("unit_id"), literal(0).label("height")).where(UNIT.c.id == bindparam("unit"))
)
LEADER = Prepared(_nearest(_leaders(_OF_UNIT, 0), _secretary(1)))
_OF_PERSON = _upwards(
    select(POST.c.unit_id, literal(0).label("height")).where(
        POST.c.person_id == _WHO, POST.c.role == Role.MEMBER, _IN_FORCE
    )
)
_HEADS = (
    select(
        UNIT.c.head_id.label("person_id"),
        literal(0).label("rank"),
        _OF_PERSON.c.height,
        UNIT.c.position.label("place"),
    )
    .join(_OF_PERSON, _OF_PERSON.c.unit_id == UNIT.c.id)
    # The bureau's own head stands above all, but the leader in charge comes first.
    .where(UNIT.c.kind != UnitKind.BUREAU)
)
SUPERIOR = Prepared(_nearest(_HEADS, _leaders(_OF_PERSON, 1), _secretary(2)))
