"""The stage of a rehearsal: a home of its own that starts empty, and somebody in each needed role."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.office import Office, open_office
from flows.server import running_server
from models.database import open_database
from models.errors import NotFoundError, RefusedError
from models.messages import Lang, say
from models.migrate import migrate
from models.proposal import OrganisationFile
from models.roles import UnitKind
from models.settings import Settings
from models.tables import Person, Unit
from tasks.directory import find_approver, find_coordinator
from tasks.import_organisation import import_organisation

#: Says that a directory belongs to a rehearsal, which may empty it.
MARKER = ".duban-demo"


def clear_stage(home: Path, lang: Lang) -> None:
    """Make `home` an empty directory of the rehearsal's.

    Raises RefusedError for a directory with somebody's files in it, and while a server runs there.
    """
    if home.exists() and (not home.is_dir() or (any(home.iterdir()) and not (home / MARKER).exists())):
        raise RefusedError("demo_dir_taken", dir=home)
    server = running_server(home)
    if server is not None:
        raise RefusedError("demo_dir_busy", dir=home, pid=server.started_by)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text(say("rehearsal.marker", lang) + "\n", "utf-8")
    for path in home.iterdir():
        if path.name == MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def set_stage(home: Path, lang: Lang, organisation: OrganisationFile, day: date) -> Office:
    """Set up the home as `duban init` does, import the organisation, and fill the needed roles."""
    for name in ("duban.toml", "holidays.csv"):
        template = files("models").joinpath("catalogues", f"home_{name}").read_text("utf-8")
        (home / name).write_text(template, "utf-8")
    _set(home, "lang", lang)
    engine = open_database(Settings(home).database)
    migrate(engine)
    engine.dispose()
    office = open_office(home, day)
    with office.write() as session:
        import_organisation(session, organisation, actor="SYSTEM", at=office.clock.now(), today=day)
    return appoint(office)


def appoint(office: Office) -> Office:
    """The same office with a coordinator and an approver, whatever its organisation file says.

    Where the file names none, the head of the party committee coordinates and the head of the
    bureau approves, or else the first person.
    """
    home, settings = office.settings.home, office.settings
    with office.read() as session:
        coordinator, approver = "", ""
        if find_coordinator(session, settings.coordinator) is None:
            coordinator = _head(session, UnitKind.COMMITTEE).email
        if _nobody(lambda: find_approver(session, "", settings.approver)):
            approver = _head(session, UnitKind.BUREAU).email
    for name, address in (("coordinator", coordinator), ("approver", approver)):
        if address:
            _set(home, name, address)
    return replace(
        office,
        settings=replace(
            settings,
            coordinator=coordinator or settings.coordinator,
            approver=approver or settings.approver,
        ),
    )


def _nobody(find: Callable[[], Person]) -> bool:
    try:
        find()
    except NotFoundError:
        return True
    return False


def _head(session: Session, kind: UnitKind) -> Person:
    """The head of the first unit of a kind, else of any unit, else the first person."""
    heads = (
        select(Person).join(Unit, Unit.head_id == Person.id).order_by(Unit.kind != kind.value, Unit.position)
    )
    found = session.scalars(heads).first() or session.scalars(select(Person).order_by(Person.id)).first()
    if found is None:
        raise NotFoundError("demo_nobody")
    return found


def _set(home: Path, name: str, value: str) -> None:
    """Write one setting at the end of the home's settings file."""
    with (home / "duban.toml").open("a", encoding="utf-8") as file:
        file.write(f'{name} = "{value}"\n')
