"""The confirmation sheet: what is open, written as xlsx, and the coordinator's answers read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from models.errors import InputError
from models.messages import Lang, say
from tasks.confirm_plan import Answer, Question
from tasks.issue.sheets import row_height

#: Columns in order: catalogue key and width in characters; the last three are the coordinator's.
_COLUMNS = (
    ("ref", 8),
    ("title", 48),
    ("phrase", 20),
    ("question", 60),
    ("new_phrase", 20),
    ("new_unit", 20),
    ("new_owner", 16),
)
_LINES = Border(*(Side(style="thin", color="BFBFBF"),) * 4)
_ANSWERS = ("new_phrase", "new_unit", "new_owner")


def write_check_sheet(file: Path, title: str, asked: Sequence[Question], lang: Lang) -> None:
    """Write one row a question; the yellow columns are for the coordinator, empty means as read."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  # a new workbook has a sheet
    sheet.title = say("sheet.check", lang)
    sheet.append([say("sheet.check_title", lang, title=title)])
    sheet.append([say(f"column.{key}", lang) for key, _ in _COLUMNS])
    for one in asked:
        sheet.append([one.ref, one.title, one.phrase, one.words, "", "", ""])
    yellow = PatternFill("solid", fgColor="FFF2CC")
    for number, (key, width) in enumerate(_COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        for (cell,) in sheet.iter_rows(min_row=2, min_col=number, max_col=number):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == 2)  # noqa: PLR2004  # the heading
            cell.border = _LINES
            # A text that starts with “=” is a text here, never a formula.
            cell.data_type = "s" if cell.value else cell.data_type
            if key in _ANSWERS:
                cell.fill = yellow
    widths = [width for _, width in _COLUMNS]
    for number, row in enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2):
        sheet.row_dimensions[number].height = row_height([str(value or "") for value in row], widths)
    sheet["A1"].font = Font(bold=True, size=14)
    _set_print(sheet)
    book.save(file)


def _set_print(sheet: Worksheet) -> None:
    """On paper it is one page wide, lying, with its headings on every page."""
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "1:2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def read_check_sheet(file: Path) -> list[Answer]:
    """The answers of a filled sheet; every row confirms its item, empty cells mean as read.

    Raises InputError for a file that is not there or is no confirmation sheet.
    """
    if not file.is_file():
        raise InputError("read_missing", file=file.name)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part raises
        raise InputError("confirm_sheet", file=file.name, column="ref") from error
    rows = [
        [str(cell).strip() if cell is not None else "" for cell in row] for row in book.worksheets[0].values
    ]
    book.close()
    for number, row in enumerate(rows):
        places = {key: _place(row, key) for key in ("ref", *_ANSWERS)}
        if places["ref"] is not None:
            missing = [key for key, place in places.items() if place is None]
            if missing:
                raise InputError("confirm_sheet", file=file.name, column=say(f"column.{missing[0]}", "zh"))
            return [_answer(one, places) for one in rows[number + 1 :] if one[places["ref"]]]
    raise InputError("confirm_sheet", file=file.name, column=say("column.ref", "zh"))


def _place(row: Sequence[str], key: str) -> int | None:
    names = {say(f"column.{key}", "zh"), say(f"column.{key}", "en")}
    return next((n for n, cell in enumerate(row) if cell in names), None)


def _answer(row: Sequence[str], places: dict[str, int | None]) -> Answer:
    def cell(key: str) -> str:
        place = places[key]
        return row[place] if place is not None and place < len(row) else ""

    return Answer(cell("ref"), cell("new_phrase"), cell("new_unit"), cell("new_owner"))
