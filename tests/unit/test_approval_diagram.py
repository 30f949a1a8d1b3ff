"""Diagrams: pictures in which nothing overlaps, charts that name every step, and the way that was taken."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.approval.catalogue import shipped
from models.approval.definition import Definition
from models.approval.diagram import mermaid, outline
from models.approval.diagram_svg import svg, width_of, wrapped
from models.approval.path_taken import PathTaken, Signature, Stage, StepPath
from models.approval.read_definition import read_definition
from models.approval.state import (
    Cause,
    Outcome,
    Seat,
    SeatKind,
    SeatState,
    State,
    StepRun,
    Verb,
)
from models.messages import Lang
from tests.approval_strategies import definitions

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {1: "张三", 2: "李四", 3: "王五", 4: "赵六"}
DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)

Box = tuple[float, float, float, float]


def boxes(picture: ET.Element) -> list[Box]:
    """Left, top, right and bottom of every box."""
    return [
        (x, y, x + float(rect.attrib["width"]), y + float(rect.attrib["height"]))
        for rect in picture.iter(f"{SVG}rect")
        for x, y in [(float(rect.attrib["x"]), float(rect.attrib["y"]))]
    ]


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def lines(picture: ET.Element) -> list[Box]:
    """The straight pieces of every line, as boxes without an inside."""
    pieces = []
    for line in picture.iter(f"{SVG}polyline"):
        points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for (x, y), (to_x, to_y) in pairwise(points):
            pieces.append((min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)))
    return pieces


def some_path(definition: Definition, draw: st.DataObject) -> PathTaken:
    people = ["", "欧阳 <明>", "Anna-Maria Müller", "\x00\ud800"]
    stages = st.builds(
        StepPath,
        st.sampled_from(Stage),
        st.integers(1, 3),
        st.lists(st.sampled_from(people).map(Signature), max_size=9).map(tuple),
        st.lists(st.sampled_from(list(NAMES.values())), max_size=9).map(tuple),
    )
    return PathTaken(
        {key: draw.draw(stages) for key in definition.by_key}, dict.fromkeys(definition.blocks, 0)
    )


@given(definitions(), st.data(), st.sampled_from(["zh", "en"]))
def test_a_picture_is_well_formed_and_nothing_in_it_overlaps(
    definition: Definition, draw: st.DataObject, lang: Lang
) -> None:
    path = draw.draw(st.none() | st.just(some_path(definition, draw)))

    picture = ET.fromstring(svg(definition, lang, path))  # noqa: S314  # our own text

    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
    drawn = boxes(picture)
    assert len(drawn) >= len(definition.by_key) + 2
    assert all(
        left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in drawn
    )
    assert not [pair for pair in combinations(drawn, 2) if overlap(*pair)]
    assert not [(line, box) for line in lines(picture) for box in drawn if overlap(line, box)]


@given(definitions())
def test_every_text_of_a_picture_stands_inside_a_box(definition: Definition) -> None:
    picture = ET.fromstring(svg(definition, "zh"))  # noqa: S314

    drawn = boxes(picture)
    for text in picture.iter(f"{SVG}text"):
        words, x, y = text.text or "", float(text.attrib["x"]), float(text.attrib["y"])
        half = width_of(words) / 2
        assert any(
            left <= x - half and x + half <= right and top < y - 9 and y + 3 < bottom
            for left, top, right, bottom in drawn
        )


@given(st.text(), st.integers(30, 300))
def test_wrapped_words_fit_and_lose_nothing_but_spaces(words: str, width: int) -> None:
    wrapping = wrapped(words, width)

    assert all(width_of(line) <= width for line in wrapping)
    assert "".join("".join(wrapping).split()) == "".join(words.split())


def test_names_are_not_torn_where_a_line_can_break_between_them() -> None:
    assert wrapped("办理中：周立诚、林晓东、韩国梁", 170) == ["办理中：周立诚、林晓东、", "韩国梁"]


@given(definitions(), st.sampled_from(["zh", "en"]))
def test_charts_and_trees_mention_every_step(definition: Definition, lang: Lang) -> None:
    chart, tree = mermaid(definition, lang), "\n".join(outline(definition, lang))

    assert chart.startswith("flowchart TD\n")
    for key in definition.by_key:
        assert f's_{key}["' in chart
        assert f"[{key}]" in tree


@given(definitions())
def test_what_stands_in_a_charts_quotes_cannot_leave_them(definition: Definition) -> None:
    for line in mermaid(definition, "zh").splitlines():
        assert line.count('"') in {0, 2}
        assert "<b>" not in line


def test_a_tree_shows_branches_with_their_conditions() -> None:
    assert outline(shipped()["amendment"], "zh")[:4] == [
        "计划调整审批 (amendment 1)",
        "└─ 按条件 [size]",
        "   ├─ 若新增事项数不超过 2，且变更事项数不超过 5，且取消事项数为 0",
        "   │  └─ 审批 [approve_small]",
    ]


def test_a_rejection_is_drawn_as_a_dotted_arrow_back() -> None:
    assert 's_review -.->|"不同意"| start' in mermaid(shipped()["plan"], "zh")


PAGE = """\
code: x
version: 1
name: {zh: 名}
subject: y
steps:
  - {key: a, name: {zh: 起草}, who: owner_head}
  - {key: b, name: {zh: 审核}, who: {post: 机关党委书记, unit: 机关党委}, mode: 依次, rejected: a}
  - {key: c, name: {zh: 签发}, who: {first: [{chosen: approver}, {post: 党组书记}]}, mode: 票签, need: 2}
