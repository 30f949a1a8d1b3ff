"""How tests decide: as everybody whose turn it is, through the engine that people use."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from models.approval.commands import Approve, Reject
from models.approval.state import SeatState, Status
from models.settings import Settings
from models.tables import Person
from models.workdays import load_calendar
from tasks.approvals.staff import Staff
from tasks.approvals.store import load
from tasks.approvals.subject import staff_for
from tasks.decide import act
from tasks.directory import find_coordinator


def staff_on(session: Session, at: datetime, settings: Settings | None = None) -> Staff:
    """Who is who on the day of an instant."""
    settings = settings or Settings(home=Path("nowhere"))
    today = at.astimezone(settings.zone).date()
    return Staff(session, settings, load_calendar([today.year, today.year + 1]), at=at, today=today)


def coordinator_of(session: Session) -> Person:
    """The coordinator of the example bureau."""
    found = find_coordinator(session, "")
    assert found is not None
    return found


def turns(session: Session, number: int) -> list[int]:
    """Whose turn it is."""
    _, state = load(session, number)
    return [one.person for one in state.seats.values() if one.state is SeatState.OPEN]


def approve_all(session: Session, number: int, at: datetime, opinion: str = "同意") -> Status:
    """Everybody approves whose turn it is, until nobody is left."""
    staff = staff_for(session, staff_on(session, at), number)
    status = Status.RUNNING
    while people := turns(session, number):
        status = act(session, number, Approve(people[0], opinion), staff).status
    return status


def reject(session: Session, number: int, at: datetime, opinion: str) -> Status:
    """The first whose turn it is or was rejects."""
    staff = staff_for(session, staff_on(session, at), number)
    _, state = load(session, number)
    by = (turns(session, number) or [one.person for one in state.seats.values()])[0]
    return act(session, number, Reject(by, opinion), staff).status
