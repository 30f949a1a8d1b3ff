"""The burden ledger (减负账本): what was sent, merged and spared in a period, counted from what is kept."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from models.database import Instant
from models.messages import Lang, say
from models.periods import Period
from models.settings import Settings
from models.tables import Entry, Event, Feedback, Notice
from notifications.digest import DIGESTED
from notifications.outbox import State


@dataclass(frozen=True)
class Line:
    """What became of one letter: mails sent, entries merged into digests, entries that were dropped."""

    letter: str
    sent: int
    merged: int
    dropped: int


@dataclass(frozen=True)
class Ledger:
    """A period's account; both days included, and each number counted, none estimated."""

    begins: date
    ends: date
    letters: tuple[Line, ...]
    #: Digests that hold entries; without merging each entry had been a mail.
    digests: int
    #: Daily runs, and what they say in all: workdays of owners without a mail, digests that waited for
    #: the next week's budget, pressing ones sent beyond the budget.
    days: int
    silent: int
    held: int
    over: int
    #: Activities, and the reports that they count as.
    activities: int
    feedback: int

    @property
    def sent(self) -> int:
        """Mails sent in all."""
        return sum(one.sent for one in self.letters)

    @property
    def told(self) -> int:
        """Entries merged in all."""
        return sum(one.merged for one in self.letters)

    @property
    def dropped(self) -> int:
        """Entries dropped in all."""
        return sum(one.dropped for one in self.letters)

    @property
    def saved(self) -> int:
        """Mails that merging spared."""
        return self.told - self.digests

    @property
    def spared(self) -> int:
        """Reports that nobody had to make again."""
        return self.feedback - self.activities

    def numbers(self) -> dict[str, Any]:
        """Every number by name, for machines; the days as ISO days."""
        derived = {name: getattr(self, name) for name in ("sent", "told", "dropped", "saved", "spared")}
        days = {"begins": self.begins.isoformat(), "ends": self.ends.isoformat()}
        return {**asdict(self), **days, **derived}

    def paragraph(self, lang: Lang) -> str:
        """A paragraph for a report on the burden on the grass roots."""
        return say("mail_ledger.paragraph", lang, **self._words(lang))

    def sources(self, lang: Lang) -> str:
        """What the numbers were counted from."""
        return say("mail_ledger.sources", lang, **self._words(lang))

    def _words(self, lang: Lang) -> dict[str, object]:
        return {**self.numbers(), **self.span(lang)}

    def span(self, lang: Lang) -> dict[str, str]:
        """First and last day in words."""
        days = {"begins": self.begins, "ends": self.ends}
        return {
            key: say("mail_ledger.day", lang, year=one.year, month=one.month, day=one.day)
            for key, one in days.items()
        }


def read_ledger(session: Session, settings: Settings, period: Period, *, today: date) -> Ledger:
    """The account of a period up to `today`, by the bureau's days; a fixed number of statements."""
    last = max(period.start, min(period.end, today))
    span = {
        "since": midnight(settings, period.start),
        "until": midnight(settings, last + timedelta(days=1)),
    }
    sent, merged, dropped = (_counts(session, one, span) for one in (_SENT, _MERGED, _DROPPED))
    letters = sorted({*sent, *merged, *dropped})
    runs = [json.loads(payload) for payload in session.scalars(_RUNS, span)]
    runs = [one for one in runs if period.start.isoformat() <= one["day"] <= last.isoformat()]
    feedback, activities = session.execute(_REUSED, span).one()
    return Ledger(
        begins=period.start,
        ends=last,
        letters=tuple(Line(one, sent[one], merged[one], dropped[one]) for one in letters),
        digests=session.scalar(_DIGESTS, span) or 0,
        days=len(runs),
        silent=sum(one["silent"] for one in runs),
        held=sum(one["held"] for one in runs),
        over=sum(one["over_budget"] for one in runs),
        activities=activities,
        feedback=feedback,
    )


def midnight(settings: Settings, of: date) -> datetime:
    """The instant at which a day of the bureau begins, in UTC."""
    return datetime.combine(of, time.min, settings.zone).astimezone(UTC)


def _counts(session: Session, statement: Select[Any], span: dict[str, datetime]) -> Counter[str]:
    return Counter({row[0]: row[1] for row in session.execute(statement, span)})


_SINCE, _UNTIL = bindparam("since", type_=Instant), bindparam("until", type_=Instant)
_SENT = (
    select(Notice.letter, func.count())
    .where(Notice.state == State.SENT, Notice.sent_at >= _SINCE, Notice.sent_at < _UNTIL)
    .group_by(Notice.letter)
)
_MERGED = (
    select(Entry.letter, func.count())
    .join(Notice, Notice.id == Entry.notice_id)
    .where(Notice.created_at >= _SINCE, Notice.created_at < _UNTIL)
    .group_by(Entry.letter)
)
_DIGESTS = (
    select(func.count(func.distinct(Entry.notice_id)))
    .join(Notice, Notice.id == Entry.notice_id)
    .where(Notice.created_at >= _SINCE, Notice.created_at < _UNTIL)
)
_DROPPED = (
    select(Entry.letter, func.count())
    .where(Entry.dropped_at >= _SINCE, Entry.dropped_at < _UNTIL)
    .group_by(Entry.letter)
)
_RUNS = select(Event.payload).where(Event.verb == DIGESTED).order_by(Event.id)
_REUSED = select(func.count(Feedback.activity_id), func.count(func.distinct(Feedback.activity_id))).where(
    Feedback.at >= _SINCE, Feedback.at < _UNTIL
)
