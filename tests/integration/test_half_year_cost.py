"""What a half-year's documents cost: as many statements for very many branches as for few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, select

from flows.office import Office
from flows.stories.documents import half_year_inspection, half_year_report
from flows.stories.rectification import rectification
from flows.stories.step import plainly
from models import periods
from models.clock import Clock
from models.database import open_database, unit_of_work
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import Approval, Extension, Finding, Item, Notice, Person, Publication, Unit, WorkItem
from tasks.inspect import open_inspection
from tests.conftest import Databases
from tests.deciding import approve_all
from tests.integration.looking import counted

H1 = periods.half(2026, 1)
TODAY = date(2026, 7, 2)
#: Eight in the evening in Shanghai: letters are written and leave the next morning.
AT = datetime(2026, 7, 2, 12, tzinfo=UTC)
#: Ids from here on are those of the many branches, their heads, and what was found with them.
FROM = 10_000
FEW, MANY = 4, 40


def owe(engine: Engine, branches: int) -> None:
    """So many branches owe something every month, do it in time, late, or not yet; problems were found."""
    numbers = range(FROM, FROM + branches)
    with unit_of_work(engine) as session:
        people = [
            {"id": n, "name": f"书记{n}", "email": f"s{n}@example.gov.cn", "title": ""} for n in numbers
        ]
        session.execute(insert(Person), people)
        units = [{"id": n, "code": f"Z{n}", "name": f"第{n}支部", "head_id": n} for n in numbers]
        session.execute(insert(Unit), [one | {"kind": "党支部", "position": one["id"]} for one in units])
        item = session.scalars(select(Item).where(Item.ref == "40")).one()
        works = [work(item.id, n, month) for n in numbers for month in range(1, 7)]
        session.execute(insert(WorkItem), works)
        inspection = open_inspection(session, H1, actor=SYSTEM, at=AT)
        about = {"inspection_id": inspection.id, "kind": "problem", "found_by": FROM, "found_on": TODAY}
        found = [
            about | {"id": n, "number": n - FROM + 1, "unit_id": n, "words": f"问题{n}"} for n in numbers
        ]
        session.execute(insert(Finding), [one | {"rectify_by": date(2026, 7, 31)} for one in found])
        again = [
            work(item.id, n, 7) | {"state": "scheduled", "owner_id": None, "finding_id": n} for n in numbers
        ]
        session.execute(insert(WorkItem), again)
        mine = select(WorkItem).where(WorkItem.unit_id >= FROM).order_by(WorkItem.id)
        every = session.scalars(mine).all()
        session.execute(insert(Extension), [later(one) for one in every if one.period == "2026-05"])
        closed = [one.id for one in every if one.state == "closed"]
        record(session, [Fact("work_item.closed", "work_item", n, SYSTEM) for n in closed], at=AT)


def work(item: int, number: int, month: int) -> dict[str, object]:
    """A month's work: every third one is still owed, and of the others every second one was late."""
    due = date(2026, month, 20)
    closed = (number + month) % 3 > 0
    on = due + timedelta(days=15 * (number % 2))
    return {
        "item_id": item,
        "unit_id": number,
        "period": f"2026-0{month}",
        "owner_id": number,
        "start_on": due.replace(day=1),
        "due_on": due,
        "original_due_on": due,
        "done": 0,
        "returns": month % 2,
        "state": "closed" if closed else "assigned",
        "closed_on": on if closed else None,
        "closed_at": AT if closed else None,
    }


def later(one: WorkItem) -> dict[str, object]:
    """A later date was granted."""
    assert one.due_on is not None
    return {
        "work_item_id": one.id,
        "person_id": one.owner_id,
        "asked_at": AT,
        "asked_on": one.due_on,
        "late": False,
        "from_due_on": one.due_on - timedelta(days=5),
        "to_due_on": one.due_on,
        "granted_due_on": one.due_on,
        "reason": "场地未落实",
        "state": "granted",
        "decided_at": AT,
    }


@contextmanager
def bureau(databases: Databases, home: Path, branches: int) -> Iterator[Office]:
    """The office of a bureau with so many branches more than the example has."""
    url = databases.copy("in_force")
    engine = open_database(url)
    owe(engine, branches)
    settings = Settings(home=home, database_url=url)
    yield Office(settings, engine, Clock(settings.zone, AT))
    engine.dispose()
    databases.drop(url)


def half_year(office: Office) -> dict[str, int]:
    """All documents of the half-year with what follows from them; gives the statements of each step."""
    steps: dict[str, Callable[[], object]] = {
        "bulletin": lambda: half_year_inspection(plainly, office, period=H1),
        "approval": lambda: approve(office, "bulletin"),
        "release": lambda: half_year_inspection(plainly, office, period=H1),
        "rectification": lambda: rectification(plainly, office, period=H1),
        "report": lambda: half_year_report(plainly, office, period=H1),
        "issue": lambda: approve(office, "report"),
    }
    found = {}
    for name, step in steps.items():
        with counted(office.engine) as sent:
            step()
        found[name] = len(sent)
    return found


def approve(office: Office, kind: str) -> None:
    with office.write() as session:
        asked = (
            select(Approval.id)
            .join(Publication, Publication.id == Approval.subject_id)
            .where(Approval.subject == "publication", Publication.kind == kind)
        )
        approve_all(session, session.scalars(asked).one(), AT)


def letters(office: Office, letter: str) -> int:
    with office.read() as session:
        return len(session.scalars(select(Notice.id).where(Notice.letter == letter)).all())


def test_many_branches_take_no_more_statements_than_few(databases: Databases, tmp_path: Path) -> None:
    costs, told = [], []
    # What a process reads once for all is read by the first.
    for number, branches in enumerate((1, FEW, MANY)):
        with bureau(databases, tmp_path / str(number), branches) as office:
            costs.append(half_year(office))
            told.append(letters(office, "bulletin"))

    assert costs[1] == costs[2]
    assert told[2] - told[1] == MANY - FEW
