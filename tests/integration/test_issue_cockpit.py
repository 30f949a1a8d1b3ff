"""The cockpit's pages beside documents: matrix, inspections, figures, what was issued."""

from __future__ import annotations

from datetime import date

import pytest

from models import periods
from models.database import unit_of_work
from models.pages import Page, Ref, To
from models.tables import Finding, Inspection, WorkItem
from tasks.cockpit.figures import bars, figures
from tasks.cockpit.index import index
from tasks.cockpit.inspection import inspection
from tasks.cockpit.matrix import matrix
from tasks.inspect import open_inspection, record_finding
from tasks.issue.checklist_matrix import matrix_drafts
from tasks.issue.publish import release
from tasks.issue.report import report_drafts
from tests.integration.documents_bureau import Bureau, instant
from tests.integration.looking import lines, looking, note, table

pytest_plugins = ["tests.integration.documents_bureau"]
Q2, H1, H2 = periods.quarter(2026, 2), periods.half(2026, 1), periods.half(2026, 2)
TODAY = date(2026, 5, 11)


@pytest.fixture
def quarter(bureau: Bureau) -> Bureau:
    """Two branches: monthly party days, a quota, what an inspection found, something hidden."""
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        bureau.item(session, "38", "安排支部党课", kind="quota")
        bureau.item(session, "55", "不打招呼的督查", hidden=True, kind="unscheduled")
        for month in (4, 5, 6):
            due, period = date(2026, month, 20), periods.month(2026, month)
            bureau.owe(session, "40", "第一党支部", period, due=due)
            second = bureau.owe(session, "40", "第二党支部", period, due=due)
            if month == 4:
                bureau.close(session, second, date(2026, 4, 22))
        lecture = bureau.owe(
            session, "38", "第二党支部第一党小组", periods.year(2026), due=date(2026, 6, 30), target=4
        )
        bureau.report(session, lecture, date(2026, 4, 2), quantity=1)
        bureau.owe(session, "55", "第一党支部", Q2, due=date(2026, 5, 29))
    return bureau


def seen_matrix(bureau: Bureau, day: date = TODAY) -> Page:
    with looking(bureau.engine, day) as view:
        return matrix(view)


def test_the_matrix_shows_done_of_owed_and_what_was_missed_or_made_up(quarter: Bureau) -> None:
    page = seen_matrix(quarter)

    first, second = (quarter.units[name].id for name in ("第一党支部", "第二党支部"))
    (shown,) = [one for one in page.blocks if getattr(one, "key", "") == "matrix"]
    assert shown.heads("zh") == ["事项", "第一党支部", "第二党支部"]  # type: ignore[union-attr]  # a table
    assert [
        (row["title"], row[f"branch_{first}"], row[f"branch_{second}"]) for row in table(page, "matrix")
    ] == [
        ("开展主题党日活动", "0/3 欠1", "1/3 补1"),
        ("安排支部党课", "", "1/4"),
        ("合计", "0/3", "1/3"),
    ]
    assert page.summary == "2 个党支部应办 6 项次，已办 1 项次，剩余 5 项次，过期未开展 1 项次。"


def test_what_inspections_found_is_one_row(quarter: Bureau) -> None:
    with unit_of_work(quarter.engine) as session:
        open_inspection(session, H1, actor="SYSTEM", at=instant(TODAY))
        for words in ("记录不全", "签到表缺失"):
            record_finding(
                session,
                H1,
                "第一党支部",
                words,
                kind="problem",
                rectify_by=date(2026, 6, 12),
                by=quarter.people["林晓东"],
                calendar=quarter.calendar,
                at=instant(TODAY),
                today=TODAY,
            )

    rows = table(seen_matrix(quarter), "matrix")

    first = f"branch_{quarter.units['第一党支部'].id}"
    assert [(row["title"], row[first]) for row in rows][2:] == [("检查整改", "0/2"), ("合计", "0/5")]


