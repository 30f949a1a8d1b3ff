"""A quarter as its documents see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from models.lifecycle import DONE_STATES
from models.periods import Period
from models.settings import Settings
from tasks.issue.ledger import Work
from tasks.issue.office import Office, open_office
from tasks.issue.places import Place
from tasks.issue.tally import Tally
from tasks.issue.text import words


@dataclass(frozen=True)
class Checklist:
    """A branch's quarter: items counted by periods, quotas, and what runs through."""

    branch: Place
    plain: tuple[Tally, ...]
    quotas: tuple[Tally, ...]
    running: tuple[Work, ...]

    @property
    def sums(self) -> dict[str, int]:
        """应办, 结转, 已办 and 剩余 of the items counted by periods."""
        names = ("due", "carried", "done", "left")
        return {name: round(sum(getattr(one, name) for one in self.plain)) for name in names}

    def made_up(self, today: date) -> int:
        """How many periods were made up after their dates."""
        return sum(work.made_up(today) for work in self.counted)

    def missed(self, today: date) -> int:
        """How many periods went by and were not made up."""
        return sum(work.missed(today) for work in self.counted)

    @property
    def counted(self) -> tuple[Work, ...]:
        """Its work items that are counted: all but those that run through."""
        return tuple(work for one in (*self.plain, *self.quotas) for work in one.works)


@dataclass(frozen=True)
class Quarter:
    """What all documents of a quarter say: who issues them, and as of when."""

    period: Period
    office: Office
    #: The day of the count.
    today: date
    at: datetime
    home: Path

    @property
    def year(self) -> int:
        """The year of the quarter."""
        return self.period.start.year

    def state_words(self, work: Work) -> str:
        """已办结 or 推进中."""
        return words("checklist.closed" if work.state in DONE_STATES else "checklist.open")


def open_quarter(
    session: Session, settings: Settings, period: Period, *, today: date, at: datetime
) -> Quarter:
    """The quarter whose documents are written at an instant, as things stand on `today`."""
    return Quarter(period, open_office(session, settings, period), today, at, settings.home)
