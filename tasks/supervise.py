"""One day's supervision: lights, the ladder of reminders, the month's end; set-based and exactly once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import periods
from models.journal import SYSTEM, Fact, newest_payload, record
from models.settings import Settings
from models.supervision.read import read_supervision
from models.tables import Event, WorkItem
from models.workdays import Calendar
from tasks.sweep import sweep

#: What is recorded of a day that is done.
_DONE = "day.supervised"


@dataclass(frozen=True)
class Supervised:
    """What one day's supervision did; `fresh` is False where the day was done before.

    `lights` says how many lights changed, `rungs` how often each rung was told. `ahead` is the last
    day done, where that lies after this one: one of the two dates was wrong.
    """

    day: date
    fresh: bool
    lights: int = 0
    rungs: dict[str, int] = field(default_factory=dict)
    months: tuple[str, ...] = ()
    ahead: date | None = None


def supervise(
    session: Session, settings: Settings, *, calendar: Calendar, day: date, at: datetime
) -> Supervised:
    """Do one day's supervision in the caller's transaction.

    Lights follow the day. On a workday every work item that has reached a new rung of the ladder
    gets it once: days that were missed are caught up in one go, and nothing is told twice. On a rest
    day nobody is told anything; the next workday tells it. A day done before changes nothing.

    `calendar` is that of the day's year; the rules are the bureau's, see `models.supervision.read`.
    Raises InputError where the bureau's own rules cannot be used.
    """
    last = newest_payload(session, _DONE)
    if last is not None and day <= date.fromisoformat(last["day"]):
        done = date.fromisoformat(last["day"])
        return Supervised(day, fresh=False, ahead=done if day < done else None)
    table = read_supervision(settings.supervision)
    before = [(one[0], one[1], one[2]) for one in (last or {}).get("away", [])]
    swept = sweep.look(session, table, calendar=calendar, day=day, at=at, away_before=before)
    months = list(_months_to_close(session, day)) if calendar.is_workday(day) else []
    changed = swept.changed
    payload = {
        "day": day.isoformat(),
        "counts": swept.rungs,
        "lights": changed.lights,
        "rules": changed.rules,
        "digest": changed.digest,
        "away": sweep.away_payload(swept.away),
    }
    closed = [Fact("month.closed", "month", None, SYSTEM, {"period": key}) for key in months]
    event_id = record(session, [Fact(_DONE, "day", None, SYSTEM, payload), *closed], at=at)[0]
    sweep.finish(session, day=day, event_id=event_id)
    return Supervised(day, fresh=True, lights=changed.lights, rungs=swept.rungs, months=tuple(months))


def last_supervised(session: Session) -> date | None:
    """The last day whose supervision is done."""
    last = newest_payload(session, _DONE)
    return None if last is None else date.fromisoformat(last["day"])


def _months_to_close(session: Session, day: date) -> Iterator[str]:
    """Months that ended before `day`, since supervision began, and had work due; each is closed once."""
    here = _first_open_month(session, day)
    while here < day.replace(day=1):
        month = periods.month(here.year, here.month)
        due = select(func.count()).where(WorkItem.due_on >= month.start, WorkItem.due_on <= month.end)
        if session.scalar(due):
            yield month.key
        here = month.end + timedelta(days=1)


def _first_open_month(session: Session, day: date) -> date:
    """The first day of the month after the last closed one, or of the month in which supervision began."""
    closed = newest_payload(session, "month.closed")
    if closed:
        return periods.read_period(closed["period"]).end + timedelta(days=1)
    began = session.scalar(select(Event.payload).where(Event.verb == _DONE).order_by(Event.id).limit(1))
    return (date.fromisoformat(json.loads(began)["day"]) if began else day).replace(day=1)
