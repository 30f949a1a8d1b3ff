"""Files that readers find whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from models.errors import file_failed


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put a file in place whole or not at all.

    `durable` waits until the disk has it; what can be made again at any time need not wait. Raises
    UnavailableError where the disk does not take it.
    """
    try:
        _place(path, content, durable=durable)
    except OSError as error:
        raise file_failed(error, path) from error


def _place(path: Path, content: bytes, *, durable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
