"""Options that several commands share, and how their words become values."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from models import periods

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from commands.desk import Desk
    from models.tables import Person

By = Annotated[
    str, typer.Option("--as", metavar="姓名或邮箱", help="代谁办理；默认为协调人。 On whose behalf.")
]
Year = Annotated[
    int | None,
    typer.Option(
        "--year", min=periods.YEARS[0], max=periods.YEARS[-1], help="计划年度，默认今年。 Plan year."
    ),
]


def read_day(text: str) -> date | None:
    """A day given as 2026-03-31; nothing for nothing. Raises InputError."""
    return periods.read_day(text) if text else None


def read_person(session: Session, desk: Desk, words: str) -> Person:
    """The person on whose behalf a command acts: the named one, else the coordinator."""
    from models.errors import NotFoundError
    from tasks.directory import find_coordinator, find_person

    if words:
        return find_person(session, words)
    coordinator = find_coordinator(session, desk.settings.coordinator)
    if coordinator is None:
        raise NotFoundError("coordinator_unknown")
    return coordinator


def coordinator_address(desk: Desk) -> str:
    """The coordinator's address for the event log; `SYSTEM` while nobody coordinates."""
    from models.database import reading
    from models.journal import SYSTEM
    from tasks.directory import find_coordinator

    with reading(desk.engine) as session:
        coordinator = find_coordinator(session, desk.settings.coordinator)
    return coordinator.email if coordinator else SYSTEM
