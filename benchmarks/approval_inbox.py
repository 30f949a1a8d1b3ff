"""The to-do list of a person with a million closed seats behind it, beside that of a person with none.

Both have as many open seats in the same database, among those of everybody else. The list must be one
statement, and the database's own plan for it must read no table or index of approvals from end to end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import JSON, ColumnElement, Engine, Integer, column, insert, literal, select, text
from sqlalchemy.orm import Session

from benchmarks.approval_verbs import Said, counting
from benchmarks.approvals_cases import AT, INITIATOR, SIGNERS, organisation
from benchmarks.databases import Postgresql, Sqlite
from benchmarks.figure import Figure
from benchmarks.peers.worker import timed
from models.approval.state import Cause, Outcome, SeatKind, SeatState, Status, Verb
from models.database import Base, open_database, reading, unit_of_work
from models.tables import Approval, ApprovalDefinition, ApprovalSeat, ApprovalStep
from tasks.approvals.inbox import waiting_for

BOUND = 2.0
CLOSED, SHORT_CLOSED = 1_000_000, 10_000
#: Open seats of each who looks, and of everybody else together.
OPEN, OTHERS = 20, 10_000
ROUNDS, SHORT_ROUNDS = 100, 10
#: Who looks: one with everything behind, one with nothing.
BUSY, FRESH = 1, 2
#: How each database is asked for its plan, and the words in it that mean reading from end to end.
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
READS_ALL = ("SCAN approval", "Seq Scan on approval")


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """Time and statements on both kinds of database."""
    closed = SHORT_CLOSED if short else CLOSED
    with TemporaryDirectory() as folder:
        yield from _compare(Sqlite(Path(folder), lambda engine: _fill(engine, closed)), closed, short=short)
    try:
        server = Postgresql(lambda engine: _fill(engine, closed))
    except psycopg.OperationalError as error:
        yield Figure("inbox PostgreSQL", missing=f"no server: {str(error).splitlines()[0]}")
        return
    try:
        yield from _compare(server, closed, short=short)
    finally:
        server.close()


#: The running number of `_insert_numbered`.
_NUMBER: ColumnElement[int] = column("number", Integer)


def _fill(engine: Engine, closed: int) -> None:
    """A closed approval for every closed seat, and open ones for both; a statement a table."""
    organisation(engine)
    with unit_of_work(engine) as session:
        body = {"code": "bench", "version": 1, "sha": "-", "body": "-", "published_at": AT}
        session.add(ApprovalDefinition(id=1, **body))
        session.flush()
        _insert(session, 0, closed, literal(BUSY), is_open=False)
        _insert(session, closed, OPEN, literal(BUSY), is_open=True)
        _insert(session, closed + OPEN, OPEN, literal(FRESH), is_open=True)
        _insert(session, closed + 2 * OPEN, OTHERS, _NUMBER % (SIGNERS - FRESH) + FRESH + 1, is_open=True)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as its own housekeeping would have done by then


def _insert(session: Session, after: int, count: int, person: ColumnElement[int], *, is_open: bool) -> None:
    """So many approvals of one step with one seat, numbered after `after`."""
    at_day, until = AT.date(), AT + timedelta(days=1)
    approval = {
        "definition_id": 1,
        "subject": "bench",
        "title": "事项",
        "initiator_id": INITIATOR,
        "status": Status.RUNNING if is_open else Status.APPROVED,
        "facts": literal({}, JSON),
        "chosen": literal({}, JSON),
        "branches": literal({}, JSON),
        "reworks": literal({}, JSON),
        "urges": literal({}, JSON),
        "rev": 1 if is_open else 2,
        "opened_at": AT,
        "closed_at": None if is_open else until,
    }
    step = {
        "number": 1,
        "key": "sign",
        "round": 1,
        "opened_on": at_day,
        "due_on": at_day,
        "is_open": is_open,
        "live": True,
        "outcome": None if is_open else Outcome.APPROVED,
        "rungs": 0,
    }
    seat = {
        "number": 1,
        "step": 1,
        "person_id": person,
        "state": SeatState.OPEN if is_open else SeatState.CLOSED,
        "order": 0,
        "kind": SeatKind.PRINCIPAL,
        "replaces": 0,
        "parent": 0,
        "placing": "",
        "added_by": 0,
        "verb": None if is_open else Verb.APPROVE,
        "opinion": "" if is_open else "同意",
        "cause": None if is_open else Cause.DECIDED,
        "cause_by": 0,
        "closed_by": 0 if is_open else person,
        "closed_at": None if is_open else until,
        "draft": "",
    }
    for table, numbered, values in (
        (Approval, ("id", "subject_id"), approval),
        (ApprovalStep, ("approval_id",), step),
        (ApprovalSeat, ("approval_id",), seat),
    ):
        _insert_numbered(session, table, numbered, values, after, count)


def _insert_numbered(
    session: Session,
    table: type[Base],
    numbered: tuple[str, ...],
    values: dict[str, Any],
    after: int,
    count: int,
) -> None:
    """One row a number, alike but for the columns that hold it."""
    numbers = select(literal(after + 1, Integer).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(_NUMBER + 1).select_from(numbers).where(after + count > _NUMBER))
    columns = table.__table__.columns
    filled: dict[str, ColumnElement[Any]] = dict.fromkeys(numbered, _NUMBER)
    for name, value in values.items():
        known = isinstance(value, ColumnElement)
        filled[name] = value if known else literal(value, columns[name].type)
    session.execute(insert(table).from_select(list(filled), select(*filled.values()).select_from(numbers)))


def _compare(databases: Sqlite | Postgresql, closed: int, *, short: bool) -> Iterator[Figure]:
    """The busy one beside the fresh one, in turn; a fresh copy is never written."""
    with databases.fresh() as url:
        engine = open_database(url)
        with counting(engine) as said:
            _look(engine, BUSY)
        statements = [one for one in said if not one.statement.startswith("BEGIN")]
        whole = sum(_reads_whole(engine, one) for one in statements)
        seconds: dict[int, list[float]] = {BUSY: [], FRESH: []}
        for _ in range(1 + (SHORT_ROUNDS if short else ROUNDS)):
            for person, times in seconds.items():
                timed(times, _look, engine, person)
        engine.dispose()
    name = f"inbox after {closed:,} closed {databases.name}"
    busy, fresh = (1000 * median(times[1:]) for times in seconds.values())
    yield Figure(name, busy, fresh, BOUND, "ms", short)
    yield Figure(f"{name}, statements", len(statements), bound=1, unit="statements")
    yield Figure(f"{name}, read from end to end", whole, bound=0, unit="tables", short=short)


def _look(engine: Engine, person: int) -> None:
    with reading(engine) as session:
        assert len(waiting_for(session, person, AT.date())) == OPEN


def _reads_whole(engine: Engine, one: Said) -> int:
    """How many tables or indexes of approvals the plan of a statement reads from end to end."""
    with engine.connect() as connection:
        explained = connection.exec_driver_sql(EXPLAIN[engine.dialect.name] + one.statement, one.values)
        plan = [" ".join(map(str, row)) for row in explained]
    found = [line for line in plan if any(words in line for words in READS_ALL)]
    if found:
        print(*plan, sep="\n", file=sys.stderr)
    return len(found)
