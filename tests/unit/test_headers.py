"""Headings are found wherever they stand and whatever they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from models.proposal import OrganisationFile, Proposal
from tasks.read_plan.grid import MAX_CELLS, Cell, Grid, Merge, Sparse, column_letter, grid_of
from tasks.read_plan.headers import claim, find_header, label
from tasks.read_plan.organisation import organise
from tasks.read_plan.plan import propose
from tasks.read_plan.problems import Problems
from tasks.read_plan.source import Source
from tasks.read_plan.vocabulary import ABSENCES, PEOPLE, PLAN, UNITS


def grid(rows: Sequence[Sequence[str]], merges: Iterable[Merge] = ()) -> Grid:
    cells: Sparse = {}
    for number, row in enumerate(rows, start=1):
        filled = {column: Cell(text) for column, text in enumerate(row, start=1) if text}
        if filled:
            cells[number] = filled
    return grid_of("清单", cells, merges, file="plan.xlsx")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("序号", "no"),
        ("编 号", "no"),
        ("项目", "category"),
        ("方　面", "category"),
        ("工作\n内容", "title"),
        ("重点任务（★为重点）", "title"),
        ("具体措施", "title"),
        ("责任领导", "owner"),
        ("责任人及联系方式", "owner"),
        ("牵头科室", "lead"),
        ("责任单位（部门）", "lead"),
        ("牵头责任科室", "lead"),
        ("配合责任单位", "supporting"),
        ("协办", "supporting"),
        ("参与部门", "supporting"),
        ("完成时限", "time"),
        ("2026年完成时限", "time"),
        ("时序进度", "time"),
        ("时间节点", "time"),
        ("启动时间", "begin"),
        ("成果形式", "standard"),
        ("考核要点", "standard"),
        ("分值", "score"),
        ("备 注", "remark"),
        ("是否完成", None),
        ("2026年机关党建重点工作任务清单", None),
        ("", None),
        ("★", None),
    ],
)
def test_a_heading_stands_for_a_field(heading: str, field: str | None) -> None:
    found = claim(heading, PLAN)

    assert (found.field if found else None) == field


def test_brackets_and_marks_do_not_belong_to_a_heading() -> None:
    assert label(" 完成\n时限（2026年）： ") == "完成时限"
    assert label("（备注）") == "备注"


def test_title_rows_above_the_headings_are_passed_over() -> None:
    table = grid(
        [["2026年工作清单"], [], ["填报单位：办公室", "", "填报时间：1月"], ["序号", "工作内容", "时限"]]
    )

    header = find_header(table, PLAN)

    assert header is not None
    assert (header.first, header.last, header.columns) == (4, 4, {"no": 1, "title": 2, "time": 3})


def test_merged_group_headings_give_way_to_those_below() -> None:
    rows = [["序号", "任务", "责任单位", "", "时限"], ["", "", "牵头", "配合", ""]]
    table = grid(rows, [Merge(1, 1, 2, 1), Merge(1, 2, 2, 2), Merge(1, 3, 1, 4), Merge(1, 5, 2, 5)])

    header = find_header(table, PLAN)

    assert header is not None
    assert (header.first, header.last) == (1, 2)
    assert header.columns == {"no": 1, "title": 2, "lead": 3, "supporting": 4, "time": 5}


def test_group_headings_need_not_be_merged() -> None:
    header = find_header(grid([["任务", "责任分工", "", "时限"], ["", "牵头", "配合", ""]]), PLAN)

    assert header is not None
    assert (header.last, header.columns) == (2, {"title": 1, "lead": 2, "supporting": 3, "time": 4})


def test_content_is_never_taken_for_headings() -> None:
    table = grid(
        [["1", "明确工作内容和责任人", "办公室", "时间待定"], ["2", "列出任务清单", "机关党委", "3月"]]
    )

    assert find_header(table, PLAN) is None


def test_the_better_column_gets_the_field() -> None:
    header = find_header(grid([["工作内容", "责任领导", "责任人", "时限"]]), PLAN)

    assert header is not None
    assert header.columns["owner"] == 3
    assert header.unread == ("责任领导",)


def test_each_table_of_an_organisation_has_headings_of_its_own() -> None:
    people = grid([["序号", "姓名", "邮箱", "科室", "角色"]])
    absences = grid([["姓名", "邮箱", "开始日期", "结束日期", "代办人", "代办人邮箱"]])

    assert find_header(people, UNITS) is None
    assert find_header(people, ABSENCES) is None
    assert find_header(people, PEOPLE) is not None
    assert find_header(absences, ABSENCES) is not None


@pytest.mark.parametrize(("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (703, "AAA")])
def test_columns_are_named_as_spreadsheets_do(column: int, letters: str) -> None:
    assert column_letter(column) == letters


def test_a_merge_over_the_whole_sheet_costs_nothing() -> None:
    table = grid([["甲", "乙"]], [Merge(1, 1, 1_048_576, 16_384)])

    assert [row.number for row in table.rows] == [1]
    assert table.rows[0].cell(2) == Cell("甲", across=True)


def test_merges_beyond_all_measure_are_refused() -> None:
    rows = [["甲"] * 600] * 400
    merges = [Merge(1, 1, 400, 600)] * 2

    with pytest.raises(InputError) as refused:
        grid(rows, merges)

    assert refused.value.code == "read_too_many_cells"
    assert refused.value.facts["limit"] == MAX_CELLS


WORDS = st.sampled_from(
    [
        *(
            "",
            "序号",
            "类别",
            "工作内容",
            "牵头科室",
            "配合部门",
            "完成时限",
            "备注",
            "责任人",
            "启动时间",
            "具体措施",
        ),
        *(
            "1",
            "１",
            "★学习",
            "一、思想",
            "（一）",
            "合计",
            "注：",
            "每月",
            "3月",
            "3月-",
            "机关党委牵头，办公室配合",
        ),
        *(
            "机构名称",
            "机构类型",
            "上级机构",
            "负责人",
            "姓名",
            "邮箱",
            "科室",
            "角色",
            "开始日期",
            "结束日期",
        ),
        *(
            "代办人",
            "代办人邮箱",
            "甲",
            "乙",
            "党支部",
            "a@b.cn",
            "a@b.cn\r\nBcc: x@y.cn",
            "2026-03-01",
            "20260399",
        ),
    ]
)
ROWS = st.lists(st.lists(WORDS | st.text(max_size=8), max_size=9), max_size=12)
MERGES = st.lists(st.builds(Merge, *[st.integers(1, 12)] * 4), max_size=4)


def read(table: Grid) -> list[Proposal | OrganisationFile]:
    source, found = Source("x.xlsx", "", (table,)), list[Proposal | OrganisationFile]()
    for reader in (
        lambda: propose(source, year=2026, problems=Problems("x.xlsx")),
        lambda: organise(source, Problems("x.xlsx")),
    ):
        try:
            found.append(reader())
        except InputError:
            continue
    return found


@given(ROWS, MERGES)
def test_no_grid_crashes_the_readers(rows: list[list[str]], merges: list[Merge]) -> None:
    for result in read(grid(rows, merges)):
        assert all(problem.message for problem in result.problems)


PLAN_ROWS = st.lists(st.lists(WORDS | st.text(max_size=8), min_size=7, max_size=7), max_size=10)


@given(PLAN_ROWS, MERGES)
def test_refs_of_items_are_never_used_twice(rows: list[list[str]], merges: list[Merge]) -> None:
    headings = ["序号", "类别", "工作内容", "责任人", "牵头科室", "配合部门", "完成时限"]

    proposal = (
        propose(
            Source("x.xlsx", "", (grid([headings, *rows], merges),)), year=2026, problems=Problems("x.xlsx")
        )
        if find_header(grid([headings, *rows], merges), PLAN)
        else None
    )

    refs = [item.ref for item in proposal.items] if proposal else []
    assert len(refs) == len(set(refs))


PEOPLE_ROWS = st.lists(st.lists(WORDS, min_size=6, max_size=6), max_size=8)


@given(PEOPLE_ROWS, PEOPLE_ROWS, PEOPLE_ROWS)
def test_no_organisation_crashes_the_reader(
    units: list[list[str]], people: list[list[str]], absences: list[list[str]]
) -> None:
    grids = (
        grid([["机构编码", "机构名称", "机构类型", "上级机构", "负责人", "截止日期"], *units]),
        grid([["姓名", "邮箱", "科室", "党支部", "角色", "分管科室"], *people]),
        grid([["姓名", "邮箱", "开始日期", "结束日期", "代办人", "代办人邮箱"], *absences]),
    )

    try:
        found = organise(Source("x.xlsx", "", grids), Problems("x.xlsx"))
    except InputError:
        return

    assert all(unit.name for unit in found.units)
    assert all("\n" not in problem.message for problem in found.problems)
