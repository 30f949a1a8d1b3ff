"""The bureau's own Prefect server: a child process with its database and logs in the home."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from flows.api import Api
from flows.leash import start_child, stop_child
from models.errors import RefusedError, UnavailableError
from models.settings import Settings

#: Nobody but this machine may reach it unless it is told otherwise: the server knows no users.
HOST = "127.0.0.1"
#: Where it listens to everybody, and to this machine too.
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # only compared with
#: How long a server may take until it answers, in seconds; 8 to 17 are usual.
STARTS_WITHIN = 180


@dataclass(frozen=True)
class Server:
    """What runs for a home: the process of its Prefect server, who started it, its port, the other parts.

    `pid` and `port` are 0 where the server is somebody else's.
    """

    pid: int
    started_by: int
    port: int
    #: The processes of the parts of `duban up` by name.
    parts: Mapping[str, int] = field(default_factory=dict)
    #: Under which name this machine itself reaches it.
    host: str = HOST
    #: The day that is rehearsed; empty in real life.
    as_of: str = ""

    @property
    def api_url(self) -> str:
        """Where programs reach it."""
        return f"{self.ui_url}/api"

    @property
    def ui_url(self) -> str:
        """Where people look at it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def client_environment(home: Path, api_url: str) -> dict[str, str]:
    """The variables under which Prefect's workers, runs and client work for this home.

    Prefect reads them when it is imported.
    """
    own = home.resolve() / "prefect"
    return {
        "DUBAN_HOME": str(home.resolve()),
        "PREFECT_HOME": str(own),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # A flow whose server is gone must fail, not start another server with another database.
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), urlsplit(api_url).hostname])),
    }


def prefect_environment(home: Path, server: Server, pages: str = "") -> dict[str, str]:
    """The same, and what the server itself needs: its database is in the home unless one is given.

    `pages` is where people open the UI, if not where it is served: the browser asks the API there too.
    """
    own = home.resolve() / "prefect"
    pages = pages.rstrip("/") or server.ui_url
    database = f"sqlite+aiosqlite:///{own / 'prefect.db'}"
    return client_environment(home, server.api_url) | {
        "PREFECT_SERVER_API_HOST": os.environ.get("PREFECT_SERVER_API_HOST", HOST),
        "PREFECT_SERVER_API_PORT": str(server.port),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": os.environ.get(
            "PREFECT_SERVER_DATABASE_CONNECTION_URL", database
        ),
        # The UI comes from where the API is. Prefect's default lets every page that is open in a manager's
        # browser read the cockpit, and have a worker run what it likes.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": os.environ.get(
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS",
            f"{server.ui_url},http://localhost:{server.port}",
        ),
        "PREFECT_UI_API_URL": os.environ.get("PREFECT_UI_API_URL", f"{pages}/api"),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(own / "ui"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(400 * 24 * 3600),
    }


def running_server(home: Path) -> Server | None:
    """The server that runs for this home and answers; None where there is none."""
    server = noted(home)
    return server if server and is_alive(server.pid) and Api(server.api_url).answers() else None


def running_part(home: Path, part: str) -> bool:
    """Whether `duban up` keeps this part going for the home: it may be starting again just now."""
    server = noted(home)
    return server is not None and part in server.parts and is_claimed(home)


@contextmanager
def prefect_server(home: Path, port: int = 4200) -> Generator[Server]:
    """Run a Prefect server for this home; it answers inside the block and is gone after it.

    Takes another port where `port` is in use. Raises RefusedError when one runs for this home
    already, UnavailableError when it does not come up.
    """
    with claimed(home):
        server = new_server(port)
        child = start_server(home, server)
        try:
            wait_for(server, child, server_log(home), threading.Event())
            note(home, replace(server, pid=child.pid))
            yield replace(server, pid=child.pid)
        finally:
            stop_child(child)


def new_server(port: int) -> Server:
    """A server that is still to be started, on `port` or, where that is in use, another one."""
    asked = os.environ.get("PREFECT_SERVER_API_HOST", HOST)
    host = HOST if asked in _EVERYWHERE else asked
    return Server(0, os.getpid(), free_port(port, host), host=host)


def start_server(home: Path, server: Server, pages: str = "") -> subprocess.Popen[bytes]:
    """Start the process; it answers some seconds later. `pages`: see `prefect_environment`."""
    environ = prefect_environment(home, server, pages)
    host = environ["PREFECT_SERVER_API_HOST"]
    arguments = ("server", "start", "--host", host, "--port", str(server.port))
    return start_child("prefect", *arguments, environ=environ, log=server_log(home))


def server_log(home: Path) -> Path:
    """Where the server's output goes."""
    return home / "logs" / "prefect-server.log"


def part_log(settings: Settings, part: str) -> Path:
    """Where the output of a part of `duban up` goes; machines that share a home have files of their own."""
    if part == "server":
        return server_log(settings.home)
    host = f"{socket.gethostname()}-" if settings.prefect_url else ""
    return settings.home / "logs" / f"{host}{part}.log"


def wait_for(server: Server, child: subprocess.Popen[bytes], log: Path, stopped: threading.Event) -> None:
    """Wait until the server answers or `stopped`; raises UnavailableError where it does not come up."""
    until = time.monotonic() + STARTS_WITHIN
    while not Api(server.api_url).answers() and not stopped.is_set():
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.3)
        if child.poll() is not None or time.monotonic() > until:
            raise UnavailableError("up_server_failed", log=log)


@contextmanager
def claimed(home: Path) -> Generator[None]:
    """Hold the note of this machine, so that a home has one `up` on each. Raises RefusedError if held.

    A lock says who holds it, not the number of a process: somebody else may have that after a crash.
    """
    with _lock(home).open("a+") as lock:
        if not _locked(lock):
            before = noted(home)
            url, pid = (before.ui_url, before.started_by) if before else ("", "")
            raise RefusedError("up_already", url=url, pid=pid)
        note(home, Server(0, os.getpid(), 0))
        try:
            yield
        finally:
            _note(home).unlink(missing_ok=True)


def _locked(lock: IO[str]) -> bool:
    """Whether we have the lock now: who only looks whether it is held has it for a moment."""
    for rest in (0.1, 0.3, 0.6):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(rest)
    return False


def is_claimed(home: Path) -> bool:
    """Whether an `up` of this machine holds the home now."""
    with _lock(home).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def noted(home: Path) -> Server | None:
    """What was noted to run for this home on this machine, whether it still does or not."""
    try:
        return Server(**json.loads(_note(home).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def rehearsed_day(home: Path) -> str:
    """The day that the `up` of this machine rehearses now; empty in real life."""
    server = noted(home)
    return server.as_of if server and server.as_of and is_claimed(home) else ""


def note(home: Path, server: Server) -> None:
    """Write down what runs, for other commands of this home."""
    file = _note(home)
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(asdict(server)), "utf-8")
    draft.replace(file)


def free_port(wanted: int, host: str = HOST) -> int:
    """The port if it is free, else another one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (wanted, 0):
        with socket.socket(family) as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise UnavailableError("up_no_port")


def _note(home: Path) -> Path:
    """Several machines may share a home: each has a note of its own."""
    return home / "up" / f"{socket.gethostname()}.json"


def _lock(home: Path) -> Path:
    file = _note(home).with_suffix(".lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def is_alive(pid: int) -> bool:
    """Whether there is a process with this number."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
