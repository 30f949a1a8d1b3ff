"""A little IMAP server on loopback: one account, one folder, flags that last."""

from __future__ import annotations

import re
import shlex
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ImapBox:
    """What the server holds: mails by UID, and each one's flags."""

    user: str = "duban@example.gov.cn"
    password: str = 'se"cret'  # noqa: S105  # of a server that lives for a test
    folder: str = "INBOX"
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    #: A word on which the server hangs up.
    fatal: str = ""

    def put(self, *mails: bytes) -> None:
        """Let mails arrive."""
        for mail in mails:
            number = len(self.mails) + 1
            self.mails[number], self.flags[number] = mail, set()


@contextmanager
def imap_serving(box: ImapBox) -> Iterator[str]:
    """A running server; gives its `host:port`."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _talk(box, self.rfile, self.wfile)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _talk(box: ImapBox, read: Any, write: Any) -> None:  # noqa: ANN401  # the socket's files
    write.write(b"* OK ready\r\n")
    for line in read:
        tag, _, rest = line.decode().strip().partition(" ")
        box.said.append(rest)
        if box.fatal and box.fatal in rest:
            return
        lines, answer = _answer(box, rest)
        write.write(b"".join(lines) + f"{tag} {answer}\r\n".encode())
        if rest == "LOGOUT":
            return


def _answer(box: ImapBox, command: str) -> tuple[list[bytes], str]:
    lines: list[bytes] = []
    said = "OK done"
    match shlex.split(command):
        case ["CAPABILITY"]:
            lines = [b"* CAPABILITY IMAP4rev1\r\n"]
        case ["LOGIN", user, password]:
            said = "OK in" if (user, password) == (box.user, box.password) else "NO wrong password"
        case ["SELECT", folder]:
            lines = [b"* %d EXISTS\r\n" % len(box.mails)]
            said = "OK in" if folder == box.folder else "NO no such folder"
        case ["UID", "SEARCH", *_]:
            fresh = [str(one) for one, flags in box.flags.items() if not flags & {"\\Seen", "\\Flagged"}]
            lines = [f"* SEARCH {' '.join(fresh)}\r\n".encode()]
        case ["UID", "FETCH", uid, what]:
            lines = _fetched(box.mails[int(uid)], int(uid), what)
        case ["UID", "STORE", uid, *_]:
            box.flags[int(uid)] |= set(re.findall(r"\\\w+", command))
        case ["LOGOUT"]:
            lines = [b"* BYE\r\n"]
        case _:
            said = "BAD what"
    return lines, said


def _fetched(mail: bytes, uid: int, what: str) -> list[bytes]:
    if what == "(RFC822.SIZE)":
        return [b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, len(mail))]
    return [b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(mail)), mail, b")\r\n"]
