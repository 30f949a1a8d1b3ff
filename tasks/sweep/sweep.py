"""One sweep: look at what needs a look, set lights, climb ladders, say when to look again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from models.lifecycle import OPEN_STATES
from models.prepared import Prepared, run
from models.supervision.facts import Workdays
from models.supervision.rules import RUNGS, Supervision
from models.tables import Reminder, WorkItem
from tasks.sweep.away import Away, who_is_away
from tasks.sweep.fingerprint import Changed, staged_changes
from tasks.sweep.judged import DAY, NEVER, judged
from tasks.sweep.ruled import put_in_force
from tasks.sweep.stage import CHANGES_KEPT, LOOKED, RUNGS_TOLD, close_stage, open_stage, stage_statement
from tasks.sweep.workday_counts import Counted, count_workdays

_COUNTS = Prepared(
    select(Reminder.rung.label("rung"), func.count().label("count"))
    .where(Reminder.on == DAY)
    .group_by(Reminder.rung)
)


#: Who was away, as the day's event keeps it: the person, the absence, its last day.
AwayRow = tuple[int, int, str]


class Swept(NamedTuple):
    """What a sweep did: lights by rule, rungs by name, and who was away without anybody acting."""

    changed: Changed
    rungs: dict[str, int]
    away: list[Away]


def look(
    session: Session,
    table: Supervision,
    *,
    calendar: Workdays,
    day: date,
    at: datetime,
    away_before: Sequence[AwayRow],
) -> Swept:
    """Judge what needs a look on `day` and tell the rungs; `finish` keeps the rest with the day's event.

    `away_before` is who was away at the last sweep, as its event has it. New rules and days that are
    worked or free all at once let everything open be looked at.
    """
    counted = count_workdays(session, calendar, day)
    away = who_is_away(session, day)
    if put_in_force(session, table, at=at) or counted.changed:
        _touch(session, day)
    else:
        _touch_owned(session, day, _differing(away, away_before))
    dialect = session.get_bind().dialect.name
    open_stage(session, [_away_row(one, counted, calendar, day) for one in away])
    worked = calendar.is_workday(day)
    values = {
        "day": day,
        "today": counted.today,
        "yesterday": counted.yesterday,
        "worked": worked,
        "tell_next": NEVER if worked else calendar.add(day, 1),
        "horizon": counted.horizon,
    }
    run(session, (stage_statement(judged(table, dialect)), values))
    rungs: dict[str, int] = {}
    if worked:
        _, counts = run(session, (RUNGS_TOLD, {"day": day}), (_COUNTS, {"day": day}))
        rungs = _in_order({row.rung: row.count for row in counts.rows})
    return Swept(staged_changes(session, day), rungs, away)


def finish(session: Session, *, day: date, event_id: int) -> None:
    """Keep the changes of light with the day's event, and move on when each is looked at again."""
    run(session, (CHANGES_KEPT, {"day": day, "event_id": event_id}), (LOOKED, {}))
    close_stage(session)


def away_payload(away: Sequence[Away]) -> list[AwayRow]:
    """Who is away, for the day's event."""
    return [(one.person, one.absence, one.ends_on.isoformat()) for one in away]


def _differing(away: Sequence[Away], before: Sequence[AwayRow]) -> set[int]:
    """The people whose absence began, ended or changed."""
    then, now = set(before), set(away_payload(away))
    return {one[0] for one in then ^ now}


def _touch(session: Session, day: date) -> None:
    """Let everything open be looked at."""
    session.execute(
        update(WorkItem)
        .where(WorkItem.state.in_(OPEN_STATES), or_(WorkItem.look_on.is_(None), WorkItem.look_on > day))
        .values(look_on=day)
        .execution_options(synchronize_session=False)
    )


def _touch_owned(session: Session, day: date, owners: Collection[int]) -> None:
    """Let the open work of these people be looked at."""
    if owners:
        session.execute(
            update(WorkItem)
            .where(WorkItem.owner_id.in_(owners), WorkItem.state.in_(OPEN_STATES))
            .where(or_(WorkItem.look_on.is_(None), WorkItem.look_on > day))
            .values(look_on=day)
            .execution_options(synchronize_session=False)
        )


def _away_row(away: Away, counted: Counted, calendar: Workdays, day: date) -> dict[str, int]:
    ends = counted.today + calendar.between(day, away.ends_on)
    return {"person_id": away.person, "absence_id": away.absence, "ends_number": ends}


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    """Rungs in the order of the ladder; those of absences and silences are counted together."""
    found: dict[str, int] = {}
    for rung, count in counts.items():
        name = rung.partition("-")[0] if rung.startswith(("absent-", "silent-")) else rung
        found[name] = found.get(name, 0) + count
    places = {name: place for place, name in enumerate(RUNGS)}

    def place(rung: str) -> tuple[int, int]:
        name, _, number = rung.partition("-")
        return places[name], int(number or 0)

    return {rung: found[rung] for rung in sorted(found, key=place)}
