"""A small bureau to be told of things: its people, their units, who acts for whom, and what they got.

PYTEST_DONT_REWRITE: tests import its helpers before pytest takes its fixture from it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import Absence, Entry, Item, Notice, Person, Post, Reminder, Unit, WorkItem
from notifications.audience import tell
from notifications.digest import tell_digests
from notifications.entries import collect
from notifications.telling import Told

TODAY = date(2026, 3, 24)
AT = datetime(2026, 3, 24, 0, 30, tzinfo=UTC)
#: Everybody by id. 7 acts for 4 while she is away.
SECRETARY, DEPUTY, COORDINATOR, XIN, LU, JIANG, YUE, GONE, LOST = range(1, 10)
NAMES = ("周立诚", "韩国梁", "林晓东", "杜若琳", "吕国平", "蒋文博", "陶欣悦", "去职人", "无邮箱")
BUREAU, COMMITTEE, FIRST, SECOND, AUDIT = range(1, 6)
#: Approvals in it: three people together in a mode, and one person alone.
TOGETHER = """
code: together
version: 1
name: {zh: 会签, en: Together}
subject: plan
steps:
  - key: sign
    name: {zh: 会签, en: Everybody}
    who: {every: [{person: 吕国平}, {person: 蒋文博}, {person: 周立诚}]}
    mode: MODE
"""
FOR_XIN = """
code: for_xin
version: 1
name: {zh: 杜若琳审批, en: For one}
subject: plan
steps: [{key: sign, name: {zh: 审签, en: Signature}, who: {person: 杜若琳}}]
"""


@pytest.fixture
def bureau(database: Engine) -> Engine:
    """The bureau, where no other plugin's fixture of this name came after it."""
    return found_bureau(database)


def found_bureau(database: Engine) -> Engine:
    """Two branches under a committee, a department with its leader, one absence."""
    with unit_of_work(database) as session:
        session.add_all(
            Person(id=n, name=name, email=f"p{n}@example.gov.cn", title="", active=n != GONE)
            for n, name in enumerate(NAMES, start=1)
        )
        session.flush()
        session.get_one(Person, LOST).email = "无"
        for number, (name, kind, parent, head) in enumerate(
            [
                ("朔原市审计局", "单位", None, SECRETARY),
                ("机关党委", "机关党委", BUREAU, DEPUTY),
                ("第一党支部", "党支部", COMMITTEE, LU),
                ("第二党支部", "党支部", COMMITTEE, JIANG),
                ("财政审计科", "科室", BUREAU, LU),
            ],
            start=1,
        ):
            session.add(
                Unit(id=number, code=f"JG{number}", name=name, kind=kind, parent_id=parent, head_id=head)
            )
            session.flush()
        session.add_all(
            Post(person_id=person, unit_id=unit, role=role)
            for person, unit, role in [
                (SECRETARY, BUREAU, "党组书记"),
                (SECRETARY, BUREAU, "党组成员"),
                (DEPUTY, BUREAU, "党组成员"),
                (DEPUTY, AUDIT, "分管领导"),
                (COORDINATOR, COMMITTEE, "协调人"),
            ]
        )
        session.add(
            Absence(
                person_id=XIN,
                substitute_id=YUE,
                kind="产假",
                starts_on=date(2026, 1, 12),
                ends_on=date(2026, 6, 18),
            )
        )
    return database


def store(database: Engine, *rows: object) -> None:
    with unit_of_work(database) as session:
        for row in rows:
            session.add(row)
            session.flush()


def happened(database: Engine, *facts: Fact) -> None:
    with unit_of_work(database) as session:
        record(session, facts, at=AT)


def told(database: Engine, *, today: date = TODAY, **settings: Any) -> Told:  # noqa: ANN401  # any setting
    """Everything that happened: what goes alone is written, the rest waits for the digests."""
    with unit_of_work(database) as session:
        chosen = Settings(home=Path("/nowhere"), **settings)
        alone = tell(session, chosen, at=AT, today=today)
        merged = collect(session, chosen, at=AT, today=today)
    return Told(alone.notices + merged.notices, alone.skipped + merged.skipped)


def digested(database: Engine, home: Path, *, today: date = TODAY, **settings: Any) -> list[Notice]:  # noqa: ANN401  # any setting
    """A day's digests at half past eight, by reader."""
    at = AT + timedelta(days=(today - TODAY).days)
    known = {one.id for one in notices(database)}
    with unit_of_work(database) as session:
        tell_digests(session, Settings(home=home, **settings), at=at, today=today)
    return sorted((one for one in notices(database) if one.id not in known), key=lambda one: one.person_id)


def notices(database: Engine) -> list[Notice]:
    with Session(database) as session:
        return list(session.scalars(select(Notice).order_by(Notice.dedupe)))


def entries(database: Engine) -> list[Entry]:
    with Session(database) as session:
        return list(session.scalars(select(Entry).order_by(Entry.id)))


def every(database: Engine) -> list[Notice | Entry]:
    """What was written, and what waits for a digest or went out with one."""
    return [*notices(database), *entries(database)]


def letters(database: Engine) -> list[tuple[str, int]]:
    """All that by letter and reader."""
    return sorted((one.letter, one.person_id) for one in every(database))


def work(
    number: int,
    owner: int | None,
    due: date | None,
    *,
    unit: int = FIRST,
    hidden: bool = False,
    **more: Any,  # noqa: ANN401  # any column
) -> list[Item | WorkItem]:
    """An item and its one work item, both with this id."""
    item = Item(
        id=number,
        year=2026,
        ref=str(number),
        no=str(number),
        position=number,
        category="党建",
        title=f"事项{number}",
        kind="window",
        hidden=hidden,
    )
    values = {"state": "assigned", "assigned_at": AT} | more
    task = WorkItem(
        id=number,
        item_id=number,
        unit_id=unit,
        period="2026-03",
        owner_id=owner,
        due_on=due,
        original_due_on=due,
        **values,
    )
    return [item, task]


def supervised(day: date) -> Fact:
    return Fact("day.supervised", "day", None, SYSTEM, {"day": day.isoformat(), "counts": {}})


def reached(number: int, rung: str, due: date, on: date = TODAY, *, track: str = "owner") -> Reminder:
    return Reminder(work_item_id=number, track=track, rung=rung, due_on=due, on=on)
