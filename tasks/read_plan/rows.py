"""What a row below the headings is: an item, a band with a category, or a sum, a note, a signature."""

from __future__ import annotations

import re

from tasks.read_plan.grid import EMPTY, Row
from tasks.read_plan.headers import Header
from tasks.read_plan.text import normal, without_numbering

KEY = "★"
_CHINESE_NUMBER = r"[一二三四五六七八九十百]+"
#: How sums, notes and signatures below a table begin.
_NO_ITEM = re.compile(
    r"(?:合计|总计|小计|共计)(?:\d+[项条个]?|[（(：:].*)?$"
    r"|(?:注|备注|附注|说明|填表说明|填报说明)(?:\d*[：:]|[（(])|注[1-9一二三]"
    r"|(?:制表|填表|填报|审核|审批|联系|报送|签发|批准|印发)(?:单位|部门|科室|人|人员|日期|时间|电话|领导)?[：:]"
)
_BAND = re.compile(rf"{_CHINESE_NUMBER}[、.．]|[（(]{_CHINESE_NUMBER}[)）]|第{_CHINESE_NUMBER}部分")
_CHINESE_NUMBER_ALONE = re.compile(rf"[（(]?{_CHINESE_NUMBER}[)）]?[、.．]?")
_COUNT = re.compile(r"[（(]共?\d+[项条个][)）]$")
_BRACKETED_NUMBER = re.compile(r"[(（]?(.*?)[)）.、．]?")
#: Numbers and categories may be printed into rows that are otherwise blank.
_FRAME = frozenset({"no", "category"})


def bare_number(text: str) -> str:
    """A number as people cite it: 12 for “12.”, “（12）” and “★12”."""
    match = _BRACKETED_NUMBER.fullmatch(normal(text).replace(KEY, ""))
    return match[1] if match else ""


def bare_category(text: str) -> str:
    """A category without “一、” before it and “（13项）” behind it."""
    return _COUNT.sub("", without_numbering(normal(text).lstrip(KEY)))


def is_no_item(row: Row) -> bool:
    """Whether the row is a sum, a note or a signature, judged by what stands first in it."""
    typed = ((column, cell) for column, cell in sorted(row.cells.items()) if cell.own and cell.text.strip())
    _, first = next(typed, (0, EMPTY))
    return bool(_NO_ITEM.match(normal(first.text)))


def band(row: Row, header: Header) -> str:
    """The category of a row that holds nothing else; blank for any other row.

    A band is merged over several columns, or begins “一、” outside the column of the content, or has a
    Chinese number in the number column and a text beside it.
    """
    typed = {
        column: normal(cell.text) for column, cell in row.cells.items() if cell.own and cell.text.strip()
    }
    number, title = header.columns.get("no", 0), header.columns["title"]
    if len(typed) == 2 and set(typed) == {number, title} and _CHINESE_NUMBER_ALONE.fullmatch(typed[number]):  # noqa: PLR2004
        return bare_category(typed[title])
    if len(typed) != 1:
        return ""
    ((column, text),) = typed.items()
    spread = row.cell(column + 1).across
    outside = column not in (title, header.columns.get("category")) or (number and column == title)
    return bare_category(text) if spread or (outside and _BAND.match(text)) else ""


def holds_content(row: Row, header: Header) -> bool:
    """Whether something besides a number or a category was typed into a column that we read."""
    return any(
        row.cell(column).own and row.cell(column).text.strip()
        for field, column in header.columns.items()
        if field not in _FRAME
    )