def test_of_many_branches_those_with_most_overdue_are_shown(quarter: Bureau) -> None:
    with unit_of_work(quarter.engine) as session:
        for number in range(20):
            name = f"第{number}新支部"
            quarter.unit(session, name, "党支部", parent="机关党委", head="吕国平")
            # One owes of this quarter, one of the last.
            for month in {15: (4, 5), 17: (2, 3)}.get(number, ()):
                quarter.owe(session, "40", name, periods.month(2026, month), due=date(2026, month, 6))

    page = seen_matrix(quarter)

    (shown,) = [one for one in page.blocks if getattr(one, "key", "") == "matrix"]
    heads = shown.heads("zh")  # type: ignore[union-attr]  # a table
    # In their own order: nobody is ranked.
    assert heads[:4] == ["事项", "第一党支部", "第二党支部", "第0新支部"]
    assert (heads[-2:], len(heads)) == (["第15新支部", "第17新支部"], 9)
    assert page.summary.startswith("所列 8 个党支部（共 22 个）应办 10 项次")
    assert note(page, "matrix").startswith("只列出逾期最多的支部，另有 14 个支部未列出")


def test_the_issued_matrix_is_a_click_away(quarter: Bureau) -> None:
    assert lines(seen_matrix(quarter)) == ["2026年第二季度季度清单尚未印发。"]
    issued, *_ = quarter.issue(
        lambda session: matrix_drafts(session, quarter.settings, Q2, today=TODAY, at=instant(TODAY)),
        at=instant(TODAY),
    )

    page = seen_matrix(quarter)

    last = page.blocks[-1]
    refs = [getattr(one, "ref", None) for one in last.lines]  # type: ignore[union-attr]  # lines
    assert refs == [
        Ref(To.DOCUMENT, f"{issued.publication_id}/docx"),
        Ref(To.DOCUMENT, f"{issued.publication_id}/xlsx"),
        Ref(To.OUTCOME, "quarterly-checklist-2026-q2"),
        None,
    ]
    assert lines(page)[-1] == "存放位置：数据目录下的 documents/2026-Q2/checklist"
    with looking(quarter.engine, TODAY) as view:
        front = index(view, [page])
    assert table(front, "documents") == [
        {
            "kind_of_document": "季度清单",
            "document": issued.title,
            "version": 1,
            "issued_on": "2026-05-11",
        }
    ]


def found(
    bureau: Bureau,
    inspected: Inspection,
    unit: str,
    *,
    due: date,
    closed: date | None = None,
    merit: bool = False,
) -> None:
    """A finding and, of a problem, the work that puts it right."""
    with unit_of_work(bureau.engine) as session:
        number = len(session.query(Finding).all()) + 1
        finding = Finding(
            inspection_id=inspected.id,
            number=number,
            unit_id=bureau.units[unit].id,
            words=f"问题{number}",
            kind="merit" if merit else "problem",
            found_by=bureau.people["林晓东"].id,
            found_on=inspected.created_at.date(),
        )
        session.add(finding)
        session.flush()
        if merit:
            return
        ref = f"整改{number}"
        bureau.item(session, ref, ref, kind="deadline")
        work = bureau.owe(session, ref, unit, periods.month(due.year, due.month), due=due)
        work.finding_id = finding.id
        if closed:
            bureau.close(session, work, closed)


@pytest.fixture
def two(bureau: Bureau) -> Bureau:
    """Two inspections: the first put right, the second in the middle of it."""
    inspections = [
        Inspection(period="2026-H1", state="released", created_at=instant(date(2026, 6, 1))),
        Inspection(period="2026-H2", state="open", created_at=instant(date(2026, 12, 1))),
    ]
    with unit_of_work(bureau.engine) as session:
        session.add_all(inspections)
    first, second = inspections
    found(bureau, first, "第一党支部", due=date(2026, 6, 20), closed=date(2026, 6, 18))
    found(bureau, first, "第二党支部", due=date(2026, 6, 20), closed=date(2026, 6, 25))
    found(bureau, second, "第一党支部", due=date(2026, 12, 10), closed=date(2026, 12, 9))
    found(bureau, second, "第一党支部", due=date(2026, 12, 11))
    found(bureau, second, "第二党支部", due=date(2026, 12, 25))
    found(bureau, second, "办公室", due=date(2026, 12, 25), merit=True)
    return bureau


def seen_inspection(bureau: Bureau, day: date) -> Page:
    with looking(bureau.engine, day) as view:
        return inspection(view)


