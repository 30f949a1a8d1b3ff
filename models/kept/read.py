"""Read approvals: each with its definition, steps, seats and readers, in one statement however many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.approval.read_definition import read_definition
from models.approval.state import State
from models.kept.packed import packed
from models.kept.rows import READER_COLUMNS, SEAT_COLUMNS, STEP_COLUMNS, rare_values, state_of
from models.kept.tables import APPROVAL, DEFINITION, READER, SEAT, STEP

_COLUMNS = ("id", "subject", "subject_id", "title", "initiator_id", "status", "rev", "opened_at", "closed_at")
#: An approval with its definition, and all that belongs to it packed into lists.
HEADS = select(
    *(APPROVAL.c[name] for name in _COLUMNS),
    *(APPROVAL.c[name] for name in ("definition_id", *rare_values(State()))),
    *(DEFINITION.c[name] for name in ("code", "version", "sha")),
    packed(STEP, STEP_COLUMNS, "steps", STEP.c.approval_id == APPROVAL.c.id),
    packed(SEAT, SEAT_COLUMNS, "seats", SEAT.c.approval_id == APPROVAL.c.id),
    packed(READER, READER_COLUMNS, "readers", READER.c.approval_id == APPROVAL.c.id),
).join_from(APPROVAL, DEFINITION)

_NUMBERS: BindParameter[int] = bindparam("numbers", expanding=True)
_MANY = HEADS.where(APPROVAL.c.id.in_(_NUMBERS)).order_by(APPROVAL.c.id)
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
    for head in session.connection().execute(_MANY, {"numbers": list(numbers)}).all():
        yield kept(session, head, Kept)


def kept(session: Session, row: Row[Any], kind: type[AnyKept], /, **more: Any) -> AnyKept:  # noqa: ANN401  # its fields
    """What a row of `HEADS` says, as a kind of `Kept` with the fields that it has besides."""
    definition = pinned(session, row.code, row.version, row.sha)
    about = (row.subject, row.subject_id, row.title, row.opened_at, row.closed_at)
    return kind(row.id, definition, row.definition_id, state_of(row), *about, **more)


def pinned(session: Session, code: str, version: int, sha: str) -> Definition:
    """The definition that a published text says; `sha` is the text's fingerprint."""
    if sha not in _known:
        body = session.connection().execute(_BODY, {"code": code, "version": version}).scalar_one()
        _known[sha] = read_definition(body, source=f"{code} {version}")
    return _known[sha]
