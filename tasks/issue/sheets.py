"""Spreadsheets of documents: text never becomes a formula, heads repeat and stay in view."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.styleable import StyleableObject
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from tasks.issue.package import SteadyZip
from tasks.issue.text import clean

Value = str | int | float | None
#: First characters with which a spreadsheet program may take text for a formula.
_FORMULA_SIGNS = tuple("=+-@\t\r＝＋－＠")
#: Longest text that a spreadsheet cell takes.
_CELL_LENGTH = 32_767
_SIDE = Side(style="thin", color="808080")
#: Points for a line of text; the greatest height of a row that Excel knows.
_LINE, _HIGHEST = 14.5, 409
_THIN = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)


@dataclass(frozen=True)
class Page:
    """One worksheet: a title above, heads, widths in characters, rows; notes below the table."""

    name: str
    title: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: Sequence[Sequence[Value]]
    centred: tuple[int, ...] = (0,)
    notes: Sequence[str] = ()
    landscape: bool = True


def workbook_bytes(pages: Sequence[Page], *, author: str, at: datetime) -> bytes:
    """The finished file; the same content gives the same bytes, whenever it is written."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        _write(book.create_sheet(_sheet_name(page.name, book.sheetnames)), page)
    book.properties.creator = clean(author)[:200]
    book.properties.title = clean(pages[0].title)[:200]
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    file = BytesIO()
    # What `book.save` does, except that it dates the file by the machine's clock.
    ExcelWriter(book, SteadyZip(file)).save()
    return file.getvalue()


def put(cell: Cell | MergedCell, value: Value) -> None:
    """Put a value into a cell: numbers stay numbers, text stays text whatever it begins with."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = clean(value)[:_CELL_LENGTH]
    cell.value = text
    if text:
        cell.data_type = "s"
    if text.lstrip().startswith(_FORMULA_SIGNS):
        # Keeps Excel from reading a formula into it once somebody edits the cell.
        cell.quotePrefix = True


def _write(sheet: Worksheet, page: Page) -> None:
    last = get_column_letter(len(page.heads))
    sheet.merge_cells(f"A1:{last}1")
    put(sheet["A1"], page.title)
    sheet["A1"].font = Font(name="黑体", size=16)
    sheet["A1"].alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[1].height = 30
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    look = _look(sheet, Font(name="黑体", size=11), middle)
    look.fill = PatternFill("solid", fgColor="EDEDED")
    for column, (head, width) in enumerate(zip(page.heads, page.widths, strict=True), start=1):
        _put_dressed(sheet.cell(2, column), head, look)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[2].height = row_height(page.heads, page.widths)
    _write_rows(sheet, page)
    _set_print(sheet, page, last)


def _write_rows(sheet: Worksheet, page: Page) -> None:
    font = Font(name="仿宋", size=11)
    middle, left = (
        _look(sheet, font, Alignment(horizontal=where, vertical="center", wrap_text=True))
        for where in ("center", "left")
    )
    for number, row in enumerate(page.rows, start=3):
        for column, value in enumerate(row, start=1):
            look = middle if column - 1 in page.centred else left
            _put_dressed(sheet.cell(number, column), value, look)
        sheet.row_dimensions[number].height = row_height(row, page.widths)
    for number, note in enumerate(page.notes, start=3 + len(page.rows)):
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(page.heads))
        cell = sheet.cell(number, 1)
        put(cell, note)
        cell.font = Font(name="仿宋", size=10)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.row_dimensions[number].height = row_height([note], [sum(page.widths)])


def _look(sheet: Worksheet, font: Font, alignment: Alignment) -> StyleableObject:
    """How cells of a table look. Found once: the registry of styles compares whatever it is given."""
    look = StyleableObject(sheet)
    look.font, look.border, look.alignment = font, _THIN, alignment
    return look


def _put_dressed(cell: Cell | MergedCell, value: Value, look: StyleableObject) -> None:
    cell._style = copy(look._style)  # type: ignore[union-attr, attr-defined]  # noqa: SLF001  # no public way
    put(cell, value)


def row_height(values: Sequence[Value], widths: Sequence[float]) -> float:
    """The height of a row, in points, with room for the cell with most lines.

    Spreadsheet programs do not fit wrapped text by themselves. A Chinese character is as wide as two
    digits, in which column widths are measured.
    """
    lines = 1
    for value, width in zip(values, widths, strict=True):
        pieces = str(value if value is not None else "").split("\n")
        lines = max(
            lines, sum(max(ceil(len(piece.encode("gbk", "replace")) / (width - 1.5)), 1) for piece in pieces)
        )
    return min(_LINE * lines + 5, _HIGHEST)


def _set_print(sheet: Worksheet, page: Page, last: str) -> None:
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "1:2"
    sheet.print_area = f"A1:{last}{max(2 + len(page.rows) + len(page.notes), 3)}"
    sheet.page_setup.orientation = "landscape" if page.landscape else "portrait"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    footer = sheet.HeaderFooter.oddFooter
    if footer is not None and footer.center is not None:
        footer.center.text = "— &P —"


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    safe = (
        "".join("_" if character in r"[]:*?/\'" else character for character in clean(name))[:28] or "Sheet"
    )
    number, unique = 2, safe
    while unique in taken:
        unique, number = f"{safe}{number}", number + 1
    return unique