def test_two_inspections_stand_side_by_side(two: Bureau) -> None:
    page = seen_inspection(two, date(2026, 12, 16))

    rows = {row["measure"]: (row["this"], row["last"], row["change"]) for row in table(page, "compared")}
    assert rows == {
        "发现问题（个）": (3, 2, 1),
        "按期整改（个）": (1, 1, 0),
        "逾期整改（个）": (0, 1, -1),
        "逾期未改（个）": (1, 0, 1),
        "整改中（个）": (1, 0, 1),
        "亮点（个）": (1, 0, 1),
        "应办结任务（项）": (2, 2, 0),
        "按期办结": ("50%（1/2）", "50%（1/2）", 0),
        "逾期办结": ("0%（0/2）", "50%（1/2）", -50),
        "逾期未办结": ("50%（1/2）", "0%（0/2）", 50),
        "过期补办": ("—", "—", None),
        "过期未开展": ("—", "—", None),
    }
    assert page.summary == (
        "2026年下半年检查发现问题 3 个，已整改 1 个，整改中 1 个，逾期未改 1 个；亮点 1 个。"
        "上一次检查发现问题 2 个。"
    )


def test_units_with_problems_overdue_stand_first_and_who_had_some_before_is_said(two: Bureau) -> None:
    rows = table(seen_inspection(two, date(2026, 12, 16)), "units")

    assert [
        (row["unit"], row["found_problems"], row["found_overdue"], row["found_before"], row["remark"])
        for row in rows
    ] == [
        ("第一党支部", 2, 1, 1, "两期都有问题"),
        ("第二党支部", 1, 0, 1, "两期都有问题"),
        ("办公室", 0, 0, 0, ""),
    ]


def test_a_first_inspection_is_compared_with_nothing(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        inspected = Inspection(period="2026-H1", state="open", created_at=instant(date(2026, 6, 1)))
        session.add(inspected)
    found(bureau, inspected, "第一党支部", due=date(2026, 6, 20))

    page = seen_inspection(bureau, date(2026, 6, 10))

    assert {row["change"] for row in table(page, "compared")} == {None}
    assert [row["change"] for row in table(page, "units")] == [None]


def test_without_an_inspection_the_halves_are_compared(bureau: Bureau) -> None:
    page = seen_inspection(bureau, date(2026, 8, 3))

    assert page.summary == "2026年下半年还没有开展检查，下面先比较任务办理情况。"
    assert lines(page) == ["2026年下半年检查通报尚未印发。"]


def test_figures_come_with_each_months_share(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        for month, closings in ((1, 1), (2, 2), (3, 1)):
            for unit in ("第一党支部", "第二党支部")[:closings]:
                work = bureau.owe(session, "40", unit, periods.month(2026, month), due=date(2026, month, 25))
                bureau.close(session, work, date(2026, month, 20))

    with looking(bureau.engine, date(2026, 3, 24)) as view:
        page = figures(view)

    (row,) = [one for one in table(page, "figures") if one["figure"] == "主题党日"]
    assert row == {
        "figure": "主题党日",
        "this_year": 4,
        "measure_unit": "次",
        "this_month": 1,
        "last_month": 2,
        "change": -1,
        "trend": "▅█▅",
    }
    assert page.summary == "3月以来：主题党日 1次。"


def test_figures_stand_beside_what_the_last_report_printed(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        june, july = (
            bureau.owe(session, "40", "第一党支部", periods.month(2026, month), due=date(2026, month, 25))
            for month in (6, 7)
        )
        bureau.close(session, june, date(2026, 6, 20))
    day = date(2026, 7, 2)
    (draft,) = bureau.issue(
        lambda session: report_drafts(session, bureau.settings, H1, today=day, at=instant(day)),
        at=instant(day),
        needs_approval=True,
    )
    with unit_of_work(bureau.engine) as session:
        release(session, draft.publication_id, at=instant(day), actor="SYSTEM")
        bureau.close(session, session.get_one(WorkItem, july.id), date(2026, 7, 3))

    with looking(bureau.engine, date(2026, 7, 6)) as view:
        page = figures(view)

    (row,) = [one for one in table(page, "figures") if one["figure"] == "主题党日"]
    assert (row["this_year"], row["reported"]) == (2, 1)
    assert page.blocks[0].heads("zh")[-1] == "2026年上半年汇报数"  # type: ignore[union-attr]  # a table


@pytest.mark.parametrize(
    ("values", "shown"),
    [((), ""), ((0, 0), "▁▁"), ((1, 1), "██"), ((0, 1, 100), "▁▂█"), ((50, 100), "▅█")],
)
def test_bars_show_little_as_more_than_nothing(values: tuple[float, ...], shown: str) -> None:
    assert bars(values) == shown
