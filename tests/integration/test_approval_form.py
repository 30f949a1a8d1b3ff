"""The form of an approval, read back from the file: what it says, and that it can be verified."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.document import Document as DocumentFile
from docx.oxml.ns import qn
from sqlalchemy import select

from models.approval import commands as do
from models.approval.changes import SeatClosed, SeatOpened, StepClosed, StepOpened, Submitted
from models.approval.read_definition import read_definition
from models.approval.state import SYSTEM, Cause, Outcome, SeatState, Verb
from models.database import unit_of_work
from models.errors import NotFoundError
from models.journal import verify
from models.messages import Lang
from models.settings import Settings
from models.tables import Approval, Event
from tasks.approvals.trail import trace, trail
from tasks.approvals.trail_words import Cast, Entry
from tasks.issue.approval_form import About, approval_form, issue_approval_form
from tests.integration.approval_stories import (
    MONDAY,
    TWO_STEPS,
    Desk,
    eventful,
    fifty,
    two_steps,
)

pytest_plugins = ["tests.integration.approval_stories"]
AT = datetime(2026, 4, 1, tzinfo=UTC)
#: What somebody may write who means harm, or who copied from anywhere.
NASTY = "同意\x00\x1b[31m<w:p/>&amp;\u202eFED]\ud800】"


def issue(desk: Desk, number: int, *, lang: Lang = "zh") -> Path:
    with unit_of_work(desk.engine) as session:
        return issue_approval_form(session, desk.settings, number, lang=lang)


def opened(desk: Desk, number: int, lang: Lang = "zh") -> DocumentFile:
    return Document(str(issue(desk, number, lang=lang)))


def table_rows(document: DocumentFile, table: int) -> list[Any]:
    return list(document.tables[table]._tbl.findall(qn("w:tr")))  # noqa: SLF001  # as it stands in the file


def rows(document: DocumentFile, table: int) -> list[list[str]]:
    """The texts of a table's cells; a cell over several columns stands once."""
    return [
        [
            "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in cell.findall(qn("w:p")))
            for cell in row.findall(qn("w:tc"))
        ]
        for row in table_rows(document, table)
    ]


def text(document: DocumentFile) -> str:
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_the_form_says_who_approved_what_with_which_words(desk: Desk) -> None:
    number = two_steps(desk)

    document = opened(desk, number)

    assert text(document).startswith("示范市政务局\n年度计划审批单")
    assert rows(document, 0) == [
        ["件　名", "2026年度机关党建工作计划"],
        ["类　别", "年度计划审批", "编　号", f"审〔2026〕{number}号"],
        ["申请人", "陈晓", "单　位", "机关党委办公室"],
        ["提交时间", "2026年3月2日 09:01", "办理状态", "同意，办结"],
    ]
    assert rows(document, 1) == [
        ["步骤", "签批人", "意见", "签名", "时间"],
        ["机关党委审核\n通过", "王建国", "同意，报书记审签。", "王建国", "2026年3月2日\n09:02"],
        ["党组书记审签\n通过", "郑书记", "同意。请抓好落实。", "郑书记", "2026年3月3日\n09:01"],
        ["结　论", "同意，办结　2026年3月3日 09:01"],
    ]


def test_rounds_moved_seats_substitutes_and_the_clock_are_all_on_the_form(desk: Desk) -> None:
    signed = rows(opened(desk, eventful(desk)), 1)

    shown = [row[:4] for row in signed]
    assert shown[1:6] == [
        ["机关党委审核\n第1轮\n退回", "王建国", "退回\n第三部分数据口径不一致，请核对后重报。", "王建国"],
        ["机关党委审核\n第2轮\n通过", "王建国", "转办：孙丽\n外出调研，请孙丽同志审核。", "王建国"],
        ["", "孙丽", "同意。", "孙丽"],
        ["", "周强\n（受委派）", "建议同意（受委派提出，不计票）\n数据已核对无误。", "周强"],
        ["相关科室会签\n会签\n通过", "李四海", "同意，已核对本科室内容。", "吴刚（代李四海）"],
    ]
    assert ["", "刘洋", "超时自动通过（系统）", "系统"] in shown
    assert ["", "钱进\n（加签）", "同意", "钱进"] in shown
    assert ["归档确认\n通过", "郑书记", "与前一步同一人，自动跳过（系统）", "系统"] in shown


