"""Two people at the same instant, in threads and in processes: what the rules say, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine

from models.approval.commands import Approve, Command
from models.approval.refusals import ApprovalRefusedError
from models.database import open_database, reading
from tasks.approvals.attempt import attempt
from tasks.approvals.rebuild import check
from tests.approval_rows import ACCEPTED, Act, Scenario, command, scenarios
from tests.approval_scenarios import Playing
from tests.approval_stage import DatabaseStage, answer_word, staff_on
from tests.approval_world import TableWorld, person_id

#: How often each row is raced on each database: thirty times in all.
ROUNDS = {"threads": 20, "processes": 10}
RACES = [row for row in scenarios() if row.together()]


@dataclass(frozen=True)
class Click:
    """What one of the rivals does."""

    number: int
    command: Command
    world: TableWorld
    key: str


def clicked(engine: Engine, click: Click) -> str:
    """The answer that somebody gets; whatever is no named refusal comes out as it is."""
    try:
        answer = attempt(
            engine, click.number, click.command, lambda session: staff_on(session, click.world), key=click.key
        )
    except ApprovalRefusedError as refused:
        return refused.refusal.name
    except BaseException as broken:  # noqa: BLE001  # the test must see it, from another process too
        return f"BROKEN: {broken!r}"
    return answer_word(answer)


class Rivals(Protocol):
    """Two who click at the same instant."""

    def click(self, clicks: Sequence[Click]) -> list[str]:
        """What each of them is answered."""
        ...


class Threads:
    """Rivals in one process."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.barrier = engine, threading.Barrier(2)
        self.pool = ThreadPoolExecutor(2)

    def click(self, clicks: Sequence[Click]) -> list[str]:
        """Both pass the barrier, then each attempts its command."""

        def one(click: Click) -> str:
            self.barrier.wait()
            return clicked(self.engine, click)

        return list(self.pool.map(one, clicks))

    def close(self) -> None:
        """End the threads."""
        self.pool.shutdown()


class Processes:
    """Rivals in processes of their own, each with its own connections."""

    def __init__(self, url: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.barrier = context.Barrier(2)
        pipes = [context.Pipe() for _ in range(2)]
        self.lines = [here for here, _ in pipes]
        self.running = [context.Process(target=_obey, args=(url, self.barrier, there)) for _, there in pipes]
        for process in self.running:
            process.start()

    def click(self, clicks: Sequence[Click]) -> list[str]:
        """Send each process its command; both pass the barrier first."""
        for line, click in zip(self.lines, clicks, strict=True):
            line.send(click)
        return [line.recv() for line in self.lines]

    def close(self) -> None:
        """End the processes."""
        for line, process in zip(self.lines, self.running, strict=True):
            line.send(None)
            process.join()


def _obey(url: str, barrier: Barrier, line: Connection) -> None:
    engine = open_database(url)
    while (click := line.recv()) is not None:
        barrier.wait()
        line.send(clicked(engine, click))
    engine.dispose()


@dataclass(frozen=True)
class Arena:
    """A database and two who use it."""

    engine: Engine
    rivals: Rivals
    rounds: int


@pytest.fixture(params=ROUNDS)
def arena(database: Engine, request: pytest.FixtureRequest) -> Iterator[Arena]:
    url = database.url.render_as_string(hide_password=False)
    rivals = Threads(database) if request.param == "threads" else Processes(url)
    yield Arena(database, rivals, ROUNDS[request.param])
    rivals.close()


def race(scenario: Scenario, arena: Arena) -> str:
    """Play a row once with its simultaneous acts at one instant; gives which of its endings it was."""
    playing = Playing(scenario, DatabaseStage(arena.engine))
    for act in [Act("submit", "I"), *(one for one in scenario.when if not one.acts)]:
        playing.do(act)
    stage = playing.stage
    assert isinstance(stage, DatabaseStage)
    clicks = [
        Click(stage.numbers[1], command(scenario, act), playing.world, stage.key(act.key))
        for act in scenario.together()
    ]
    answers = arena.rivals.click(clicks)
    playing.accepted[1] += answers.count(ACCEPTED)
    playing.check(scenario.then)
    playing.check_ending(answers)
    return " ".join(answers)


def test_simultaneous_clicks_end_as_the_rows_say(arena: Arena) -> None:
    endings = {row.id: {race(row, arena) for _ in range(arena.rounds)} for row in RACES}

    assert {"C01", "C02", "C03", "C04", "C05", "T04", "I01b"} <= set(endings)
    # Who wins is left to chance: rows with two endings must have shown more than one somewhere.
    assert any(len(found) > 1 for found in endings.values())
    with reading(arena.engine) as session:
        assert check(session) == []


def test_a_process_that_dies_after_its_commit_loses_nothing(database: Engine, tmp_path: Path) -> None:
    row = next(one for one in scenarios() if one.id == "I03")
    playing = Playing(row, DatabaseStage(database, tmp_path))
    playing.do(Act("submit", "I"))
    stage = playing.stage
    assert isinstance(stage, DatabaseStage)
    click = Click(stage.numbers[1], Approve(person_id("A")), playing.world, "click-1")
    context = multiprocessing.get_context("spawn")
    dying = context.Process(
        target=_decide_and_die, args=(database.url.render_as_string(hide_password=False), click)
    )

    dying.start()
    dying.join()
    again = clicked(database, click)
    for _ in range(2):
        stage.send_mail(playing.world)

    assert dying.exitcode == -signal.SIGKILL
    assert again == "repeated"
    playing.accepted[1] += 1
    playing.check(row.then)
    assert len(list((tmp_path / "mailbox" / "new").iterdir())) == stage.mails(1, person_id("D")) == 1


def _decide_and_die(url: str, click: Click) -> None:
    assert clicked(open_database(url), click) == ACCEPTED
    os.kill(os.getpid(), signal.SIGKILL)
