"""The sweep's scratch tables, and how what stands there becomes light changes, rungs and next looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Float,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    case,
    insert,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from models.prepared import Prepared, run
from models.supervision.facts import Track
from models.supervision.rules import SILENT
from models.tables import LightChange, Reminder, WorkItem

_SCRATCH = MetaData()
#: What the sweep found for each work item that it looked at.
STAGE = Table(
    "sweep_stage",
    _SCRATCH,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("was", String),
    Column("light", String),
    Column("rule", String),
    Column("due_on", Date),
    Column("workdays_left", Integer),
    Column("days_late", Integer),
    Column("target", Float),
    Column("done", Float),
    Column("behind", Float),
    Column("days_silent", Integer),
    Column("since", Date),
    Column("look_on", Date),
    *(Column(f"{track.value}_rung", String) for track in Track),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
#: Who is away without a substitute on the day: the absence, and how many workdays lie on or before its end.
AWAY = Table(
    "sweep_away",
    _SCRATCH,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("absence_id", Integer),
    Column("ends_number", Integer),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)

_CREATE = {
    kind.name: [str(CreateTable(table).compile(dialect=kind)) for table in (STAGE, AWAY)]
    for kind in (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's
}
_PUT_AWAY = Prepared(insert(AWAY))
_DAY, _EVENT = bindparam("day", type_=Date), bindparam("event_id", type_=Integer)
#: What a change of light keeps, in the stage's words.
KEPT = (
    "was",
    "light",
    "rule",
    "due_on",
    "workdays_left",
    "days_late",
    "target",
    "done",
    "behind",
    "days_silent",
)


def open_stage(session: Session, away: Sequence[Mapping[str, int]]) -> None:
    """Make the scratch tables; `away` are the rows of `AWAY`."""
    connection = session.connection()
    for create in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(create)
    if connection.dialect.name == "postgresql":
        # Compiling the long SELECT to machine code takes longer than running it.
        connection.exec_driver_sql("SET LOCAL jit = off")
    if away:
        run(session, (_PUT_AWAY, away))


def close_stage(session: Session) -> None:
    """Put the scratch tables away; the same connection may sweep again."""
    for table in (STAGE, AWAY):
        session.connection().exec_driver_sql(f"DROP TABLE {table.name}")


@lru_cache(maxsize=8)
def stage_statement(query: Select[Any]) -> Prepared:
    """Puts what a query found into the stage."""
    return Prepared(insert(STAGE).from_select([column.name for column in STAGE.c], query))


def changed() -> ColumnElement[bool]:
    """Staged work whose light changes."""
    return STAGE.c.light != STAGE.c.was


def _rungs() -> Prepared:
    """Each staged rung that was not told yet for its due date, or for its silence."""
    rows = []
    for track in Track:
        rung = STAGE.c[f"{track.value}_rung"]
        silent = or_(STAGE.c.due_on.is_(None), rung.like(f"{SILENT}-%"))
        anchor = case((silent, STAGE.c.since), else_=STAGE.c.due_on)
        told = select(literal(1)).where(
            Reminder.work_item_id == STAGE.c.id, Reminder.rung == rung, Reminder.due_on == anchor
        )
        rows.append(
            select(
                STAGE.c.id.label("work_item_id"),
                literal_column(f"'{track.value}'").label("track"),
                rung.label("rung"),
                anchor.label("due_on"),
                _DAY.label("on"),
            ).where(rung.is_not(None), ~told.exists())
        )
    every = union_all(*rows).subquery("rungs")
    order = select(*every.c).order_by(every.c.work_item_id)
    return Prepared(insert(Reminder).from_select(list(every.c.keys()), order))


RUNGS_TOLD = _rungs()
CHANGES_KEPT = Prepared(
    insert(LightChange).from_select(
        ["event_id", "work_item_id", "on", *KEPT],
        select(_EVENT, STAGE.c.id, _DAY, *(STAGE.c[name] for name in KEPT))
        .where(changed())
        .order_by(STAGE.c.id),
    )
)
# The plus keeps SQLite from walking through all work items and looking each up in the stage.
LOOKED = Prepared(
    update(WorkItem)
    .where(WorkItem.id == literal_column(f"+{STAGE.name}.id", Integer))
    .values(light=STAGE.c.light, look_on=STAGE.c.look_on)
)
