"""Whether the database answers, is up to date and knows who coordinates and approves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, select

from commands.checks.check import Check, Mark
from commands.desk import Desk
from models.database import open_database, reading
from models.errors import DubanError
from models.migrate import LATEST, revision
from models.tables import Person
from tasks.directory import find_approver, find_coordinator

#: Older SQLite can corrupt a WAL that is reset while another process writes.
SQLITE_SAFE = (3, 51, 3)


def check_database(desk: Desk) -> Iterator[Check]:
    """The database answers, stands at the newest migration, and names coordinator and approver."""
    url = desk.settings.database
    if url.startswith("sqlite"):
        yield check_sqlite(desk, sqlite3.sqlite_version_info)
        if not Path(url.partition(":///")[2]).exists():
            yield Check("database", Mark.BAD, desk.say("doctor.database_none"), desk.say("doctor.init"))
            return
    try:
        engine = open_database(url)
        try:
            yield from _check_engine(desk, engine)
        finally:
            engine.dispose()
    except DubanError as error:
        yield Check("database", Mark.BAD, error.sentence(desk.lang), desk.say("doctor.database_remedy"))


def _check_engine(desk: Desk, engine: Engine) -> Iterator[Check]:
    found = revision(engine)
    if found != LATEST:
        shown = desk.say("doctor.database_old", found=found or "—", latest=LATEST)
        yield Check("database", Mark.BAD, shown, desk.say("doctor.init"))
        return
    yield Check("database", Mark.GOOD, f"{engine.url.render_as_string(hide_password=True)}（{LATEST}）")
    yield from check_people(desk, engine)


def check_sqlite(desk: Desk, found: tuple[int, ...]) -> Check:
    """SQLite is new enough for several processes that write."""
    version, safe = ".".join(map(str, found)), ".".join(map(str, SQLITE_SAFE))
    if found >= SQLITE_SAFE:
        return Check("sqlite", Mark.GOOD, version)
    shown = desk.say("doctor.sqlite_old", found=version, safe=safe)
    return Check("sqlite", Mark.WARN, shown, desk.say("doctor.sqlite_remedy"))


def check_people(desk: Desk, engine: Engine) -> Iterator[Check]:
    """The coordinator and the approver are people of the stored organisation."""
    settings = desk.settings
    with reading(engine) as session:
        if session.scalar(select(Person.id).limit(1)) is None:
            yield Check("people", Mark.WARN, desk.say("doctor.people_none"), desk.say("doctor.people_remedy"))
            return
        yield _person(desk, "coordinator", lambda: find_coordinator(session, settings.coordinator))
        yield _person(desk, "approver", lambda: find_approver(session, "", settings.approver))


def _person(desk: Desk, name: str, find: Callable[[], Person | None]) -> Check:
    remedy = desk.say(f"doctor.{name}_remedy", file=desk.home / "duban.toml")
    try:
        found = find()
    except DubanError as error:
        return Check(name, Mark.BAD, error.sentence(desk.lang), remedy)
    if found is None:
        return Check(name, Mark.BAD, desk.say("doctor.nobody"), remedy)
    return Check(name, Mark.GOOD, f"{found.name} <{found.email}>")
