"""Keep the parts of `duban up` going: start them in order, start again what dies, stop all at the end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from time import monotonic

from flows.cut_off import worker_name
from flows.leash import WORKER, start_child, stop_children
from flows.links import api_address
from flows.registering import register
from flows.server import (
    Server,
    claimed,
    client_environment,
    new_server,
    note,
    part_log,
    server_log,
    start_server,
    wait_for,
)
from flows.timetable import POOL
from models.settings import Settings

#: The parts in the order in which they start; they stop the other way round.
PARTS = ("server", "worker", "relay", "mail", "shelf")
#: A part that dies is started again after so many seconds, each time later; one that lived for longer
#: than `LIVED` begins anew.
RESTARTS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LIVED = 60.0
#: How often is looked whether all parts live, in seconds.
LOOK_EVERY = 0.5

#: Tells people what happens: a key of the catalogue's section `up`, with its facts.
Tell = Callable[..., None]


@dataclass
class _Part:
    """A process that is kept going."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    child: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    deaths: int = 0
    #: When it is started again, in monotonic seconds.
    again: float = 0.0


@dataclass
class Upkeep:
    """The parts of one `duban up`."""

    settings: Settings
    parts: Sequence[str]
    workers: int
    port: int
    tell: Tell
    #: The day that is simulated; empty in real life.
    as_of: str = ""
    #: Runs that a worker has under way at the same time.
    runs_a_worker: int = 2
    _running: list[_Part] = field(default_factory=list)
    _server: Server = field(init=False)

    def run(self, stopped: Event, ready: Callable[[Server], None]) -> None:
        """Start everything, call `ready`, and keep it going until `stopped`.

        Raises RefusedError where one runs for this home already, UnavailableError where the server does
        not come up or the deployments cannot be registered.
        """
        home = self.settings.home
        with claimed(home):
            serves = "server" in self.parts and not self.settings.prefect_url
            asked = new_server(self.port) if serves else Server(0, os.getpid(), 0)
            self._server = replace(asked, as_of=self.as_of)
            try:
                if serves:
                    self._start(
                        _Part("server", lambda: start_server(home, self._server, self.settings.ui_url))
                    )
                    server = self._running[0].child
                    assert server is not None  # noqa: S101  # it was started just now
                    wait_for(self._server, server, server_log(home), stopped)
                self._start_rest(stopped)
                if not stopped.is_set():
                    ready(self._server)
                while not stopped.wait(LOOK_EVERY):
                    self._look()
            finally:
                self._stop()

    def _start_rest(self, stopped: Event) -> None:
        environ = client_environment(self.settings.home, self._api)
        if "worker" in self.parts and not stopped.is_set():
            register(self.settings, self._api, stopped, as_of=self.as_of)
        for part in self._others(environ):
            if not stopped.is_set():
                self._start(part)

    @property
    def _api(self) -> str:
        return self._server.api_url if self._server.port else api_address(self.settings)

    def _others(self, environ: dict[str, str]) -> Iterator[_Part]:
        """All parts but the server."""
        if "worker" in self.parts:
            for number in range(1, self.workers + 1):
                part = f"worker-{number}"
                words = ("worker", "start", "--pool", POOL, "--type", "process", "--name", worker_name(part))
                limit = ("--limit", str(self.runs_a_worker))
                yield self._part(part, "prefect", *words, *limit, environ=environ | _WORKS)
        if "relay" in self.parts:
            yield self._part("relay", "flows.relay", *self._where, environ=environ)
        if "mail" in self.parts:
            yield self._part("mail", "flows.postman", *self._where, environ=environ)
        if "shelf" in self.parts:
            port = str(self.port and self.port + 1)
            yield self._part("shelf", "portal.shelf", self._where[0], port, environ=environ)

    @property
    def _where(self) -> tuple[str, ...]:
        """Home and day, as our own parts are told them."""
        return (str(self.settings.home.resolve()), *filter(None, (self.as_of,)))

    def _part(self, name: str, module: str, *arguments: str, environ: dict[str, str]) -> _Part:
        log = part_log(self.settings, name)
        return _Part(name, lambda: start_child(module, *arguments, environ=environ, log=log))

    def _start(self, part: _Part) -> None:
        part.child, part.began = part.start(), monotonic()
        if part not in self._running:
            self._running.append(part)
        living = {one.name: one.child.pid for one in self._running if one.child is not None}
        self._server = replace(self._server, pid=living.get("server", 0), parts=living)
        note(self.settings.home, self._server)

    def _look(self) -> None:
        now = monotonic()
        for part in self._running:
            if part.child is not None and part.child.poll() is not None:
                self._mourn(part, now)
            elif part.child is None and now >= part.again:
                self._start(part)
                self.tell("part_again", part=part.name)

    def _mourn(self, part: _Part, now: float) -> None:
        assert part.child is not None  # noqa: S101  # who died has lived
        code = part.child.returncode
        stop_children([part.child])
        part.child = None
        part.deaths = 0 if now - part.began > LIVED else part.deaths
        wait = RESTARTS[min(part.deaths, len(RESTARTS) - 1)]
        part.deaths, part.again = part.deaths + 1, now + wait
        log = part_log(self.settings, part.name)
        self.tell("part_died", part=part.name, code=code, seconds=f"{wait:g}", log=log)

    def _stop(self) -> None:
        """All but the server first: they have something to tell it."""
        living = [one.child for one in reversed(self._running) if one.child is not None]
        server = [one.child for one in self._running if one.name == "server" and one.child is not None]
        stop_children([one for one in living if one not in server])
        stop_children(server)


#: Runs know by it that a worker of ours started them; a worker looks for runs every two seconds.
_WORKS = {WORKER: "1", "PREFECT_WORKER_QUERY_SECONDS": "2", "PREFECT_LOGGING_LEVEL": "INFO"}
