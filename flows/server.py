"""The bureau's own Prefect server: a child process with its database and logs in the home."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from flows.leash import start_child, stop_child
from models.errors import RefusedError, UnavailableError

#: Nobody but this machine may reach it: the server knows no users.
HOST = "127.0.0.1"
#: How long a server may take until it answers, in seconds; 8 to 17 are usual.
STARTS_WITHIN = 180


@dataclass(frozen=True)
class Server:
    """A Prefect server that runs: its process, the one that started it, its port."""

    pid: int
    started_by: int
    port: int

    @property
    def api_url(self) -> str:
        """Where programs reach it."""
        return f"http://{HOST}:{self.port}/api"

    @property
    def ui_url(self) -> str:
        """Where people look at it."""
        return f"http://{HOST}:{self.port}"


def prefect_environment(home: Path, server: Server) -> dict[str, str]:
    """The variables under which Prefect's server, runs and client work for this home.

    Prefect reads them when it is imported.
    """
    own = home.resolve() / "prefect"
    return {
        "PREFECT_HOME": str(own),
        "PREFECT_API_URL": server.api_url,
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(server.port),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{own / 'prefect.db'}",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(own / "ui"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # A flow whose server is gone must fail, not start another server with another database.
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(400 * 24 * 3600),
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), HOST])),
    }


def running_server(home: Path) -> Server | None:
    """The server that runs for this home and answers; None where there is none."""
    server = _noted(home)
    return server if server and _is_alive(server.pid) and _answers(server) else None


@contextmanager
def prefect_server(home: Path, port: int = 4200) -> Generator[Server]:
    """Run a Prefect server for this home; it answers inside the block and is gone after it.

    Takes another port where `port` is in use. Raises RefusedError when one runs for this home
    already, UnavailableError when it does not come up.
    """
    log = home / "logs" / "prefect-server.log"
    with _claimed(home):
        server = Server(0, os.getpid(), _free_port(port))
        environ = prefect_environment(home, server)
        arguments = ("server", "start", "--host", HOST, "--port", str(server.port))
        child = start_child("prefect", *arguments, environ=environ, log=log)
        try:
            server = Server(child.pid, server.started_by, server.port)
            _wait_for(server, child, log)
            _note(home, server)
            yield server
        finally:
            stop_child(child)


@contextmanager
def _claimed(home: Path) -> Generator[None]:
    """Hold `up.json`, so that a home has one server at most."""
    file = home / "up.json"
    home.mkdir(parents=True, exist_ok=True)
    before = _noted(home)
    if before is not None and _is_alive(before.started_by) and (not before.port or _is_alive(before.pid)):
        raise RefusedError("up_already", url=before.ui_url, pid=before.started_by)
    file.unlink(missing_ok=True)
    try:
        with file.open("x", encoding="utf-8") as claim:
            json.dump(asdict(Server(0, os.getpid(), 0)), claim)
    except FileExistsError as error:
        raise RefusedError("up_already", url="", pid="") from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _noted(home: Path) -> Server | None:
    try:
        return Server(**json.loads((home / "up.json").read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _note(home: Path, server: Server) -> None:
    draft = home / "up.json.part"
    draft.write_text(json.dumps(asdict(server)), "utf-8")
    draft.replace(home / "up.json")


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(server: Server) -> bool:
    connection = HTTPConnection(HOST, server.port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == 200  # noqa: PLR2004  # OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _wait_for(server: Server, child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not _answers(server):
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.3)
        if child.poll() is not None or time.monotonic() > until:
            raise UnavailableError("up_server_failed", log=log)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise UnavailableError("up_no_port")
