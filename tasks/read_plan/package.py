"""Office files as archives: opened with limits, their XML read in small pieces and never unpacked to disk."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from models.errors import InputError

MEBIBYTE = 1024 * 1024
#: Work plans hold a few dozen members.
MAX_MEMBERS = 1000
#: A central directory longer than this has more members than we would ever read.
MAX_DIRECTORY = MEBIBYTE
#: Real sheets shrink to a tenth, 20,000 empty rows to a thirtieth; small files may shrink as they like.
MAX_RATIO = 100
RATIO_MATTERS_FROM = 4 * MEBIBYTE
#: Sheets, styles and relationships of a file that a person made stay far below.
MAX_ELEMENTS = 100_000
_CHUNK = 64 * 1024
_END_OF_DIRECTORY = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_ENCRYPTED = 0x1

Attributes = dict[str, str]


@dataclass(frozen=True)
class Handlers:
    """What is told while an XML member is read; names come without their prefix."""

    start: Callable[[str, Attributes], None]
    end: Callable[[str], None]
    text: Callable[[str], None]


class Package:
    """An opened archive with a budget of bytes that may still be inflated."""

    def __init__(self, archive: ZipFile, *, file: str, limit_mib: int) -> None:
        """Start with the whole budget of `limit_mib`."""
        self.file = file
        self.names = frozenset(archive.namelist())
        self._archive = archive
        self._limit_mib = limit_mib
        self._left = limit_mib * MEBIBYTE

    def read_xml(self, name: str, handlers: Handlers) -> None:
        """Read one member through the handlers.

        Raises InputError for broken XML, for any document type (the home of entity bombs) and once the
        archive has given more bytes than its limit, whatever its directory claimed.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = handlers.start
        parser.EndElementHandler = handlers.end
        parser.CharacterDataHandler = handlers.text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            for chunk in self._chunks(name):
                parser.Parse(chunk, False)  # noqa: FBT003  # expat takes no keyword
            parser.Parse(b"", True)  # noqa: FBT003  # the same
        except (expat.ExpatError, UnicodeError, ValueError) as error:
            raise InputError("read_broken", file=self.file) from error

    def _chunks(self, name: str) -> Iterator[bytes]:
        try:
            with self._archive.open(name) as member:
                while chunk := member.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise InputError("read_too_large_inside", file=self.file, limit=self._limit_mib)
                    yield chunk
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise InputError("read_broken", file=self.file) from error

    def _refuse_doctype(self, *_: object) -> NoReturn:
        raise InputError("read_unsafe", file=self.file)

    def elements(self, name: str, *wanted: str) -> list[tuple[str, Attributes]]:
        """The elements of the wanted names with their attributes, in order, up to MAX_ELEMENTS."""
        found: list[tuple[str, Attributes]] = []

        def start(element: str, attributes: Attributes) -> None:
            if local(element) in wanted:
                if len(found) >= MAX_ELEMENTS:
                    raise InputError("read_unsafe", file=self.file)
                found.append((local(element), {local(key): value for key, value in attributes.items()}))

        self.read_xml(name, Handlers(start, _ignore, _ignore))
        return found


def _ignore(_: str) -> None:
    """Neither the end of an element nor its text matters here."""


def local(name: str) -> str:
    """An element's or attribute's name without its prefix."""
    return name[name.rfind(":") + 1 :]


@contextmanager
def open_package(path: Path, *, limit_mib: int) -> Iterator[Package]:
    """Open an Office file after its directory has been checked.

    Raises InputError when it is no archive, is locked by a password, names members outside itself, or would
    unpack to more than `limit_mib` MiB, MAX_MEMBERS members or MAX_RATIO times its size.
    """
    with _opened(path) as archive:
        _check_members(archive, path.name, limit_mib)
        yield Package(archive, file=path.name, limit_mib=limit_mib)


def _opened(path: Path) -> ZipFile:
    _check_directory(path)
    try:
        return ZipFile(path)
    except (BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise InputError("read_broken", file=path.name) from error


def _check_directory(path: Path) -> None:
    """Refuse an enormous directory before the archive library loads it."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 65_557))
        tail = stream.read()
    at = tail.rfind(_END_OF_DIRECTORY)
    if at < 0:
        raise InputError("read_broken", file=path.name)
    if _ZIP64_LOCATOR in tail or int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY:
        raise InputError("read_unsafe", file=path.name)


def _check_members(archive: ZipFile, file: str, limit_mib: int) -> None:
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise InputError("read_locked", file=file)
    if len(members) > MAX_MEMBERS or any(_outside(member.filename) for member in members):
        raise InputError("read_unsafe", file=file)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limit_mib * MEBIBYTE:
        raise InputError("read_too_large_inside", file=file, limit=limit_mib)
    packed = sum(member.compress_size for member in members)
    if unpacked > RATIO_MATTERS_FROM and unpacked > MAX_RATIO * packed:
        raise InputError("read_unsafe", file=file)


def _outside(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")
