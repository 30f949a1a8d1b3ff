"""How a person wants the digest: set by the person or the coordinator, and recorded."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session

from models.errors import InputError, RefusedError
from models.journal import Fact, record
from models.settings import Settings
from models.tables import MailPreference, Person

#: How weekdays are written, by ISO number.
_WEEKDAYS = "一二三四五六日"


def set_preference(
    session: Session,
    person: Person,
    settings: Settings,
    *,
    by: Person,
    coordinator: Person | None,
    at: datetime,
    hour: str | None = None,
    weekday: int | None = None,
    daily: bool = False,
    budget: int | None = None,
    forget: bool = False,
) -> MailPreference:
    """Keep what was said of a person's digest, leave the rest; `forget` goes back to the settings.

    `hour` is a local time of day in working hours, `weekday` an ISO weekday for a weekly digest,
    `budget` mails a week (0: no limit). Only the person and the coordinator may; raises RefusedError
    for anybody else, and InputError for an hour that lies in quiet hours.
    """
    if by.id not in {person.id, coordinator.id if coordinator else 0}:
        raise RefusedError("preference_not_yours", name=person.name)
    wish = session.get(MailPreference, person.id) or MailPreference(person_id=person.id, digest_at="")
    if forget:
        wish.digest_at, wish.weekday, wish.budget = "", None, None
    if hour is not None:
        wish.digest_at = _hour(hour, settings)
    if weekday is not None or daily:
        wish.weekday = weekday
    if budget is not None:
        wish.budget = budget
    session.add(wish)
    payload = {"digest_at": wish.digest_at, "weekday": wish.weekday, "budget": wish.budget}
    record(session, [Fact("mail.preferred", "person", person.id, by.email, payload)], at=at)
    return wish


def read_weekday(words: str) -> int:
    """`周一`, `星期一`, `一` or `1` as an ISO weekday. Raises InputError."""
    day = words.strip().removeprefix("周").removeprefix("星期").replace("天", "日")
    if len(day) == 1 and day in "1234567":
        return int(day)
    if len(day) == 1 and day in _WEEKDAYS:
        return _WEEKDAYS.index(day) + 1
    raise InputError("weekday_wrong", day=words)


def _hour(words: str, settings: Settings) -> str:
    try:
        hour = time.fromisoformat(words.strip().zfill(5))
    except ValueError as error:
        raise InputError("digest_hour_wrong", at=words) from error
    opens, closes = time.fromisoformat(settings.mail_opens), time.fromisoformat(settings.mail_closes)
    if opens < closes and not opens <= hour < closes:
        raise InputError(
            "digest_hour_quiet", at=words, opens=settings.mail_opens, closes=settings.mail_closes
        )
    return f"{hour:%H:%M}"
