"""`duban cockpit` as a coordinator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import SqliteDatabases
from tests.integration.told_bureau import AT, TODAY
from tests.processes import Driver, Home, supervised_home

DAY = TODAY.isoformat()
PAGES = ["index", "lights", "waiting", "calendar", "matrix", "inspection", "figures", "mail"]


@pytest.fixture
def home(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Home:
    """The example bureau in the middle of March, supervised."""
    return supervised_home(sqlite_databases.copy("in_force"), tmp_path, day=TODAY, at=AT)


def test_the_pages_are_read_on_the_terminal_and_nothing_is_written(home: Home, driver: Driver) -> None:
    before = home.state()
    front, lights, english = driver.run(
        home.job("cockpit", day=DAY),
        home.job("cockpit", "lights", day=DAY),
        home.job("--lang", "en", "cockpit", "lights", day=DAY),
    )

    assert (front.code, front.err) == (0, "")
    assert front.out.startswith("督办看板\n")
    assert "今日亮灯" in front.out
    assert "邮件台账" in front.out
    assert "亮灯以 3月24日的每日督办为准。" in lights.out
    assert "全部单位" in lights.out
    assert "最需要办的事项" in lights.out
    assert "Lights as of the supervision of 03-24." in english.out
    assert home.state() == before


def test_programs_get_every_page_as_plain_data(home: Home, driver: Driver) -> None:
    every, one = driver.run(
        home.job("--json", "cockpit", "all", day=DAY), home.job("--json", "cockpit", "lights", day=DAY)
    )

    pages = json.loads(every.out)
    assert [page["key"] for page in pages] == PAGES
    assert json.loads(one.out) == pages[1]
    units = next(block for block in pages[1]["blocks"] if block.get("key") == "units")
    assert units["rows"][1]["kind"]


def test_an_unknown_page_is_refused_with_those_that_there_are(home: Home, driver: Driver) -> None:
    (refused,) = driver.run(home.job("cockpit", "weather", day=DAY))

    assert (refused.code, refused.out) == (1, "")
    assert "没有“weather”这一看板" in refused.err
    assert "lights" in refused.err
