"""Prepared statements give what SQLAlchemy gives, in the same transaction; cut connections are replaced."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest
from sqlalchemy import Engine, bindparam, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from models import database as databases
from models.database import reading, unit_of_work
from models.prepared import Prepared, run
from models.tables import Absence, Notice, Person

NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)
PEOPLE = [{"name": name, "email": f"{name}@example.gov.cn", "title": "", "active": True} for name in "甲乙丙"]
ADD = Prepared(insert(Person).values({one: bindparam(one) for one in PEOPLE[0]}))
NAMED = select(Person.id, Person.name, Person.active).where(Person.name == bindparam("who"))
NOTICE = insert(Notice).values(
    dedupe=bindparam("dedupe"),
    letter="told",
    person_id=bindparam("person_id"),
    facts=bindparam("facts"),
    attachments=[],
    thread="",
    created_at=bindparam("at"),
    not_before=bindparam("at"),
    state="waiting",
    attempts=0,
    error="",
)


def test_rows_come_back_with_the_types_that_went_in(database: Engine) -> None:
    facts = {"件名": "年度计划", "数": [1, None, True]}
    read = Prepared(select(Notice.facts, Notice.created_at, Notice.lease_until, Notice.attempts))
    with unit_of_work(database) as session:
        run(session, (ADD, PEOPLE))
        (found,) = run(session, (Prepared(NAMED), {"who": "乙"}))
        person = found.rows[0]
        told = {"dedupe": "1", "person_id": person.id, "facts": facts, "at": NOON}
        (_, kept) = run(session, (Prepared(NOTICE), told), (read, {}))
        plainly = session.execute(NAMED, {"who": "乙"}).one()

    assert (person.name, person.active) == ("乙", True) == (plainly.name, plainly.active)
    assert tuple(kept.rows[0]) == (facts, NOON, None, 0)


def test_changed_rows_are_counted_and_undone_with_their_transaction(database: Engine) -> None:
    rename = Prepared(update(Person).where(Person.name == bindparam("who")).values(title=bindparam("title")))
    with unit_of_work(database) as session:
        run(session, (ADD, PEOPLE))
    with unit_of_work(database) as session:
        (one, nobody) = run(
            session, (rename, {"who": "甲", "title": "主任"}), (rename, {"who": "丁", "title": ""})
        )
        session.rollback()

    assert (one.affected, nobody.affected) == (1, 0)
    with reading(database) as session:
        assert session.scalars(select(Person.title)).all() == ["", "", ""]


def test_what_the_session_holds_back_is_written_first(database: Engine) -> None:
    with unit_of_work(database) as session:
        run(session, (ADD, PEOPLE))
        (found,) = run(session, (Prepared(NAMED), {"who": "甲"}))
        one = found.rows[0].id
        session.add(Absence(person_id=one, kind="休假", starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 3)))
        (away,) = run(session, (Prepared(select(Absence.starts_on, Absence.ends_on)), {}))

    assert [tuple(row) for row in away.rows] == [(date(2026, 4, 1), date(2026, 4, 3))]


def test_a_drivers_error_is_sqlalchemys_and_listeners_hear_the_statement(database: Engine) -> None:
    heard: list[str] = []
    event.listen(database, "before_cursor_execute", lambda _c, _k, statement, *_: heard.append(statement))
    with unit_of_work(database) as session:
        run(session, (ADD, PEOPLE))

    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        run(session, (Prepared(NAMED), {"who": "甲"}), (ADD, PEOPLE[0]))

    assert sum(one.startswith("INSERT INTO person") for one in heard) == 2


def test_a_connection_that_was_cut_while_nobody_used_it_is_replaced(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.dialect.name != "postgresql":
        pytest.skip("a file has no connection that could be cut")
    monkeypatch.setattr(databases, "IDLE_SECONDS", 0)
    with reading(database) as session:
        cut = session.scalar(text("SELECT pg_backend_pid()"))
    server = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (cut,))

    with unit_of_work(database) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != cut
