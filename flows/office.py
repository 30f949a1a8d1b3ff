"""The office in which a flow works: settings, database, clock; opened from a home directory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from flows.server import rehearsed_day
from models import periods
from models.clock import Clock
from models.database import reading, unit_of_work
from models.messages import Lang
from models.migrate import ready_database
from models.settings import Settings, read_settings
from models.workdays import Calendar, load_calendar
from tasks.approvals.staff import Staff
from tasks.approvals.subject import staff_for


@dataclass(frozen=True)
class Office:
    """Where a flow does its work. One office serves one thread.

    `reader` is the language of whoever started the flow; letters and papers keep the bureau's own.
    """

    settings: Settings
    engine: Engine
    clock: Clock
    reader: Lang | None = None

    @property
    def lang(self) -> Lang:
        """The language in which an outcome is told."""
        return self.reader or self.settings.lang

    def write(self) -> AbstractContextManager[Session]:
        """One transaction that writes."""
        return unit_of_work(self.engine)

    def read(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        return reading(self.engine)

    def calendar(self, years: Iterable[int]) -> Calendar:
        """The workdays of these years with the bureau's overrides."""
        return load_calendar(years, self.settings.holidays)

    def staff(self, session: Session, approval: int | None = None) -> Staff:
        """Who is who today: for an approval with this number, or for whatever is asked next."""
        today = self.clock.today()
        calendar = self.calendar([today.year, today.year + 1])
        staff = Staff(session, self.settings, calendar, at=self.clock.now(), today=today)
        return staff if approval is None else staff_for(session, staff, approval)

    def on(self, day: date) -> Office:
        """The same office on another day, at the start of office hours."""
        return replace(self, clock=self.clock.at(day))


def open_office(home: str | Path, as_of: date | None = None) -> Office:
    """The office of a home directory; `as_of` stops its clock on that day.

    Raises UnavailableError when the database is not there or not migrated.
    """
    settings = read_settings(Path(home), os.environ)
    clock = settings.clock()
    return Office(settings, ready_database(settings), clock.at(as_of) if as_of else clock)


def office_of(home: str = "", as_of: str = "") -> Office:
    """The office of a run: of the home named, else of the one that this machine is set up for.

    `as_of` is the day that is simulated; empty in real life. Raises InputError for a day that is none.
    """
    named = home or os.environ.get("DUBAN_HOME") or "~/.duban"
    return open_office(Path(named).expanduser(), periods.read_day(as_of) if as_of else None)


def office_now(home: str = "", as_of: str = "") -> Office:
    """The office of a run that may outlive the `duban up` that began it: the one of now says which day it is.

    Where others run the server nobody here knows; `as_of` holds there.
    """
    office = office_of(home)
    day = as_of if office.settings.prefect_url else rehearsed_day(office.settings.home)
    return office.on(periods.read_day(day)) if day else office
