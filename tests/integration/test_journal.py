"""The event log: chained, gap-free, and closed to everybody, by raw SQL too."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.database import open_database, reading, unit_of_work
from models.journal import GENESIS, Fact, Verdict, record, verify
from models.tables import Event
from tests.conftest import SqliteDatabases

NOON = datetime(2026, 3, 31, 4, 0, 0, 123456, tzinfo=UTC)
GUARDS = {
    "sqlite": ("DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"),
    "postgresql": ("DROP TRIGGER event_no_change ON event",),
}


def tell(engine: Engine, *words: str) -> list[int]:
    with unit_of_work(engine) as session:
        facts = [Fact("told", "story", n, "ann@example.gov.cn", {"言": word}) for n, word in enumerate(words)]
        return record(session, facts, at=NOON)


def verdict(engine: Engine) -> Verdict:
    with reading(engine) as session:
        return verify(session)


def verdict_on(engine: Engine, forgery: str) -> Verdict:
    """What verifying finds after a forgery by somebody with the rights to remove the guards; then undone."""
    with engine.connect() as connection, Session(connection) as session:
        for guard in GUARDS[engine.dialect.name]:
            connection.execute(text(guard))
        connection.execute(text(forgery))
        return verify(session)


def test_events_are_numbered_without_gaps_and_linked(database: Engine) -> None:
    first = tell(database, "一", "二")
    second = tell(database, "三")

    with reading(database) as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
    assert (first, second) == ([1, 2], [3])
    assert [one.previous for one in events] == [GENESIS, events[0].hash, events[1].hash]
    assert events[0].at == NOON
    assert events[0].payload == '{"言":"一"}'


def test_an_untouched_chain_fits_and_names_its_head(database: Engine) -> None:
    tell(database, "一", "二", "三")

    found = verdict(database)

    with reading(database) as session:
        head = session.scalar(select(Event.hash).where(Event.id == 3))
    assert found == Verdict(3, head or "")


def test_an_empty_chain_fits(database: Engine) -> None:
    assert verdict(database) == Verdict(0, GENESIS)


#: What is done to a chain of four → the event that does not fit, and why.
FORGERIES = {
    "UPDATE event SET payload = '{}' WHERE id = 2": (2, "edited"),
    "UPDATE event SET actor = 'bob@example.gov.cn' WHERE id = 3": (3, "edited"),
    "UPDATE event SET at = '2026-03-30 04:00:00.123456+00:00' WHERE id = 2": (2, "edited"),
    "UPDATE event SET reason = 'because' WHERE id = 1": (1, "edited"),
    "UPDATE event SET subject_id = NULL WHERE id = 4": (4, "edited"),
    "DELETE FROM event WHERE id = 2": (3, "missing"),
    "DELETE FROM event WHERE id = 1": (2, "missing"),
    "UPDATE event SET previous = 'x' WHERE id = 3": (3, "unlinked"),
}


def test_the_first_event_that_does_not_fit_is_named(database: Engine) -> None:
    tell(database, "一", "二", "三", "四")

    found = {forgery: verdict_on(database, forgery) for forgery in FORGERIES}

    assert {forgery: (one.broken_at, one.why) for forgery, one in found.items()} == FORGERIES
    assert [one.count for one in found.values()] == [1, 2, 1, 0, 3, 1, 0, 2]
    assert verdict(database).count == 4


_COLUMNS = "id, at, actor, verb, subject, subject_id, payload, reason, previous, hash"
_VALUES = "1, '2026-01-01 00:00:00+00:00', 'x', 'x', 'x', 1, '{}', '', 'x', 'x'"
_INSERT = f"INTO event ({_COLUMNS}) VALUES ({_VALUES})"
#: Every way that raw SQL has to change the past, in each dialect.
REFUSED = {
    "sqlite": (
        "UPDATE event SET reason = 'better' WHERE id = 1",
        "DELETE FROM event WHERE id = 1",
        "DELETE FROM event",
        f"INSERT OR REPLACE {_INSERT}",
    ),
    "postgresql": (
        "UPDATE event SET reason = 'better' WHERE id = 1",
        "DELETE FROM event WHERE id = 1",
        "DELETE FROM event",
        f"INSERT {_INSERT} ON CONFLICT (id) DO UPDATE SET actor = 'x'",
        "TRUNCATE event CASCADE",
    ),
}


def test_the_database_itself_refuses_to_change_events(database: Engine) -> None:
    tell(database, "一", "二")

    for statement in REFUSED[database.dialect.name]:
        with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
            connection.execute(text(statement))

    assert verdict(database) == Verdict(2, verdict(database).head)


def test_a_transaction_that_fails_leaves_no_event(database: Engine) -> None:
    def fail(engine: Engine) -> None:
        with unit_of_work(engine) as session:
            record(session, [Fact("told", "story", 1, "ann@example.gov.cn")], at=NOON)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail(database)

    assert tell(database, "一") == [1]
    assert verdict(database).count == 1


def test_writers_at_once_leave_a_chain_without_gaps(database: Engine) -> None:
    writers, each = 4, 10
    ready = threading.Barrier(writers)
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            ready.wait()
            for number in range(each):
                tell(database, f"{name} {number}", f"{name} {number} again")
        except BaseException as error:  # noqa: BLE001  # handed to the test, which fails on it
            failures.append(error)

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert verdict(database).broken_at is None
    assert verdict(database).count == writers * each * 2


def test_an_instant_without_a_zone_is_refused(database: Engine) -> None:
    naive = datetime(2026, 3, 31, 4, tzinfo=UTC).replace(tzinfo=None)

    with pytest.raises(ValueError, match="time zone"), unit_of_work(database) as session:
        record(session, [Fact("told", "story", 1, "ann@example.gov.cn")], at=naive)


#: What raw SQL can put into a SQLite file that is no event any more: no instant, no text, no UTF-8.
UNREADABLE = ("at = 'garbage'", "at = 5", "payload = x'ff00'", "reason = CAST(x'ff' AS TEXT)")


@pytest.mark.parametrize("garbage", UNREADABLE)
def test_an_event_that_cannot_be_read_is_named(sqlite_databases: SqliteDatabases, garbage: str) -> None:
    engine = open_database(sqlite_databases.copy("empty"))
    tell(engine, "一", "二", "三", "四")

    found = verdict_on(engine, f"UPDATE event SET {garbage} WHERE id = 3")  # noqa: S608  # from the table above

    assert (found.count, found.broken_at, found.why) == (2, 3, "edited")
    engine.dispose()
