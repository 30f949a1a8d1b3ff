"""When a person's digest comes, and how many mails a week are enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from models.database import Instant
from models.settings import Settings
from models.tables import MailPreference, Notice

_MONDAY = 1


@dataclass(frozen=True)
class Wish:
    """How one person wants the digest: at which local time, on which ISO weekday or daily, how many a week.

    `budget` 0 is no limit.
    """

    hour: time
    weekday: int | None
    budget: int

    def turn(self, *, since: date | None, today: date) -> bool:
        """Whether the digest comes on a workday whether it presses or not; `since` was the last run."""
        return self.weekday is None or passed(self.weekday, since=since, today=today)

    def weekly(self, *, since: date | None, today: date) -> bool:
        """Whether this is the day on which the week is looked over."""
        return passed(self.weekday or _MONDAY, since=since, today=today)


class Wishes:
    """Everybody's wishes; who has none gets the settings'."""

    def __init__(self, settings: Settings, found: Mapping[int, MailPreference]) -> None:
        """Keep the settings beside the preferences by person."""
        self._default = Wish(time.fromisoformat(settings.digest_at), None, settings.mail_budget)
        self._found = {person_id: _wish(one, self._default) for person_id, one in found.items()}

    def of(self, person_id: int) -> Wish:
        """The wish of a person."""
        return self._found.get(person_id, self._default)


def _wish(one: MailPreference, default: Wish) -> Wish:
    return Wish(
        time.fromisoformat(one.digest_at) if one.digest_at else default.hour,
        one.weekday,
        default.budget if one.budget is None else one.budget,
    )


def passed(weekday: int, *, since: date | None, today: date) -> bool:
    """Whether a day with this ISO weekday lies after `since` up to and including `today`.

    What belongs to a weekday that was no workday, or on which the machine was off, is done on the first
    day after it.
    """
    first = today if since is None else since + timedelta(days=1)
    behind = (today.isoweekday() - weekday) % 7
    return first <= today - timedelta(days=behind)


def read_wishes(session: Session, settings: Settings) -> Wishes:
    """Everybody's wishes, with one statement."""
    return Wishes(settings, {one.person_id: one for one in session.scalars(select(MailPreference))})


def spent(session: Session, settings: Settings, today: date) -> dict[int, int]:
    """How many mails were written to each person in this ISO week up to now, of any kind."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    since = datetime.combine(monday, time.min, settings.zone).astimezone(UTC)
    until = since + timedelta(days=7)
    rows = session.connection().execute(_SPENT, {"since": since, "until": until})
    return {row[0]: row[1] for row in rows}


_SPENT = (
    select(Notice.person_id, func.count(Notice.id))
    .where(Notice.created_at >= bindparam("since", type_=Instant))
    .where(Notice.created_at < bindparam("until", type_=Instant))
    .group_by(Notice.person_id)
)
