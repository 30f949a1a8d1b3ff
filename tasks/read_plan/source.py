"""Any file that a coordinator may bring: what it really is, whether it may be opened, and its grids."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from models.errors import InputError
from tasks.read_plan.csvfile import BYTE_ORDER_MARKS, read_csv
from tasks.read_plan.docxfile import read_docx
from tasks.read_plan.grid import Grid
from tasks.read_plan.package import MEBIBYTE
from tasks.read_plan.problems import Problems
from tasks.read_plan.xlsx import read_xlsx

_ARCHIVE = b"PK\x03\x04"
#: The container of Office files before 2007, and of newer ones that are locked by a password.
_OLD_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_HEAD = 4096
_OLD_SUFFIXES = frozenset({".xls", ".doc", ".et", ".wps"})
_SUFFIXES = frozenset({".xlsx", ".xlsm", ".csv", ".docx"})


@dataclass(frozen=True)
class Source:
    """A file's grids and the fingerprint of its bytes."""

    name: str
    sha256: str
    grids: tuple[Grid, ...]


def read_source(path: Path, problems: Problems, *, limit_mib: int) -> Source:
    """Read every table of the file, judged by its suffix and by its first bytes.

    Raises InputError, naming the file and what to do, for anything that cannot be read as it is.
    """
    try:
        suffix = _checked_suffix(path, limit_mib)
        grids = _read(path, suffix, problems, limit_mib=limit_mib)
        with path.open("rb") as stream:
            sha256 = file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError("read_unreadable", file=path.name, reason=error.strerror or str(error)) from error
    if not any(grid.rows for grid in grids):
        raise InputError("read_no_table", file=path.name)
    return Source(path.name, sha256, tuple(grids))


def _read(path: Path, suffix: str, problems: Problems, *, limit_mib: int) -> list[Grid]:
    if suffix == ".csv":
        return read_csv(path)
    if suffix == ".docx":
        return read_docx(path, limit_mib=limit_mib)
    return read_xlsx(path, problems, limit_mib=limit_mib)


def _checked_suffix(path: Path, limit_mib: int) -> str:
    if not path.is_file():
        raise InputError("read_missing", file=path.name or str(path))
    size = path.stat().st_size
    if size > limit_mib * MEBIBYTE:
        raise InputError("read_too_large", file=path.name, size=size // MEBIBYTE, limit=limit_mib)
    suffix = path.suffix.lower()
    head = _checked_head(path)
    if suffix in _OLD_SUFFIXES:
        raise InputError("read_old_office", file=path.name)
    if suffix not in _SUFFIXES:
        raise InputError("read_suffix_unknown", file=path.name)
    _check_content(head, suffix, file=path.name)
    return suffix


def _checked_head(path: Path) -> bytes:
    """The first bytes, unless they show an empty, an old or a locked file."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head:
            raise InputError("read_empty", file=path.name)
        if head.startswith(_OLD_CONTAINER):
            locked = _LOCKED in head or _LOCKED in stream.read()
            raise InputError("read_locked" if locked else "read_old_office", file=path.name)
    return head


def _check_content(head: bytes, suffix: str, *, file: str) -> None:
    """Refuse content that its suffix does not promise."""
    binary = b"\0" in head and not head.startswith(tuple(BYTE_ORDER_MARKS))
    archive = head.startswith(_ARCHIVE)
    if suffix == ".csv" and (archive or binary):
        raise InputError("read_not_a_table", file=file, suffix=suffix)
    if suffix != ".csv" and not archive:
        raise InputError("read_not_a_table" if binary else "read_text_inside", file=file, suffix=suffix)
