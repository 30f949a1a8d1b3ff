"""Reports of mail that came back (退信): what a delivery status notification says.

RFC 3464 reports, also those for addresses in other scripts (RFC 6533), with the status codes of RFC 3463.
Whatever is sent to an open mailbox gets here, so nothing in a mail may raise.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.errors import HeaderParseError
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum


class Kind(StrEnum):
    """What a mail in the mailbox of returns is."""

    #: A report that speaks of recipients.
    REPORT = "report"
    #: Written by a program because our mail arrived: holidays, read receipts. Nobody needs to see it.
    REPLY = "reply"
    #: Anything else: a person may have written it.
    OTHER = "other"


@dataclass(frozen=True)
class Failure:
    """One recipient whom a mail did not reach.

    `addresses` are all that it may be known by, in lower case; `status` is an enhanced status code,
    5.x.x for good and 4.x.x for now; `words` what the server said.
    """

    addresses: tuple[str, ...]
    status: str
    words: str


@dataclass(frozen=True)
class Mail:
    """A mail from the mailbox of returns.

    `key` is the same whenever the same mail is read; `notice` is the mark of the notice that came back
    (`X-Duban-Notice`), empty where the report does not hold its header.
    """

    kind: Kind
    key: str
    notice: str = ""
    failures: tuple[Failure, ...] = ()


_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_MARK = re.compile(r"[0-9a-f]{40}")
#: Parts that tell of recipients, and those that hold the mail that came back, or its header.
_ABOUT = {"message/delivery-status", "message/global-delivery-status"}
_RETURNED = {"message/rfc822", "message/global"}
_HEADERS = {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
#: Longest sentence of a server that is kept, in characters.
_WORDS = 300
#: What says nothing more than that something failed.
_VAGUE = ("5.0.0", "4.0.0", "")
#: No mail that is a report is nested deeper.
_DEEPEST = 8


def read_mail(content: bytes) -> Mail:
    """What a mail is, and whom it says our mail did not reach; never raises for anything in it."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        return _read(content, digest)
    except Exception:  # noqa: BLE001  # the parser has faults of its own, and anybody may write to us
        return Mail(Kind.OTHER, digest)


def _read(content: bytes, digest: str) -> Mail:
    mail = message_from_bytes(content)
    key = _text(mail, "Message-ID") or digest
    parts = list(_walk(mail))
    about = [part for part in parts if part.get_content_type() in _ABOUT]
    if not about:
        answered = _text(mail, "Auto-Submitted").partition(";")[0].strip().lower() not in {"", "no"}
        receipt = mail.get_param("report-type") == "disposition-notification"
        return Mail(Kind.REPLY if answered or receipt else Kind.OTHER, key)
    original = _original(parts)
    known = parseaddr(_text(original, "To"))[1].lower() if original else ""
    failures = tuple(one for part in about for block in _blocks(part) for one in _failures(block, known))
    return Mail(Kind.REPORT, key, _mark(original), failures)


def _walk(mail: Message, depth: int = 0) -> Iterator[Message]:
    """The parts of a mail, not those of the mail that came back inside it."""
    yield mail
    if mail.get_content_maintype() == "multipart" and mail.is_multipart() and depth < _DEEPEST:
        for part in _inside(mail):
            yield from _walk(part, depth + 1)


def _inside(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _original(parts: list[Message]) -> Message | None:
    """The header of the mail that came back, if the report holds it."""
    for part in parts:
        kind = part.get_content_type()
        inside = _inside(part)
        if kind in _RETURNED and inside:
            return inside[0]
        if kind in _HEADERS | _RETURNED:
            return message_from_string(_body(part))
    return None


def _mark(original: Message | None) -> str:
    """Whose notice it was: our own header, else the local part of our Message-ID."""
    if original is None:
        return ""
    found = _MARK.search(_text(original, "X-Duban-Notice")) or _MARK.search(_text(original, "Message-ID"))
    return found[0] if found else ""


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a delivery status: the first is about the mail, each other a recipient."""
    inside = _inside(part)
    if inside:
        return inside
    return [message_from_string(text) for text in re.split(r"\r?\n\r?\n", _body(part)) if text.strip()]


def _failures(block: Message, known: str) -> Iterator[Failure]:
    final, original = (_address(block, name) for name in ("Final-Recipient", "Original-Recipient"))
    action = _text(block, "Action").lower()
    if not (final or original) or action not in {"failed", "delayed"}:
        return
    words = _said(_text(block, "Diagnostic-Code"))
    status = _status(_text(block, "Status"), words)
    if action == "delayed" and not status.startswith("4"):
        status = "4.0.0"
    addresses = dict.fromkeys(one for one in (original, known, final) if one)
    yield Failure(tuple(addresses), status, words)


def _status(status: str, words: str) -> str:
    """The code of the field; where that is missing or says nothing, the one in the server's sentence."""
    found = _STATUS.search(status)
    code = found[0] if found else ""
    closer = _STATUS.search(words)
    if code in _VAGUE and closer and closer[1] != "2":
        return closer[0]
    return code if code and code[0] != "2" else "5.0.0"


def _address(block: Message, name: str) -> str:
    """The address of `rfc822; somebody@example.gov.cn`, in lower case."""
    return parseaddr(_text(block, name).partition(";")[2].strip())[1].lower()


def _said(diagnostic: str) -> str:
    """The sentence of `smtp; 550 5.1.1 unknown user`, on one line."""
    kind, mark, words = diagnostic.partition(";")
    return " ".join((words if mark and " " not in kind.strip() else diagnostic).split())[:_WORDS]


def _text(part: Message, name: str) -> str:
    """A header field on one line; empty if there is none that can be read."""
    try:
        return " ".join(str(part.get(name, "")).split())
    except (HeaderParseError, UnicodeError, ValueError):
        return ""


def _body(part: Message) -> str:
    """The text of a part, undone from its transfer encoding."""
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(part.get_payload())
