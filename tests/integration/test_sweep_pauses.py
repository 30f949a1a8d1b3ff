"""What pauses the ladder, what lets everything be looked at again, and how changes of light are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from models.database import open_database, reading, unit_of_work
from models.errors import InputError, NotFoundError
from models.journal import Fact, record
from models.settings import Settings
from models.tables import LOOK_NOW, Absence, Event, Extension, Item, LightChange, Reminder, WorkItem
from models.workdays import load_calendar
from tasks.lights import explain_light, settle
from tasks.supervise import Supervised, supervise
from tasks.sweep.away import who_is_away
from tasks.sweep.fingerprint import check
from tests.integration.sweep_world import found

#: A Wednesday; work is due on Friday 13 March.
TODAY, DUE = date(2026, 3, 11), date(2026, 3, 13)


@dataclass
class Bureau:
    """Owners 1–3; 1 heads the first unit, 4 the second, nobody the third."""

    engine: Engine
    settings: Settings

    def owe(
        self, number: int, *, owner: int = 2, unit: int = 2, due: date | None = DUE, **item: object
    ) -> None:
        values = {"kind": "window", **item}
        with unit_of_work(self.engine) as session:
            session.execute(
                insert(Item).values(
                    id=number,
                    year=2026,
                    ref=f"{number}",
                    no="1",
                    position=1,
                    category="甲",
                    title="事",
                    **values,
                )
            )
            session.add(
                WorkItem(
                    id=number,
                    item_id=number,
                    unit_id=unit,
                    owner_id=owner,
                    period="2026-03",
                    state="accepted",
                    start_on=date(2026, 3, 2),
                    due_on=due,
                )
            )

    def absent(self, person: int, until: date, substitute: int | None = None, since: date = TODAY) -> None:
        with unit_of_work(self.engine) as session:
            session.add(
                Absence(
                    person_id=person, substitute_id=substitute, kind="请假", starts_on=since, ends_on=until
                )
            )

    def tick(self, day: date) -> Supervised:
        at = datetime.combine(day, time(1), UTC)
        with unit_of_work(self.engine) as session:
            return supervise(
                session,
                self.settings,
                calendar=load_calendar([day.year], self.settings.home / "holidays.csv"),
                day=day,
                at=at,
            )

    def told(self) -> list[tuple[int, str, str]]:
        with reading(self.engine) as session:
            rows = session.execute(
                select(Reminder.work_item_id, Reminder.track, Reminder.rung).order_by(Reminder.id)
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def payloads(self, verb: str = "day.supervised") -> list[dict[str, object]]:
        with reading(self.engine) as session:
            found = session.scalars(select(Event.payload).where(Event.verb == verb).order_by(Event.id))
            return [json.loads(one) for one in found]


class Copies(Protocol):
    """Databases to copy from, see conftest."""

    def copy(self, stage: str) -> str:
        """The URL of a fresh database."""
        ...


@pytest.fixture
def bureau(sqlite_databases: Copies, tmp_path: Path) -> Iterator[Bureau]:
    """On SQLite: test_sweep.py shows that PostgreSQL says the same."""
    engine = open_database(sqlite_databases.copy("empty"))
    found(engine)
    yield Bureau(engine, Settings(home=tmp_path))
    engine.dispose()


def test_an_absent_owner_without_a_substitute_pauses_and_the_superior_is_told_once(bureau: Bureau) -> None:
    bureau.owe(1)
    bureau.owe(2, owner=1, unit=1)
    bureau.owe(3, due=date(2026, 6, 30))
    bureau.absent(2, date(2026, 3, 31))
    bureau.absent(1, date(2026, 3, 31))

    first = bureau.tick(TODAY)
    later = [bureau.tick(date(2026, 3, day)).rungs for day in range(12, 32)]
    back = bureau.tick(date(2026, 4, 1))

    # The owner of 2 heads the unit, so the leader hears of it; 3 is not due before the return.
    assert bureau.told()[:2] == [(1, "head", "absent-1"), (2, "leader", "absent-2")]
    assert (first.rungs, [rungs for rungs in later if rungs]) == ({"absent": 2}, [])
    assert back.rungs == {"urge-3": 2, "head": 1, "leader": 2}


def test_a_substitute_keeps_the_ladder_going(bureau: Bureau) -> None:
    bureau.owe(1)
    bureau.absent(2, date(2026, 3, 31), substitute=3)

    assert bureau.tick(TODAY).rungs == {"remind": 1}


def test_an_absence_that_is_entered_later_is_seen_and_one_that_ends_early_too(bureau: Bureau) -> None:
    bureau.owe(1, due=date(2026, 3, 20))
    bureau.tick(TODAY)
    bureau.absent(2, date(2026, 4, 30), since=date(2026, 3, 1))

    entered = bureau.tick(date(2026, 3, 12))
    with unit_of_work(bureau.engine) as session:
        session.execute(delete(Absence))
    ended = bureau.tick(date(2026, 3, 18))

    assert (entered.rungs, ended.rungs) == ({"absent": 1}, {"remind": 1})
    assert [one["away"] for one in bureau.payloads()] == [[], [[2, 1, "2026-04-30"]], []]


@pytest.mark.parametrize(
    ("absences", "away"),
    [
        ({1: None}, {1}),
        ({1: 2}, set()),
        ({1: 2, 2: None}, {1, 2}),
        ({1: 2, 2: 3}, set()),
        ({1: 2, 2: 1}, {1, 2}),
        ({1: 2, 2: 3, 3: 2, 4: 1}, {1, 2, 3, 4}),
    ],
)
def test_who_is_away_without_anybody_acting(
    bureau: Bureau, absences: dict[int, int | None], away: set[int]
) -> None:
    for person, substitute in absences.items():
        bureau.absent(person, DUE, substitute)

    with reading(bureau.engine) as session:
        assert {one.person for one in who_is_away(session, TODAY)} == away
        assert who_is_away(session, date(2026, 3, 14)) == []


def test_an_extension_asked_in_time_pauses_everything_and_shows_it(bureau: Bureau) -> None:
    bureau.owe(1)
    ask(bureau, 1, late=False)

    days = [bureau.tick(date(2026, 3, day)).rungs for day in range(11, 21)]
    with unit_of_work(bureau.engine) as session:
        session.execute(update(Extension).values(state="refused"))
        session.execute(update(WorkItem).values(look_on=LOOK_NOW))
    refused = bureau.tick(date(2026, 3, 23))

    assert [rungs for rungs in days if rungs] == []
    assert lights(bureau, 1) == ["waiting", "red"]
    assert refused.rungs == {"urge-2": 1, "head": 1, "leader": 1}


def test_an_extension_asked_too_late_pauses_nothing(bureau: Bureau) -> None:
    bureau.owe(1)
    ask(bureau, 1, late=True)

    assert bureau.tick(date(2026, 3, 16)).rungs == {"urge-1": 1}
    assert lights(bureau, 1) == ["orange"]


def test_star_items_are_chased_earlier_and_standing_ones_only_after_a_silent_quarter(
    bureau: Bureau,
) -> None:
    bureau.owe(1, key=True)
    bureau.owe(2, kind="standing", due=date(2026, 12, 31))
    told = {}

    for month, number in ((3, 6), (3, 13), (3, 16), (3, 18), (6, 2), (6, 3), (9, 2), (9, 4)):
        day = date(2026, month, number)
        told[f"{day:%m-%d}"] = bureau.tick(day).rungs

    star = {day: {key: n for key, n in rungs.items() if key != "silent"} for day, rungs in told.items()}
    assert list(star.items())[:4] == [
        ("03-06", {"remind": 1}),
        ("03-13", {"due": 1}),
        ("03-16", {"urge-1": 1, "head": 1}),
        ("03-18", {"leader": 1}),
    ]
    assert [day for day, rungs in told.items() if "silent" in rungs] == ["06-03", "09-04"]
    assert [rung for number, _, rung in bureau.told() if number == 2] == ["silent-1", "silent-2"]


def test_new_rules_let_everything_be_looked_at_and_are_kept_for_those_who_explain(bureau: Bureau) -> None:
    bureau.owe(1, due=date(2026, 3, 31))
    bureau.tick(TODAY)
    own = '[[light]]\nrule = "{}"\nlight = "{}"\n[[ladder]]\nclass = "all"\nrungs = []\n'
    (bureau.settings.home / "supervision.toml").write_text(own.format("all_red", "red"), "utf-8")

    changed = bureau.tick(date(2026, 3, 12))
    (bureau.settings.home / "supervision.toml").write_text(own.format("all_blue", "blue"), "utf-8")
    with reading(bureau.engine) as session:
        said = explain_light(session, 1, "zh")

    assert (changed.lights, said) == (1, "按规则“all_red”，自3月12日起亮红灯")
    assert len(bureau.payloads("supervision.ruled")) == 2
    assert bureau.payloads()[-1]["rules"] == {"all_red": 1}


def test_rules_that_cannot_be_used_are_refused_before_anything_changes(bureau: Bureau) -> None:
    bureau.owe(1)
    (bureau.settings.home / "supervision.toml").write_text("[[light]]\n", "utf-8")

    with pytest.raises(InputError, match="supervision"):
        bureau.tick(TODAY)

    assert bureau.payloads() == []


def test_days_off_that_are_announced_later_move_lights_and_rungs(bureau: Bureau) -> None:
    bureau.owe(1, due=date(2026, 3, 20))
    bureau.tick(TODAY)  # seven workdays are left
    (bureau.settings.home / "holidays.csv").write_text("2026-03-16,休,防汛\n2026-03-17,休,防汛\n", "utf-8")

    moved = bureau.tick(date(2026, 3, 12))  # six, less two

    with reading(bureau.engine) as session:
        work = session.get_one(WorkItem, 1)
        assert work.look_on == date(2026, 3, 13)
    assert moved.rungs == {}
    assert bureau.tick(date(2026, 3, 13)).rungs == {"remind": 1}


def test_on_a_rest_day_nothing_is_told_and_the_next_workday_tells_what_was_touched(bureau: Bureau) -> None:
    bureau.owe(1)
    bureau.tick(date(2026, 3, 13))
    with unit_of_work(bureau.engine) as session:
        session.execute(update(WorkItem).values(due_on=TODAY, look_on=LOOK_NOW))

    saturday, monday = bureau.tick(date(2026, 3, 14)), bureau.tick(date(2026, 3, 16))

    assert (saturday.rungs, monday.rungs) == ({}, {"urge-1": 1, "head": 1})


def test_an_ended_item_keeps_its_last_light_for_good(bureau: Bureau) -> None:
    bureau.owe(1)
    bureau.tick(date(2026, 3, 20))
    end(bureau, 1, state="closed", closed_on=date(2026, 3, 20))

    for day in range(21, 32):
        bureau.tick(date(2026, 3, day))

    with reading(bureau.engine) as session:
        assert explain_light(session, 1, "zh") == (
            "3月20日补办（应于3月13日办结），晚了7天，自3月20日起亮黄灯"
        )
    assert lights(bureau, 1) == ["orange", "yellow"]


def test_what_was_never_supervised_and_what_never_changed_is_explained_too(bureau: Bureau) -> None:
    bureau.owe(1, due=None)
    with unit_of_work(bureau.engine) as session:
        session.execute(update(WorkItem).values(start_on=date(2026, 4, 1)))
    with reading(bureau.engine) as session:
        before = explain_light(session, 1, "zh")
    bureau.tick(TODAY)

    with reading(bureau.engine) as session:
        assert (before, explain_light(session, 1, "zh")) == ("未启动督办，不亮灯", "未到启动日，亮灰灯")
        with pytest.raises(NotFoundError):
            explain_light(session, 99, "zh")


def test_changes_that_were_tampered_with_are_found(database: Engine, tmp_path: Path) -> None:
    found(database)
    bureau = Bureau(database, Settings(home=tmp_path))
    bureau.owe(1)
    bureau.owe(2)
    for day in (11, 12, 14):
        bureau.tick(date(2026, 3, day))
    with reading(bureau.engine) as session:
        assert check(session) == []
        first, last = (
            session.scalars(select(LightChange.event_id).order_by(LightChange.id)).all()[i] for i in (0, -1)
        )

    with unit_of_work(bureau.engine) as session:
        session.execute(update(LightChange).where(LightChange.event_id == first).values(days_late=5))
        session.execute(
            delete(LightChange).where(LightChange.event_id == last, LightChange.work_item_id == 2)
        )
        assert check(session) == [first, last]


def ask(bureau: Bureau, number: int, *, late: bool) -> None:
    with unit_of_work(bureau.engine) as session:
        session.add(
            Extension(
                work_item_id=number,
                person_id=2,
                asked_at=datetime.combine(TODAY, time(1), UTC),
                asked_on=TODAY,
                late=late,
                from_due_on=DUE,
                to_due_on=date(2026, 3, 31),
                reason="忙",
                state="asked",
            )
        )


def end(bureau: Bureau, number: int, **values: object) -> None:
    """Close or cancel as the verbs do."""
    at = datetime(2026, 3, 20, 9, tzinfo=UTC)
    with unit_of_work(bureau.engine) as session:
        work = session.get_one(WorkItem, number)
        for name, value in values.items():
            setattr(work, name, value)
        event_id = record(session, [Fact("work_item.closed", "work_item", number, "SYSTEM", {})], at=at)[0]
        settle(session, work, on=date(2026, 3, 20), event_id=event_id)


def lights(bureau: Bureau, number: int) -> list[str]:
    """The lights that a work item changed to, in order."""
    with reading(bureau.engine) as session:
        changes = select(LightChange.light).where(LightChange.work_item_id == number)
        return list(session.scalars(changes.order_by(LightChange.id)))


def test_a_light_is_explained_with_the_numbers_of_the_day_and_with_what_the_next_sweep_will_find(
    bureau: Bureau,
) -> None:
    bureau.owe(1)
    bureau.tick(date(2026, 3, 16))

    with unit_of_work(bureau.engine) as session:
        late = explain_light(session, 1, "zh", date(2026, 3, 18))
        session.execute(update(WorkItem).values(due_on=date(2026, 3, 31), look_on=LOOK_NOW))
        moved = explain_light(session, 1, "zh", date(2026, 3, 18))

    assert late == "逾期5天（应于3月13日办结），自3月16日起亮橙灯"
    assert moved == (
        "逾期3天（应于3月13日办结），自3月16日起亮橙灯；情况已有变化，下次每日督办时：正常推进，亮绿灯"
    )
