"""Blank sheets of official paper: a template is read and dressed once a process, then filled many times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.document import Document as DocumentFile
from docx.opc.constants import CONTENT_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.document import DocumentPart

from models.errors import InputError
from tasks.issue.package import SteadyZip
from tasks.issue.style import dress, number_pages, set_page

#: Templates kept in memory: one for each kind of document, standing and lying.
_KEPT = 16


@dataclass(frozen=True)
class Blank:
    """A dressed template. `package` lacks only what differs from one document to the next."""

    part: DocumentPart
    package: bytes
    #: The template's own content and properties, as XML.
    content: bytes
    properties: bytes
    #: What those two are called in the package.
    names: tuple[str, str]

    def document(self) -> DocumentFile:
        """A document of its own to write into; styles and footers are shared and stay as they are."""
        return DocumentFile(parse_xml(self.content), self.part)

    def about(self) -> BaseOxmlElement:
        """The properties of a document, to be filled in."""
        return parse_xml(self.properties)

    def with_content(self, content: bytes, properties: BaseOxmlElement) -> bytes:
        """The finished file."""
        file = BytesIO(self.package)
        with SteadyZip(file, more=True) as package:
            for name, part in zip(self.names, (content, serialize_part_xml(properties)), strict=True):
                package.writestr(name, part)
        return file.getvalue()


def blank_sheet(template: Path | None, *, landscape: bool) -> Blank:
    """The bureau's template, or a plain sheet where there is none.

    Raises InputError when the template cannot be used.
    """
    if template is None or not template.exists():
        return _blank(None, 0, landscape)
    return _blank(template, template.stat().st_mtime_ns, landscape)


@lru_cache(maxsize=_KEPT)
def _blank(template: Path | None, changed: int, landscape: bool) -> Blank:  # noqa: ARG001, FBT001  # the cache's key
    document = _open(template)
    dress(document)
    set_page(document.sections[-1], landscape=landscape)
    number_pages(document.sections[-1])
    document.core_properties.comments = ""  # a template may have had no properties yet
    about = next(
        one
        for one in document.part.package.iter_parts()
        if one.content_type == CONTENT_TYPE.OPC_CORE_PROPERTIES
    )
    names = (document.part.partname.membername, about.partname.membername)
    saved, package = BytesIO(), BytesIO()
    document.save(saved)
    with ZipFile(saved) as parts, SteadyZip(package) as kept:
        for name in parts.namelist():
            if name not in names:
                kept.writestr(name, parts.read(name))
    return Blank(document.part, package.getvalue(), serialize_part_xml(document.element), about.blob, names)


def _open(template: Path | None) -> DocumentFile:
    if template is None:
        return Document()
    try:
        return Document(str(template))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise InputError("document_template", file=template, reason=error) from error
