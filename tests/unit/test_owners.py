"""Owner cells say who leads and who supports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read_plan.owners import read_owners, read_people

UNITS = ("机关党委", "办公室", "人事教育科", "自然资源和生态环境审计科", "各党支部", "工会")
PIECES = (
    *UNITS,
    "牵头",
    "配合",
    "负责",
    "按职责分工",
    "、",
    "，",
    "；",
    "/",
    "（",
    "）",
    "：",
    "会同",
    "由",
    "\n",
    " ",
)


@pytest.mark.parametrize(
    ("lead", "supporting", "expected"),
    [
        ("机关党委", "办公室", (("机关党委",), ("办公室",))),
        ("机关党委、办公室", "", (("机关党委", "办公室"), ())),
        ("机关党委；办公室/工会", "各科室，各支部", (("机关党委", "办公室", "工会"), ("各科室", "各支部"))),
        ("机关党委、办公室牵头，各支部配合", "", (("机关党委", "办公室"), ("各支部",))),
        ("机关党委，办公室牵头，各支部配合", "", (("机关党委", "办公室"), ("各支部",))),
        ("机关党委牵头，办公室，各支部配合", "", (("机关党委",), ("办公室", "各支部"))),
        ("机关党委，各支部配合", "", (("机关党委",), ("各支部",))),
        ("机关党委牵头办公室配合", "", (("机关党委",), ("办公室",))),
        ("机关党委（牵头）、办公室（配合）", "", (("机关党委",), ("办公室",))),
        ("牵头单位：机关党委\n配合单位：办公室、工会", "", (("机关党委",), ("办公室", "工会"))),
        ("机关党委会同办公室", "", (("机关党委",), ("办公室",))),
        ("由机关党委牵头组织实施，各支部配合落实", "", (("机关党委",), ("各支部",))),
        ("机关党委牵头，各科室按职责分工负责", "", (("机关党委",), ("各科室",))),
        ("各科室按职责分工负责", "机关党委", (("各科室",), ("机关党委",))),
        ("各科室、各支部按照职责分工分别负责", "", (("各科室", "各支部"), ())),
        ("", "机关党委牵头，各支部配合", (("机关党委",), ("各支部",))),
        ("机关党委", "机关党委、办公室", (("机关党委",), ("办公室",))),
        ("机关党委", "办公室协办", (("机关党委",), ("办公室",))),
        ("各相关单位", "", (("各相关单位",), ())),
        ("各科室负责人", "", (("各科室负责人",), ())),
        ("组织部牵头", "组织科参与", (("组织部",), ("组织科",))),
        ("", "", ((), ())),
    ],
)
def test_cells_name_who_leads_and_who_supports(
    lead: str, supporting: str, expected: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert read_owners(lead, supporting) == expected


def test_and_never_splits_a_unit() -> None:
    assert read_owners("自然资源和生态环境审计科", "法规及审理科") == (
        ("自然资源和生态环境审计科",),
        ("法规及审理科",),
    )


def test_a_wrapped_name_is_one_unit_and_stacked_ones_are_two() -> None:
    assert read_owners("自然资源和生态\n环境审计科\n办公室", "工　会") == (
        ("自然资源和生态环境审计科", "办公室"),
        ("工会",),
    )


def test_brackets_keep_their_separators() -> None:
    assert read_owners("各科室（办公室、工会除外）", "") == (("各科室（办公室、工会除外）",), ())


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("林晓东", ("林晓东",)),
        ("韩国梁、各科室负责人", ("韩国梁", "各科室负责人")),
        ("张三，李四;王五/赵六", ("张三", "李四", "王五", "赵六")),
        ("张三\n李四 王五", ("张三", "李四", "王五")),
        ("王　五", ("王五",)),
        ("各支部\n书记", ("各支部书记",)),
        ("各科室\n负责人、\n张三", ("各科室负责人", "张三")),
        ("分管领导：张三；各支部书记", ("张三", "各支部书记")),
        ("林晓东牵头", ("林晓东",)),
        ("张三、张三", ("张三",)),
        ("、", ()),
    ],
)
def test_owner_cells_name_people_and_posts(cell: str, people: tuple[str, ...]) -> None:
    assert read_people(cell) == people


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.lists(st.sampled_from(PIECES), max_size=6))
def test_nobody_leads_and_supports_at_once(lead: list[str], supporting: list[str]) -> None:
    leading, others = read_owners("".join(lead), "".join(supporting))

    assert not set(leading) & set(others)
    assert all(leading)
    assert all(others)


@given(st.text(), st.text())
def test_any_text_can_be_read_for_owners(lead: str, supporting: str) -> None:
    leading, others = read_owners(lead, supporting)

    assert all(name == name.strip() for name in (*leading, *others, *read_people(lead)))
