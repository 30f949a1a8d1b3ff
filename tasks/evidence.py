"""Keep evidence files by their content: the name is only what the file was called."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from models.errors import InputError, NotFoundError

#: Largest evidence file, in MiB.
LIMIT_MIB = 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Kept:
    """A stored file: its name as given, the hash that addresses it, its size in bytes."""

    name: str
    sha256: str
    size: int


def keep_file(home: Path, file: Path) -> Kept:
    """Copy a file into `home/evidence` under its hash; the same content is stored once.

    Raises NotFoundError when it is not there, InputError when it is too large.
    """
    if not file.is_file():
        raise NotFoundError("evidence_missing", file=file)
    size = file.stat().st_size
    if size > LIMIT_MIB * _CHUNK:
        raise InputError("evidence_large", file=file.name, size=size // _CHUNK, limit=LIMIT_MIB)
    folder = home / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as target, file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    Path(temporary).replace(folder / digest.hexdigest())
    return Kept(file.name, digest.hexdigest(), size)
