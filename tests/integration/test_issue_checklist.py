"""The quarterly checklists, read back from the files."""

from __future__ import annotations

from datetime import date

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import periods
from models.database import unit_of_work
from models.errors import InputError
from models.tables import WorkItem
from tasks.issue.checklist import checklist_drafts
from tasks.issue.checklist_matrix import matrix_drafts
from tasks.issue.draft import Draft
from tasks.issue.publish import Issued
from tests.integration.documents_bureau import Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
Q2 = periods.quarter(2026, 2)
TODAY = date(2026, 5, 11)


@pytest.fixture
def quarter(bureau: Bureau) -> Bureau:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        bureau.item(session, "38", "安排支部党课", kind="quota")
        bureau.item(session, "9", "编制行事历", category="制度建设")
        bureau.item(session, "55", "不打招呼的督查", hidden=True, kind="unscheduled")
        for month in (3, 4, 5, 6):
            bureau.owe(session, "40", "第一党支部", periods.month(2026, month), due=date(2026, month, 20))
        april = bureau.owe(session, "40", "第二党支部", periods.month(2026, 4), due=date(2026, 4, 20))
        bureau.close(session, april, date(2026, 4, 20))
        lecture = bureau.owe(
            session, "38", "第二党支部第一党小组", periods.year(2026), due=date(2026, 12, 31), target=4
        )
        bureau.report(session, lecture, date(2026, 4, 2), quantity=1)
        bureau.owe(session, "9", "机关党委", Q2, due=date(2026, 4, 10))
        bureau.owe(session, "55", "第一党支部", Q2, due=date(2026, 5, 29))
    return bureau


def _issue(bureau: Bureau) -> tuple[Issued, ...]:
    settings, at = bureau.settings, instant(TODAY)

    def collect(session: Session) -> list[Draft]:
        matrix = matrix_drafts(session, settings, Q2, today=TODAY, at=at)
        return matrix + checklist_drafts(session, settings, Q2, bureau.branches, today=TODAY, at=at)

    return bureau.issue(collect, at=at)


def _sheets(bureau: Bureau, issued: Issued) -> list[list[tuple[object, ...]]]:
    path = next(file["path"] for file in issued.files if file["role"] == "xlsx")
    book = load_workbook(bureau.settings.home / path)
    return [[tuple(row) for row in sheet.iter_rows(min_row=3, values_only=True)] for sheet in book.worksheets]


def test_a_branch_sees_what_is_due_done_carried_and_left(quarter: Bureau) -> None:
    _, first, second = _issue(quarter)

    assert _sheets(quarter, first)[0][0] == (
        1,
        "开展主题党日活动",
        "3月20日至6月20日（4期）\n3月、4月未开展",
        3,
        0,
        1,
        4,
        "签到表",
    )
    plain, quotas = _sheets(quarter, second)
    assert plain[0][3:7] == (1, 1, 0, 0)
    assert quotas[0][:6] == (1, "安排支部党课", "2026年", 4, 1, 3)


def test_the_matrix_sets_branches_against_items(quarter: Bureau) -> None:
    matrix = _issue(quarter)[0]

    branches, others = _sheets(quarter, matrix)
    assert branches[:3] == [
        ("1", "开展主题党日活动", "0/4\n欠2期", "1/1"),
        ("2", "安排支部党课", None, "1/4"),
        (None, "合计", "0/4", "1/1"),
    ]
    assert others == [("1", "机关党委", "编制行事历", "4月10日", "1", "0", "0", "1")]


def test_what_was_made_up_or_put_off_says_so_and_stays_in_its_period(quarter: Bureau) -> None:
    with unit_of_work(quarter.engine) as session:
        works = {
            work.period: work
            for work in session.scalars(
                select(WorkItem).where(WorkItem.unit_id == quarter.units["第一党支部"].id)
            )
            if work.item_id == quarter.items["40"].id
        }
        quarter.close(session, works["2026-03"], date(2026, 4, 10))
        quarter.put_off(session, works["2026-05"], date(2026, 6, 5))

    matrix, first, _ = _issue(quarter)

    assert _sheets(quarter, first)[0][0][2:7] == (
        "3月20日至6月20日（4期）\n3月补（4月10日）\n5月延期，原定5月20日\n4月未开展",
        3,
        1,
        1,
        3,
    )
    assert _sheets(quarter, matrix)[0][0][2] == "1/4\n补（4月10日）\n延1期\n欠1期"
    paper = next(file["path"] for file in first.files if file["path"].endswith("docx"))
    document = Document(str(quarter.settings.home / paper))
    assert "补办1期，仍未开展1期" in "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert 'w:fill="FFF2CC"' in document.element.xml


def test_hidden_items_are_in_no_checklist(quarter: Bureau) -> None:
    issued = _issue(quarter)

    for one in issued:
        for file in one.files:
            if file["path"].endswith("docx"):
                document = Document(str(quarter.settings.home / file["path"]))
                cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
                assert not any("不打招呼" in cell for cell in cells)


def test_closing_makes_a_second_version_of_that_checklist_only(quarter: Bureau) -> None:
    _issue(quarter)
    with unit_of_work(quarter.engine) as session:
        work = session.scalars(select(WorkItem).where(WorkItem.period == "2026-05")).one()
        quarter.close(session, work, date(2026, 5, 11))

    matrix, first, second = _issue(quarter)

    assert [one.version for one in (matrix, first, second)] == [2, 2, 1]
    assert first.changes == (
        (
            "“开展主题党日活动”由“应办3，已办0，结转1，剩余4，3月、4月未开展”"
            "调整为“应办3，已办1，结转1，剩余3，3月、4月未开展”。"
        ),
    )


def test_only_quarters_have_checklists(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session, pytest.raises(InputError, match="2026-Q1"):
        matrix_drafts(session, bureau.settings, periods.month(2026, 3), at=instant(TODAY), today=TODAY)
