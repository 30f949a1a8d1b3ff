"""Sheets of official paper: filled from one dressed template, the same words always the same bytes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from openpyxl import load_workbook

from models.errors import InputError
from tasks.issue.paper import Paper, Piece
from tasks.issue.sheets import Page, workbook_bytes
from tasks.issue.tables import Grid

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def paper(title: str = "提醒单", template: Path | None = None, *, landscape: bool = False) -> Paper:
    return Paper(title, author="机关党委", at=AT, template=template, landscape=landscape)


def texts(content: bytes) -> list[str]:
    return [one.text for one in Document(BytesIO(content)).paragraphs if one.text]


def test_papers_written_side_by_side_keep_their_own_words() -> None:
    first, second = paper("甲"), paper("乙")
    for number in range(3):
        first.body(f"甲{number}")
        second.table(Grid(("事项",), (60.0,), [[f"乙{number}"]]))

    one, other = Document(BytesIO(first.to_bytes())), Document(BytesIO(second.to_bytes()))

    assert [words.text for words in one.paragraphs] == ["甲0", "甲1", "甲2"]
    assert len(one.tables) == 0
    assert [table.cell(1, 0).text for table in other.tables] == ["乙0", "乙1", "乙2"]
    assert (one.core_properties.title, other.core_properties.title) == ("甲", "乙")


def test_a_lying_sheet_leaves_the_next_one_standing() -> None:
    pages = [
        Document(BytesIO(paper(landscape=lying).to_bytes())).sections[0] for lying in (False, True, False)
    ]

    lies = WD_ORIENT.LANDSCAPE
    assert [page.orientation == lies for page in pages] == [False, True, False]
    assert all("PAGE" in page.footer._element.xml for page in pages)  # noqa: SLF001  # no public way


def test_the_same_words_give_the_same_bytes() -> None:
    def write() -> bytes:
        sheet = paper()
        sheet.title("提醒单", below="第1号")
        sheet.body(["主题党日", Piece("★", bold=True), Piece("[1]", raised=True)])
        sheet.signature("机关党委", AT.date())
        return sheet.to_bytes()

    assert write() == write()


def test_a_template_that_was_changed_meanwhile_is_read_anew(tmp_path: Path) -> None:
    template = tmp_path / "slip.docx"
    for number, head in enumerate(("旧红头", "新红头")):
        made = Document()
        made.add_paragraph(head)
        made.save(str(template))
        os.utime(template, ns=(number, number))
        sheet = paper(template=template)
        sheet.body("正文")

        assert texts(sheet.to_bytes()) == [head, "正文"]


def test_a_template_that_is_no_document_is_refused_by_its_name(tmp_path: Path) -> None:
    template = tmp_path / "slip.docx"
    template.write_text("红头", "utf-8")

    with pytest.raises(InputError, match=r"slip\.docx"):
        paper(template=template)


def test_a_workbook_keeps_the_looks_of_its_cells_apart() -> None:
    page = Page("清单", "清单", ("序号", "事项"), (6, 40), [(1, "=1+1"), (2, "党日")], (0,), ["说明"])
    content = workbook_bytes([page, page], author="机关党委", at=AT)

    sheet = load_workbook(BytesIO(content)).worksheets[1]
    assert content == workbook_bytes([page, page], author="机关党委", at=AT)
    assert [cell.font.name for cell in sheet[2]] == ["黑体", "黑体"]
    assert [cell.alignment.horizontal for cell in sheet[3]] == ["center", "left"]
    assert [cell.quotePrefix for cell in (sheet["B3"], sheet["B4"])] == [True, False]
    assert sheet["B3"].value == "=1+1"
    assert sheet["B3"].data_type == "s"
