"""A sheet of official paper to write on: title, headings, paragraphs, tables, signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path

from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.opc.coreprops import CoreProperties
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from tasks.issue.blank import blank_sheet
from tasks.issue.style import (
    BODY_SIZE,
    FANGSONG,
    HEI,
    KAI,
    LINE_POINTS,
    NOTE_SIZE,
    SONG_TITLE,
    TITLE_LINE_POINTS,
    TITLE_SIZE,
    Typeface,
    new_paragraph,
    new_run,
    set_page,
)
from tasks.issue.tables import Grid, table_xml
from tasks.issue.text import chinese_date, clean, words


@dataclass(frozen=True)
class Piece:
    """A stretch of a paragraph that looks different from the rest."""

    text: str
    bold: bool = False
    raised: bool = False


Words = str | Sequence[str | Piece]


class Paper:
    """One document being written. `template` is the bureau's own head (红头), kept as it stands."""

    def __init__(
        self, title: str, *, author: str, at: datetime, template: Path | None = None, landscape: bool = False
    ) -> None:
        """Open a sheet. Raises InputError when the bureau's template cannot be used."""
        self._blank = blank_sheet(template, landscape=landscape)
        self.document = self._blank.document()
        self._about = self._blank.about()
        # As text: the elements of a long table take a hundred times its room in memory.
        self._tables: list[bytes] = []
        about = CoreProperties(self._about)
        about.title, about.author, about.comments = clean(title)[:200], clean(author)[:200], ""
        about.created = about.modified = at.replace(tzinfo=None)
        about.last_modified_by = about.author

    def title(self, text: str, *, below: str = "") -> None:
        """The title, centred; `below` is a line under it such as 文号 or 编号."""
        paragraph = self._paragraph(TITLE_LINE_POINTS)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        self._write(paragraph, text, SONG_TITLE, size=TITLE_SIZE)
        if below:
            self.line(below, face=KAI, centred=True)
        self._paragraph(LINE_POINTS / 2)

    def heading(self, text: str, *, level: int = 1) -> None:
        """A heading on a line of its own: 一、 in 黑体, （一） in 楷体."""
        paragraph = self._paragraph(LINE_POINTS, indent=2)
        paragraph.paragraph_format.keep_with_next = True
        self._write(paragraph, text, HEI if level == 1 else KAI)

    def body(self, text: Words) -> None:
        """A paragraph of running text, its first line two characters in."""
        self._write(self._paragraph(LINE_POINTS, indent=2), text, FANGSONG)

    def address(self, text: str) -> None:
        """Whom the document speaks to: flush left, with a colon."""
        self._write(self._paragraph(LINE_POINTS), text, FANGSONG)

    def line(
        self, text: str, *, face: Typeface = FANGSONG, size: float = BODY_SIZE, centred: bool = False
    ) -> None:
        """A line without indent."""
        paragraph = self._paragraph(max(size * 1.5, LINE_POINTS if size >= BODY_SIZE else 0))
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._write(paragraph, text, face, size=size)

    def note(self, text: str) -> None:
        """A small paragraph under a table."""
        paragraph = self._paragraph(NOTE_SIZE * 1.5)
        self._write(paragraph, text, FANGSONG, size=NOTE_SIZE)

    def table(self, grid: Grid) -> None:
        """A table with some air below it."""
        self._put(OxmlElement("w:tbl"))
        self._tables.append(table_xml(grid).encode())
        self._paragraph(8)

    def changes(self, changes: Sequence[str], *, version: int) -> None:
        """变更说明: what this version changes, printed in the document itself."""
        if not changes:
            return
        self.heading(words("change.heading", version=version), level=2)
        shown = list(changes[:CHANGES_SHOWN])
        for number, change in enumerate(shown, start=1):
            self.body(f"{number}. {change}")
        if len(changes) > len(shown):
            self.body(words("change.more", count=len(changes)))

    def signature(self, name: str, day: date) -> None:
        """落款: the name above the date, the date four characters from the right."""
        self._paragraph(LINE_POINTS).paragraph_format.keep_with_next = True
        written = chinese_date(day)
        room = 4 + (_width(written) - _width(name)) / 2
        date_room = 4 if room >= 0 else 4 - room
        for text, characters in ((name, max(room, 0)), (written, date_room)):
            paragraph = self._paragraph(LINE_POINTS)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.right_indent = Pt(BODY_SIZE * characters)
            paragraph.paragraph_format.keep_with_next = text == name
            self._write(paragraph, text, FANGSONG)

    def annex(self, mark: str, title: str) -> None:
        """Start an annex on a new page: 附件1 at the top left in 黑体, its title centred."""
        self.new_page()
        self.line(mark, face=HEI)
        self.title(title)

    def turn(self, *, landscape: bool) -> None:
        """Start a new page, lying or standing."""
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        set_page(section, landscape=landscape)

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self.document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)

    def to_bytes(self) -> bytes:
        """The finished file; the same content gives the same bytes, whenever it is written."""
        before, *rest = serialize_part_xml(self.document.element).split(_TABLE_PLACE)
        content = b"".join((before, *chain.from_iterable(zip(self._tables, rest, strict=True))))
        return self._blank.with_content(content, self._about)

    def _paragraph(self, points: float, *, indent: float = 0) -> Paragraph:
        element = new_paragraph(points, indent=indent)
        self._put(element)
        return Paragraph(element, self.document._body)  # noqa: SLF001  # no public way

    def _put(self, element: BaseOxmlElement) -> None:
        """At the end of the page, before its properties."""
        self.document.element.body[-1].addprevious(element)

    def _write(self, paragraph: Paragraph, text: Words, face: Typeface, *, size: float = BODY_SIZE) -> None:
        for piece in (text,) if isinstance(text, str) else text:
            part = Piece(piece) if isinstance(piece, str) else piece
            shown = KAI if part.bold and face is FANGSONG else face
            element = new_run(shown, size, bold=part.bold, raised=part.raised)
            element.text = clean(part.text)
            paragraph._p.append(element)  # noqa: SLF001  # the same


#: Where a table comes to stand in the document's XML: Word itself writes no table without anything.
_TABLE_PLACE = b"<w:tbl/>"
#: So many changes are printed; the register keeps all of them.
CHANGES_SHOWN = 30


def _width(text: str) -> float:
    """Width in Chinese characters: digits and Latin letters are half as wide."""
    return sum(0.5 if character.isascii() else 1 for character in text)
