"""Letters to very many: some events a transaction, readers in portions, nobody twice, whatever stops it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, insert, select

from models.database import reading, unit_of_work
from models.following import AT_ONCE
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import Absence, Event, Item, Notice, Person, Publication, Unit, WorkItem
from notifications.audience import tell_on
from notifications.news import ROWS
from notifications.telling import Told
from tests.integration.told_bureau import AT, COMMITTEE, COORDINATOR, FIRST, SECOND, TODAY, notices

pytest_plugins = ["tests.integration.told_bureau"]
#: Ids from here on are those of the many branches, their heads and their work.
FROM = 100


def many(database: Engine, count: int) -> None:
    """So many branches more, each with a head who owes one thing in March."""
    numbers = range(FROM, FROM + count)
    with unit_of_work(database) as session:
        people = [
            {"id": n, "name": f"书记{n}", "email": f"s{n}@example.gov.cn", "title": ""} for n in numbers
        ]
        session.execute(insert(Person), people)
        units = [
            {"id": n, "code": f"Z{n}", "name": f"第{n}支部", "kind": "党支部", "parent_id": COMMITTEE}
            | {"head_id": n}
            for n in numbers
        ]
        session.execute(insert(Unit), units)
        about = {"ref": "1", "no": "1", "position": 1, "category": "党建", "title": "主题党日"}
        session.execute(insert(Item), [{"id": 1, "year": 2026, "kind": "window"} | about])
        works = [
            {"id": n, "item_id": 1, "unit_id": n, "period": "2026-03", "owner_id": n, "state": "assigned"}
            | {"due_on": date(2026, 3, 31), "done": 0}
            for n in numbers
        ]
        session.execute(insert(WorkItem), works)


def issue(database: Engine, kind: str, units: range, *, start: int = 1) -> None:
    """Documents of so many units, and their events."""
    rows = [
        {
            "id": number,
            "kind": kind,
            "period": "2026-03",
            "unit_id": unit,
            "version": 1,
            "title": f"2026-03{kind}",
            "state": "issued",
            "files": [{"role": "docx", "path": f"documents/{unit}.docx", "sha256": ""}],
            "content": "",
            "body": {},
            "changes": [],
            "created_at": AT,
        }
        for number, unit in enumerate(units, start=start)
    ]
    with unit_of_work(database) as session:
        session.execute(insert(Publication), rows)
        record(
            session,
            [
                Fact("publication.issued", "publication", number, SYSTEM, {"kind": kind})
                for number in range(start, start + len(units))
            ],
            at=AT,
        )


def tell(database: Engine) -> Told:
    return tell_on(database, Settings(home=Path("/nowhere")), at=AT, today=TODAY)


def count(database: Engine) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count(Notice.id))) or 0


def statements_of(database: Engine) -> int:
    """How many statements a telling takes."""
    found = list[str]()

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(statement)

    event.listen(database, "before_cursor_execute", note)
    tell(database)
    event.remove(database, "before_cursor_execute", note)
    return len(found)


def test_who_is_stopped_between_two_transactions_is_followed_by_one_who_tells_the_rest(
    bureau: Engine,
) -> None:
    more = AT_ONCE + 30
    many(bureau, more)
    issue(bureau, "slip", range(FROM, FROM + more))
    commits = list[str]()

    def stop(_connection: object) -> None:
        commits.append("one")
        if len(commits) == 2:
            raise InterruptedError

    event.listen(bureau, "commit", stop)
    with pytest.raises(InterruptedError):
        tell(bureau)
    event.remove(bureau, "commit", stop)
    before = count(bureau)

    rest = tell(bureau)

    assert (before, rest.notices) == (ROWS, more - ROWS)
    assert tell(bureau) == Told()
    found = notices(bureau)
    assert [one.person_id for one in sorted(found, key=lambda one: one.person_id)] == list(
        range(FROM, FROM + more)
    )
    assert {len(one.facts["rows"]) for one in found} == {1}


def test_a_calendar_reaches_more_owners_than_are_read_at_once_each_with_his_own_work(bureau: Engine) -> None:
    more = 2_300
    many(bureau, more)
    away = FROM + more - 1
    with unit_of_work(bureau) as session:
        session.add(
            Absence(
                person_id=away,
                substitute_id=FROM,
                kind="公休",
                starts_on=TODAY,
                ends_on=TODAY,
            )
        )
    issue(bureau, "calendar", range(1))

    told = tell(bureau)

    by_reader = {one.person_id: one.facts for one in notices(bureau)}
    assert told.notices == len(by_reader) == more - 1 + 1
    assert {by_reader[n]["total"] for n in range(FROM + 1, away)} == {1}
    substitute = by_reader[FROM]
    assert [row["unit"] for row in substitute["rows"]] == [f"第{FROM}支部", f"第{away}支部"]
    assert (substitute["own"], substitute["on_behalf"]) == (True, [f"书记{away}"])
    coordinator = by_reader[COORDINATOR]
    assert (coordinator["total"], coordinator["more"], coordinator["own"]) == (more, more - 40, False)


def test_the_head_of_a_branch_reads_of_its_groups_too_in_the_order_of_due_dates(bureau: Engine) -> None:
    many(bureau, 4)
    with unit_of_work(bureau) as session:
        session.get_one(Unit, FROM + 1).parent_id = FROM
        session.get_one(Unit, FROM + 2).parent_id = FROM + 1
        session.get_one(WorkItem, FROM + 2).due_on = date(2026, 3, 2)
    issue(bureau, "slip", range(FROM, FROM + 4))

    tell(bureau)

    rows = {one.person_id: [row["id"] for row in one.facts["rows"]] for one in notices(bureau)}
    assert rows[FROM] == [FROM + 2, FROM, FROM + 1]
    assert rows[FROM + 1] == [FROM + 2, FROM + 1]
    assert rows[FROM + 3] == [FROM + 3]


def test_how_many_branches_are_told_makes_no_difference_to_the_statements(bureau: Engine) -> None:
    many(bureau, 400)
    counts = []
    for start, units in ((1, range(1)), (100, range(1, 20)), (1000, range(20, 400))):
        issue(bureau, "slip", range(FROM + units.start, FROM + units.stop), start=start)
        counts.append(statements_of(bureau))

    # The very first telling also makes its place in the log.
    assert counts[1] == counts[2]
    assert count(bureau) == 400


def test_a_coordinator_who_answers_for_everything_is_told_so(bureau: Engine) -> None:
    many(bureau, 2)
    with unit_of_work(bureau) as session:
        for number in (FROM, FROM + 1):
            session.get_one(WorkItem, number).owner_id = COORDINATOR
    issue(bureau, "checklist", range(1))

    tell(bureau)

    (letter,) = notices(bureau)
    assert (letter.person_id, letter.facts["own"], letter.facts["total"]) == (COORDINATOR, True, 2)


def test_a_chain_of_events_without_readers_is_passed_over_at_once(bureau: Engine) -> None:
    with unit_of_work(bureau) as session:
        record(session, [Fact("work_item.accepted", "work_item", n, SYSTEM) for n in range(30)], at=AT)
    issue(bureau, "slip", range(FIRST, SECOND + 1))

    assert tell(bureau).notices == 2
    with reading(bureau) as session:
        assert session.scalar(select(func.max(Event.id))) == 32
    assert tell(bureau) == Told()
