"""Messages on the wire: the bytes of a letter to one person, the same whenever they are made again."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from models.errors import InputError
from notifications.address import domain_of, is_deliverable
from notifications.header import field, file_fields, mailbox_field

#: Octets a base64 line has (RFC 2045 6.8).
BASE64_LINE = 76
#: The METHOD of a calendar, which stands before its first component (RFC 5545 3.7.2).
_METHOD = re.compile(rb"^METHOD:([A-Z-]{1,20})\r?$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Party:
    """Somebody on the envelope: display name, which may be empty, and address."""

    name: str
    address: str


@dataclass(frozen=True)
class Attachment:
    """A file that goes with the letter, already encoded as a MIME part."""

    part: bytes


@dataclass(frozen=True)
class Message:
    """All that the bytes of a mail depend on.

    `key` is the notice's dedupe key: Message-ID and boundaries come from it, so a second try is
    recognisably the same mail. `date` is an aware instant in the zone to be shown. `thread` names
    the conversation and may be empty; `unsubscribe` is the address of who takes people off a digest.
    """

    key: str
    date: datetime
    sender: Party
    recipient: Party
    subject: str
    text: str
    html: str
    reply_to: Party | None = None
    thread: str = ""
    unsubscribe: str = ""
    attachments: tuple[Attachment, ...] = ()


def attach(name: str, content: bytes) -> Attachment:
    """The MIME part of a file; its kind is told by its name, a calendar's method by its content."""
    kind = mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    if kind == "text/calendar":
        kind = _calendar_kind(content)
    head = f"{file_fields(kind, name)}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return Attachment(head.encode() + _base64(content))


def _calendar_kind(content: bytes) -> str:
    """The type of a calendar with the METHOD that it must repeat (RFC 6047 2.4)."""
    method = _METHOD.search(content.partition(b"\nBEGIN:V")[0])
    return 'text/calendar; charset="utf-8"' + (f"; method={method[1].decode()}" if method else "")


def attach_file(path: Path) -> Attachment:
    """The MIME part of a file on disk. Raises OSError when it cannot be read."""
    return attach(path.name, path.read_bytes())


def mark_of(key: str) -> str:
    """What marks a notice with the dedupe key `key` in its mail: its Message-ID, its own header field."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()[:40]


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the notice with the dedupe key `key`."""
    return f"<{mark_of(key)}@{domain}>"


def write(message: Message) -> bytes:
    """The bytes of a mail: multipart/alternative, inside multipart/mixed when files go with it.

    Raises InputError when an address is not deliverable: it would reach the wire as it is.
    """
    digest = mark_of(message.key)
    body = _alternative(message, f"=_a{digest}")
    if message.attachments:
        body = _mixed(body, message.attachments, f"=_m{digest}")
    return "\r\n".join(_headers(message)).encode() + b"\r\n" + body


def _headers(message: Message) -> Iterator[str]:
    for party in filter(None, (message.sender, message.recipient, message.reply_to)):
        if not is_deliverable(party.address):
            raise InputError("address_wrong", address=party.address)
    domain = domain_of(message.sender.address)
    yield f"Message-ID: {message_id(message.key, domain)}"
    yield _date(message.date, message.date.utcoffset())
    yield _same_for_many("From", message.sender)
    yield mailbox_field("To", message.recipient.name, message.recipient.address)
    if message.reply_to:
        yield _same_for_many("Reply-To", message.reply_to)
    yield field("Subject", message.subject)
    yield from _marks(message, domain)
    yield "MIME-Version: 1.0"


@lru_cache(maxsize=64)
def _date(date: datetime, _offset: timedelta | None) -> str:
    """A morning's digests were all written at the same instant; one instant has many zones."""
    return f"Date: {format_datetime(date)}"


@lru_cache(maxsize=64)
def _same_for_many(name: str, party: Party) -> str:
    return mailbox_field(name, party.name, party.address)


def _marks(message: Message, domain: str) -> Iterator[str]:
    """What programs read: no holiday replies, one thread a subject, what to unsubscribe from."""
    yield "Auto-Submitted: auto-generated"
    yield "X-Auto-Response-Suppress: All"
    yield f"X-Duban-Notice: {mark_of(message.key)}"
    if message.thread:
        root = message_id(f"thread:{message.thread}", domain)
        yield f"In-Reply-To: {root}"
        yield f"References: {root}"
    if message.unsubscribe:
        yield f"List-Unsubscribe: <mailto:{message.unsubscribe}?subject=unsubscribe>"


def _alternative(message: Message, boundary: str) -> bytes:
    parts = b"".join(
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        + _base64(text.replace("\r\n", "\n").replace("\n", "\r\n").encode(errors="replace"))
        for kind, text in (("plain", message.text), ("html", message.html))
    )
    head = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
    return head.encode() + parts + f"--{boundary}--\r\n".encode()


def _mixed(body: bytes, attachments: tuple[Attachment, ...], boundary: str) -> bytes:
    mark = f"--{boundary}\r\n".encode()
    parts = b"".join(mark + part for part in (body, *(one.part for one in attachments)))
    head = f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"\r\n\r\n'
    return head.encode() + parts + f"--{boundary}--\r\n".encode()


def _base64(content: bytes) -> bytes:
    raw = b64encode(content)
    lines = [raw[start : start + BASE64_LINE] for start in range(0, len(raw), BASE64_LINE)]
    return b"\r\n".join([*lines, b""])
