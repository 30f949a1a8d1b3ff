"""The command in processes of its own, as many at once as asked for, killed where asked for.

Run as a script this is the driver: it imports the command once and forks a child for each job, so that
a test pays for the work and not for starting Python. A child that has a `fatal` step ends by SIGKILL
before its so-many-th SQL statement or commit.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from email.parser import BytesHeaderParser
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine, event, text

from models.approval.commands import Approve
from models.database import open_database, reading, unit_of_work
from models.journal import verify
from models.settings import Settings
from models.workdays import load_calendar
from notifications.audience import tell
from tasks.confirm_plan import Answer, confirm_plan, questions
from tasks.decide import act
from tasks.plan_steps import submit_plan
from tasks.store_plan import find_plan
from tasks.supervise import supervise
from tests.deciding import coordinator_of, staff_on, turns

ROOT = Path(__file__).parents[1]
NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)
#: How a child ends that was killed; one that let a stack trace out.
KILLED, CRASHED = -int(signal.SIGKILL), 99


@dataclass(frozen=True)
class Job:
    """A command to run: its words, its environment, and the step at which it is killed (0: never)."""

    words: list[str]
    environment: dict[str, str]
    fatal: int = 0


@dataclass(frozen=True)
class Ended:
    """How a command ended, and after how many steps; a killed one counts none."""

    code: int
    out: str
    err: str
    steps: int


@dataclass(frozen=True)
class Home:
    """A bureau's home whose database may be anywhere."""

    path: Path
    url: str

    def job(self, *words: str, day: str = "2026-01-05", fatal: int = 0) -> Job:
        """A command in this home on a day."""
        environment = {"DUBAN_HOME": str(self.path), "DUBAN_DATABASE_URL": self.url, "COLUMNS": "160"}
        return Job(["--as-of", day, *words], environment, fatal)

    def forget_leases(self) -> None:
        """Let the ten minutes pass after which another worker may take the mails of a dead one."""
        with self._engine() as engine, unit_of_work(engine) as session:
            session.execute(
                text("UPDATE notice SET lease_until = :past WHERE state = 'sending'"),
                {"past": "2026-01-01 00:00:00"},
            )

    def chain_fits(self) -> bool:
        """Whether the event chain verifies."""
        with self._engine() as engine, reading(engine) as session:
            return verify(session).broken_at is None

    def state(self) -> dict[str, object]:
        """All that a command leaves, by the names of things: numbers may have gaps after a crash."""
        with self._engine() as engine, reading(engine) as session:
            found: dict[str, object] = {
                name: sorted(map(repr, session.execute(text(query)))) for name, query in _LEFT.items()
            }
        folder = self.path / "documents"
        found["files"] = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
        found["mail"] = len(set(self.message_ids()))
        return found

    def message_ids(self) -> list[str]:
        """The Message-ID of every mail that arrived."""
        mails = (self.path / "mailbox" / "new").glob("*")
        return [str(BytesHeaderParser().parsebytes(one.read_bytes())["Message-ID"]) for one in mails]

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        engine = open_database(self.url)
        yield engine
        engine.dispose()


#: What commands import only when they run: the driver has it before the first fork.
_IMPORTED_LATE = (
    "cli",
    "commands.plan_views",
    "commands.show",
    "docx",
    "flows.follow",
    "flows.orders",
    "openpyxl",
    "psycopg",
    "rich.table",
    "sqlalchemy.dialects.postgresql.psycopg",
    "tasks.evidence",
)
_LEFT = {
    "plans": "SELECT year, version, state FROM plan",
    "items": "SELECT ref, title, withdrawn_at FROM item",
    "work": "SELECT ref, unit, period, state, light, owner, due_on, done FROM work_list",
    "approvals": "SELECT subject, title, status, rev FROM approval",
    "publications": "SELECT kind, period, unit_id, version, state, content FROM publication",
    "reminders": "SELECT rung, due_on, count(*) FROM reminder GROUP BY rung, due_on",
    "notices": "SELECT letter, person_id, state, count(*) FROM notice GROUP BY letter, person_id, state",
    "events": "SELECT verb, count(*) FROM event GROUP BY verb",
}


