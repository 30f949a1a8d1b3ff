"""Keep approvals in their tables: read one as a value, write only the rows that a command changed."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Table,
    bindparam,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.approval.state import SYSTEM, State
from models.approval.world import World
from models.database import BUSY_MILLISECONDS, queueing
from models.errors import NotFoundError, UnavailableError
from models.journal import Head, head_columns
from models.kept.read import HEADS, READERS, SEATS, STEPS, Kept, kept
from models.kept.rows import (
    READER_MUTABLE,
    SEAT_MUTABLE,
    STEP_MUTABLE,
    Belongings,
    moving_values,
    rare_values,
    reader_values,
    seat_values,
    step_values,
)
from models.kept.tables import APPROVAL, COMMAND, PERSON, READER, SEAT, STEP
from models.prepared import Prepared, Step, run
from tasks.approvals.definitions import find_published

_EARLIER_COLUMNS = (COMMAND.c.approval_id, COMMAND.c.digest, COMMAND.c.event_id, COMMAND.c.answer)
_WITH_KEY = COMMAND.c.key == bindparam("key")
_NUMBER: BindParameter[int] = bindparam("number")
#: All that a command needs to know: the approval, who acts, the past of their key, the log's head.
_ONE = Prepared(
    HEADS.add_columns(PERSON.c.email, PERSON.c.active, *head_columns(), *_EARLIER_COLUMNS)
    .outerjoin(PERSON, PERSON.c.id == bindparam("by"))
    .outerjoin(COMMAND, _WITH_KEY)
    .where(APPROVAL.c.id == _NUMBER)
)
_BELONGINGS = tuple(
    Prepared(rows.where(table.c.approval_id == _NUMBER))
    for rows, table in ((STEPS, STEP), (SEATS, SEAT), (READERS, READER))
)
_CALLER = Prepared(
    select(PERSON.c.email, *_EARLIER_COLUMNS)
    .select_from(PERSON.outerjoin(COMMAND, _WITH_KEY))
    .where(PERSON.c.id == bindparam("by"))
)
# In the words of the partial index, or it would not be used.
_UNFINISHED = Prepared(
    select(APPROVAL.c.id).where(
        APPROVAL.c.subject == bindparam("subject"),
        APPROVAL.c.subject_id == bindparam("subject_id"),
        text("status IN ('draft', 'running', 'returned')"),
    )
)

_ADD = Prepared(
    insert(APPROVAL)
    .values({one.name: bindparam(one.name) for one in APPROVAL.c if one.name != "id"})
    .returning(APPROVAL.c.id)
)
_MOVING = (
    update(APPROVAL)
    .where(APPROVAL.c.id == bindparam("at_approval"), APPROVAL.c.rev == bindparam("seen"))
    .values({name: bindparam(name) for name in ("status", "rev", "closed_at")})
)
_MOVE = Prepared(_MOVING)
_REWRITE = Prepared(
    _MOVING.values({name: bindparam(name) for name in ("definition_id", *rare_values(State()))})
)


@dataclass(frozen=True, slots=True)
class _Writer:
    """How the rows of one table are written: by which key, and which columns change after the insert."""

    add: Prepared
    change: Prepared
    key: str
    mutable: tuple[str, ...]

    def steps(self, rows: list[dict[str, Any]], known: Container[int]) -> list[Step]:
        """The statements that add the rows that are new and change the others."""
        new = [row for row in rows if row[self.key] not in known]
        changed = [
            {"at_approval": row["approval_id"], "at_key": row[self.key]}
            | {name: row[name] for name in self.mutable}
            for row in rows
            if row[self.key] in known
        ]
        # One row travels faster alone than as a batch.
        return [
            (statement, some[0] if len(some) == 1 else some)
            for statement, some in ((self.add, new), (self.change, changed))
            if some
        ]


def _writer(table: Table, key: str, mutable: tuple[str, ...]) -> _Writer:
    here = (table.c.approval_id == bindparam("at_approval"), table.c[key] == bindparam("at_key"))
    change = update(table).where(*here).values({name: bindparam(name) for name in mutable})
    return _Writer(Prepared(insert(table)), Prepared(change), key, mutable)


_STEP_WRITER = _writer(STEP, "number", STEP_MUTABLE)
_SEAT_WRITER = _writer(SEAT, "number", SEAT_MUTABLE)
_READER_WRITER = _writer(READER, "person_id", READER_MUTABLE)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a key was used for before: the command's fingerprint and its answer."""

    approval: int
    digest: str
    event: int | None
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class Stored(Kept):
    """An approval with who acts (the address, if we know them), their key's past and the log's head."""

    actor: str | None = None
    #: Whether who acts is active; None for nobody we know.
    active: bool | None = None
    earlier: Earlier | None = None
    #: The newest event of the log.
    head: Head | None = None


