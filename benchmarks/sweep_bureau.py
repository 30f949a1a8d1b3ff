"""A bureau with as many open work items as one likes, swept until the evening before the measured day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Date, Engine, bindparam, insert, text
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.migrate import migrate
from models.settings import Settings
from models.tables import LOOK_NOW, Item, Person, Unit
from models.workdays import load_calendar
from tasks.supervise import Supervised, supervise
from tasks.sweep.workday_counts import count_workdays

#: A Wednesday in an ordinary week.
DAY = date(2026, 6, 17)
CALENDAR = load_calendar([DAY.year])
ITEMS, UNITS, PEOPLE = 400, 50, 200
#: Due dates lie so many workdays before and after the day; those of quiet work begin later.
BEFORE, AFTER, QUIET = 8, 242, 60
SETTINGS = Settings(home=Path("/nowhere"))


def build(engine: Engine, busy: int, quiet: int = 0) -> None:
    """Fill an empty database: `busy` work items due all around the year, `quiet` ones due later only.

    Three of ten count something, a third was reported on, a tenth is of ★ items.
    """
    migrate(engine)
    with unit_of_work(engine) as session:
        session.execute(
            insert(Person),
            [{"id": n, "name": f"人{n}", "email": f"p{n}@example.gov.cn"} for n in range(1, PEOPLE + 1)],
        )
        session.execute(
            insert(Unit),
            [
                {"id": n, "code": f"U{n}", "name": f"第{n}单位", "kind": "科室", "position": n, "head_id": n}
                for n in range(1, UNITS + 1)
            ],
        )
        session.execute(insert(Item), [_item(n) for n in range(1, ITEMS + 1)])
        today = count_workdays(session, CALENDAR, DAY).today
        spread = {"step": BEFORE + AFTER, "first": today - BEFORE}
        work = text(_WORK).bindparams(bindparam("look", LOOK_NOW, type_=Date))
        session.execute(work, {"from": 0, "count": busy, **spread})
        if quiet:
            later = {"step": AFTER - QUIET, "first": today + QUIET}
            session.execute(work, {"from": busy, "count": quiet, **later})
    for back in (2, 1):
        sweep_day(engine, DAY - timedelta(days=back))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def sweep_day(engine: Engine, day: date) -> Supervised:
    """One day's supervision."""
    at = datetime.combine(day, time(1), UTC)
    with unit_of_work(engine) as session:
        return supervise(session, SETTINGS, calendar=CALENDAR, day=day, at=at)


def warm_up(engine: Engine, day: date) -> None:
    """The same sweep, undone: what it touches is in the server's memory, as after a day of work."""
    with engine.connect() as connection, Session(connection) as session:
        supervise(session, SETTINGS, calendar=CALENDAR, day=day, at=datetime.combine(day, time(1), UTC))


def _item(number: int) -> dict[str, object]:
    common = {"year": DAY.year, "category": "一、类别", "kind": "recurring", "key": number % 10 == 0}
    names = {"ref": f"{number}", "no": f"{number}", "title": f"第{number}项"}
    return common | names | {"id": number, "position": number}


# Numbers that share no factor with their range spread everything evenly.
_WORK = """
WITH RECURSIVE n(i) AS (
    SELECT CAST(:from AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :from + :count
)
INSERT INTO work_item (
    item_id, unit_id, period, state, light, owner_id, start_on, due_on, original_due_on, nominal_due_on,
    planned_due_on, target, done, returns, reported_on, look_on, sequence
)
SELECT
    i % 400 + 1, i / 400 % 50 + 1, 'P' || (i / 20000),
    CASE WHEN i % 7 = 0 THEN 'assigned' ELSE 'accepted' END, 'grey', i % 200 + 1, start_day.day,
    due_day.day, due_day.day, due_day.day, due_day.day, CASE WHEN i % 10 < 3 THEN 4 END,
    CASE WHEN i % 10 < 3 THEN i / 10 % 5 ELSE 0 END, 0, CASE WHEN i % 3 = 0 THEN start_day.day END,
    :look, 0
FROM n
JOIN workday_count due_day
    ON due_day.number = (i % :step * 7919 + i / 250) % :step + :first AND due_day.worked
JOIN workday_count start_day ON start_day.number = due_day.number - 22 AND start_day.worked
"""
