"""How official paper looks after GB/T 9704-2012: fonts, sizes, page, grid, page numbers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.text.font import Font
from docx.text.parfmt import ParagraphFormat

if TYPE_CHECKING:
    from docx.document import Document as DocumentType
    from docx.section import Section
    from docx.styles.style import ParagraphStyle

#: 3号, 2号, 4号, 小四 and 五号 in points.
BODY_SIZE, TITLE_SIZE, NUMBER_SIZE, NOTE_SIZE, TABLE_SIZE = 16.0, 22.0, 14.0, 12.0, 10.5
#: 22 lines on 225 mm.
LINE_POINTS = 28.9
TITLE_LINE_POINTS = 36.0
#: 28 characters on 156 mm: each is narrowed by a quarter point, in twentieths of a point. A character
#: grid would do the same in Word only: other programs stretch the text with it.
NARROWED = -5
LATIN = "Times New Roman"


@dataclass(frozen=True)
class Typeface:
    """A typeface by the name that government templates use, and what stands in for it."""

    name: str
    fallback: str


SONG_TITLE = Typeface("方正小标宋简体", "小标宋体,华文中宋,宋体")
FANGSONG = Typeface("仿宋_GB2312", "仿宋,华文仿宋,FangSong")
HEI = Typeface("黑体", "华文黑体,SimHei")
KAI = Typeface("楷体_GB2312", "楷体,华文楷体,KaiTi")
SONG = Typeface("宋体", "新宋体,SimSun")
TYPEFACES = (SONG_TITLE, FANGSONG, HEI, KAI, SONG)


@dataclass(frozen=True)
class Sides:
    """Margins of a page in millimetres."""

    top: float
    right: float
    bottom: float
    left: float


#: 天头 37, 订口 28: what is left is the text block of 156 × 225 mm.
PORTRAIT = Sides(37, 26, 35, 28)
#: Lying down, for grids: all the room that printers leave.
LANDSCAPE = Sides(20, 26, 20, 26)


#: What must stand after w:spacing among a run's properties.
_AFTER_SPACING = (
    "w:w",
    "w:kern",
    "w:position",
    "w:sz",
    "w:szCs",
    "w:highlight",
    "w:u",
    "w:vertAlign",
    "w:lang",
)


def new_paragraph(points: float, *, indent: float = 0) -> BaseOxmlElement:
    """An empty paragraph: lines so many points apart, the first one so many characters in."""
    return parse_xml(_paragraph(points, indent))


def new_run(face: Typeface, size: float, *, bold: bool = False, raised: bool = False) -> BaseOxmlElement:
    """An empty run in a typeface, its size in points."""
    return parse_xml(_run(face, size, bold, raised))


# Read from XML each time: several times faster than setting properties one by one.
@cache
def _paragraph(points: float, indent: float) -> bytes:
    element = OxmlElement("w:p")
    layout = ParagraphFormat(element)
    layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    layout.line_spacing = Pt(points)
    if indent:
        layout.first_line_indent = Pt(BODY_SIZE * indent)
    return serialize_part_xml(element)


@cache
def _run(face: Typeface, size: float, bold: bool, raised: bool) -> bytes:  # noqa: FBT001  # the cache's key
    """Chinese and Latin typefaces; the hint makes ambiguous characters such as “” Chinese: full-width."""
    element = OxmlElement("w:r")
    font = Font(element)
    font.size = Pt(size)
    font.bold = bold
    font.name = LATIN
    properties = element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face.name)
    fonts.set(qn("w:hint"), "eastAsia")
    if size == BODY_SIZE:
        narrow = OxmlElement("w:spacing", {qn("w:val"): str(NARROWED)})
        properties.insert_element_before(narrow, *_AFTER_SPACING)
    font.superscript = raised or None
    return serialize_part_xml(element)


def dress(document: DocumentType) -> None:
    """Give a document the standard's page, its default typeface and its typeface fall-backs."""
    normal: ParagraphStyle = document.styles["Normal"]
    normal.font.name = LATIN
    normal.font.size = Pt(BODY_SIZE)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), FANGSONG.name)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    document.settings.odd_and_even_pages_header_footer = True
    _add_fallbacks(document)


def _add_fallbacks(document: DocumentType) -> None:
    """Name in the font table what to use where a government typeface is not installed."""
    for relation in document.part.rels.values():
        if relation.reltype != RELATIONSHIP_TYPE.FONT_TABLE:
            continue
        part = relation.target_part
        table = parse_xml(part.blob)
        known = {font.get(qn("w:name")) for font in table}
        for face in TYPEFACES:
            if face.name not in known:
                font = OxmlElement("w:font", {qn("w:name"): face.name})
                font.append(OxmlElement("w:altName", {qn("w:val"): face.fallback}))
                table.append(font)
        part._blob = serialize_part_xml(table)  # noqa: SLF001  # the part offers no setter


def set_page(section: Section, *, landscape: bool = False) -> None:
    """Lay out a section: A4, the standard's margins, the character grid, the page numbers."""
    sides = LANDSCAPE if landscape else PORTRAIT
    width, height = (297, 210) if landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.right_margin = Mm(sides.top), Mm(sides.right)
    section.bottom_margin, section.left_margin = Mm(sides.bottom), Mm(sides.left)
    section.header_distance, section.footer_distance = Mm(15), Mm(sides.bottom - 12)
    for grid in section._sectPr.findall(qn("w:docGrid")):  # noqa: SLF001  # no public way
        section._sectPr.remove(grid)  # noqa: SLF001  # the same


def number_pages(section: Section) -> None:
    """— 1 — below the text block: on the right of odd pages, on the left of even ones."""
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph._p.getparent().replace(paragraph._p, deepcopy(_page_number(side)))  # noqa: SLF001  # no public way


def _page_number(side: str) -> BaseOxmlElement:
    face = (
        f'<w:rPr><w:rFonts w:ascii="{SONG.name}" w:hAnsi="{SONG.name}" w:eastAsia="{SONG.name}"/>'
        f'<w:sz w:val="{round(NUMBER_SIZE * 2)}"/></w:rPr>'
    )
    indent = f'<w:ind w:{side}="{round(NUMBER_SIZE * 20)}" w:firstLine="0"/>'
    return parse_xml(
        f'<w:p {nsdecls("w")}><w:pPr>{indent}<w:jc w:val="{side}"/></w:pPr>'
        f'<w:r>{face}<w:t xml:space="preserve">— </w:t></w:r>'
        f'<w:r>{face}<w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r>{face}<w:instrText>PAGE</w:instrText></w:r>"
        f'<w:r>{face}<w:fldChar w:fldCharType="separate"/></w:r>'
        f"<w:r>{face}<w:t>1</w:t></w:r>"
        f'<w:r>{face}<w:fldChar w:fldCharType="end"/></w:r>'
        f'<w:r>{face}<w:t xml:space="preserve"> —</w:t></w:r></w:p>'
    )
