"""A plan in force that expands to as many work items as one likes: items × units × periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, insert

from models.database import unit_of_work
from models.migrate import migrate
from models.tables import Item, Person, Plan, PlanItem, PlanSlot, Responsible, Unit

YEAR = 2026
UNITS, PERIODS = 50, 50
AT = datetime(YEAR, 1, 5, tzinfo=UTC)


def build(engine: Engine, items: int) -> None:
    """Fill an empty database; the plan gives `items` × 50 × 50 work items."""
    migrate(engine)
    units, numbers = range(1, UNITS + 1), range(1, items + 1)
    with unit_of_work(engine) as session:
        person = Person(id=1, name="负责人", email="owner@example.gov.cn")
        session.add(person)
        session.flush()
        session.execute(
            insert(Unit),
            [
                {"id": n, "code": f"U{n}", "name": f"第{n}单位", "kind": "科室", "position": n, "head_id": 1}
                for n in units
            ],
        )
        session.add(
            Plan(
                id=1,
                year=YEAR,
                version=1,
                state="active",
                title="计划",
                source="-",
                sha256="-",
                created_at=AT,
            )
        )
        session.flush()
        common = {"category": "一、类别", "kind": "recurring"}
        session.execute(
            insert(PlanItem), [_item(n) | common | {"plan_id": 1, "reading": "-"} for n in numbers]
        )
        session.execute(
            insert(Item), [_item(n) | common | {"year": YEAR, "plan_item_id": n} for n in numbers]
        )
        session.execute(
            insert(Responsible),
            [
                {"plan_item_id": n, "position": unit, "unit_id": unit, "owner_id": 1, "role": "lead"}
                for n in numbers
                for unit in units
            ],
        )
        session.execute(insert(PlanSlot), [_slot(n, place) for n in numbers for place in range(PERIODS)])


def _item(number: int) -> dict[str, object]:
    return {"id": number, "ref": f"{number}", "no": f"{number}", "position": number, "title": f"第{number}项"}


def _slot(number: int, place: int) -> dict[str, object]:
    start = date(YEAR, 1, 5) + timedelta(weeks=place)
    due = start + timedelta(days=4)
    return {
        "plan_item_id": number,
        "position": place,
        "period": f"{YEAR}-W{place + 2:02}",
        "start_on": start,
        "nominal_due_on": due,
        "due_on": due,
        "target": 1.0,
    }
