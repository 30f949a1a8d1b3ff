"""Every command given twice, at the same instant or one after the other: no doubles, no stack traces."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.database import open_database, unit_of_work
from tests.conftest import DATA, Databases
from tests.deciding import approve_all
from tests.processes import NOON, Driver, Home, bring_to_approver, in_parts

PLAN = str(DATA / "plan_2026.xlsx")
END_OF_MARCH = "2026-03-31"
APPROVE = ["approval", "approve", "1", "--as", "周立诚"]


def home_at(databases: Databases, folder: Path, stage: str) -> Home:
    folder.mkdir()
    base, prepare = _PREPARED.get(stage, (stage, as_it_is))
    home = Home(folder, databases.copy(base))
    prepare(home)
    return home


def as_it_is(_home: Home) -> None:
    """The stage is enough."""


_PREPARED = {"submitted": ("planned", bring_to_approver), "in parts": ("in_force", in_parts)}


#: What is given twice at once → the stage and the day. Pairs that touch the same rows in another order
#: are here too: they must not wait for each other in a circle.
AT_ONCE = {
    "two imports": ("organised", "2026-01-05", [["plan", "import", PLAN]] * 2),
    "two approvals": ("submitted", "2026-01-05", [APPROVE] * 2),
    "approve and submit": ("submitted", "2026-01-05", [APPROVE, ["plan", "submit"]]),
    "two calendars": ("in_force", "2026-01-05", [["calendar", "2026-02"]] * 2),
    "two calendars in parts": ("in parts", "2026-01-05", [["calendar", "2026-02"]] * 2),
    "two ticks": ("in_force", END_OF_MARCH, [["tick"]] * 2),
    "three mail rounds": ("in_force", END_OF_MARCH, [["mail", "send"]] * 3),
    "two finishes": ("in_force", END_OF_MARCH, [["work", "finish", "1", "--reason", "试点"]] * 2),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_many_at_once_do_what_one_does(
    databases: Databases, driver: Driver, tmp_path: Path, name: str
) -> None:
    stage, day, commands = AT_ONCE[name]
    calm, crowded = home_at(databases, tmp_path / "calm", stage), home_at(databases, tmp_path / "not", stage)

    alone = driver.run(calm.job(*commands[0], day=day))[0]
    at_once = driver.run(*(crowded.job(*words, day=day) for words in commands))

    assert (alone.code, alone.err) == (0, "")
    assert [(one.code, one.err) for one in at_once] == [(0, "")] * len(commands)
    assert crowded.state() == calm.state()
    assert crowded.chain_fits()
    ids = crowded.message_ids()
    assert len(ids) == len(set(ids))
    for home in (calm, crowded):
        databases.drop(home.url)


def test_work_reported_during_supervision_waits_its_turn(
    databases: Databases, driver: Driver, tmp_path: Path
) -> None:
    home = home_at(databases, tmp_path / "home", "in_force")
    reports = [["work", "feedback", str(number), "已办", "--quantity", "1"] for number in (1, 1, 2, 3)]

    ended = driver.run(*(home.job(*words, day=END_OF_MARCH) for words in [["tick"], *reports]))

    assert [(one.code, one.err) for one in ended] == [(0, "")] * 5
    assert [line for line in home.state()["events"] if "feedback" in line] == ["('work_item.feedback', 4)"]  # type: ignore[attr-defined]
    assert home.chain_fits()
    databases.drop(home.url)


def test_an_approval_repeated_goes_on_where_it_was_cut_off(
    databases: Databases, driver: Driver, tmp_path: Path
) -> None:
    home = home_at(databases, tmp_path / "home", "submitted")
    engine = open_database(home.url)
    # The decision alone, as if the process had died right after it.
    with unit_of_work(engine) as session:
        approve_all(session, 1, NOON)
    engine.dispose()

    repeated, otherwise, by_another = (
        driver.run(home.job("approval", *words))[0]
        for words in (
            ["approve", "1", "--as", "周立诚"],
            ["reject", "1", "--opinion", "不同意", "--as", "周立诚"],
            ["approve", "1", "--as", "苏玉梅"],
        )
    )

    assert (repeated.code, otherwise.code, by_another.code) == (0, 1, 1)
    assert "已由" in otherwise.err
    assert len(home.state()["work"]) == 719  # type: ignore[arg-type]
    databases.drop(home.url)


def test_a_clock_that_went_back_does_nothing_and_says_so(
    databases: Databases, driver: Driver, tmp_path: Path
) -> None:
    home = home_at(databases, tmp_path / "home", "in_force")
    driver.run(home.job("tick", day=END_OF_MARCH))
    before = home.state()

    again = driver.run(home.job("tick", day="2026-03-30"))[0]

    assert again.code == 0
    assert "督办已办到 2026-03-31" in again.out
    assert home.state() == before
    databases.drop(home.url)


#: What no database takes, or what is no day: the words of the command.
UNUSABLE = (
    ["work", "feedback", "1", "\udcff"],
    ["work", "accept", "9" * 20],
    ["work", "feedback", "1", "已办", "--quantity", "1e308"],
    ["work", "list", "--unit", "\udcff"],
    ["calendar", "9999-12"],
    ["plan", "import", "/"],
)


def test_what_cannot_be_used_is_refused_and_changes_nothing(
    databases: Databases, driver: Driver, tmp_path: Path
) -> None:
    home = home_at(databases, tmp_path / "home", "in_force")
    before = home.state()

    refused = driver.run(*(home.job(*words) for words in UNUSABLE))

    assert [one.code for one in refused] == [1] * len(UNUSABLE)
    assert [one.err[:7] for one in refused] == ["duban: "] * len(UNUSABLE)
    assert home.state() == before
    databases.drop(home.url)
