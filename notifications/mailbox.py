"""The built-in mailbox: a real SMTP server on this machine that keeps all mail in one Maildir.

For trying out and for bureaus whose mail server comes later: the same letters, the same SMTP, nothing
leaves the machine. File names start with the order of arrival.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from models.errors import NotFoundError

#: The only address on which the mailbox listens.
LOOPBACK = "127.0.0.1"
#: Largest mail taken, in octets.
LARGEST = 64 * 2**20
#: The headers stand within so many octets.
_HEAD = 16 * 1024


@dataclass(frozen=True)
class Mail:
    """A mail as the list shows it; `number` counts arrivals from 1. Date as its header says."""

    number: int
    to: str
    sender: str
    subject: str
    date: datetime | None
    path: Path


@dataclass(frozen=True)
class Content:
    """A mail as it is read: its list line, its plain text and the names of its files."""

    mail: Mail
    text: str
    files: tuple[str, ...]


@contextmanager
def open_mailbox(directory: Path) -> Generator[tuple[str, int]]:
    """An SMTP server on a free loopback port, host and port given, that delivers into `directory`.

    A mail is in its place before the server says that it took it: killing the process loses none.
    """
    store = _Store(directory)
    listener = socket.create_server((LOOPBACK, 0))
    # asyncio forgets it on a socket handed over: each reply would wait 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(
            lambda: SMTP(store, hostname="duban", loop=loop, data_size_limit=LARGEST), sock=listener
        )
        running.set_result((loop, stopped))
        await stopped.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="mailbox", daemon=True)
    thread.start()
    loop, stopped = running.result()
    try:
        yield LOOPBACK, int(listener.getsockname()[1])
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


def read_mailbox(directory: Path, *, to: str = "", limit: int | None = None) -> list[Mail]:
    """What arrived, newest first; only mail to the address `to`, at most `limit` of it."""
    numbered = enumerate(_files(directory), start=1)
    found: list[Mail] = []
    for number, path in reversed(list(numbered)):
        if limit is not None and len(found) >= limit:
            break
        mail = _mail(number, path)
        if not to or mail.to.casefold() == to.casefold():
            found.append(mail)
    return found


def count_mailbox(directory: Path) -> int:
    """How many mails arrived."""
    return len(_files(directory))


def read_mail(directory: Path, number: int) -> Content:
    """The mail with the arrival number `number`. Raises NotFoundError when there is none."""
    files = _files(directory)
    if not 1 <= number <= len(files):
        raise NotFoundError("mail_not_found", number=number, count=len(files))
    path = files[number - 1]
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # what the policy makes
    body = message.get_body(("plain", "html"))
    names = tuple(part.get_filename() or "" for part in message.iter_attachments())
    return Content(_mail(number, path), body.get_content() if body else "", names)


class _Store:
    """Where the server puts what it takes: one file per recipient."""

    def __init__(self, directory: Path) -> None:
        for name in ("tmp", "new", "cur"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        self._directory = directory
        last = _files(directory)[-1:]
        self._numbers = itertools.count(int(last[0].name.partition(".")[0]) + 1 if last else 1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep the mail; no flush to disk, because only a power cut could lose it."""
        assert isinstance(envelope.content, bytes)  # noqa: S101  # we never ask for decoded text
        for recipient in envelope.rcpt_tos:
            name = f"{next(self._numbers):010}.{uuid4().hex}.duban"
            head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {recipient}\r\n"
            try:
                self._put(name, head.encode() + envelope.content)
            except OSError as error:  # a full disk is no fault of the mail: it comes again later
                return f"452 {error.strerror}"
        return "250 OK"

    def _put(self, name: str, content: bytes) -> None:
        written = self._directory / "tmp" / name
        try:
            written.write_bytes(content)
            written.rename(self._directory / "new" / name)
        except BaseException:
            written.unlink(missing_ok=True)
            raise


def _files(directory: Path) -> list[Path]:
    """The mails in order of arrival; `cur` is where other programs move what was read."""
    found = [path for name in ("new", "cur") for path in (directory / name).glob("[0-9]*")]
    return sorted(found, key=lambda path: path.name)


def _mail(number: int, path: Path) -> Mail:
    with path.open("rb") as file:
        head = BytesHeaderParser(policy=policy.compat32).parsebytes(file.read(_HEAD))
    return Mail(
        number=number,
        to=str(head.get("Delivered-To", "")),
        sender=_words(head, "From"),
        subject=_words(head, "Subject"),
        date=parsedate_to_datetime(str(head["Date"])) if head["Date"] else None,
        path=path,
    )


def _words(head: Message, name: str) -> str:
    return str(make_header(decode_header(str(head.get(name, "")))))
