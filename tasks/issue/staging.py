"""Files that are written but not issued yet: they wait out of sight until their rows are kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from models.errors import file_failed

#: How the folders begin in which files wait; hidden ones, because nobody is to read there.
_PREFIX = ".waiting-"


class Staging:
    """The waiting files of one writer; those of another, of the same documents too, lie elsewhere."""

    def __init__(self, home: Path, documents: Path) -> None:
        """Files are named relative to `home`; all lie in the folder `documents` below it."""
        self._home, self._documents = home, documents
        self._folder: Path | None = None
        self._held = -1
        self._count = 0

    def put(self, path: str, content: bytes) -> tuple[Path, str]:
        """Write a file that is to be found under `path` later; gives where it waits, and its sha256.

        Raises UnavailableError where the disk does not take it.
        """
        with _named(self._home / path):
            waiting = self._place() / str(self._count)
            self._count += 1
            waiting.touch(mode=0o600)
            with waiting.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        return waiting, hashlib.sha256(content).hexdigest()

    def close(self) -> None:
        """Remove what was not brought to its place."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._held)

    def _place(self) -> Path:
        while self._folder is None:
            self._documents.mkdir(parents=True, exist_ok=True)
            _clear(self._documents)
            folder = Path(mkdtemp(prefix=_PREFIX, dir=self._documents))
            # Before it is held it may be taken for a stopped writer's: then there is another one.
            with suppress(FileNotFoundError):
                self._hold(folder)
        return self._folder

    def _hold(self, folder: Path) -> None:
        held = os.open(folder, os.O_RDONLY)
        with suppress(OSError):  # where the file system knows no locks nothing is ever taken for left
            fcntl.flock(held, fcntl.LOCK_SH)
        if folder.exists():
            self._folder, self._held = folder, held
        else:
            os.close(held)


@contextmanager
def staging(home: Path) -> Generator[Staging]:
    """Where the files of documents wait; what did not come to its place is gone afterwards."""
    files = Staging(home, home / "documents")
    try:
        yield files
    finally:
        files.close()


def bring(home: Path, files: dict[str, Path]) -> None:
    """Bring waiting files to their places, each whole or not at all. Raises UnavailableError."""
    for path, waiting in files.items():
        place = home / path
        with _named(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            waiting.replace(place)


@contextmanager
def _named(place: Path) -> Generator[None]:
    """Refuse in words where the disk does not take the file that belongs there."""
    try:
        yield
    except OSError as error:
        raise file_failed(error, place) from error


def _clear(documents: Path) -> None:
    """Remove what writers left that were stopped: whoever works holds the folder."""
    for folder in documents.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)
