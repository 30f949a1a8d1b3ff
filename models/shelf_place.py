"""Where the shelf of documents answers: noted in the home by whoever serves it."""

from __future__ import annotations

from pathlib import Path

from models.files import write_atomically

_NAME = "shelf.url"


def note_shelf(home: Path, url: str) -> None:
    """Note that the shelf of this home answers at `url`."""
    write_atomically(home / _NAME, f"{url}\n".encode())


def forget_shelf(home: Path, url: str) -> None:
    """Take the note back, unless another shelf has written its own since."""
    if shelf_url(home) == url:
        (home / _NAME).unlink(missing_ok=True)


def shelf_url(home: Path) -> str:
    """The shelf's address; empty where none was noted."""
    try:
        return (home / _NAME).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
