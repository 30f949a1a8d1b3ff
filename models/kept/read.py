"""Read approvals: each with its definition, steps, seats and readers, in four statements however many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.approval.read_definition import read_definition
from models.approval.state import State
from models.kept.rows import READER_COLUMNS, SEAT_COLUMNS, STEP_COLUMNS, Belongings, rare_values, state_of
from models.kept.tables import APPROVAL, DEFINITION, READER, SEAT, STEP

_COLUMNS = ("id", "subject", "subject_id", "title", "initiator_id", "status", "rev", "opened_at", "closed_at")
#: An approval with its definition.
HEADS = select(
    *(APPROVAL.c[name] for name in _COLUMNS),
    *(APPROVAL.c[name] for name in ("definition_id", *rare_values(State()))),
    *(DEFINITION.c[name] for name in ("code", "version", "sha")),
).join_from(APPROVAL, DEFINITION)
#: What belongs to approvals: steps and seats by number, readers. Narrow rows, because a database
#: spends more time on packing them into one than on giving them out.
STEPS = select(*(STEP.c[name] for name in STEP_COLUMNS)).order_by(STEP.c.number)
SEATS = select(*(SEAT.c[name] for name in SEAT_COLUMNS)).order_by(SEAT.c.number)
READERS = select(*(READER.c[name] for name in READER_COLUMNS)).order_by(READER.c.person_id)

_NUMBERS: BindParameter[int] = bindparam("numbers", expanding=True)
_MANY = HEADS.where(APPROVAL.c.id.in_(_NUMBERS)).order_by(APPROVAL.c.id)
_BELONGINGS = tuple(
    rows.add_columns(table.c.approval_id).where(table.c.approval_id.in_(_NUMBERS))
    for rows, table in ((STEPS, STEP), (SEATS, SEAT), (READERS, READER))
)
_BODY = select(DEFINITION.c.body).where(
    DEFINITION.c.code == bindparam("code"), DEFINITION.c.version == bindparam("version")
)

#: Definitions that this process has read, by the fingerprint of their text.
_known: dict[str, Definition] = {}


@dataclass(frozen=True)
class Kept:
    """An approval as it is kept."""

    number: int
    definition: Definition
    definition_id: int
    state: State
    subject: str
    subject_id: int
    title: str
    opened_at: datetime
    closed_at: datetime | None = None


AnyKept = TypeVar("AnyKept", bound=Kept)


def fetch_many(session: Session, numbers: Iterable[int]) -> Iterator[Kept]:
    """Approvals by number, in the order of their numbers; what does not exist is left out."""
    connection, wanted = session.connection(), {"numbers": list(numbers)}
    heads = connection.execute(_MANY, wanted).all()
    found = [_by_approval(connection.execute(rows, wanted).all()) for rows in _BELONGINGS]
    for head in heads:
        belongings = Belongings(*(of.get(head.id, ()) for of in found))
        yield kept(session, head, belongings, Kept)


def _by_approval(rows: Iterable[Row[Any]]) -> dict[int, list[Sequence[Any]]]:
    """Rows without their last column, by the approval that it names."""
    found = defaultdict[int, list[Sequence[Any]]](list)
    for *row, number in rows:
        found[number].append(row)
    return found


def kept(
    session: Session,
    row: Row[Any],
    belongings: Belongings,
    kind: type[AnyKept],
    /,
    **more: Any,  # noqa: ANN401  # its fields
) -> AnyKept:
    """What a row of `HEADS` and what belongs to it say, as a kind of `Kept` with its other fields."""
    definition = pinned(session, row.code, row.version, row.sha)
    about = (row.subject, row.subject_id, row.title, row.opened_at, row.closed_at)
    return kind(row.id, definition, row.definition_id, state_of(row, belongings), *about, **more)


def pinned(session: Session, code: str, version: int, sha: str) -> Definition:
    """The definition that a published text says; `sha` is the text's fingerprint."""
    if sha not in _known:
        body = session.connection().execute(_BODY, {"code": code, "version": version}).scalar_one()
        _known[sha] = read_definition(body, source=f"{code} {version}")
    return _known[sha]
