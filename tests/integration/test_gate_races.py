"""The same code handed in twice at the same instant, in threads and in processes: one of them decides."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import select

from models.approval.state import Verb
from models.database import open_database, reading
from models.settings import Settings
from models.tables import ApprovalCode, Event
from tests.gate_bureau import GateBureau
from tests.integration.told_bureau import LU, SECRETARY, TOGETHER

pytest_plugins = ["tests.gate_bureau"]
ROUNDS = 6


@dataclass(frozen=True)
class Form:
    """A form as one of two rivals hands it in; gives the outcome and whether it was a repetition."""

    approval: int
    code: str
    number: int
    at: datetime

    def hand_in(self, gates: GateBureau) -> tuple[str, bool]:
        gates.at = self.at
        answer = gates.hand_in(self.approval, code=self.code, number=self.number)
        return str(answer.outcome), answer.repeated


Rivals = Callable[[Sequence[Form]], list[tuple[str, bool]]]


@pytest.fixture(params=["threads", "processes"])
def rivals(gates: GateBureau, request: pytest.FixtureRequest) -> Iterator[Rivals]:
    yield from (_threads(gates) if request.param == "threads" else _processes(gates))


def _threads(gates: GateBureau) -> Iterator[Rivals]:
    barrier = threading.Barrier(2)

    def one(form: Form) -> tuple[str, bool]:
        rival = GateBureau(gates.engine, gates.settings)
        barrier.wait()
        return form.hand_in(rival)

    with ThreadPoolExecutor(2) as pool:
        yield lambda forms: list(pool.map(one, forms))


def _processes(gates: GateBureau) -> Iterator[Rivals]:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    pipes = [context.Pipe() for _ in range(2)]
    url, home = gates.engine.url.render_as_string(hide_password=False), gates.settings.home
    running = [context.Process(target=_obey, args=(url, home, barrier, there)) for _, there in pipes]
    for process in running:
        process.start()

    def both(forms: Sequence[Form]) -> list[tuple[str, bool]]:
        for (here, _), form in zip(pipes, forms, strict=True):
            here.send(form)
        return [here.recv() for here, _ in pipes]

    yield both
    for (here, _), process in zip(pipes, running, strict=True):
        here.send(None)
        process.join()


def _obey(url: str, home: Path, barrier: Barrier, line: Connection) -> None:
    engine = open_database(url)
    while (form := line.recv()) is not None:
        barrier.wait()
        line.send(form.hand_in(GateBureau(engine, Settings(home=home))))
    engine.dispose()


def test_a_code_that_is_handed_in_twice_at_once_decides_once(gates: GateBureau, rivals: Rivals) -> None:
    for _ in range(ROUNDS):
        number = gates.submit(TOGETHER.replace("MODE", "all"))
        gates.look()
        code = gates.code(number, LU)

        answers = rivals([Form(number, code, n, gates.at) for n in (1, 2)])

        # The second form first: the first one then has a number that was dealt with.
        assert Counter(outcome for outcome, _ in answers) == {"decided": 1, "again": 1}
        assert [seat.verb for seat in gates.state(number).seats.values()].count(Verb.APPROVE) == 1
    assert gates.is_sound()


def test_the_same_form_twice_at_once_is_dealt_with_once(gates: GateBureau, rivals: Rivals) -> None:
    for _ in range(ROUNDS):
        number = gates.submit(TOGETHER.replace("MODE", "all"))
        gates.look()
        form = Form(number, gates.code(number, SECRETARY), 1, gates.at)

        answers = rivals([form, form])

        assert sorted(answers) == [("decided", False), ("decided", True)]
    with reading(gates.engine) as session:
        used = session.scalars(select(ApprovalCode.id).where(ApprovalCode.used_at.is_not(None))).all()
        decided = session.scalars(select(Event.id).where(Event.verb == "approval.approve")).all()
    assert len(used) == len(decided) == ROUNDS
