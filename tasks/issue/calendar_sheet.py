"""The month's calendar as a spreadsheet: the rows, and every work item on one of its own."""

from __future__ import annotations

from tasks.issue.draft import Edition
from tasks.issue.month import Announced
from tasks.issue.rows import Row, rows_of
from tasks.issue.sheets import Page, Value, workbook_bytes
from tasks.issue.text import words

_HEADS = ("序号", "编号", "状态", "时限", "类型", "类别", "工作事项", "责任单位", "责任人", "完成标志")
_WIDTHS = (6, 8, 8, 13, 8, 20, 46, 24, 12, 30)


def calendar_sheet(month: Announced, title: str, edition: Edition) -> bytes:
    """The list, then the work items one by one unless they are too many; 变更说明 below from version 2 on."""
    notes = [words("calendar.note"), *_changes(edition)]
    listed = [_values(month, number, row) for number, row in enumerate(month.rows, start=1)]
    pages = [Page(words("calendar.sheet_all"), title, _HEADS, _WIDTHS, listed, _CENTRED, notes)]
    if month.works is not None:
        single = [rows_of([work], month.period)[0] for work in month.works]
        each = [_values(month, number, row) for number, row in enumerate(single, start=1)]
        pages.append(Page(words("calendar.sheet_due"), title, _HEADS, _WIDTHS, each, _CENTRED))
    return workbook_bytes(pages, author=month.office.signer, at=month.at)


_CENTRED = (0, 1, 2, 3, 4)


def _changes(edition: Edition) -> list[str]:
    if not edition.changes:
        return []
    return [words("change.heading", version=edition.version), *edition.changes]


def _values(month: Announced, number: int, row: Row) -> tuple[Value, ...]:
    work = row.first
    return (
        number,
        work.no,
        words(f"calendar.state_{row.stand}"),
        row.due_on.isoformat() if row.due_on else words("calendar.long"),
        words(f"kind.{work.kind}"),
        work.category,
        work.marked_title,
        month.office.unit_words(row.crowd),
        month.office.head_words(row.crowd, row.owners),
        work.standard,
    )
