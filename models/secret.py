"""The home's secret: a key that lies beside the database and never in it."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import InputError, UnavailableError

#: The file in the home; whoever can read it and the database can make codes.
KEY_FILE = "secret.key"
#: Octets of a key; a file that is longer is used whole.
LENGTH = 32


@dataclass(frozen=True)
class Secret:
    """A key that makes fingerprints; it shows itself to nobody."""

    key: bytes = field(repr=False)

    def digest(self, purpose: str, *about: str | int) -> bytes:
        """The 32 octets that only who holds the key can make of this; each purpose has its own."""
        return hmac.digest(self.key, json.dumps([purpose, *about]).encode(), "sha256")


def open_secret(home: Path) -> Secret:
    """The secret of a home, made when it is first asked for; two who ask at once get the same one.

    Raises UnavailableError where the file cannot be read or made, InputError where it is too short.
    """
    file = home / KEY_FILE
    try:
        if not file.exists():
            _make(file)
        key = file.read_bytes()
    except OSError as error:
        raise UnavailableError("secret_unreadable", file=file, reason=error.strerror or error) from error
    if len(key) < LENGTH:
        raise InputError("secret_short", file=file, length=LENGTH)
    return Secret(key)


def _make(file: Path) -> None:
    """Put a new key in place whole, readable by its owner alone, unless somebody was first."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(secrets.token_bytes(LENGTH))
            written.flush()
            os.fsync(written.fileno())
        # A link is never made over a file that is there, unlike a renaming.
        with suppress(FileExistsError):
            file.hardlink_to(part)
    finally:
        part.unlink()
