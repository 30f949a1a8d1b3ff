"""The database: engine, tables' base and the one transaction that a command is."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Result,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from models.errors import InputError

#: How long a writer waits for another one.
BUSY_MILLISECONDS = 30_000


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
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # narrows the driver's type
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: object) -> None:
    options = connection.get_execution_options()  # type: ignore[attr-defined]  # an engine event
    begin = "BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE"
    connection.exec_driver_sql(begin)  # type: ignore[attr-defined]


@contextmanager
def unit_of_work(engine: Engine) -> Generator[Session]:
    """One command, one transaction: all of it is kept, or nothing."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Generator[Session]:
    """A session that only reads and therefore never waits for a writer."""
    with engine.connect().execution_options(reads_only=True) as connection, Session(connection) as session:
        yield session


def affected(result: Result[Any]) -> int:
    """How many rows an UPDATE, DELETE or INSERT touched."""
    assert isinstance(result, CursorResult)  # noqa: S101  # what the statements above always give
    return int(result.rowcount)
