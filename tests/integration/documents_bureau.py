"""A small bureau in a real database, for the tests that read documents back.

PYTEST_DONT_REWRITE: tests import its types before pytest takes its fixture from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.figures import figure_of
from models.journal import Fact, record
from models.periods import Period
from models.roles import BRANCHES
from models.settings import Settings
from models.tables import Extension, Feedback, Item, Person, Plan, PlanItem, Post, Responsible, Unit, WorkItem
from models.workdays import Calendar, load_calendar
from tasks.issue.publish import Also, Collect, Issued, issue

COORDINATOR = "lin@example.gov.cn"


def instant(day: date) -> datetime:
    """Nine o'clock in Shanghai on `day`, in UTC."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


@dataclass
class Bureau:
    """Two branches, a group and a department; `items` by ref, `units` and `people` by name."""

    engine: Engine
    settings: Settings
    calendar: Calendar
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    plan_id: int = 0

    def unit(self, session: Session, name: str, kind: str, *, parent: str = "", head: str = "") -> None:
        """Found a unit."""
        unit = Unit(code=name, name=name, kind=kind, position=len(self.units))
        unit.parent_id = self.units[parent].id if parent else None
        unit.head_id = self.people[head].id if head else None
        session.add(unit)
        session.flush()
        self.units[name] = unit

    def item(
        self,
        session: Session,
        ref: str,
        title: str,
        *,
        category: str = "党支部建设",
        kind: str = "recurring",
        hidden: bool = False,
        supporting: tuple[str, ...] = (),
    ) -> Item:
        """Put an item into the plan in force."""
        words = {"ref": ref, "no": ref, "category": category, "title": title, "kind": kind}
        position = len(self.items)
        row = PlanItem(plan_id=self.plan_id, position=position, reading="", **words)
        row.responsibles = [
            Responsible(position=n, unit_id=self.units[name].id, role="supporting")
            for n, name in enumerate(supporting)
        ]
        session.add(row)
        session.flush()
        item = Item(
            year=2026, position=position, standard="签到表", hidden=hidden, plan_item_id=row.id, **words
        )
        item.figure = figure_of(title)
        session.add(item)
        session.flush()
        self.items[ref] = item
        return item

    def owe(
        self, session: Session, ref: str, unit: str, period: Period, *, due: date, target: float | None = None
    ) -> WorkItem:
        """Expand one work item."""
        work = WorkItem(
            item_id=self.items[ref].id,
            unit_id=self.units[unit].id,
            period=period.key,
            state="assigned",
            owner_id=self.units[unit].head_id,
            start_on=period.start,
            due_on=due,
            original_due_on=due,
            nominal_due_on=due,
            target=target,
            done=0,
            returns=0,
        )
        session.add(work)
        session.flush()
        return work

    def report(self, session: Session, work: WorkItem, on: date, *, quantity: float) -> int:
        """Report a quantity; gives the event's number."""
        session.add(
            Feedback(
                work_item_id=work.id,
                person_id=work.owner_id,
                at=instant(on),
                on=on,
                words="已开展",
                quantity=quantity,
            )
        )
        work.state, work.done = "accepted", work.done + quantity
        fact = Fact("work_item.feedback", "work_item", work.id, COORDINATOR, {"quantity": quantity})
        return record(session, [fact], at=instant(on))[0]

    def put_off(self, session: Session, work: WorkItem, to: date, *, late: bool = False) -> None:
        """Grant a later due date; `late` says that it was asked after the first one."""
        assert work.due_on is not None
        asked = work.due_on + timedelta(days=1 if late else -5)
        session.add(
            Extension(
                work_item_id=work.id,
                person_id=work.owner_id,
                asked_at=instant(asked),
                asked_on=asked,
                late=late,
                from_due_on=work.due_on,
                to_due_on=to,
                granted_due_on=to,
                reason="场地未落实",
                state="granted",
                decided_at=instant(asked),
            )
        )
        work.due_on = to

    def issue(
        self, collect: Collect, *, at: datetime, needs_approval: bool = False, also: Also | None = None
    ) -> tuple[Issued, ...]:
        """Write documents."""
        home = self.settings.home
        return issue(
            self.engine,
            collect,
            home=home,
            at=at,
            actor="SYSTEM",
            needs_approval=needs_approval,
            also=also,
        )

    @property
    def branches(self) -> list[int]:
        """The ids of the branches, in their order."""
        return [unit.id for unit in self.units.values() if unit.kind in BRANCHES]

    def close(self, session: Session, work: WorkItem, on: date) -> int:
        """Close a work item; gives the event's number."""
        work.state, work.closed_on, work.closed_at = "closed", on, instant(on)
        fact = Fact("work_item.closed", "work_item", work.id, COORDINATOR, {"state": "closed"})
        return record(session, [fact], at=instant(on))[0]


def _found(bureau: Bureau, session: Session) -> None:
    people = (("林晓东", COORDINATOR), ("吕国平", "lv@example.gov.cn"), ("蒋文博", "jiang@example.gov.cn"))
    for name, email in people:
        bureau.people[name] = Person(name=name, email=email)
        session.add(bureau.people[name])
    session.flush()
    bureau.unit(session, "示例市审计局", "单位")
    bureau.unit(session, "机关党委", "机关党委", parent="示例市审计局", head="林晓东")
    bureau.unit(session, "第一党支部", "党支部", parent="机关党委", head="吕国平")
    bureau.unit(session, "第二党支部", "党支部", parent="机关党委", head="蒋文博")
    bureau.unit(session, "第二党支部第一党小组", "党小组", parent="第二党支部", head="蒋文博")
    bureau.unit(session, "办公室", "科室", parent="示例市审计局", head="吕国平")
    committee, coordinator = bureau.units["机关党委"], bureau.people["林晓东"]
    session.add(Post(person_id=coordinator.id, unit_id=committee.id, role="协调人"))
    at = instant(date(2026, 1, 5))
    plan = Plan(
        year=2026, version=1, state="active", title="清单", source="plan.xlsx", sha256="0", created_at=at
    )
    session.add(plan)
    session.flush()
    bureau.plan_id = plan.id
    record(session, [Fact("plan.activated", "plan", plan.id, COORDINATOR)], at=at)


@pytest.fixture
def bureau(database: Engine, settings: Settings) -> Bureau:
    """A bureau with people and units and an empty plan in force."""
    found = Bureau(database, settings, load_calendar([2026]))
    with Session(database, expire_on_commit=False) as session, session.begin():
        _found(found, session)
    return found