def test_a_step_reaches_down_over_its_signers(desk: Desk) -> None:
    document = opened(desk, eventful(desk))

    merged = [
        (
            cell.find(qn("w:tcPr")).find(qn("w:vMerge")) is not None,
            "".join(t.text or "" for t in cell.iter(qn("w:t"))),
        )
        for cell in (row.find(qn("w:tc")) for row in table_rows(document, 1))
    ]
    assert [text for is_merged, text in merged if is_merged and text] == [
        "机关党委审核第2轮通过",
        "相关科室会签会签通过",
    ]
    assert all(is_merged for is_merged, text in merged if not text)


def test_an_approval_that_runs_leaves_room_for_who_has_not_signed(desk: Desk) -> None:
    number = desk.submit(TWO_STEPS, "2026年度计划")

    document = opened(desk, number)

    assert rows(document, 0)[3][3] == "办理中"
    assert rows(document, 1)[1:] == [
        ["机关党委审核\n办理中", "王建国", "", "", ""],
        ["结　论", "办理中"],
    ]


def test_an_approval_that_was_taken_back_does_not_look_given(desk: Desk) -> None:
    number = desk.submit(TWO_STEPS, "2026年度计划")
    desk.give(number, do.Approve(desk.ids["王建国"], "同意。"), do.TakeBack(desk.ids["王建国"]))

    shown = rows(opened(desk, number), 1)

    assert shown[1][0] == "机关党委审核\n第1轮\n通过，后因退回或取回失效"
    assert [row[:4] for row in shown if row[0] == "机关党委审核\n第2轮\n办理中"] == [
        ["机关党委审核\n第2轮\n办理中", "王建国", "", ""]
    ]


def test_fifty_signers_are_numbered_below_their_step_and_heads_stand_on_every_page(desk: Desk) -> None:
    document = opened(desk, fifty(desk))

    shown = rows(document, 1)
    assert shown[1] == ["各支部会签；会签；办理中；共50个席位"]
    assert [row[0] for row in shown[2:-1]] == [str(number) for number in range(1, 51)]
    assert shown[5][1:4] == ["会签04", "不同意\n第二条与现行规定不一致，建议修改。", "会签04"]
    assert shown[2][1:] == ["会签01", "", "", ""]
    for table in (1, 2):
        assert table_rows(document, table)[0].find(qn("w:trPr")).find(qn("w:tblHeader")) is not None
    between = [child.tag == qn("w:tbl") for child in document.element.body]
    assert not any(one and other for one, other in pairwise(between))


def test_the_whole_trail_stands_in_small_print(desk: Desk) -> None:
    number = eventful(desk)

    document = opened(desk, number)

    with unit_of_work(desk.engine) as session:
        told = trail(session, number)
    printed = rows(document, 2)[1:]
    assert len(printed) == len(told.rows)
    assert [row[5] for row in printed] == [f"{row.event} {row.mark}" for row in told.rows]
    assert printed[3][1:5] == [
        "2026-03-02 09:03",
        "王建国",
        "机关党委审核",
        "退回申请人，重办后按顺序再经各步骤。意见：第三部分数据口径不一致，请核对后重报",
    ]
    assert "催办：陈晓1次，最近2026年3月2日。" in text(document)
    assert "抄送：冯云（2026年3月11日 09:03已阅）。" in text(document)
    assert "还没想好" not in text(document) + str([rows(document, table) for table in range(3)])


def test_the_form_can_be_verified_against_the_register(desk: Desk) -> None:
    number = eventful(desk)

    words = text(opened(desk, number))

    with unit_of_work(desk.engine) as session:
        last = session.scalars(
            select(Event).where(Event.subject_id == number).order_by(Event.id.desc()).limit(1)
        ).one()
        count = len(session.scalars(select(Event).where(Event.subject_id == number)).all())
        assert verify(session).broken_at is None
        assert verify(session).head == last.hash
    groups = re.search(r"^([0-9a-f]{8} ){7}[0-9a-f]{8}$", words, re.MULTILINE)
    assert groups is not None
    assert groups.group().replace(" ", "") == last.hash
    assert f"共{count}条登记，末条登记号{last.id}" in words
    assert "duban audit verify --head" in words


