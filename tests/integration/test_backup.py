"""deploy/backup.sh: what it saves comes back whole, and what is not whole is not brought back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from models.database import open_database, reading, unit_of_work
from models.tables import Event, WorkItem
from tests.conftest import Databases, SqliteDatabases

ROOT = Path(__file__).resolve().parents[2]
#: What a home holds beside its database, and what of it is made anew by whoever needs it.
KEPT = ("duban.toml", "documents/2026-04/行事历.docx", "evidence/ab12", "secret.key", "mailbox/new/1")
LEFT = ("logs/relay.log", "prefect/prefect.db", "up/host.json", "shelf.url", "documents/.half.part")


@dataclass(frozen=True)
class Bureau:
    """A home, its database, and the programs that work on them."""

    home: Path
    program: Path
    #: The URL of a database outside the home; empty where it is the file in it.
    url: str = ""

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("DUBAN_")}
        own = {"DUBAN": str(self.program), "DUBAN_HOME": str(self.home), "DUBAN_LANG": "en"}
        return subprocess.run(
            [ROOT / "deploy" / "backup.sh", *words],
            env=environ | own | {"DUBAN_DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            check=False,
        )

    def save(self, into: Path, *keep: str) -> Path:
        done = self.run("save", into, *keep)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())

    def files(self) -> set[str]:
        found = (one for one in self.home.rglob("*") if one.is_file() and not one.name.startswith("duban.db"))
        return {str(one.relative_to(self.home)) for one in found}

    def counts(self) -> tuple[int, int, str]:
        """Events and work items, and the newest event's fingerprint."""
        engine = open_database(self.url or f"sqlite:///{self.home / 'duban.db'}")
        with reading(engine) as session:
            events, work = (
                session.scalar(select(func.count()).select_from(one)) for one in (Event, WorkItem)
            )
            head = session.scalar(select(Event.hash).order_by(Event.id.desc()).limit(1))
        engine.dispose()
        return events or 0, work or 0, head or ""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """`duban` as it stands here."""
    if missing := [name for name in ("pg_dump", "sqlite3") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    file = tmp_path / "duban"
    file.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m cli "$@"\n', "utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def bureau(tmp_path: Path, program: Path, sqlite_databases: SqliteDatabases) -> Bureau:
    """A bureau whose database is the file in its home."""
    made = Bureau(_furnished(tmp_path / "home"), program)
    shutil.move(sqlite_databases.copy("in_force").removeprefix("sqlite:///"), made.home / "duban.db")
    return made


def test_the_program_that_lies_beside_it_is_asked(bureau: Bureau, tmp_path: Path) -> None:
    installed = shutil.copy(ROOT / "deploy" / "backup.sh", bureau.program.with_name("duban-backup"))
    # As a timer has it: no path to the program.
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "DUBAN_HOME": str(bureau.home)}

    done = subprocess.run(
        [installed, "save", tmp_path / "safe"], env=environ, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (Path(done.stdout.strip()) / "head").read_text("utf-8").strip() == bureau.counts()[2]


def test_what_was_saved_comes_back_whole(
    tmp_path: Path, program: Path, databases: Databases, in_force: Engine
) -> None:
    saved = Bureau(_furnished(tmp_path / "home"), program, in_force.url.render_as_string(hide_password=False))
    backup = saved.save(tmp_path / "backups")

    if in_force.dialect.name == "postgresql":
        url = databases.copy("")
    else:
        url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    restored = Bureau(tmp_path / "new", program, url)
    done = restored.run("restore", backup)

    assert (done.returncode, done.stderr) == (0, "")
    assert saved.counts()[2] in done.stdout
    assert restored.counts() == saved.counts()
    assert restored.files() == set(KEPT)
    assert (restored.home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert {one.stat().st_mode & 0o077 for one in (backup, *backup.iterdir())} == {0}
    databases.drop(url)


def test_the_database_in_the_home_goes_back_there(tmp_path: Path, bureau: Bureau) -> None:
    backup = bureau.save(tmp_path / "backups")

    restored = replace(bureau, home=tmp_path / "new")
    done = restored.run("restore", backup)

    assert done.returncode == 0, done.stderr
    assert restored.counts() == bureau.counts()


def test_the_settings_file_may_say_where_the_database_is(tmp_path: Path, bureau: Bureau) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    shutil.move(bureau.home / "duban.db", elsewhere)
    (bureau.home / "duban.toml").write_text(f'database_url = "sqlite:///{elsewhere}"  # here\n', "utf-8")

    backup = bureau.save(tmp_path / "backups")

    assert replace(bureau, url=f"sqlite:///{backup / 'database.db'}").counts()[0] > 0


def test_only_the_newest_backups_stay(tmp_path: Path, bureau: Bureau) -> None:
    folder = tmp_path / "backups"
    older = [folder / f"duban-2026010{day}T000000Z" for day in range(1, 4)]
    for one in (*older, folder / "duban-notes"):
        one.mkdir(parents=True)

    newest = bureau.save(folder, "2")

    assert set(folder.iterdir()) == {newest, older[-1], folder / "duban-notes"}


def test_a_record_that_does_not_verify_is_saved_and_said_and_nothing_older_goes(
    tmp_path: Path, bureau: Bureau
) -> None:
    engine = open_database(f"sqlite:///{bureau.home / 'duban.db'}")
    with unit_of_work(engine) as session:
        session.execute(text("DROP TRIGGER event_no_update"))
        session.execute(text("UPDATE event SET reason = 'because' WHERE id = 2"))
    engine.dispose()
    older = tmp_path / "backups" / "duban-20260101T000000Z"
    older.mkdir(parents=True)

    done = bureau.run("save", older.parent, "1")
    back = replace(bureau, home=tmp_path / "new").run("restore", done.stdout.strip())

    assert done.returncode == 1
    assert "does not verify" in done.stderr
    assert older.exists()
    assert back.returncode == 1


@pytest.mark.parametrize("what", ["files", "database", "record cut off", "home", "another database"])
def test_what_is_not_whole_or_in_the_way_is_refused(tmp_path: Path, bureau: Bureau, what: str) -> None:
    backup = bureau.save(tmp_path / "backups")
    restored = replace(bureau, home=tmp_path / "new")
    match what:
        case "files":
            (backup / "home.tar.gz").write_bytes(b"nothing")
        case "database":
            restored = replace(restored, url="postgresql://127.0.0.1/nowhere")
        case "record cut off":
            (backup / "head").write_text("f" * 64, "utf-8")
            _sign(backup)
        case "another database":
            elsewhere = Path(shutil.copyfile(bureau.home / "duban.db", tmp_path / "elsewhere.db"))
            restored = replace(restored, url=f"sqlite:///{elsewhere}")
        case _:
            (restored.home / "documents").mkdir(parents=True)

    done = restored.run("restore", backup)

    assert done.returncode == 1
    assert done.stderr


def test_a_bureau_to_which_nothing_happened_is_saved_too(
    tmp_path: Path, program: Path, sqlite_databases: SqliteDatabases
) -> None:
    bureau = Bureau(_furnished(tmp_path / "home"), program)
    shutil.move(sqlite_databases.copy("empty").removeprefix("sqlite:///"), bureau.home / "duban.db")

    done = replace(bureau, home=tmp_path / "new").run("restore", bureau.save(tmp_path / "backups"))

    assert (done.returncode, done.stderr) == (0, "")


def _furnished(home: Path) -> Path:
    for name in (*KEPT, *LEFT):
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", "utf-8")
    (home / "secret.key").chmod(0o600)
    return home


def _sign(backup: Path) -> None:
    """Write the sums anew, as somebody would who cut the record off."""
    names = sorted(one.name for one in backup.iterdir() if one.name != "SHA256SUMS")
    sums = subprocess.run(["sha256sum", *names], cwd=backup, check=True, capture_output=True)
    (backup / "SHA256SUMS").write_bytes(sums.stdout)
