"""The shelf of issued documents as a small web server on this machine: `python -m portal.shelf HOME PORT`.

Links of the cockpit lead here, so that whoever looks on can read what was issued.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

from models.migrate import ready_database
from models.settings import read_settings
from models.shelf_place import forget_shelf, note_shelf
from portal.answers import Answer, Shelf

#: Nobody but this machine may reach it: it knows no users.
HOST = "127.0.0.1"
#: How long a reader may take to say what is wanted, in seconds.
_PATIENCE = 30


class ShelfServer(ThreadingHTTPServer):
    """Answers for one shelf, on the port asked for or, where that is in use, on another one."""

    daemon_threads = True

    def __init__(self, shelf: Shelf, port: int) -> None:
        """Listen; nothing is answered before `serve_forever`."""
        self.shelf = shelf
        try:
            super().__init__((HOST, port), _Reader)
        except OSError:
            super().__init__((HOST, 0), _Reader)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.server_port}"


class _Reader(BaseHTTPRequestHandler):
    """One reader's requests: GET and HEAD, nothing else."""

    server: ShelfServer
    server_version, sys_version = "duban", ""
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE

    def do_GET(self) -> None:  # the library's name
        self._say(self.server.shelf.answer(self.path, self.headers.get("Host", "")))

    do_HEAD = do_GET  # noqa: N815  # the same

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002  # the library's signature
        """Refuse in words what the library would refuse in English."""
        unknown = code == HTTPStatus.NOT_IMPLEMENTED
        self.close_connection = True
        refused = HTTPStatus.METHOD_NOT_ALLOWED if unknown else HTTPStatus(code)
        self._say(self.server.shelf.refuse(refused, "shelf_method" if unknown else "shelf_request"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing: who reads an issued document is nobody's business."""

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in (*answer.headers.items(), ("Content-Length", str(len(answer.body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def main(home: Path, port: int) -> None:
    """Serve until told to stop; the home says meanwhile where the shelf answers."""
    settings = read_settings(home, os.environ)
    engine = ready_database(settings)
    with _until_told_to_stop(), ShelfServer(Shelf(settings, engine), port) as server:
        note_shelf(home, server.url)
        try:
            server.serve_forever()
        finally:
            forget_shelf(home, server.url)
            engine.dispose()


@contextmanager
def _until_told_to_stop() -> Generator[None]:
    signal.signal(signal.SIGTERM, _stop)
    with suppress(KeyboardInterrupt):
        yield


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signal module's form
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
