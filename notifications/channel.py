"""The way out: what the mail URL says about the server and how fast it may be used."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from models.errors import InputError

Tls = Literal["starttls", "tls", "none"]

#: TLS mode and port of each scheme, where the URL does not say.
_SCHEMES: dict[str, tuple[Tls, int]] = {"smtp": ("starttls", 587), "smtps": ("tls", 465)}
#: Ports that mean one TLS mode by convention.
_PORTS: dict[int, Tls] = {465: "tls"}


@dataclass(frozen=True)
class Channel:
    """An SMTP server: `timeout` in seconds a step, `rate` in mails a minute (0: no limit)."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    timeout: float = 30.0
    rate: int = 0
    #: Certificates of a private authority, as a PEM file; empty: the machine's.
    bundle: str = ""
    #: Whether it is the built-in mailbox, which lives as long as one run and never fails for long.
    is_ours: bool = False

    @property
    def name(self) -> str:
        """The server as people call it, without secrets."""
        return f"{self.host}:{self.port}"

    @property
    def tls_context(self) -> ssl.SSLContext | None:
        """The one TLS context that all connections share; reading the authorities takes long."""
        return _tls_context(self.bundle) if self.tls != "none" else None


def read_channel(url: str) -> Channel:
    """The channel of `smtp://user:password@host:port?tls=starttls|tls|none` or `smtps://…`.

    Further options: `connections`, `timeout` (seconds), `rate` (mails a minute), `bundle` (a PEM file).
    Without `tls`, smtps and port 465 mean TLS at once and anything else STARTTLS: a password
    never goes out in clear unless the URL says so. Raises InputError that names the part at fault.
    """
    try:
        parts = urlsplit(url)
        tls, port = _SCHEMES[parts.scheme]
        port = parts.port or port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        channel = Channel(
            host=_required(parts.hostname),
            port=port,
            tls=_tls(options.pop("tls", _PORTS.get(port, tls))),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            connections=int(options.pop("connections", "4")),
            timeout=float(options.pop("timeout", "30")),
            rate=int(options.pop("rate", "0")),
            bundle=options.pop("bundle", ""),
        )
    except (KeyError, ValueError) as error:
        raise InputError("smtp_url_wrong", reason=error) from error
    if options or channel.connections < 1 or channel.timeout <= 0 or channel.rate < 0:
        raise InputError("smtp_url_wrong", reason=", ".join(options) or parts.query)
    return channel


def mailbox_directory(url: str) -> Path | None:
    """The directory of a `maildir:DIR` URL; None for any other URL."""
    scheme, _, path = url.partition(":")
    return Path(path).expanduser() if scheme == "maildir" and path else None


def _required(host: str | None) -> str:
    if not host:
        raise ValueError("host")
    return host


def _tls(word: str) -> Tls:
    modes: dict[str, Tls] = {"starttls": "starttls", "tls": "tls", "none": "none"}
    return modes[word]


@cache
def _tls_context(bundle: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=bundle or None)
    except (OSError, ssl.SSLError) as error:
        raise InputError("smtp_url_wrong", reason=f"bundle={bundle}: {error}") from error