"""


def seat(number: int, step: int, person: int, verb: Verb | None = None, **more: object) -> Seat:
    state = SeatState.OPEN if verb is None else SeatState.CLOSED
    cause = None if verb is None else Cause.DECIDED
    row = {"closed_by": person if verb else 0, "cause": cause, "closed_at": NOON if verb else None, **more}
    return Seat(number, step, person, state, verb=verb, **row)  # type: ignore[arg-type]  # rows of the tests


@pytest.fixture
def state() -> State:
    """Step a was passed in a second round by a substitute, b waits for its second signer, c was returned."""
    closed = {"opened_on": DAY, "is_open": False}
    runs = [
        StepRun(1, "a", 1, live=False, outcome=Outcome.APPROVED, **closed),  # type: ignore[arg-type]
        StepRun(2, "c", 1, live=False, outcome=Outcome.RETURNED, **closed),  # type: ignore[arg-type]
        StepRun(3, "a", 2, outcome=Outcome.APPROVED, **closed),  # type: ignore[arg-type]
        StepRun(4, "b", 1, DAY),
    ]
    seats = [
        seat(1, 1, 1, Verb.APPROVE),
        seat(2, 2, 3, Verb.RETURN),
        seat(3, 3, 1, Verb.COVERED, closed_by=4),
        seat(4, 3, 4, Verb.APPROVE, kind=SeatKind.STAND_IN, parent=3),
        seat(5, 4, 2, Verb.AUTO_DEDUPE, closed_by=0),
        seat(6, 4, 3),
    ]
    return State(steps={run.number: run for run in runs}, seats={one.number: one for one in seats})


def test_the_way_taken_tells_who_decided_and_who_holds_it_now(state: State) -> None:
    path = PathTaken.of(state, NAMES)

    assert path.step("a") == StepPath(Stage.PASSED, 2, (Signature("赵六", "张三"),))
    assert path.step("b") == StepPath(Stage.OPEN, 1, (Signature(""),), ("王五",))
    assert path.step("c") == StepPath(Stage.RETURNED, 1, (Signature("王五"),))


def test_a_step_behind_which_the_approval_went_back_is_not_reached(state: State) -> None:
    del state.steps[3]

    assert PathTaken.of(state, NAMES).step("a") == StepPath()
    assert PathTaken.of(state, NAMES).step("unknown") == StepPath()


def test_a_running_approval_is_drawn_with_people_rounds_and_colours(state: State) -> None:
    definition = read_definition(PAGE, source="page.yaml")
    path = PathTaken.of(state, NAMES)

    tree = "\n".join(outline(definition, "zh", path))
    assert "已同意（第 2 轮）：赵六（代张三）" in tree
    assert "办理中：王五" in tree
    assert "已表态：系统" in tree
    assert "已退回：王五" in tree
    assert "机关党委书记\n" in tree
    assert "票签（2 票通过）" in tree
    chart = mermaid(definition, "zh", path)
    assert ":::passed" in chart
    assert "classDef open" in chart
    picture = svg(definition, "zh", path)
    assert all(f'class="step {stage}"' in picture for stage in ("passed", "open", "returned"))


@pytest.mark.parametrize("code", sorted(shipped()))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_shipped_definitions_are_drawn_without_anything_from_elsewhere(code: str, lang: Lang) -> None:
    picture = svg(shipped()[code], lang)

    assert shipped()[code].name[lang] in picture
    assert picture.count("http") == 1  # the name space
    assert "url(" not in picture.replace("url(#tip)", "")
