"""A scripted SMTP server on loopback that answers, stalls and hangs up wherever it is told to."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum


class At(StrEnum):
    """Where in the talk the server is; `TAKEN` is after it said that it took the mail."""

    GREETING = "greeting"
    EHLO = "ehlo"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    TAKEN = "taken"


#: Answers that are none: hang up, or say nothing until the other side does.
DROP, STALL = "drop", "stall"
_USUAL = {At.GREETING: "220 mx", At.DATA: "354 go on"}

#: What to answer at a place to a recipient (empty before RCPT); nothing means the usual.
Answer = Callable[[At, str], str]


@dataclass
class Mx:
    """A server's script, and what it saw: mails that it has whole, and those that it said it took."""

    answer: Answer = lambda _at, _to: ""
    pipelines: bool = True
    whole: list[tuple[str, bytes]] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    open_now: int = 0
    most_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def mx_serving(mx: Mx) -> Iterator[str]:
    """A running server; gives its `host:port`."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        talks: list[tuple[threading.Thread, socket.socket]] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                talk = threading.Thread(target=_serve, args=(mx, connection))
                talks.append((talk, connection))
                talk.start()

        waiter = threading.Thread(target=accept)
        waiter.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            waiter.join()
            for talk, connection in talks:
                _cut(connection)
                talk.join()


def _serve(mx: Mx, connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with mx.lock:
        mx.sessions += 1
        mx.open_now += 1
        mx.most_open = max(mx.most_open, mx.open_now)
    try:
        with connection, connection.makefile("rb") as lines:
            _Talk(mx, connection, lines).run()
    except OSError:
        pass  # the other side is gone: some are killed
    finally:
        with mx.lock:
            mx.open_now -= 1


@dataclass
class _Talk:
    mx: Mx
    connection: socket.socket
    lines: Iterator[bytes]
    to: str = ""

    def run(self) -> None:
        if not self.say(At.GREETING):
            return
        for line in self.lines:
            word = line[:4].upper().decode()
            if word == "EHLO":
                more = "250-PIPELINING\r\n" if self.mx.pipelines else ""
                done = self.say(At.EHLO, f"250-mx\r\n{more}250 SIZE 1000000")
            elif word in {"MAIL", "RCPT"}:
                self.to = line.partition(b"<")[2].partition(b">")[0].decode() if word == "RCPT" else ""
                done = self.say(At(word.lower()))
            elif word == "DATA":
                done = self.take()
            else:
                done = self.send("250 ok" if word == "RSET" else "221 bye")
            if not done or word == "QUIT":
                return

    def take(self) -> bool:
        answer = self.mx.answer(At.DATA, self.to)
        if answer:
            return self.send(answer)
        self.send("354 go on")
        read: list[bytes] = []
        for line in self.lines:
            if line == b".\r\n":
                break
            read.append(line.removeprefix(b"."))
        else:
            return False
        with self.mx.lock:
            self.mx.whole.append((self.to, b"".join(read)))
        answer = self.mx.answer(At.DOT, self.to) or "250 taken"
        if answer.startswith("250"):
            with self.mx.lock:
                self.mx.taken[self.to] += 1
        return self.send(answer) and self.send(self.mx.answer(At.TAKEN, self.to))

    def say(self, at: At, usual: str = "250 ok") -> bool:
        return self.send(self.mx.answer(at, self.to) or _USUAL.get(at, usual))

    def send(self, answer: str) -> bool:
        """Whether the session goes on after the answer."""
        if answer == DROP:
            return False
        if answer == STALL:
            for _ in self.lines:
                pass
            return False
        if answer:
            self.connection.sendall(answer.encode() + b"\r\n")
        return not answer.startswith("421")


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it hung up itself
        connection.shutdown(socket.SHUT_RDWR)