def test_writing_it_again_changes_nothing_until_something_happens(desk: Desk) -> None:
    number = two_steps(desk)
    first = issue(desk, number)
    content, written = first.read_bytes(), first.stat().st_mtime_ns

    again = issue(desk, number)

    assert (again, again.read_bytes(), again.stat().st_mtime_ns) == (first, content, written)
    first.unlink()
    assert issue(desk, number).read_bytes() == content
    desk.give(number, do.Comment(SYSTEM, "已归档"))
    assert issue(desk, number).read_bytes() != content
    assert [one.name for one in first.parent.iterdir()] == [first.name]


def test_the_file_is_named_after_the_form_its_number_and_the_subject(desk: Desk) -> None:
    number = two_steps(desk)
    with unit_of_work(desk.engine) as session:
        session.get_one(Approval, number).title = "../../关于“计划”的/请示\n第二行" + "长" * 300

    path = issue(desk, number)

    assert path.parent == desk.settings.home / "documents" / "approvals"
    assert path.name.startswith(f"年度计划审批单_{number}号_")
    assert len(path.name.encode()) < 255


def test_english_readers_get_the_same_form(desk: Desk) -> None:
    document = opened(desk, eventful(desk), "en")

    shown = rows(document, 1)
    assert ["", "刘洋", "Overdue: passed automatically (SYSTEM)", "SYSTEM"] in [row[:4] for row in shown]
    assert shown[5][3] == "吴刚 (for 李四海)"


def test_an_unknown_number_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        issue(desk, 404)


def _form(title: str, opinion: str, name: str = "王建国") -> DocumentFile:
    """The form of a step that was approved with any words at all, beside the checks of the shell."""
    opening = (
        Submitted("plan", 1, 1),
        StepOpened(1, "review", 1, MONDAY),
        SeatOpened(1, 1, 2, SeatState.OPEN),
    )
    closing = (
        SeatClosed(1, Verb.APPROVE, 2, Cause.DECIDED, opinion=opinion),
        StepClosed(1, Outcome.APPROVED),
    )
    entries = [
        Entry(1, AT, "submit", 1, "", "a" * 64, opening),
        Entry(2, AT, "approve", 2, opinion, "b" * 64, closing),
    ]
    cast = Cast({1: ("陈晓", "p1@example.gov.cn"), 2: (name, "p2@example.gov.cn")}, "zh")
    told = trace(read_definition(TWO_STEPS, source="form"), entries, cast)
    about = About(1, title, "机关党委办公室", "示范市政务局", Settings(home=Path()).zone)
    return Document(BytesIO(approval_form(told, about)))


def test_words_that_a_file_cannot_hold_or_that_turn_a_line_over_are_left_out() -> None:
    document = _form(NASTY, NASTY, NASTY)

    clean = "同意[31m<w:p/>&amp;FED]】"
    assert rows(document, 0)[0][1] == clean
    assert rows(document, 1)[1][1:4] == [clean, clean, clean]
    assert rows(document, 2)[3][2:5] == [clean, "机关党委审核", clean]


def test_a_long_opinion_stands_in_full_behind_the_table() -> None:
    opinion = "\n\n\n".join(f"{number}. {'意见' * 20}。" for number in range(1, 40))

    document = _form("计划", opinion)

    cell = rows(document, 1)[1][2]
    assert cell.endswith("……（全文见后附意见全文第1条）")
    assert len(cell) < 200
    assert rows(document, 2)[3][4].endswith("……（全文见后附意见全文第1条）")
    assert "意见全文\n1. 王建国，2026年4月1日 08:00：\n1. 意见意见" in text(document)
    assert "39. 意见意见" in text(document)


def test_a_long_remark_stands_in_full_too(desk: Desk) -> None:
    number = desk.submit(TWO_STEPS, "2026年度计划")
    desk.give(number, do.Comment(desk.ids["陈晓"], "附件说明" * 100))

    document = opened(desk, number)

    assert rows(document, 2)[-1][4].endswith("……（全文见后附意见全文第1条）")
    assert "附件说明" * 100 in text(document)


def test_an_endless_opinion_is_cut_and_says_so() -> None:
    document = _form("计划", "无尽" * 50_000)

    assert len(text(document)) < 6_000
    assert "全文共100000字，其余见系统登记" in text(document)
