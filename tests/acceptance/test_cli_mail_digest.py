"""`duban mail digest|preference|ledger` as a coordinator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.database import open_database, unit_of_work
from models.settings import Settings
from notifications.digest import tell_digests
from tests.conftest import SqliteDatabases
from tests.integration.told_bureau import AT, TODAY
from tests.processes import Driver, Home, supervised_home

DAY = TODAY.isoformat()


@pytest.fixture
def home(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Home:
    """The example bureau in the middle of March, supervised and not yet told."""
    return supervised_home(sqlite_databases.copy("in_force"), tmp_path, day=TODAY, at=AT)


def test_a_digest_is_shown_before_it_goes_and_nothing_is_written(home: Home, driver: Driver) -> None:
    before = home.state()
    shown, again, secretary = driver.run(
        home.job("mail", "digest", "吕国平", day=DAY),
        home.job("--json", "mail", "digest", "吕国平", day=DAY),
        home.job("mail", "digest", "周立诚", "--day", "2026-03-25", day=DAY),
    )

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("【督办】")
    assert "催办：已逾期（" in shown.out
    assert json.loads(again.out)["subject"] == shown.out.splitlines()[0]
    assert "30秒简报（全局）" in secretary.out
    assert "2026年3月25日" in secretary.out
    assert home.state() == before


def test_a_person_s_wishes_are_shown_set_and_refused(home: Home, driver: Driver) -> None:
    jobs = (
        ["--json", "mail", "preference", "吕国平"],
        [
            "mail",
            "preference",
            "吕国平",
            "--weekly",
            "周五",
            "--at",
            "9:00",
            "--budget",
            "1",
            "--as",
            "吕国平",
        ],
        ["--json", "mail", "preference", "吕国平"],
        ["mail", "preference", "吕国平", "--daily", "--as", "蒋文博"],
        ["mail", "preference", "吕国平", "--daily", "--weekly", "1"],
        ["mail", "preference", "吕国平", "--at", "23:00"],
        ["--lang", "en", "mail", "preference", "吕国平", "--default"],
    )
    first, weekly, kept, foreign, both, late, default = (
        driver.run(home.job(*words, day=DAY))[0] for words in jobs
    )

    assert json.loads(first.out) == {
        "name": "吕国平",
        "digest_at": "08:30",
        "weekday": None,
        "budget": 3,
    }
    assert weekly.out.splitlines()[1:] == ["  摘要时间：09:00", "  频次：每周五", "  每周最多：1封"]
    assert json.loads(kept.out) | {"name": ""} == {
        "name": "",
        "digest_at": "09:00",
        "weekday": 5,
        "budget": 1,
    }
    assert (foreign.code, both.code, late.code) == (1, 1, 1)
    assert "只有本人和协调人" in foreign.err
    assert "请只选一个" in both.err
    assert "08:00—18:00" in late.err
    assert "every workday" in default.out


def test_the_ledger_says_what_was_spared(home: Home, driver: Driver) -> None:
    engine = open_database(home.url)
    with unit_of_work(engine) as session:
        told = tell_digests(session, Settings(home=home.path), at=AT, today=TODAY)
    engine.dispose()

    shown, machine = driver.run(
        home.job("mail", "ledger", "--period", "2026-H1", day=DAY),
        home.job("--json", "mail", "ledger", day=DAY),
    )

    assert (shown.code, shown.err) == (0, "")
    assert "减负账本（2026年1月1日至2026年3月24日）" in shown.out
    found = json.loads(machine.out)
    assert (found["ends"], found["days"]) == (DAY, 1)
    assert found["told"] >= found["digests"] > 10
    assert found["digests"] <= told.notices
    assert found["paragraph"] in shown.out
