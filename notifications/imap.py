"""An IMAP folder as a mailbox of returns, by the standard library's client."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: What is neither read nor flagged nor deleted has not been looked at.
_FRESH = "UNSEEN UNFLAGGED UNDELETED"
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class ImapAccount:
    """Where a folder is and how to get in; `timeout` in seconds, `bundle` a PEM file of authorities."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    timeout: float = 30.0
    bundle: str = ""


@contextmanager
def open_folder(account: ImapAccount, *, largest: int) -> Generator[Folder]:
    """The folder, opened for reading and marking.

    Raises imaplib.IMAP4.error for what the server refuses, OSError when it cannot be reached.
    """
    client = _connect(account)
    try:
        _must(client.login(_quoted(account.user), account.password))
        _must(client.select(_quoted(account.folder)))
        yield Folder(client, largest)
    finally:
        with suppress(imaplib.IMAP4.error, OSError):  # it hung up first: nothing is lost by it
            client.logout()
        with suppress(OSError):
            client.shutdown()


class Folder:
    """A selected folder; mails are known by their UID."""

    def __init__(self, client: imaplib.IMAP4, largest: int) -> None:
        self._client = client
        self._largest = largest

    def fresh(self) -> Iterator[tuple[str, bytes]]:
        """What nobody looked at yet; reading does not mark it. Empty where it is larger than is read."""
        found = _must(self._client.uid("SEARCH", _FRESH))
        for uid in b" ".join(one for one in found if isinstance(one, bytes)).decode("ascii").split():
            told = self._fetch(uid, "(RFC822.SIZE)")
            size = _SIZE.search(told)
            if not told:  # somebody moved it meanwhile
                continue
            large = size is not None and int(size[1]) > self._largest
            yield uid, b"" if large else self._fetch(uid, "(BODY.PEEK[])")

    def settle(self, handle: str, *, understood: bool) -> None:
        """Mark it as read, or flag it for a person."""
        flag = r"(\Seen)" if understood else r"(\Flagged)"
        _must(self._client.uid("STORE", handle, "+FLAGS.SILENT", flag))

    def _fetch(self, uid: str, what: str) -> bytes:
        """The literal of the answer, or else its text."""
        for one in _must(self._client.uid("FETCH", uid, what)):
            if isinstance(one, tuple):
                return bytes(one[1])
            if isinstance(one, bytes):
                return one
        return b""


def _connect(account: ImapAccount) -> imaplib.IMAP4:
    if account.tls == "none":
        return imaplib.IMAP4(account.host, account.port, timeout=account.timeout)
    context = ssl.create_default_context(cafile=account.bundle or None)
    if account.tls == "tls":
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=account.timeout)
    client = imaplib.IMAP4(account.host, account.port, timeout=account.timeout)
    try:
        _must(client.starttls(context))
    except BaseException:
        client.shutdown()
        raise
    return client


def _must(answer: tuple[str, Sequence[object]]) -> list[object]:
    """The data of an answer. Raises imaplib.IMAP4.error with the server's sentence unless it is OK."""
    said, data = answer
    if said != "OK":
        words = b" ".join(one for one in data if isinstance(one, bytes)).decode("utf-8", "replace")
        raise imaplib.IMAP4.error(words or said)
    return list(data)


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501 4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
