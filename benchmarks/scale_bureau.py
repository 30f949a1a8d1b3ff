"""A bureau with as many branches as one likes: districts of 500, a plan in force, the work of a month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from flows.office import Office
from models import periods
from models.clock import Clock
from models.database import open_database, unit_of_work
from models.journal import Fact, record
from models.migrate import migrate
from models.settings import Settings
from models.tables import Item, Person, Plan, PlanItem, PlanSlot, Post, Unit

MARCH, MONTH = periods.month(2026, 3), periods.month(2026, 4)
#: When the month's calendar is due: one of the last workdays of March. It is eight in the evening in
#: Shanghai: letters are written, and leave the next morning.
DAY, AT = date(2026, 3, 27), datetime(2026, 3, 27, 12, tzinfo=UTC)
#: Branches of a district; items that every branch owes every month, with due dates so many days apart.
DISTRICT, ITEMS, APART = 500, 4, 5
#: The bureau, its committee, the coordinator; the districts come next, then the branches.
_BUREAU, _COMMITTEE, _COORDINATOR, _DISTRICTS = 1, 2, 3, 4


def build(engine: Engine, branches: int) -> None:
    """Fill an empty database: some 5 s for 100,000 branches on SQLite, 17 s on PostgreSQL.

    Every branch leads the monthly items, and one in ten still owes the first one of March; the committee of
    each district leads an item, and the bureau's one that the first branch of every district supports.
    Everybody who heads a unit has an address.
    """
    migrate(engine)
    districts = -(-branches // DISTRICT)
    with unit_of_work(engine) as session:
        session.execute(insert(Person), [_person(n) for n in range(1, _DISTRICTS + districts + branches)])
        # Those above first: a unit's row names them.
        session.execute(
            insert(Unit), [_above(n) for n in range(1, _DISTRICTS + districts) if n != _COORDINATOR]
        )
        session.execute(insert(Unit), [_branch(n, districts) for n in range(branches)])
        posts = ((_BUREAU, _BUREAU, "党组书记"), (_COORDINATOR, _COMMITTEE, "协调人"))
        session.execute(
            insert(Post), [dict(zip(("person_id", "unit_id", "role"), one, strict=True)) for one in posts]
        )
        _plan(session)
        session.execute(text(_LEADS), {"items": ITEMS, "first": _DISTRICTS, "committee": _COMMITTEE})
        session.execute(text(_SUPPORTS), {"items": ITEMS})
        session.execute(text(_WORK), {"month": MONTH.key})
        record(session, [Fact("plan.activated", "plan", 1, "SYSTEM")], at=AT)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _person(number: int) -> dict[str, object]:
    """Whoever heads a unit has its number."""
    return {"id": number, "name": f"人员{number}", "email": f"p{number}@example.gov.cn", "title": "书记"}


def _above(number: int) -> dict[str, object]:
    """The bureau, its committee, a district."""
    district = number - _DISTRICTS
    name = {_BUREAU: "示例市", _COMMITTEE: "示例市直属机关党委"}.get(number, f"第{district + 1}区党委")
    return {
        "id": number,
        "code": f"A{number}",
        "name": name,
        "kind": "单位" if number == _BUREAU else "机关党委",
        "position": number if district < 0 else _DISTRICTS + district * (DISTRICT + 1),
        "parent_id": None if number == _BUREAU else _BUREAU,
        "head_id": number,
    }


def _branch(number: int, districts: int) -> dict[str, object]:
    district, place = divmod(number, DISTRICT)
    return {
        "id": _DISTRICTS + districts + number,
        "code": f"B{number}",
        "name": f"第{district + 1}区第{place + 1}党支部",
        "kind": "党支部",
        "position": _DISTRICTS + district * (DISTRICT + 1) + place + 1,
        "parent_id": _DISTRICTS + district,
        "head_id": _DISTRICTS + districts + number,
    }


def _plan(session: Session) -> None:
    titles = [f"第{n}项支部工作：组织党员集中学习并做好记录" for n in range(1, ITEMS + 1)]
    titles += ["指导所属党支部", "汇总全市党建工作进展"]
    session.add(
        Plan(
            id=1,
            year=2026,
            version=1,
            state="active",
            title="2026年度党建工作计划",
            source="plan.xlsx",
            sha256="0",
            created_at=AT,
            activated_at=AT,
        )
    )
    session.flush()
    for number, title in enumerate(titles, start=1):
        common = {
            "id": number,
            "ref": f"{number}",
            "no": f"{number}",
            "position": number,
            "category": "党支部建设",
            "title": title,
            "standard": "签到表、会议记录",
            "kind": "recurring",
            "key": number == 1,
        }
        session.add(PlanItem(plan_id=1, reading="", **common))
        session.flush()
        session.add(Item(year=2026, plan_item_id=number, **common))
        for position, period in enumerate((MARCH, MONTH)):
            due = period.start + timedelta(days=APART * number)
            session.add(
                PlanSlot(
                    plan_item_id=number,
                    position=position,
                    period=period.key,
                    start_on=period.start,
                    nominal_due_on=due,
                    due_on=due,
                )
            )
    session.flush()


_LEADS = """
INSERT INTO responsible (plan_item_id, position, unit_id, owner_id, role)
SELECT plan_item.id, unit.position, unit.id, unit.head_id, 'lead'
FROM plan_item JOIN unit ON
    (plan_item.id <= :items AND unit.kind = '党支部')
    OR (plan_item.id = :items + 1 AND unit.kind = '机关党委' AND unit.id >= :first)
    OR (plan_item.id = :items + 2 AND unit.id = :committee)
"""
_SUPPORTS = """
INSERT INTO responsible (plan_item_id, position, unit_id, owner_id, role)
SELECT :items + 2, position, id, head_id, 'supporting'
FROM unit WHERE kind = '党支部' AND name LIKE '%区第1党支部'
"""
_WORK = """
INSERT INTO work_item (
    item_id, unit_id, period, state, light, owner_id, start_on, due_on, original_due_on, nominal_due_on,
    planned_due_on, done, returns, look_on, sequence
)
SELECT
    item.id, lead.unit_id, slot.period, 'assigned', 'grey', lead.owner_id, slot.start_on, slot.due_on,
    slot.due_on, slot.due_on, slot.due_on, 0, 0, slot.due_on, 0
FROM item
JOIN responsible AS lead ON lead.plan_item_id = item.plan_item_id AND lead.role = 'lead'
JOIN plan_slot AS slot ON slot.plan_item_id = item.plan_item_id
WHERE slot.period = :month OR (item.id = 1 AND lead.unit_id % 10 = 0)
ORDER BY slot.due_on, item.position, lead.position
"""


def office_of(url: str, home: Path, *, part_branches: int) -> Office:
    """The bureau's office on that evening, whose documents are written for so many branches at a time."""
    settings = Settings(home=home, database_url=url, part_branches=part_branches)
    return Office(settings, open_database(url), Clock(settings.zone, AT))
