"""The clock's daily work: lights, the ladder of reminders, the month's end; everything exactly once."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.database import open_database, reading, unit_of_work
from models.settings import Settings
from models.tables import LOOK_NOW, Event, Item, Person, Reminder, Unit, WorkItem
from models.workdays import load_calendar
from tasks.supervise import Supervised, supervise

CALENDAR = load_calendar([2026])
SETTINGS = Settings(home=Path())
#: Rungs of one day in the order in which they are read here.
ORDER = ("remind", "due", "urge", "head", "leader", "silent", "absent")


class Copies(Protocol):
    """Databases to copy from, see conftest."""

    def copy(self, stage: str) -> str:
        """The URL of a fresh database."""
        ...


@dataclass
class Bureau:
    """One unit with its head, one owner and some work items; `numbers` by period key."""

    engine: Engine
    numbers: dict[str, int] = field(default_factory=dict)

    def owe(
        self, period: str, due: date, *, start: date | None = date(2026, 1, 1), state: str = "assigned"
    ) -> int:
        with unit_of_work(self.engine) as session:
            work = WorkItem(
                item_id=1,
                unit_id=1,
                period=period,
                state=state,
                owner_id=1,
                start_on=start,
                due_on=due,
                original_due_on=due,
                nominal_due_on=due,
            )
            session.add(work)
            session.flush()
            self.numbers[period] = work.id
            return work.id

    def tick(self, day: date) -> Supervised:
        at = datetime.combine(day, time(1), UTC)
        with unit_of_work(self.engine) as session:
            return supervise(session, SETTINGS, calendar=CALENDAR, day=day, at=at)

    def set(self, period: str, **values: object) -> None:
        with unit_of_work(self.engine) as session:
            changed = update(WorkItem).where(WorkItem.period == period)
            session.execute(changed.values(look_on=LOOK_NOW, **values))

    def rungs(self, period: str) -> list[tuple[str, str]]:
        """The rungs told, with the day on which each was told."""
        with reading(self.engine) as session:
            query = select(Reminder.rung, Reminder.on).where(Reminder.work_item_id == self.numbers[period])
            told = session.execute(query.order_by(Reminder.on, Reminder.rung)).all()
            by_day = sorted(told, key=lambda one: (one[1], ORDER.index(one[0].partition("-")[0])))
            return [(rung, f"{on:%m-%d}") for rung, on in by_day]

    def light(self, period: str) -> str:
        with reading(self.engine) as session:
            return session.get_one(WorkItem, self.numbers[period]).light

    def closed_months(self) -> list[tuple[str, str]]:
        """The months closed, with the day of closing."""
        with reading(self.engine) as session:
            found = session.scalars(select(Event).where(Event.verb == "month.closed").order_by(Event.id))
            return [(json.loads(one.payload)["period"], f"{one.at:%m-%d}") for one in found]


def found(engine: Engine) -> Bureau:
    with unit_of_work(engine) as session:
        session.add(Person(id=1, name="吕国平", email="lv@example.gov.cn"))
        session.add(Person(id=2, name="杜若琳", email="du@example.gov.cn"))
        session.flush()
        session.add(Unit(id=1, code="U1", name="办公室", kind="科室", head_id=2))
        session.add(
            Item(id=1, year=2026, ref="1", no="1", position=0, category="甲", title="乙", kind="recurring")
        )
    return Bureau(engine)


@pytest.fixture
def bureau(database: Engine) -> Bureau:
    return found(database)


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def test_every_rung_is_told_once_on_its_workday(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 13))  # a Friday

    for day in days(date(2026, 3, 2), date(2026, 4, 3)):
        bureau.tick(day)

    assert bureau.rungs("a") == [
        ("remind", "03-10"),
        ("due", "03-13"),
        ("urge-1", "03-16"),
        ("head", "03-18"),
        ("urge-2", "03-23"),
        ("leader", "03-23"),
        ("urge-3", "03-30"),
    ]


def test_a_rest_day_is_silent_and_the_next_workday_tells(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 4, 30))

    told = {day: bureau.tick(day).rungs for day in days(date(2026, 4, 30), date(2026, 5, 6))}

    assert {f"{day:%m-%d}": rungs for day, rungs in told.items() if rungs} == {
        "04-30": {"due": 1},
        "05-06": {"urge-1": 1},
    }


def test_a_make_up_saturday_is_a_workday(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 2, 27))

    bureau.tick(date(2026, 2, 28))

    assert bureau.rungs("a") == [("urge-1", "02-28")]


def test_after_a_week_down_one_day_catches_up(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 4))
    bureau.owe("b", date(2026, 3, 11))
    bureau.owe("c", date(2026, 3, 13))
    bureau.tick(date(2026, 3, 2))

    back = bureau.tick(date(2026, 3, 12))
    bureau.tick(date(2026, 3, 13))

    assert back.rungs == {"remind": 1, "urge-1": 1, "urge-2": 1, "head": 1, "leader": 1}
    assert bureau.rungs("a") == [
        ("remind", "03-02"),
        ("urge-2", "03-12"),
        ("head", "03-12"),
        ("leader", "03-12"),
    ]
    assert bureau.rungs("b") == [("urge-1", "03-12")]
    assert bureau.rungs("c") == [("remind", "03-12"), ("due", "03-13")]


def test_the_same_day_twice_and_a_day_gone_by_change_nothing(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 13))
    bureau.tick(date(2026, 3, 12))
    bureau.set("a", due_on=date(2026, 3, 11))

    again, earlier = bureau.tick(date(2026, 3, 12)), bureau.tick(date(2026, 3, 11))

    assert (again.fresh, earlier.fresh, again.rungs) == (False, False, {})
    assert bureau.rungs("a") == [("remind", "03-12")]
    with reading(bureau.engine) as session:
        assert len(session.scalars(select(Event).where(Event.verb == "day.supervised")).all()) == 1


def test_two_who_supervise_at_once_do_the_day_once(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 11))
    ready = threading.Barrier(2)
    outcomes: list[bool] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            ready.wait()
            outcomes.append(bureau.tick(date(2026, 3, 12)).fresh)
        except BaseException as error:  # noqa: BLE001  # handed to the test, which fails on it
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(outcomes) == [False, True]


def test_a_new_date_starts_the_ladder_anew(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 11))
    bureau.tick(date(2026, 3, 12))
    bureau.set("a", due_on=date(2026, 3, 18))

    for day in days(date(2026, 3, 13), date(2026, 3, 19)):
        bureau.tick(day)

    assert bureau.rungs("a") == [
        ("urge-1", "03-12"),
        ("remind", "03-13"),
        ("due", "03-18"),
        ("urge-1", "03-19"),
    ]


@pytest.mark.parametrize("state", ["scheduled", "submitted", "closed", "cancelled"])
def test_nobody_is_reminded_of_what_its_owner_does_not_owe(bureau: Bureau, state: str) -> None:
    bureau.owe("a", date(2026, 3, 11), state=state)

    bureau.tick(date(2026, 3, 12))

    assert bureau.rungs("a") == []


def test_work_that_has_not_begun_is_not_reminded_of(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 12), start=date(2026, 3, 12))

    bureau.tick(date(2026, 3, 11))
    bureau.tick(date(2026, 3, 12))

    assert bureau.rungs("a") == [("due", "03-12")]


#: What a work item due on 2026-03-13 shows on a day, in a state; started on 2026-03-02.
LIGHTS: list[tuple[str, date, Mapping[str, object]]] = [
    ("grey", date(2026, 2, 27), {}),
    ("green", date(2026, 3, 3), {}),
    ("blue", date(2026, 3, 4), {}),
    ("yellow", date(2026, 3, 10), {}),
    ("yellow", date(2026, 3, 13), {}),
    ("blue", date(2026, 3, 13), {"reported_on": date(2026, 3, 2)}),
    ("orange", date(2026, 3, 14), {}),
    ("orange", date(2026, 3, 20), {}),
    ("red", date(2026, 3, 21), {}),
    ("yellow", date(2026, 3, 10), {"state": "returned"}),
    ("orange", date(2026, 3, 16), {"state": "returned"}),
    ("green", date(2026, 3, 25), {"state": "submitted", "submitted_on": date(2026, 3, 13)}),
    ("orange", date(2026, 3, 16), {"state": "submitted", "submitted_on": date(2026, 3, 16)}),
    ("green", date(2026, 3, 25), {"state": "closed", "closed_on": date(2026, 3, 13), "light": "red"}),
    ("yellow", date(2026, 3, 25), {"state": "closed", "closed_on": date(2026, 3, 16), "light": "red"}),
    ("grey", date(2026, 3, 25), {"state": "cancelled", "light": "red"}),
    ("green", date(2026, 3, 25), {"due_on": None}),
]


def test_a_light_follows_the_day_and_the_state(bureau: Bureau) -> None:
    number = bureau.owe("a", date(2026, 3, 13), start=date(2026, 3, 2))

    def shown(day: date, values: Mapping[str, object]) -> str:
        """The light on that day; undone, so that every line starts from the same."""
        with bureau.engine.connect() as connection:
            connection.execute(update(WorkItem).values({"state": "assigned", **values}))
            with Session(connection, join_transaction_mode="rollback_only") as session:
                supervise(session, SETTINGS, calendar=CALENDAR, day=day, at=datetime(2026, 3, 1, tzinfo=UTC))
                return session.get_one(WorkItem, number).light

    assert [shown(day, values) for _, day, values in LIGHTS] == [light for light, _, _ in LIGHTS]


def test_lights_are_set_on_rest_days_too(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 13))

    saturday = bureau.tick(date(2026, 3, 14))

    assert (saturday.lights, saturday.rungs, bureau.light("a")) == (1, {}, "orange")


def test_a_month_is_closed_once_on_the_first_workday_after_it(bureau: Bureau) -> None:
    for month, due in ((1, 30), (2, 27), (3, 31), (4, 30), (5, 29)):
        bureau.owe(f"2026-{month:02}", date(2026, month, due))

    for first in (
        date(2026, 1, 30),
        date(2026, 2, 27),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 30),
    ):
        for day in days(first, first + timedelta(days=6)):
            bureau.tick(day)

    assert bureau.closed_months() == [
        ("2026-01", "02-02"),
        ("2026-02", "03-02"),
        ("2026-03", "04-01"),
        ("2026-04", "05-06"),
        ("2026-05", "06-01"),
    ]


def test_months_that_were_slept_through_are_closed_together(bureau: Bureau) -> None:
    bureau.owe("2026-01", date(2026, 1, 30))
    bureau.owe("2026-03", date(2026, 3, 31))
    bureau.tick(date(2026, 1, 29))

    back = bureau.tick(date(2026, 4, 8))

    assert back.months == ("2026-01", "2026-03")


def test_the_event_of_the_day_counts_what_was_told(bureau: Bureau) -> None:
    bureau.owe("a", date(2026, 3, 12))
    bureau.owe("b", date(2026, 3, 12))

    bureau.tick(date(2026, 3, 12))

    with reading(bureau.engine) as session:
        event = session.scalars(select(Event).where(Event.verb == "day.supervised")).one()
    assert (event.actor, event.subject, event.subject_id) == ("SYSTEM", "day", None)
    assert json.loads(event.payload) | {"digest": ""} == {
        "away": [],
        "counts": {"due": 2},
        "day": "2026-03-12",
        "digest": "",
        "lights": 2,
        "rules": {"due_unreported": 2},
    }


#: A happening of the model: a day is supervised, or an item is finished.
HAPPENINGS = st.lists(
    st.one_of(st.dates(date(2026, 2, 1), date(2026, 5, 31)), st.sampled_from(["a", "b", "c", "d"])),
    min_size=5,
    max_size=40,
)
WORKDAYS = [day for day in days(date(2026, 2, 1), date(2026, 5, 20)) if CALENDAR.is_workday(day)]


@given(
    due=st.lists(st.sampled_from(WORKDAYS), min_size=4, max_size=4),
    happenings=HAPPENINGS,
    in_order=st.booleans(),
)
def test_whatever_happens_nothing_is_told_twice_and_nothing_overdue_is_forgotten(
    sqlite_databases: Copies, due: list[date], happenings: list[date | str], *, in_order: bool
) -> None:
    engine = open_database(sqlite_databases.copy("empty"))
    bureau, dates = found(engine), dict(zip("abcd", due, strict=True))
    for period, day in dates.items():
        bureau.owe(period, day)
    if in_order:  # else days also come again, and out of order
        happenings = sorted(happenings, key=lambda one: one if isinstance(one, date) else date(2026, 3, 20))

    for happening in happenings:
        before = {period: bureau.rungs(period) for period in dates}
        if isinstance(happening, str):
            bureau.set(happening, state="closed")
            continue
        done = bureau.tick(happening)
        with reading(engine) as session:
            states = {one.period: one.state for one in session.scalars(select(WorkItem))}
        for period, day in dates.items():
            after = bureau.rungs(period)
            names = [rung for rung, _ in after]
            assert len(names) == len(set(names))
            assert after[: len(before[period])] == before[period]
            if not done.fresh or not CALENDAR.is_workday(happening) or states[period] == "closed":
                assert after == before[period]
            elif day < happening:
                assert any(name.startswith("urge") for name in names)
                assert ("leader" in names) is (day < CALENDAR.add(happening, -5))
            elif day == happening:
                assert "due" in names
            else:
                assert ("remind" in names) is (day <= CALENDAR.add(happening, 3))
    engine.dispose()
