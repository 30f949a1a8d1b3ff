"""What the cockpit costs: as many statements for a thousand units as for one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import Engine, insert

from flows.office import Office
from flows.stories import cockpit as story
from flows.stories.cockpit import PAGES, collect_page, collect_pages
from flows.stories.step import plainly
from models.database import unit_of_work
from models.settings import Settings
from models.tables import Item, Unit, WorkItem
from tests.integration.looking import counted

DAY = date(2026, 3, 24)


def office_of(engine: Engine, home: Path) -> Office:
    settings = Settings(home=home)
    return Office(settings, engine, settings.clock().at(DAY))


def test_many_units_take_no_more_statements_than_few(in_force: Engine, tmp_path: Path) -> None:
    office = office_of(in_force, tmp_path)

    def statements() -> int:
        with counted(in_force) as sent:
            collect_pages(office)
        return len([one for one in sent if one.lstrip().startswith("SELECT")])

    few = statements()
    with unit_of_work(in_force) as session:
        first = session.query(Item).filter_by(ref="40").one()
        session.execute(
            insert(Unit),
            [
                {"id": n, "code": f"U{n}", "name": f"支部{n}", "kind": "党支部", "position": n}
                for n in range(1000, 1300)
            ],
        )
        session.execute(
            insert(WorkItem),
            [
                {
                    "item_id": first.id,
                    "unit_id": n,
                    "period": f"2026-0{month}",
                    "state": "assigned",
                    "light": "red",
                    "due_on": date(2026, month, 20),
                }
                for n in range(1000, 1300)
                for month in (1, 2, 3, 4)
            ],
        )

    assert statements() == few < 60


def test_one_page_is_made_without_the_others(in_force: Engine, tmp_path: Path) -> None:
    office = office_of(in_force, tmp_path)
    every = {page.key: page for page in collect_pages(office)}

    with counted(in_force) as sent:
        alone = {key: collect_page(office, key) for key in PAGES}

    assert alone == {key: page for key, page in every.items() if key in PAGES}
    assert collect_page(office, "index") == every["index"]
    assert len(sent) < 60


def test_the_story_runs_without_prefect(in_force: Engine, tmp_path: Path) -> None:
    outcome = story.cockpit(plainly, office_of(in_force, tmp_path))

    assert outcome.title == "督办看板 2026-03-24"
    assert [page.key for page in outcome.pages] == ["index", *PAGES]
    assert (outcome.words, outcome.files, outcome.tables) == ([], [], [])


def test_a_bureau_without_any_plan_has_pages_too(organised: Engine, tmp_path: Path) -> None:
    pages = collect_pages(office_of(organised, tmp_path))

    assert pages[0].summary == "在办 0 项：红灯 0 项，橙灯 0 项，黄灯 0 项。红灯和橙灯与一周前持平。"
    assert all(page.summary for page in pages)


def test_looking_twice_says_the_same(in_force: Engine, tmp_path: Path) -> None:
    office = office_of(in_force, tmp_path)

    first, again = collect_pages(office), collect_pages(office)

    assert [page.fingerprint for page in first] == [page.fingerprint for page in again]
