"""A home in which everything of `duban up` runs, as long as a benchmark measures it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

from flows.api import Api
from flows.server import Server
from flows.upkeep import Upkeep
from models.errors import UnavailableError
from models.settings import read_settings

T = TypeVar("T")

#: How long anything may take, in seconds, before a benchmark gives up.
PATIENCE = 3600


@contextmanager
def everything_up(
    home: Path,
    parts: Sequence[str],
    *,
    workers: int = 1,
    runs_a_worker: int = 2,
    as_of: str = "",
    environ: Mapping[str, str] | None = None,
) -> Generator[Api]:
    """The parts of a `duban up` in this home; stopped at the end. `environ` is for all of them."""
    stopped, ready, found = Event(), Event(), list[Server]()

    def noted(server: Server) -> None:
        found.append(server)
        ready.set()

    before = {key: os.environ.get(key) for key in environ or {}}
    os.environ.update(environ or {})
    settings = read_settings(home, os.environ)
    upkeep = Upkeep(settings, parts, workers, 0, _say_nothing, as_of, runs_a_worker)
    thread = Thread(target=upkeep.run, args=(stopped, noted), daemon=True)
    thread.start()
    try:
        assert ready.wait(PATIENCE), "duban up does not come up"
        yield Api(found[0].api_url)
    finally:
        stopped.set()
        thread.join()
        for key, value in before.items():
            if value is None:
                os.environ.pop(key)
            else:
                os.environ[key] = value


def wait_for(look: Callable[[], T | None], every: float = 0.1) -> T:
    """What is there at last; an error where it takes longer than the patience.

    A server too busy to answer once is asked again: what is waited for does not depend on who looks.
    """
    until, never = monotonic() + PATIENCE, Event()
    while True:
        with suppress(UnavailableError):
            if (found := look()) is not None:
                return found
        assert monotonic() < until, "waited in vain"
        never.wait(every)


def _say_nothing(_key: str, **_facts: object) -> None:
    """Nobody looks on."""