def load(session: Session, number: int) -> tuple[Definition, State]:
    """An approval's pinned definition and how it stands. Raises NotFoundError."""
    stored = fetch(session, number)
    return stored.definition, stored.state


def fetch(session: Session, number: int, *, by: int = SYSTEM, key: str = "") -> Stored:
    """An approval with who acts on it and the past of their key. Raises NotFoundError.

    What is read stays true until the transaction ends: writers queue (`models.database.unit_of_work`).
    """
    one: Step = (_ONE, {"number": number, "by": by, "key": key})
    belonging: list[Step] = [(rows, {"number": number}) for rows in _BELONGINGS]
    *_, found, steps, seats, readers = run(session, *queueing(session, quick=True), one, *belonging)
    if not found.rows:
        raise NotFoundError("approval_unknown", id=number)
    head = found.rows[0]
    newest = None if head.head_id is None else (head.head_id, head.head_hash)
    earlier = _earlier(head[-len(_EARLIER_COLUMNS) :])
    more = {"actor": head.email, "active": head.active, "earlier": earlier, "head": newest}
    belongings = Belongings(steps.rows, seats.rows, readers.rows)
    return kept(session, head, belongings, Stored, **more)


def find_caller(session: Session, by: int, key: str) -> tuple[str | None, Earlier | None]:
    """The address of somebody who starts an approval, and the past of their key."""
    (found,) = run(session, (_CALLER, {"by": by, "key": key}))
    return (found.rows[0][0], _earlier(found.rows[0][1:])) if found.rows else (None, None)


def find_unfinished(session: Session, subject: str, subject_id: int) -> int | None:
    """The number of the approval of a subject that is not finished, if there is one."""
    (found,) = run(session, (_UNFINISHED, {"subject": subject, "subject_id": subject_id}))
    return found.rows[0][0] if found.rows else None


def add(
    session: Session, state: State, columns: Mapping[str, Any], definition: Definition, world: World
) -> int:
    """Keep an approval that is new and give its number; `columns` are those that no state knows."""
    values = {**columns, **rare_values(state), **moving_values(state, world)}
    values |= {"initiator_id": state.initiator, "opened_at": world.now}
    number = int(run(session, (_ADD, values))[0].rows[0][0])
    steps = _row_steps(number, State(), state, definition, world)
    if steps:
        run(session, *steps)
    return number


def save(
    session: Session,
    stored: Stored,
    after: State,
    definition: Definition,
    world: World,
    *more: Step,
) -> None:
    """Write what differs from the approval as it was fetched, and what else belongs to the command.

    `definition` is what it runs under now. Raises UnavailableError if somebody else wrote in between,
    which queued writers never do.
    """
    values = {"at_approval": stored.number, "seen": stored.state.rev, **moving_values(after, world)}
    rare, same = rare_values(after), definition is stored.definition
    move = _MOVE
    if not same or rare != rare_values(stored.state):
        pin = stored.definition_id if same else find_published(session, definition)
        values |= {"definition_id": pin, **rare}
        move = _REWRITE
    rows = _row_steps(stored.number, stored.state, after, definition, world)
    moved, *_ = run(session, (move, values), *rows, *more)
    if moved.affected != 1:
        raise UnavailableError("database_busy", seconds=BUSY_MILLISECONDS // 1000)


def _row_steps(number: int, before: State, after: State, definition: Definition, world: World) -> list[Step]:
    """Rows are values: one that is the very same object was not changed."""
    migrated = after.version != before.version
    steps = [
        step_values(number, one, definition, world)
        for one in after.steps.values()
        if one is not before.steps.get(one.number) or (migrated and one.is_open)
    ]
    seats = [seat_values(number, one) for key, one in after.seats.items() if one is not before.seats.get(key)]
    readers = [
        reader_values(number, one) for key, one in after.readers.items() if one is not before.readers.get(key)
    ]
    return [
        *_STEP_WRITER.steps(steps, before.steps),
        *_SEAT_WRITER.steps(seats, before.seats),
        *_READER_WRITER.steps(readers, before.readers),
    ]


def _earlier(columns: Sequence[Any]) -> Earlier | None:
    return None if columns[0] is None else Earlier(*columns)
