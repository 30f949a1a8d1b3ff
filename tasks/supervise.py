"""One day's supervision: lights, the ladder of reminders, the month's end; set-based and exactly once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    Insert,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from models import periods
from models.database import affected
from models.journal import SYSTEM, Fact, record
from models.lifecycle import State
from models.settings import Settings
from models.tables import Event, Reminder, WorkItem
from models.workdays import Calendar

#: Work that its owner still owes; reported work waits for its reviewer, not for its owner.
OWED = (State.ASSIGNED.value, State.ACCEPTED.value, State.RETURNED.value)
#: How many times an overdue item is named to its owner at most; the leader has it by then.
REPEATS = 8
#: The rungs of the ladder from the first reminder to the leader's desk.
SOON, DUE, ESCALATED = "soon", "due", "escalated"
OVERDUE = tuple(f"overdue-{number}" for number in range(REPEATS + 1))
RUNGS = (SOON, DUE, *OVERDUE, ESCALATED)


@dataclass(frozen=True)
class Supervised:
    """What one day's supervision did; `fresh` is False where the day was done before.

    `ahead` is the last day done, where that lies after this one: one of the two dates was wrong.
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
    """
    last = last_supervised(session)
    if last is not None and day <= last:
        return Supervised(day, fresh=False, ahead=last if day < last else None)
    lights = _light(session, settings, calendar, day)
    rungs: dict[str, int] = {}
    months: list[str] = []
    if calendar.is_workday(day):
        rungs = _climb(session, settings, calendar, day)
        months = list(_months_to_close(session, day))
    facts = [Fact("month.closed", "month", None, SYSTEM, {"period": key}) for key in months]
    counts = {"day": day.isoformat(), "counts": rungs, "lights": lights}
    record(session, [Fact("day.supervised", "day", None, SYSTEM, counts), *facts], at=at)
    return Supervised(day, fresh=True, lights=lights, rungs=rungs, months=tuple(months))


def last_supervised(session: Session) -> date | None:
    """The last day whose supervision is done."""
    payload = session.scalar(_NEWEST, {"verb": "day.supervised"})
    return date.fromisoformat(json.loads(payload)["day"]) if payload else None


def _light(session: Session, settings: Settings, calendar: Calendar, day: date) -> int:
    """Give every open work item the light of the day; only those that change are written."""
    days = {
        "day": day,
        "overdue_since": day - timedelta(days=settings.orange_days),
        "blue_until": calendar.add(day, settings.blue_workdays),
    }
    return affected(session.connection().execute(_LIGHTS, days))


def _climb(session: Session, settings: Settings, calendar: Calendar, day: date) -> dict[str, int]:
    """Record the rung that each owed work item has newly reached; rungs slept through are skipped."""
    connection = session.connection()
    days = {"day": day, "soon_until": calendar.add(day, settings.remind_workdays)}
    for number in range(REPEATS):
        days[f"since_{number}"] = calendar.add(day, -settings.repeat_workdays * (number + 1))
    connection.execute(_STEPS, days)
    leaders_from = calendar.add(day, -settings.escalate_workdays)
    connection.execute(_ESCALATIONS, {"day": day, "leaders_from": leaders_from})
    counts = {row[0]: row[1] for row in connection.execute(_COUNTS, {"day": day})}
    return {rung: counts[rung] for rung in RUNGS if rung in counts}


def _reach(rung: ColumnElement[str], reached: ColumnElement[bool]) -> Insert:
    """Puts every owed work item that `reached` on its rung, unless it has stood there for this due date."""
    told = select(Reminder.id).where(
        Reminder.work_item_id == WorkItem.id, Reminder.rung == rung, Reminder.due_on == WorkItem.due_on
    )
    rows = select(WorkItem.id, rung, WorkItem.due_on, _DAY).where(
        WorkItem.state.in_(OWED), reached, ~told.exists()
    )
    return insert(Reminder).from_select(["work_item_id", "rung", "due_on", "on"], rows)


def _ladder() -> ColumnElement[str]:
    """The rung on which a due date stands on the day."""
    rungs: list[tuple[ColumnElement[bool], str]] = [
        (WorkItem.due_on > _DAY, SOON),
        (WorkItem.due_on == _DAY, DUE),
    ]
    rungs += [(WorkItem.due_on >= bindparam(f"since_{n}"), OVERDUE[n]) for n in range(REPEATS)]
    return case(*rungs, else_=OVERDUE[REPEATS])


def _lights() -> ColumnElement[str]:
    """The light of a work item on the day."""
    return case(
        (WorkItem.state.in_([State.CLOSED.value, State.CANCELLED.value]), literal("grey")),
        (WorkItem.start_on > _DAY, literal("grey")),
        # Reported in time: waiting for a reviewer makes nobody late.
        (
            and_(WorkItem.state == State.SUBMITTED.value, WorkItem.submitted_on <= WorkItem.due_on),
            literal("green"),
        ),
        (WorkItem.due_on < bindparam("overdue_since"), literal("red")),
        (WorkItem.due_on < _DAY, literal("orange")),
        (WorkItem.state == State.RETURNED.value, literal("yellow")),
        (WorkItem.due_on <= bindparam("blue_until"), literal("blue")),
        else_=literal("green"),
    )


# The rules as statements, built once: putting one together takes longer than running it on a bureau's data.
_DAY = bindparam("day", type_=Date)
_STARTED = or_(WorkItem.due_on <= _DAY, WorkItem.start_on.is_(None), WorkItem.start_on <= _DAY)
_LIGHTS = update(WorkItem).where(WorkItem.light != _lights()).values(light=_lights())
_STEPS = _reach(_ladder(), and_(WorkItem.due_on <= bindparam("soon_until"), _STARTED))
_ESCALATIONS = _reach(literal(ESCALATED), WorkItem.due_on < bindparam("leaders_from"))
_COUNTS = select(Reminder.rung, func.count()).where(Reminder.on == _DAY).group_by(Reminder.rung)
_NEWEST = select(Event.payload).where(Event.verb == bindparam("verb")).order_by(Event.id.desc()).limit(1)


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
    closed = session.scalar(_NEWEST, {"verb": "month.closed"})
    if closed:
        return periods.read_period(json.loads(closed)["period"]).end + timedelta(days=1)
    began = session.scalar(
        select(Event.payload).where(Event.verb == "day.supervised").order_by(Event.id).limit(1)
    )
    return (date.fromisoformat(json.loads(began)["day"]) if began else day).replace(day=1)
