"""Spreadsheets of documents: text never becomes a formula, heads repeat and stay in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

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
    """The finished file."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        _write(book.create_sheet(_sheet_name(page.name, book.sheetnames)), page)
    book.properties.creator = clean(author)[:200]
    book.properties.title = clean(pages[0].title)[:200]
    book.properties.created = at.replace(tzinfo=None)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


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
    for column, (head, width) in enumerate(zip(page.heads, page.widths, strict=True), start=1):
        cell = sheet.cell(2, column)
        put(cell, head)
        cell.font = Font(name="黑体", size=11)
        cell.fill = PatternFill("solid", fgColor="EDEDED")
        cell.border = _THIN
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[2].height = row_height(page.heads, page.widths)
    _write_rows(sheet, page)
    _set_print(sheet, page, last)


def _write_rows(sheet: Worksheet, page: Page) -> None:
    font = Font(name="仿宋", size=11)
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    left = Alignment(horizontal="left", vertical="center", wrap_text=True)
    for number, row in enumerate(page.rows, start=3):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            put(cell, value)
            cell.font, cell.border = font, _THIN
            cell.alignment = middle if column - 1 in page.centred else left
        sheet.row_dimensions[number].height = row_height(row, page.widths)
    for number, note in enumerate(page.notes, start=3 + len(page.rows)):
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(page.heads))
        cell = sheet.cell(number, 1)
        put(cell, note)
        cell.font = Font(name="仿宋", size=10)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.row_dimensions[number].height = row_height([note], [sum(page.widths)])


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
