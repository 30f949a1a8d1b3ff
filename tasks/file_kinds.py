"""What a file is by its content: the first bytes decide, a name only says what it should be."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from typing import NamedTuple


class FileKind(NamedTuple):
    """A kind of file: the suffix that stands for it, and its media type."""

    suffix: str
    media: str


_OOXML = "application/vnd.openxmlformats-officedocument"
_DOCX = FileKind("docx", f"{_OOXML}.wordprocessingml.document")
_XLSX = FileKind("xlsx", f"{_OOXML}.spreadsheetml.sheet")
_PPTX = FileKind("pptx", f"{_OOXML}.presentationml.presentation")
_DOC = FileKind("doc", "application/msword")
_XLS = FileKind("xls", "application/vnd.ms-excel")
_PPT = FileKind("ppt", "application/vnd.ms-powerpoint")
_WPS = FileKind("wps", "application/vnd.ms-works")
_ET = FileKind("et", "application/vnd.ms-excel")
_PDF = FileKind("pdf", "application/pdf")
_OFD = FileKind("ofd", "application/ofd")
_JPEG = FileKind("jpg", "image/jpeg")
_PNG = FileKind("png", "image/png")
_ZIP = FileKind("zip", "application/zip")
_TEXT = FileKind("txt", "text/plain")
_CSV = FileKind("csv", "text/csv")
#: Compound files hold all of the older office formats, and installers: the name says which it is.
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OF_COMPOUND = {one.suffix: one for one in (_DOC, _XLS, _PPT, _WPS, _ET)}
#: Streams, by their names in UTF-16, that only the older office formats have.
_OFFICE_STREAMS = tuple(
    name.encode("utf-16-le") for name in ("WordDocument", "Workbook", "PowerPoint Document")
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
#: Parts by which archives are recognised as documents, the telling ones first.
_OF_ZIP = (
    ("vbaProject.bin", FileKind("docm", "application/vnd.ms-office.vbaProject")),
    ("OFD.xml", _OFD),
    ("word/document.xml", _DOCX),
    ("xl/workbook.xml", _XLSX),
    ("ppt/presentation.xml", _PPTX),
    ("META-INF/MANIFEST.MF", FileKind("jar", "application/java-archive")),
)
_STARTS = (
    (b"%PDF-", _PDF),
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"MZ", FileKind("exe", "application/vnd.microsoft.portable-executable")),
    (b"\x7fELF", FileKind("elf", "application/x-executable")),
    (b"\xcf\xfa\xed\xfe", FileKind("macho", "application/x-mach-binary")),
    (b"\xca\xfe\xba\xbe", FileKind("class", "application/java-vm")),
    (b"L\x00\x00\x00\x01\x14\x02\x00", FileKind("lnk", "application/x-ms-shortcut")),
    (b"{\\rtf", FileKind("rtf", "application/rtf")),
    (b"GIF8", FileKind("gif", "image/gif")),
    (b"BM", FileKind("bmp", "image/bmp")),
    (b"Rar!", FileKind("rar", "application/vnd.rar")),
    (b"7z\xbc\xaf\x27\x1c", FileKind("7z", "application/x-7z-compressed")),
    (b"\x1f\x8b", FileKind("gz", "application/gzip")),
)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Characters below the blank that belong into a text.
_TEXT_CONTROLS = frozenset("\t\n\r\f\x1a")
#: How much of a file is looked at; only compound files name what they hold anywhere within.
_HEAD = 4096
#: What may be called by each other's suffix: offices save a docx as .doc, and a photo under any name.
_ALIKE = (
    frozenset({"jpg", "jpeg", "png"}),
    frozenset({"doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et"}),
    frozenset({"txt", "csv"}),
)


def kind_of(file: Path, suffix: str) -> FileKind | None:
    """What a file's content is; `suffix` (lower case, without a dot) only tells apart what looks alike.

    None where it is nothing known. Nothing is unpacked; raises OSError.
    """
    with file.open("rb") as source:
        head = source.read(_HEAD)
        whole = head + source.read() if head.startswith(_COMPOUND) else b""
    if head.startswith(_ZIP_STARTS):
        return _of_zip(file)
    if whole:
        office = any(name in whole for name in _OFFICE_STREAMS)
        return _OF_COMPOUND.get(suffix, _DOC) if office else FileKind("msi", "application/x-ole-storage")
    for start, kind in _STARTS:
        # Texts begin with such letters, too.
        if head.startswith(start) and not (start.isalpha() and _is_text(head)):
            return kind
    if _is_text(head):
        return _CSV if suffix == "csv" else _TEXT
    return None


def fits(kind: FileKind, suffix: str) -> bool:
    """Whether a file of this kind may be called by a suffix (lower case, without a dot)."""
    return kind.suffix == suffix or any({kind.suffix, suffix} <= alike for alike in _ALIKE)


def _of_zip(file: Path) -> FileKind | None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError):
        return None
    for ending, kind in _OF_ZIP:
        if any(name == ending or name.endswith(f"/{ending}") for name in names):
            return kind
    return _ZIP


def _is_text(head: bytes) -> bool:
    """Whether the beginning of a file reads as text in an encoding that offices use."""
    encodings = ("utf-16",) if head.startswith(_MARKS[1:]) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            # A character cut off at the end of the head is no fault.
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeError:
            continue
        return all(one >= " " or one in _TEXT_CONTROLS for one in text)
    return False
