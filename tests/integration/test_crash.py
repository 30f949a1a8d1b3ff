"""kill -9 at any moment, full disks, locked databases: run again, a command ends as if nothing had been."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from models.database import open_database, reading, unit_of_work
from models.errors import UnavailableError
from models.settings import Settings
from models.tables import Publication
from notifications.post import deliver
from tests.conftest import DATA, Databases, SqliteDatabases
from tests.processes import KILLED, Driver, Ended, Home, bring_to_approver, in_parts

#: How often a command is killed before it is let through.
KILLS = 2
#: At most one mail of each connection to the mail server is in doubt when a process dies.
CONNECTIONS = 4


def as_it_is(_home: Home) -> None:
    """The stage is enough."""


@dataclass(frozen=True)
class Case:
    """A command, and the stage of the year at which it is given."""

    words: tuple[str, ...]
    stage: str
    day: str = "2026-01-05"
    prepare: Callable[[Home], None] = as_it_is


CASES = {
    "import": Case(("plan", "import", str(DATA / "plan_2026.xlsx")), "organised"),
    "approve": Case(("approval", "approve", "1", "--as", "周立诚"), "planned", prepare=bring_to_approver),
    "calendar": Case(("calendar", "2026-02"), "in_force"),
    "calendar in parts": Case(("calendar", "2026-02"), "in_force", prepare=in_parts),
    "tick": Case(("tick",), "in_force", "2026-03-31"),
    "send": Case(("mail", "send"), "in_force"),
}


def home_at(databases: Databases, folder: Path, case: Case) -> Home:
    folder.mkdir()
    home = Home(folder, databases.copy(case.stage))
    case.prepare(home)
    return home


def killed_at(driver: Driver, home: Home, case: Case, step: int) -> Ended:
    """The command, killed at a step unless it ends before; the chain fits whatever happened."""
    ended = driver.run(home.job(*case.words, day=case.day, fatal=step))[0]
    assert home.chain_fits()
    return ended


@pytest.mark.parametrize("name", CASES)
def test_a_killed_command_ends_as_an_undisturbed_one(
    databases: Databases, driver: Driver, tmp_path: Path, name: str
) -> None:
    case, rng = CASES[name], random.Random(name)  # noqa: S311  # the same moments every time
    calm, troubled = home_at(databases, tmp_path / "calm", case), home_at(databases, tmp_path / "not", case)
    undisturbed = driver.run(calm.job(*case.words, day=case.day))[0]

    # The last steps keep what became of the mails, now in more commits and now in fewer.
    moments = rng.sample(range(1, undisturbed.steps * 2 // 3), KILLS)
    killed = [killed_at(driver, troubled, case, moment) for moment in moments]
    troubled.forget_leases()
    again = driver.run(troubled.job(*case.words, day=case.day))[0]

    assert (undisturbed.code, undisturbed.err) == (0, "")
    assert killed[0].code == KILLED
    assert {one.code for one in killed} <= {0, KILLED}
    assert (again.code, again.err) == (0, "")
    assert troubled.state() == calm.state()
    assert troubled.chain_fits()
    ids = troubled.message_ids()
    assert len(ids) - len(set(ids)) <= KILLS * CONNECTIONS
    for home in (calm, troubled):
        databases.drop(home.url)


def test_a_disk_that_takes_no_document_issues_nothing(
    databases: Databases, driver: Driver, tmp_path: Path
) -> None:
    home = home_at(databases, tmp_path / "home", CASES["calendar"])
    blocked = home.path / "documents"
    blocked.write_text("a file where the folder belongs", "utf-8")

    refused = driver.run(home.job("calendar", "2026-02"))[0]
    after_refusal = home.state()
    blocked.unlink()
    issued = driver.run(home.job("calendar", "2026-02"))[0]

    assert refused.code == 1
    assert "Traceback" not in refused.err
    assert "2026年2月机关党建工作行事历_v1" in refused.err
    assert after_refusal["publications"] == after_refusal["notices"] == after_refusal["files"] == []
    assert issued.code == 0
    assert {one.rpartition(".")[2] for one in home.state()["files"]} == {"docx", "xlsx", "ics"}  # type: ignore[attr-defined]
    databases.drop(home.url)


@pytest.fixture
def hasty(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """The bureau in force, with an engine that waits for nobody."""
    engine = open_database(sqlite_databases.copy("in_force"))
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 0"))
    yield engine
    engine.dispose()


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Somebody else in the middle of writing."""
    with closing(sqlite3.connect(engine.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_lock_that_lasts_is_said_in_words(hasty: Engine, tmp_path: Path) -> None:
    with locked(hasty), pytest.raises(UnavailableError) as mail:
        deliver(hasty, Settings(home=tmp_path), clock=Settings(home=tmp_path).clock())
    with locked(hasty), pytest.raises(UnavailableError) as writing, unit_of_work(hasty) as session:
        session.execute(text("SELECT 1"))

    assert [mail.value.code, writing.value.code] == ["database_busy", "database_busy"]
    with locked(hasty), reading(hasty) as session:
        assert session.scalar(text("SELECT count(*) FROM work_item")) == 719


def test_a_damaged_database_is_said_in_words(hasty: Engine) -> None:
    file = Path(hasty.url.database or "")
    hasty.dispose()
    file.write_bytes(file.read_bytes()[:8192] + b"\xff" * 200_000)

    with pytest.raises(UnavailableError) as refused, unit_of_work(hasty) as session:
        session.query(Publication).all()

    assert refused.value.code == "database_failed"
