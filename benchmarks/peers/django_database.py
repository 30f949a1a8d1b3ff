"""Django's words for a database with the same settings as ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.peers.connection import PRAGMAS


def database(url: str) -> dict[str, Any]:
    """The entry of `DATABASES` for a URL."""
    if url.startswith("sqlite"):
        pragmas = "".join(f"PRAGMA {pragma};" for pragma in PRAGMAS)
        options = {"transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.partition(":///")[2], "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }
