"""The database: engine, tables' base and the one transaction that a command is."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import (
    BigInteger,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Result,
    Text,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
    true,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from models.errors import InputError, UnavailableError
from models.prepared import Prepared, Step, run

#: How long a writer waits for another one.
BUSY_MILLISECONDS = 30_000
#: PostgreSQL's lock at which writers queue; SQLite's writers queue by themselves.
WRITERS_LOCK = 0x6475_6261_6E
_LOCK = select(
    func.set_config("lock_timeout", bindparam("patience", type_=Text), true()),
    func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger)),
)
_QUEUE = Prepared(_LOCK)
#: The same for a transaction of statements by key: PostgreSQL plans each once, because planning it for
#: every value takes longer than running it.
_QUEUE_QUICK = Prepared(_LOCK.add_columns(func.set_config("plan_cache_mode", "force_generic_plan", true())))
#: A connection that lay unused for so many seconds may have been cut: it is tried before it is used.
IDLE_SECONDS = 5
#: How each database says that the wait was in vain.
_BUSY = ("database is locked", "lock timeout")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; refuses naive ones, gives aware ones back on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Store UTC only: SQLite would silently drop another zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Give the zone back that SQLite does not keep."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """What every table descends from."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def open_database(url: str) -> Engine:
    """An engine for `url` with the settings that our promises rest on.

    SQLite gets WAL, foreign keys, FULL synchronous and a busy timeout; its transactions begin
    IMMEDIATE unless they only read, because a deferred one that turns to writing fails at once
    however long the busy timeout is. Raises InputError for an unusable URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InputError("database_url_wrong", url=url) from error
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise InputError("database_url_wrong", url=url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(parsed)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_try_if_idle, engine.dialect))
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["used"] = monotonic()


def _try_if_idle(
    dialect: Dialect, connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object
) -> None:
    """Let the pool take another connection where the server has cut this one."""
    if monotonic() - entry.info.get("used", monotonic()) < IDLE_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # narrows the driver's type
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: object) -> None:
    options = connection.get_execution_options()  # type: ignore[attr-defined]  # an engine event
    begin = "BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE"
    connection.exec_driver_sql(begin)  # type: ignore[attr-defined]


@contextmanager
def unit_of_work(engine: Engine, *, queued: bool = True) -> Generator[Session]:
    """One command, one transaction: all of it is kept, or nothing.

    Writers queue from the start, so that each decides on what the one before it left, and none waits
    for another in a circle; only what rests on locks of its own, as the outbox does, is not `queued`.
    Raises UnavailableError when the database fails or another writer takes longer than the patience.
    """
    with _failing_in_words(engine), Session(engine, expire_on_commit=False) as session, session.begin():
        if queued:
            queue_up(session)
        yield session


@contextmanager
def reading(engine: Engine, *, steady: bool = False) -> Generator[Session]:
    """A session that only reads and therefore never waits for a writer.

    All that a `steady` one reads is of the same instant, whatever is written meanwhile; on SQLite every one
    is. Raises UnavailableError when the database fails.
    """
    options: dict[str, Any] = {"reads_only": True}
    if steady and engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with (
        _failing_in_words(engine),
        engine.connect().execution_options(**options) as connection,
        Session(connection) as session,
    ):
        yield session


def queue_up(session: Session) -> None:
    """Wait until this transaction is the only writer; it stays so until it ends."""
    steps = queueing(session)
    if steps:
        run(session, *steps)


def queueing(session: Session, *, quick: bool = False) -> list[Step]:
    """What must run before anything else so that this transaction is the only writer.

    For a writer that reads in the same round trip; a `quick` one does nothing with large sets of rows.
    Nothing where it has queued already, and on SQLite, whose writers queue by themselves.
    """
    if session.get_bind().dialect.name != "postgresql":
        return []
    session.connection()
    transaction = session.get_transaction()
    if session.info.get("queued") is transaction:
        return []
    session.info["queued"] = transaction
    return [(_QUEUE_QUICK if quick else _QUEUE, {"patience": f"{BUSY_MILLISECONDS}ms", "lock": WRITERS_LOCK})]


@contextmanager
def _failing_in_words(engine: Engine) -> Generator[None]:
    """Say what is wrong with the database: locked, gone, full, damaged; our own mistakes stay errors."""
    try:
        yield
    except DataError as error:
        raise InputError("value_unusable", reason=str(error.orig).strip()) from error
    except DBAPIError as error:
        if not isinstance(error, OperationalError) and type(error.orig) is not sqlite3.DatabaseError:
            raise
        reason = str(error.orig).strip()
        if any(words in reason for words in _BUSY):
            raise UnavailableError("database_busy", seconds=BUSY_MILLISECONDS // 1000) from error
        url = engine.url.render_as_string(hide_password=True)
        raise UnavailableError("database_failed", url=url, reason=reason) from error


def affected(result: Result[Any]) -> int:
    """How many rows an UPDATE, DELETE or INSERT touched."""
    assert isinstance(result, CursorResult)  # noqa: S101  # what the statements above always give
    return int(result.rowcount)
