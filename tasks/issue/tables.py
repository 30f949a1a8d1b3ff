"""Tables on official paper: repeated head rows, fixed widths, rows that do not break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.xmlchemy import BaseOxmlElement

from tasks.issue.style import FANGSONG, HEI, KAI, LATIN, TABLE_SIZE, Typeface
from tasks.issue.text import clean

_TWIPS_PER_MM = 56.6929


@dataclass(frozen=True)
class Cell:
    """A cell that is not just text: bold, shaded (RGB), of another size, spanning columns."""

    text: str
    bold: bool = False
    shade: str = ""
    size: float = 0
    span: int = 1
    centred: bool | None = None


Content = str | Cell


def plain(row: Sequence[Content]) -> tuple[str, ...]:
    """A row's texts alone, for a sheet or a list."""
    return tuple(cell.text if isinstance(cell, Cell) else cell for cell in row)


@dataclass(frozen=True)
class Grid:
    """A table: heads, column widths in millimetres, rows; `centred` are column numbers from 0."""

    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: Sequence[Sequence[Content]]
    centred: tuple[int, ...] = (0,)
    size: float = TABLE_SIZE
    #: Least height of a body row in millimetres.
    height: float = 0
    top: bool = False


def table_xml(grid: Grid) -> str:
    """The table as it stands in a document's XML, where `w` names Word's namespace."""
    widths = [round(width * _TWIPS_PER_MM) for width in grid.widths]
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = (
        [_row(tuple(Cell(head, bold=True) for head in grid.heads), grid, widths, head=True)]
        if grid.heads
        else []
    )
    rows += [_row(row, grid, widths, head=False) for row in grid.rows]
    return (
        "<w:tbl><w:tblPr>"
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>{_BORDERS}'
        f'<w:tblLayout w:type="fixed"/>{_PADDING}</w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def table_element(grid: Grid) -> BaseOxmlElement:
    """The table as an element that can be changed, and put into a document's body."""
    return parse_xml(table_xml(grid).replace("<w:tbl>", f"<w:tbl {nsdecls('w')}>", 1))


_EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")
_BORDERS = (
    "<w:tblBorders>"
    + "".join(f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for edge in _EDGES)
    + "</w:tblBorders>"
)
_PADDING = '<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'


def _row(cells: Sequence[Content], grid: Grid, widths: Sequence[int], *, head: bool) -> str:
    column, parts = 0, []
    for content in cells:
        cell = content if isinstance(content, Cell) else Cell(content)
        centred = head or (column in grid.centred if cell.centred is None else cell.centred)
        parts.append(_cell(cell, sum(widths[column : column + cell.span]), grid, head=head, centred=centred))
        column += cell.span
    height = f'<w:trHeight w:val="{round(grid.height * _TWIPS_PER_MM)}"/>' if grid.height and not head else ""
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{height}{repeated}</w:trPr>{''.join(parts)}</w:tr>"


def _cell(cell: Cell, width: int, grid: Grid, *, head: bool, centred: bool) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    shade = cell.shade or ("EDEDED" if head else "")
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    place = "top" if grid.top and not head else "center"
    face = HEI if head else (KAI if cell.bold else FANGSONG)
    size = cell.size or grid.size
    paragraphs = "".join(
        _paragraph(line, face, size, centred=centred) for line in clean(cell.text).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{fill}<w:vAlign w:val="{place}"/></w:tcPr>'
        f"{paragraphs}</w:tc>"
    )


def _paragraph(line: str, face: Typeface, size: float, *, centred: bool) -> str:
    where = "center" if centred else "left"
    spacing = f'<w:spacing w:before="20" w:after="20" w:line="{round(size * 1.32 * 20)}" w:lineRule="exact"/>'
    fonts = f'<w:rFonts w:hint="eastAsia" w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{face.name}"/>'
    return (
        f'<w:p><w:pPr><w:snapToGrid w:val="0"/>{spacing}<w:jc w:val="{where}"/></w:pPr>'
        f'<w:r><w:rPr>{fonts}<w:snapToGrid w:val="0"/><w:sz w:val="{round(size * 2)}"/></w:rPr>'
        f"{_text(line)}</w:r></w:p>"
    )


def _text(line: str) -> str:
    return f'<w:t xml:space="preserve">{escape(line)}</w:t>' if line else '<w:t xml:space="preserve"/>'
