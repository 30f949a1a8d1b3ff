"""Pages as values: what they say, whether they say anything new, and how people and programs read them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.page_markdown import grid, markdown, plain
from models.column_widths import folded, width_of
from models.pages import Cell, Content, Lines, Page, Ref, Table, To, shown

DAY = date(2026, 3, 24)
TABLE = Table(
    "units",
    ("unit", "open", "change"),
    (("第一党支部", 3, 2), (Cell("第二党支部", Ref(To.RUN, "7")), Cell(0, strong=True), -1)),
    title="各单位",
    note="只计在办任务。",
)
PAGE = Page("lights", "今日亮灯", "红灯 1 项。", DAY, (Lines(("一句话。",)), TABLE))


def told(page: Page, known: dict[str, str] | None = None) -> str:
    return markdown(page, "zh", lambda ref: (known or {}).get(ref.name), top="数据截至今天")


def test_a_page_says_something_new_when_its_words_change() -> None:
    other = replace(PAGE, blocks=(Lines(("另一句话。",)), TABLE))

    assert PAGE.fingerprint == replace(PAGE, day=date(2026, 3, 25)).fingerprint
    assert PAGE.fingerprint != other.fingerprint
    assert PAGE.fingerprint != replace(PAGE, summary="红灯 2 项。").fingerprint


@pytest.mark.parametrize("words", ["见 https://evil.example/", "WWW.evil.example", "lin@evil.example"])
def test_an_address_in_somebody_s_title_is_no_link(words: str) -> None:
    """Markdown in Prefect's UI makes links of bare addresses unless their marks are escaped."""
    assert not re.search(r"(?i)(?<!\\)://|www\.|(?<!\\)@", plain(words))


def test_what_is_passing_says_nothing_new() -> None:
    runs = replace(TABLE, rows=(("每日督办", 1, 0),), passing=True)

    assert replace(PAGE, blocks=(*PAGE.blocks, runs)).fingerprint == PAGE.fingerprint


def test_programs_get_plain_values_by_column() -> None:
    found = json.loads(json.dumps(PAGE.plain()))

    assert found["day"] == "2026-03-24"
    assert found["blocks"][0] == {"title": "", "lines": ["一句话。"]}
    assert found["blocks"][1]["rows"] == [
        {"unit": "第一党支部", "open": 3, "change": 2},
        {"unit": {"value": "第二党支部", "ref": ["run", "7"]}, "open": 0, "change": -1},
    ]


@pytest.mark.parametrize(
    ("content", "change", "text"),
    [
        (None, False, ""),
        (0, False, "·"),
        (2.5, False, "2.5"),
        (date(2026, 3, 5), False, "3月5日"),
        (Cell(date(2027, 1, 29)), False, "2027年1月29日"),
        (3, True, "▲3"),
        (-0.5, True, "▼0.5"),
        (0, True, "—"),
    ],
)
def test_people_read_values_in_their_way(content: Content, change: bool, text: str) -> None:  # noqa: FBT001  # a case
    assert shown(content, "zh", year=2026, change=change) == text


def test_a_page_becomes_headings_lists_tables_and_links() -> None:
    assert told(PAGE, {"7": "../runs/7"}) == (
        "# 今日亮灯\n\n数据截至今天\n\n**红灯 1 项。**\n\n- 一句话。\n\n## 各单位\n\n"
        "| 单位 | 在办 | 变化 |\n| --- | ---: | ---: |\n"
        "| 第一党支部 | 3 | ▲2 |\n| [第二党支部](../runs/7) | · | ▼1 |\n\n只计在办任务。\n"
    )


def test_links_stand_side_by_side_and_those_without_an_address_are_left_out() -> None:
    links = (Cell("文档", Ref(To.DOCUMENT, "1/docx")), Cell("表格", Ref(To.DOCUMENT, "1/xlsx")), "存放位置")
    page = replace(PAGE, blocks=(Lines(links, title="行事历"),))

    assert "## 行事历\n\n[文档](a) · [表格](b)\n\n- 存放位置\n" in told(page, {"1/docx": "a", "1/xlsx": "b"})
    assert "## 行事历\n\n- 存放位置\n" in told(page)
    assert "行事历" not in told(replace(page, blocks=(Lines(links[:2], title="行事历"),)))


def test_rows_that_belong_together_say_it_once() -> None:
    day = date(2026, 3, 20)
    rows: tuple[tuple[Content, ...], ...] = ((day, "甲"), (Cell(day), "乙"), (date(2026, 3, 21), "丙"))
    page = replace(PAGE, blocks=(Table("due", ("day", "title"), rows, grouped=True),))

    assert "| 3月20日 | 甲 |\n|  | 乙 |\n| 3月21日 | 丙 |" in told(page)


def test_a_table_is_folded_to_the_width_of_the_page() -> None:
    title = "巡查工作群、局域网和自媒体账号，报送情况并说明有无异常，" * 4
    rows: tuple[tuple[Content, ...], ...] = ((Cell(title, Ref(To.RUN, "7"), strong=True), "第一党支部", 7),)
    page = replace(PAGE, blocks=(Table("due", ("title", "unit", "open"), rows),))

    text = told(page, {"7": "r"})

    (line,) = [one for one in text.splitlines() if "巡查" in one]
    pieces = line.split("|")[1].strip().split("<br>")
    assert len(pieces) > 1
    assert all(re.fullmatch(r"\[\*\*.+\*\*\]\(r\)", piece) for piece in pieces)
    assert "".join(piece[3:-6] for piece in pieces) == title
    assert "| 第一党支部 | 7 |" in line


@given(st.text())
def test_no_words_become_marks(words: str) -> None:
    escaped = plain(words)

    assert "\n" not in escaped
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|#~@]", escaped)
    assert re.sub(r"\\(.)", r"\1", escaped) == " ".join(words.split())


def test_a_grid_aligns_numbers_to_the_right() -> None:
    assert grid(("甲", "乙"), [("一", "1")], (False, True)) == "| 甲 | 乙 |\n| --- | ---: |\n| 一 | 1 |"


@given(st.text("党支部、，（）a1 “”", max_size=60), st.integers(4, 20))
def test_folding_loses_nothing(text: str, width: int) -> None:
    assert "".join(folded(text, width).split()) == "".join(text.split())


@given(st.text("党支部", max_size=60), st.integers(2, 20))
def test_what_can_be_broken_anywhere_keeps_to_the_width(text: str, width: int) -> None:
    assert all(width_of(line) <= width for line in folded(text, width).split("\n"))


def test_marks_stay_with_what_they_belong_to() -> None:
    assert folded("应办（已办）项", 6) == "应办\n（已\n办）项"
    assert folded("本月到期，已办", 8) == "本月到\n期，已办"
    assert folded("duban work show 12", 8) == "duban\nwork\nshow 12"
