"""Filing a year: all that is closed, once, for good, with a list that names the evidence."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select, update

from models.database import reading, unit_of_work
from models.errors import NotFoundError, RefusedError
from models.journal import set_digest
from models.lifecycle import OPEN_STATES
from models.settings import Settings
from models.tables import Event, Evidence, Extension, Item, WorkItem
from tasks.archive import Filed, archive_year
from tasks.archive_list import Filing
from tasks.directory import find_person
from tasks.work import Hand, finish, send_back
from tests.deciding import staff_on

LATER = date(2027, 1, 8)
NOON = datetime(2027, 1, 8, 4, tzinfo=UTC)
COORDINATOR = "林晓东"
ZONE = Settings(home=Path("/nowhere")).zone


def file_year(
    engine: Engine, home: Path, *, by: str = COORDINATOR, year: int = 2026, closed_only: bool = False
) -> Filed:
    with unit_of_work(engine) as session:
        hand = Hand(find_person(session, by), NOON, LATER)
        return archive_year(session, year, hand, Filing(home, "zh", ZONE), closed_only=closed_only)


def close(engine: Engine, *numbers: int) -> None:
    """Close some work items, or all that are open."""
    chosen = WorkItem.id.in_(numbers) if numbers else WorkItem.state.in_(OPEN_STATES)
    with unit_of_work(engine) as session:
        session.execute(
            update(WorkItem).where(chosen).values(state="closed", closed_at=NOON, closed_on=WorkItem.due_on)
        )


def states(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        rows = session.execute(select(WorkItem.state, func.count()).group_by(WorkItem.state))
        return dict(rows.tuples().all())


def filings(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as session:
        rows = session.scalars(select(Event.payload).where(Event.verb == "work.archived").order_by(Event.id))
        return [json.loads(one) for one in rows]


def test_a_year_is_filed_once_with_one_event(in_force: Engine, tmp_path: Path) -> None:
    close(in_force)
    total = sum(states(in_force).values())

    first, second = file_year(in_force, tmp_path), file_year(in_force, tmp_path)

    assert (first.works, first.left_open) == (total, 0)
    assert second == Filed(0, 0)
    assert states(in_force) == {"archived": total}
    (event,) = filings(in_force)
    with reading(in_force) as session:
        assert not session.scalar(select(func.count()).where(WorkItem.look_on.is_not(None)))
        ids = session.scalars(select(WorkItem.id).order_by(WorkItem.id)).all()
    assert first.file is not None
    assert event == {
        "year": 2026,
        "count": total,
        "digest": set_digest(ids),
        "file": "archive/2026/2026年工作任务归档目录（第1册）.xlsx",
        "sha256": hashlib.sha256(first.file.read_bytes()).hexdigest(),
    }
    assert first.file == tmp_path / event["file"]


def test_a_year_with_open_work_is_not_filed(in_force: Engine, tmp_path: Path) -> None:
    before = states(in_force)

    with pytest.raises(RefusedError) as refused:
        file_year(in_force, tmp_path)

    assert refused.value.code == "archive_open"
    assert refused.value.facts["count"] == sum(before.values())
    assert states(in_force) == before
    assert filings(in_force) == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_closed_may_be_filed_before_the_rest(in_force: Engine, tmp_path: Path) -> None:
    close(in_force, 1, 2)
    first = file_year(in_force, tmp_path, closed_only=True)
    close(in_force, 3)
    second = file_year(in_force, tmp_path, closed_only=True)

    assert (first.works, second.works) == (2, 1)
    assert first.left_open == second.left_open + 1
    assert [one["count"] for one in filings(in_force)] == [2, 1]
    assert first.file != second.file
    assert sorted(one.name for one in (tmp_path / "archive" / "2026").iterdir()) == [
        "2026年工作任务归档目录（第1册）.xlsx",
        "2026年工作任务归档目录（第2册）.xlsx",
    ]


@pytest.mark.parametrize("by", ["周立诚", "吕国平"])
def test_only_the_coordinator_files(in_force: Engine, tmp_path: Path, by: str) -> None:
    close(in_force)

    with pytest.raises(RefusedError) as refused:
        file_year(in_force, tmp_path, by=by)

    assert refused.value.code == "archive_not_coordinator"
    assert "archived" not in states(in_force)


def test_a_year_without_work_is_a_mistake(in_force: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as missing:
        file_year(in_force, tmp_path, year=2025)

    assert missing.value.code == "archive_nothing"


def test_what_is_filed_is_neither_returned_nor_finished_again(in_force: Engine, tmp_path: Path) -> None:
    close(in_force, 1)
    file_year(in_force, tmp_path, closed_only=True)

    with unit_of_work(in_force) as session:
        hand = Hand(find_person(session, COORDINATOR), NOON, LATER)
        with pytest.raises(RefusedError) as refused:
            send_back(session, 1, hand, words="再补", staff=staff_on(session, NOON))
        assert finish(session, 1, hand, words="", staff=staff_on(session, NOON)).state == "archived"

    assert refused.value.code == "work_transition"


def dated(engine: Engine) -> list[int]:
    """Two work items of different items that have a due date."""
    with reading(engine) as session:
        first = select(func.min(WorkItem.id)).where(WorkItem.due_on.is_not(None))
        return list(session.scalars(first.group_by(WorkItem.item_id).limit(2)))


def test_the_list_names_the_work_and_its_evidence(in_force: Engine, tmp_path: Path) -> None:
    number, other = dated(in_force)
    close(in_force, number, other)
    there, gone = "a" * 64, "b" * 64
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / there).write_bytes(b"%PDF")
    with unit_of_work(in_force) as session:
        person = find_person(session, COORDINATOR)
        session.get_one(Item, session.get_one(WorkItem, number).item_id).title = "=1+1"
        session.get_one(WorkItem, number).closed_on = LATER
        session.add(
            Extension(
                work_item_id=other,
                person_id=person.id,
                asked_at=NOON,
                asked_on=LATER,
                from_due_on=LATER,
                to_due_on=LATER,
                reason="场地未定",
                state="granted",
            )
        )
        for sha256, name in ((there, "签到.pdf"), (gone, "照片.jpg")):
            session.add(
                Evidence(
                    work_item_id=number,
                    person_id=person.id,
                    at=NOON,
                    sha256=sha256,
                    name=name,
                    size=4,
                    kind="application/pdf",
                )
            )

    filed = file_year(in_force, tmp_path, closed_only=True)

    assert filed.file is not None
    book = load_workbook(filed.file)
    works = [[cell.value for cell in row] for row in book["任务"].iter_rows(min_row=3)]
    files = [[cell.value for cell in row] for row in book["佐证"].iter_rows(min_row=3, max_row=4)]
    assert {row[0] for row in works} == {number, other}
    late, extended = (next(row for row in works if row[0] == one) for one in (number, other))
    assert (late[3], late[9], late[10], late[13]) == ("=1+1", "2027-01-08", "补", 2)
    assert (extended[10], extended[13]) == ("延期", None)
    assert book["任务"].cell(3 + works.index(late), 4).data_type == "s"
    assert [(row[2], row[4], row[5], row[7], row[8]) for row in files] == [
        ("签到.pdf", 4, "2027-01-08 12:00", there, "在库"),
        ("照片.jpg", 4, "2027-01-08 12:00", gone, "缺失"),
    ]
