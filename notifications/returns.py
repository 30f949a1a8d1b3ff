"""The mailbox to which mail comes back: a Maildir or an IMAP folder, each mail looked at once.

Nothing is ever deleted. What was understood is marked as read; what was not is flagged and left unread,
because a person may have written it and a person should see it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from models.errors import InputError
from notifications.imap import ImapAccount, open_folder

#: Larger mails are no reports and are not read, in octets.
LARGEST = 8 * 2**20


class Returns(Protocol):
    """A mailbox of returns while it is open."""

    def fresh(self) -> Iterator[tuple[str, bytes]]:
        """The mails that nobody looked at yet: a handle, and the content (empty where it is too large)."""
        ...

    def settle(self, handle: str, *, understood: bool) -> None:
        """Mark one so that it is not looked at again."""
        ...


@contextmanager
def open_returns(url: str) -> Generator[Returns]:
    """The mailbox that the setting `bounces` names.

    `maildir:DIR`, or `imaps://user:password@host:port/FOLDER` (`imap://…?tls=starttls|none`). Raises
    InputError for an unusable URL, OSError or imaplib's errors when it cannot be reached.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir" and rest:
        yield _Maildir(Path(rest).expanduser())
        return
    with open_folder(_account(url), largest=LARGEST) as folder:
        yield folder


def _account(url: str) -> ImapAccount:
    try:
        parts = urlsplit(url)
        tls = {"imaps": "tls", "imap": "starttls"}[parts.scheme]
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        tls = options.pop("tls", tls)
        account = ImapAccount(
            host=parts.hostname or "",
            port=parts.port or (993 if tls == "tls" else 143),
            tls=tls,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            timeout=float(options.pop("timeout", "30")),
            bundle=options.pop("bundle", ""),
        )
        text = account.user + account.password + account.folder
        usable = account.host and tls in {"tls", "starttls", "none"} and not options
        if not usable or not text.isascii() or not text.isprintable():
            raise ValueError(parts.query)
    except (KeyError, ValueError) as error:
        raise InputError("bounces_wrong") from error
    return account


class _Maildir:
    """`new` holds what nobody looked at; `cur` the rest, with flags at the end of the name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        next((directory / "new").iterdir(), None)  # say it at once where there is none

    def fresh(self) -> Iterator[tuple[str, bytes]]:
        """The files of `new`, in the order of their names."""
        for path in sorted((self._directory / "new").iterdir()):
            with suppress(FileNotFoundError):  # another worker was first
                if path.is_file():
                    yield path.name, path.read_bytes() if path.stat().st_size <= LARGEST else b""

    def settle(self, handle: str, *, understood: bool) -> None:
        """Move it to `cur`: seen, or flagged."""
        home = self._directory / "cur"
        home.mkdir(exist_ok=True)
        name = f"{handle.partition(':')[0]}:2,{'S' if understood else 'F'}"
        with suppress(FileNotFoundError):
            (self._directory / "new" / handle).rename(home / name)