def in_parts(home: Home) -> None:
    """Let documents be written for three branches at a time."""
    (home.path / "duban.toml").write_text("part_branches = 3\n", "utf-8")


def bring_to_approver(home: Home) -> None:
    """Confirm the plan of the home, submit and review it: approval 1 waits for the secretary."""
    engine = open_database(home.url)
    with unit_of_work(engine) as session:
        plan = find_plan(session, 2026)
        answers = [Answer(one.ref) for one in questions(plan, "zh")]
        confirm_plan(session, plan, answers, calendar=load_calendar([2026]), actor="SYSTEM", at=NOON)
        by = coordinator_of(session)
        staff = staff_on(session, NOON)
        number = submit_plan(session, plan, staff, title=plan.title, by=by)
        act(session, number, Approve(turns(session, number)[0]), staff)
        # Whoever decides has been asked: otherwise it depends on who is first whether they still are.
        tell(session, Settings(home.path, database_url=home.url), at=NOON, today=staff.today)
    engine.dispose()


@dataclass
class Driver:
    """The other end of the driver script."""

    _process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def run(self, *jobs: Job) -> list[Ended]:
        """Run the jobs at the same instant and wait for all."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([asdict(job) for job in jobs]) + "\n")
        self._process.stdin.flush()
        return [Ended(**one) for one in json.loads(self._process.stdout.readline())]

    def close(self) -> None:
        """End the driver."""
        self._process.communicate()


def _serve() -> None:
    """Answer each line of jobs with how they ended."""
    for name in _IMPORTED_LATE:
        import_module(name)
    for line in sys.stdin:
        children = [_fork(Job(**one)) for one in json.loads(line)]
        sys.stdout.write(json.dumps([asdict(_wait(*child)) for child in children]) + "\n")
        sys.stdout.flush()


def _fork(job: Job) -> tuple[int, Sequence[int]]:
    files = [_nameless(), _nameless(), *os.pipe()]
    child = os.fork()
    if child == 0:
        os.dup2(files[0], 1)
        os.dup2(files[1], 2)
        code, steps = _obey(job)
        os.write(files[3], str(steps).encode())
        os._exit(code)
    os.close(files[3])
    return child, files[:3]


def _nameless() -> int:
    """A file without a name, for what a child says."""
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _wait(child: int, files: Sequence[int]) -> Ended:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = []
    for number in files[:2]:
        os.lseek(number, 0, os.SEEK_SET)
        with os.fdopen(number, "rb") as file:
            said.append(file.read().decode())
    with os.fdopen(files[2], "rb") as pipe:
        steps = int(pipe.read() or 0)
    return Ended(code, said[0], said[1], steps)


def _obey(job: Job) -> tuple[int, int]:
    """Run the command in this process; gives its exit code and its number of steps."""
    steps = 0

    def step(*_about: object) -> None:
        nonlocal steps
        steps += 1
        if steps == job.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    os.environ.update(job.environment)
    if pid_file := os.environ.get("DUBAN_TEST_PID"):  # for who kills it from outside
        Path(pid_file).write_text(str(os.getpid()), "ascii")
    sys.argv = ["duban", *job.words]
    code: object = 0
    try:
        import_module("cli").main()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001  # whatever it is, the test must see it
        traceback.print_exc()
        code = CRASHED
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 1, steps


if __name__ == "__main__":
    _serve()


def supervised_home(url: str, folder: Path, *, day: date, at: datetime) -> Home:
    """A home whose database was supervised on a day, and from which nobody was told yet."""
    home = Home(folder, url)
    engine = open_database(url)
    with unit_of_work(engine) as session:
        calendar = load_calendar([day.year])
        supervise(session, Settings(home=folder), calendar=calendar, day=day, at=at)
    engine.dispose()
    return home
