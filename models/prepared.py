"""Statements that are compiled once and run on the driver itself: for verbs that people wait for.

SQLAlchemy's own execution costs several times what SQLite needs for the statement, and a round trip for
each on PostgreSQL. The statements stay SQLAlchemy's, with its types; transactions and errors too.
See docs/decisions/0011-prepared-statements.md.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Process = Callable[[Any], Any]


class Done:
    """What a statement gave: its rows (named tuples), or how many rows it touched."""

    __slots__ = ("affected", "rows")

    def __init__(self, rows: list[Any], affected: int) -> None:
        self.rows = rows
        self.affected = affected


class Prepared:
    """A statement with named values, compiled once for each kind of database. No `IN` over lists."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    def plan(self, dialect: Dialect) -> _Plan:
        """How the statement runs on one kind of database."""
        found = self._plans.get(dialect.name)
        if found is None:
            found = self._plans[dialect.name] = _Plan(self._statement, dialect)
        return found


#: A statement and its values: one set of them, or many to be run in turn.
Step = tuple[Prepared, Values | Sequence[Values]]


def run(session: Session, *steps: Step) -> list[Done]:
    """Run statements in order in the session's transaction; on PostgreSQL in a single round trip.

    What the session holds back is written first. Raises SQLAlchemy's errors.
    """
    session.flush()
    connection = session.connection()
    dialect, raw = connection.dialect, connection.connection.driver_connection
    assert raw is not None  # noqa: S101  # an open connection has one
    plans = [(prepared.plan(dialect), values) for prepared, values in steps]
    one_trip = raw.pipeline() if dialect.name == "postgresql" and len(plans) > 1 else nullcontext()
    with _as_ours(dialect, plans):
        with one_trip:
            cursors = [(plan, plan.start(connection, raw, values), values) for plan, values in plans]
        return [plan.finish(cursor, many=_are_many(values)) for plan, cursor, values in cursors]


def _are_many(values: Values | Sequence[Values]) -> bool:
    return not isinstance(values, Mapping)


class _Plan:
    """A statement in the words of one database, with what its values and rows go through."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  # of a statement, not of DDL
        self.sql = str(compiled)
        self._names: Sequence[str] | None = compiled.positiontup
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._binds = {
            name: process
            for one, name in compiled.bind_names.items()
            if (process := _processor(one.type, dialect, "bind")) is not None
        }
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        names = [str(one.key) for one in columns]
        #: Known here, because asking the driver's cursor makes it describe every column.
        self._gives = bool(columns) or bool(compiled.effective_returning)
        self._row: Any = namedtuple("Row", names, rename=True) if columns else None  # noqa: PYI024  # names of columns
        self._reads = [
            (place, process)
            for place, one in enumerate(columns)
            if (process := _processor(one.type, dialect, "result")) is not None
        ]

    def start(self, connection: Connection, raw: Any, values: Values | Sequence[Values]) -> Any:  # noqa: ANN401  # the driver's
        many = _are_many(values)
        given: Any = [self._bound(one) for one in values] if many else self._bound(values)  # type: ignore[arg-type]  # told apart by `many`
        cursor = raw.cursor()
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, self.sql, given, None, many)
        if many:
            cursor.executemany(self.sql, given)
        else:
            cursor.execute(self.sql, given)
        return cursor

    def finish(self, cursor: Any, *, many: bool) -> Done:  # noqa: ANN401  # the driver's
        rows = cursor.fetchall() if self._gives and not many else []
        if self._row is not None:
            rows = [self._row._make(self._read(row)) for row in rows]
        return Done(rows, cursor.rowcount)

    def _bound(self, values: Values) -> Sequence[Any] | Values:
        bound = {**self._fixed, **values}
        for name, process in self._binds.items():
            bound[name] = process(bound[name])
        return bound if self._names is None else [bound[name] for name in self._names]

    def _read(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self._reads:
            return row
        read = list(row)
        for place, process in self._reads:
            read[place] = process(read[place])
        return read


def _processor(kind: TypeEngine[Any], dialect: Dialect, way: str) -> Process | None:
    meant = kind.dialect_impl(dialect)
    found: Process | None
    found = meant.bind_processor(dialect) if way == "bind" else meant.result_processor(dialect, None)
    return found


@contextmanager
def _as_ours(dialect: Dialect, plans: Sequence[tuple[_Plan, object]]) -> Iterator[None]:
    """Let the driver's errors be SQLAlchemy's, as everywhere else."""
    driver = dialect.loaded_dbapi.Error
    try:
        yield
    except driver as error:
        statement = ";\n".join(plan.sql for plan, _ in plans)
        raise DBAPIError.instance(statement, None, error, driver, dialect=dialect) from error
