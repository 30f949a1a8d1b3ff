"""The inspection bulletin: rates by branch, findings, what must be put right."""

from __future__ import annotations

from datetime import date

import pytest
from docx import Document
from docx.document import Document as DocumentFile
from sqlalchemy import select

from models import periods
from models.database import unit_of_work
from models.tables import Event, Figure, Finding, Item, WorkItem
from tasks.inspect import open_inspection, record_finding
from tasks.issue.bulletin import bulletin_drafts
from tasks.issue.publish import Issued
from tasks.rates import Rate, rates_by_unit
from tests.integration.documents_bureau import COORDINATOR, Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
H1 = periods.half(2026, 1)
TODAY = date(2026, 6, 1)


@pytest.fixture
def half(bureau: Bureau) -> Bureau:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        bureau.item(session, "43", "列出支部责任清单", kind="deadline")
        closed_on = {1: date(2026, 1, 20), 2: date(2026, 3, 2), 6: date(2026, 5, 30)}
        for month in range(1, 7):
            work = bureau.owe(
                session, "40", "第一党支部", periods.month(2026, month), due=date(2026, month, 20)
            )
            if month in closed_on:
                bureau.close(session, work, closed_on[month])
        group = bureau.owe(
            session, "43", "第二党支部第一党小组", periods.month(2026, 4), due=date(2026, 4, 10)
        )
        group.returns, group.state = 1, "returned"
        dropped = bureau.owe(session, "43", "第一党支部", periods.month(2026, 4), due=date(2026, 4, 10))
        dropped.state = "cancelled"
    return bureau


def _issue(bureau: Bureau) -> Issued:
    settings, at = bureau.settings, instant(TODAY)
    (issued,) = bureau.issue(
        lambda session: bulletin_drafts(session, settings, H1, today=TODAY, at=at), at=at, needs_approval=True
    )
    return issued


def _read(bureau: Bureau, issued: Issued) -> DocumentFile:
    return Document(str(bureau.settings.home / issued.files[0]["path"]))


def _text(document: DocumentFile) -> str:
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_rates_have_one_definition_and_a_denominator(half: Bureau) -> None:
    with unit_of_work(half.engine) as session:
        rates = rates_by_unit(session, H1, today=TODAY)

    branch, group = rates[half.units["第一党支部"].id], rates[half.units["第二党支部第一党小组"].id]
    assert (branch.on_time, branch.late, branch.open_overdue) == (Rate(2, 6), Rate(1, 6), Rate(3, 6))
    assert branch.missed == Rate(3, 5)
    assert (group.due, group.open_overdue, group.missed) == (1, Rate(1, 1), Rate(0, 0))


def test_what_the_plan_withdrew_is_nobody_s_debt_but_counts_where_it_is_done(half: Bureau) -> None:
    with unit_of_work(half.engine) as session:
        for ref in ("40", "43"):
            item = session.scalars(select(Item).where(Item.ref == ref)).one()
            item.withdrawn_at = instant(TODAY)

        rates = rates_by_unit(session, H1, today=TODAY)

    branch = rates[half.units["第一党支部"].id]
    assert (branch.on_time, branch.late, branch.open_overdue) == (Rate(2, 3), Rate(1, 3), Rate(0, 3))
    assert half.units["第二党支部第一党小组"].id not in rates
    assert "应办结工作任务3项，已办结3项，办结率100%" in _text(_read(half, _issue(half)))


def test_the_bulletin_says_how_each_branch_stands(half: Bureau) -> None:
    issued = _issue(half)

    document = _read(half, issued)
    text = _text(document)
    assert "应办结工作任务7项，已办结3项，办结率43%" in text
    assert "周期性工作到期5期，其中补办1期，未开展3期，占60%" in text
    assert "周期性工作时限过后补办1期，涉及第一党支部。补办的期次仍记在原所属期名下" in text
    assert "2. 第二党支部：1项，主要有“列出支部责任清单”。" in text
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[1] == ["1", "第一党支部", "6", "2\n33%", "1\n17%", "3\n50%", "5", "1\n20%", "3\n60%"]
    assert rows[3][2:4] == ["7", "2\n29%"]


