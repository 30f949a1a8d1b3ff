"""The month's calendar and its slips, read back from the files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from docx import Document
from icalendar import Calendar as Feed
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from models import periods
from models.database import unit_of_work
from models.errors import InputError
from models.tables import WorkItem
from tasks.issue.calendar import calendar_drafts
from tasks.issue.draft import Draft
from tasks.issue.publish import Issued
from tasks.issue.slip import slip_drafts
from tasks.issue.slip_numbers import allot_numbers
from tests.integration.documents_bureau import Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
MARCH = periods.month(2026, 3)
SEND_OFF = instant(date(2026, 2, 26))


@pytest.fixture
def march(bureau: Bureau) -> Bureau:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        bureau.item(session, "41", '=HYPERLINK("http://example.org","点我")', supporting=("第一党支部",))
        bureau.item(session, "55", "采取“四不两直”方式督查纪律作风", hidden=True, kind="unscheduled")
        bureau.item(session, "44", "绘制流程图\x08", kind="window")
        for unit in ("第一党支部", "第二党支部"):
            bureau.owe(session, "40", unit, MARCH, due=date(2026, 3, 20))
        bureau.owe(session, "41", "机关党委", MARCH, due=date(2026, 3, 31))
        bureau.owe(session, "55", "办公室", MARCH, due=date(2026, 3, 27))
        bureau.owe(session, "40", "第二党支部", periods.month(2026, 2), due=date(2026, 2, 20))
        bureau.owe(session, "44", "办公室", periods.year(2026), due=date(2026, 9, 30))
    return bureau


def _issue(bureau: Bureau) -> tuple[Issued, ...]:
    with unit_of_work(bureau.engine) as session:
        allot_numbers(session, MARCH)

    def collect(session: Session) -> list[Draft]:
        head, *register = calendar_drafts(session, bureau.settings, bureau.calendar, MARCH, at=SEND_OFF)
        slips = slip_drafts(session, bureau.settings, MARCH, bureau.branches, at=SEND_OFF)
        return [head, *slips, *register]

    return bureau.issue(collect, at=SEND_OFF)


def _file(bureau: Bureau, issued: Issued, role: str) -> Path:
    path = next(file["path"] for file in issued.files if file["role"] == role)
    return bureau.settings.home / path


def _words(file: Path) -> str:
    document = Document(str(file))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_the_calendar_lists_due_carried_and_running_work(march: Bureau) -> None:
    calendar = _issue(march)[0]

    text = _words(_file(march, calendar, "docx"))
    assert "本月安排工作4项（责任到单位5件）：到期2项，结转1项，跨月推进1项。" in text
    assert "植树节（3月12日）" in text
    assert "3月20日（周五）" in text
    assert "各党支部" in text
    assert "原定2月20日" in text
    assert "绘制流程图" in text


def test_the_member_edition_keeps_silent(march: Bureau) -> None:
    calendar = _issue(march)[0]

    text = _words(_file(march, calendar, "member"))
    assert "开展主题党日活动" in text
    for word in ("四不两直", "结转", "逾期", "原定", "2月20日"):
        assert word not in text


def test_unannounced_items_stand_in_the_internal_register_only(march: Bureau) -> None:
    *others, register = _issue(march)

    assert (register.kind, register.unit_id) == ("register", 0)
    assert "采取“四不两直”方式督查纪律作风" in _words(_file(march, register, "docx"))
    for one in others:
        for role in {file["role"] for file in one.files if file["path"].endswith("docx")}:
            assert "四不两直" not in _words(_file(march, one, role))


def test_the_feed_has_an_entry_for_each_open_work_item(march: Bureau) -> None:
    calendar = _issue(march)[0]

    content = _file(march, calendar, "ics").read_bytes()
    entries = Feed.from_ical(content).walk("VEVENT")
    assert [str(entry["UID"]) for entry in entries] == ["work-1@duban", "work-2@duban", "work-3@duban"]
    assert entries[0].decoded("DTSTART") == date(2026, 3, 20)
    assert entries[0].decoded("DTSTAMP") == SEND_OFF
    assert str(entries[0]["SUMMARY"]) == "开展主题党日活动（第一党支部）"
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_no_cell_of_the_sheet_is_a_formula(march: Bureau) -> None:
    calendar = _issue(march)[0]

    sheet = load_workbook(_file(march, calendar, "xlsx")).worksheets[0]
    found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [cell.data_type for cell in found] == ["s"]
    assert sheet.freeze_panes == "A3"
    assert sheet.print_title_rows == "$1:$2"


def test_each_branch_gets_a_numbered_slip(march: Bureau) -> None:
    _, first, second, _ = _issue(march)

    text = _words(_file(march, second, "docx"))
    assert first.title == "2026年3月党建工作提醒单（第一党支部）党提〔2026〕第1号"
    assert "党提〔2026〕第2号" in text
    assert "原定2月20日" in text
    assert "联系人：林晓东　邮箱：lin@example.gov.cn" in text
    assert "签收人：" in text
    assert "三、配合事项" in _words(_file(march, first, "docx"))


def test_issuing_again_changes_nothing(march: Bureau) -> None:
    _issue(march)

    again = _issue(march)

    assert [(one.version, one.fresh) for one in again] == [(1, False)] * 4


def test_a_changed_date_makes_a_second_version_that_says_so(march: Bureau) -> None:
    _issue(march)
    with unit_of_work(march.engine) as session:
        moved, dropped = march.items["40"].id, march.items["41"].id
        for work in session.query(WorkItem).filter(WorkItem.period == "2026-03"):
            if work.item_id == moved and work.unit_id == march.units["第二党支部"].id:
                work.due_on = date(2026, 3, 27)
            if work.item_id == dropped:
                work.state = "cancelled"

    calendar, first, second, _ = _issue(march)

    assert calendar.changes == (
        '取消“=HYPERLINK("http://example.org","点我")”。',
        (
            "“开展主题党日活动”由“3月20日（周五），各党支部”调整为"
            "“3月20日（周五），第一党支部；3月27日（周五），第二党支部”。"
        ),
    )
    assert "变更说明（第2版，与上一版相比）" in _words(_file(march, calendar, "docx"))
    assert (first.version, second.version) == (2, 2)
    assert second.title.endswith("党提〔2026〕第2号")
    cancelled = Feed.from_ical(_file(march, calendar, "ics").read_bytes()).walk("VEVENT")[-1]
    assert (str(cancelled["UID"]), str(cancelled["STATUS"])) == ("work-3@duban", "CANCELLED")


def test_only_months_have_calendars(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session, pytest.raises(InputError, match="2026-03"):
        calendar_drafts(session, bureau.settings, bureau.calendar, periods.quarter(2026, 1), at=SEND_OFF)