def test_a_period_that_was_made_up_stays_a_late_one(half: Bureau) -> None:
    issued = _issue(half)

    with unit_of_work(half.engine) as session:
        branch = rates_by_unit(session, H1, today=TODAY)[half.units["第一党支部"].id]
    assert (branch.on_time.count, branch.late.count, branch.made_up) == (2, 1, Rate(1, 5))
    tables = [[cell.text for cell in table.rows[1].cells] for table in _read(half, issued).tables]
    assert tables[1] == ["1", "第一党支部", "开展主题党日活动", "3月", "3月20日", "73"]
    assert tables[2] == ["1", "第一党支部", "开展主题党日活动", "2月", "2月20日", "补（3月2日）"]


@pytest.mark.parametrize(("late", "timely"), [(False, 3), (True, 2)])
def test_what_was_put_off_counts_by_its_new_date_if_that_was_asked_in_time(
    half: Bureau, *, late: bool, timely: int
) -> None:
    with unit_of_work(half.engine) as session:
        works = {work.period: work for work in session.scalars(select(WorkItem).order_by(WorkItem.id))}
        half.put_off(session, works["2026-03"], date(2026, 4, 3), late=late)
        half.close(session, works["2026-03"], date(2026, 4, 2))
        half.put_off(session, works["2026-05"], date(2026, 7, 3))

    issued = _issue(half)

    with unit_of_work(half.engine) as session:
        branch = rates_by_unit(session, H1, today=TODAY)[half.units["第一党支部"].id]
    assert (branch.due, branch.on_time.count, branch.first.count) == (5, timely, 2)
    document = _read(half, issued)
    assert "经批准延期2项，涉及第一党支部，原定时限保留，明细附后。" in _text(document)
    assert "如按原定时限统计，按期办结2项，占33%。" in _text(document)
    rows = [[cell.text for cell in row.cells][3:] for row in document.tables[-1].rows[1:]]
    assert rows[0] == ["3月", "3月20日", f"延期至4月3日\n{'补（4月2日）' if late else '已办结'}"]
    assert rows[1] == ["5月", "5月20日", "延期至7月3日\n办理中"]


def test_findings_become_sections_and_an_annex(half: Bureau) -> None:
    with unit_of_work(half.engine) as session:
        open_inspection(session, H1, actor=COORDINATOR, at=instant(TODAY))
        for unit, words, kind, day in (
            ("第一党支部", "会议记录不全。", "problem", date(2026, 6, 30)),
            ("第二党支部", "学习有特色", "merit", None),
        ):
            record_finding(
                session,
                H1,
                unit,
                words,
                kind=kind,
                rectify_by=day,
                by=half.people["林晓东"],
                calendar=half.calendar,
                at=instant(TODAY),
                today=TODAY,
            )

    issued = _issue(half)

    document = _read(half, issued)
    text = _text(document)
    assert "主要亮点：一是第二党支部学习有特色。" in text
    assert "1. 第一党支部：会议记录不全。" in text
    assert [cell.text for cell in document.tables[1].rows[1].cells] == [
        "整改2026H1-01",
        "第一党支部",
        "会议记录不全",
        "6月30日",
        "吕国平",
    ]


def test_as_many_merits_are_told_as_there_are(half: Bureau) -> None:
    branch = half.units["第二党支部"].id
    with unit_of_work(half.engine) as session:
        inspection = open_inspection(session, H1, actor=COORDINATOR, at=instant(TODAY))
        session.add_all(
            Finding(
                inspection_id=inspection.id,
                number=number,
                unit_id=branch,
                words=f"做法{number}",
                kind="merit",
                found_by=half.people["林晓东"].id,
                found_on=TODAY,
            )
            for number in range(1, 121)
        )

    issued = _issue(half)

    text = _text(_read(half, issued))
    assert "九十九是第二党支部做法99；一百是第二党支部做法100；一百零一是第二党支部做法101；" in text
    assert "一百一十二是第二党支部做法112；" in text
    assert "；一百二十是第二党支部做法120。" in text


def test_the_bulletin_waits_for_approval_with_its_figures(half: Bureau) -> None:
    issued = _issue(half)

    with unit_of_work(half.engine) as session:
        figures = {one.key: one for one in session.scalars(select(Figure))}
        assert issued.state == "draft"
        assert session.scalars(select(Event).where(Event.verb == "publication.issued")).all() == []
        assert all(one.value == len(one.work_items) for one in figures.values())
        assert figures["bulletin.due"].value == 7
