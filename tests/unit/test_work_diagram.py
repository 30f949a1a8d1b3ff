"""The diagram of a work item's life: all of the table, nothing overlapping, and the way one item took."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import combinations
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lifecycle import LIFE, TRANSITIONS, Action, Stage, State, after
from models.messages import Lang, say
from models.work_diagram import mermaid, table
from models.work_diagram_path import Taken, WorkPath
from models.work_diagram_svg import svg

SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
#: A4 at 96 dots per inch.
A4_WIDTH = 794
DAY = date(2026, 3, 2)
NASTY = ["", "吕国平", '</text><script>"', "A & B | C;", "\x00\ud800", "x -->|y| [*]\n    z : q"]

Box = tuple[float, float, float, float]


@st.composite
def paths(draw: st.DrawFn) -> WorkPath:
    """A way through the table, by people with any name."""
    state, taken = State.SCHEDULED, [Taken(Action.REGISTER, DAY)]
    for day in range(draw(st.integers(0, 25))):
        allowed = [action for source, action in TRANSITIONS if source is state]
        if not allowed:
            break
        action = draw(st.sampled_from(allowed))
        taken.append(Taken(action, DAY + timedelta(days=day), draw(st.sampled_from(NASTY))))
        state = after(state, action)
    return WorkPath.of(state, taken, title=draw(st.sampled_from(NASTY)))


def picture_of(lang: Lang, path: WorkPath | None = None) -> ET.Element:
    return ET.fromstring(svg(lang, path))  # noqa: S314  # our own


def boxes(picture: ET.Element) -> list[Box]:
    """Left, top, right and bottom of stations and states; labels lie on lines, the legend is not one."""
    return [
        (x, y, x + float(rect.attrib["width"]), y + float(rect.attrib["height"]))
        for rect in picture.iter(f"{SVG}rect")
        if rect.attrib["class"] != "label"
        for x, y in [(float(rect.attrib["x"]), float(rect.attrib["y"]))]
    ]


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(st.none() | paths(), st.sampled_from(LANGUAGES))
def test_a_picture_is_well_formed_fits_the_page_and_nothing_overlaps(
    path: WorkPath | None, lang: Lang
) -> None:
    picture = picture_of(lang, path)
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])

    assert width <= A4_WIDTH
    assert all(
        x >= 0 and y >= 0 and right <= width and bottom <= height for x, y, right, bottom in boxes(picture)
    )
    assert not any(overlap(one, other) for one, other in combinations(boxes(picture), 2))
    assert all(float(text.attrib["y"]) < height for text in picture.iter(f"{SVG}text"))
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} <= {
        *("svg", "title", "style", "defs", "marker", "path", "rect", "text", "polyline")
    }
    assert not re.search(r"https?:|url\((?!#)|href|@import", svg(lang, path).replace(SVG[1:-1], ""))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_names_all_of_the_table(lang: Lang) -> None:
    picture = "\n".join(text.text or "" for text in picture_of(lang).iter(f"{SVG}text"))
    chart, page = mermaid(lang), table(lang)

    for stage in Stage:
        assert say(f"stage.{stage}", lang) in picture
        assert say(f"stage.{stage}", lang) in page
    for state in State:
        for form in (picture, chart, page):
            assert say(f"state.{state}", lang) in form
    for action in Action:
        for form in (picture, chart, page):
            assert say(f"work_action.{action}", lang) in form


def test_a_chart_has_an_arrow_for_every_pair_of_states_of_the_table() -> None:
    drawn = re.findall(r"^    (\S+) --> (\S+)", mermaid("zh"), re.MULTILINE)
    pairs = {(source.value, target.value) for (source, _), target in TRANSITIONS.items()}

    assert len(drawn) == len(set(drawn))
    assert set(drawn) == pairs | {("[*]", "scheduled"), ("archived", "[*]")}


def test_a_table_has_a_row_for_every_line_in_the_order_of_the_chain() -> None:
    rows = [line for line in table("zh").splitlines() if line.startswith("|")][2:]

    assert len(rows) == len(LIFE)
    stages = [row.split("|")[1].strip() for row in rows]
    assert [one for one in stages if one] == [say(f"stage.{stage}", "zh") for stage in Stage]
    assert "| 销号 | 销号 | 系统、协调人或分管领导 | 已报结，待审核 | 已销号 |" in rows


@given(paths(), st.sampled_from(LANGUAGES))
def test_names_and_titles_stay_words(path: WorkPath, lang: Lang) -> None:
    chart, page = mermaid(lang, path), table(lang, path)

    assert len(chart.splitlines()) == len(mermaid(lang).splitlines()) + 2 + len(path.states)
    assert chart.count("-->") == mermaid(lang).count("-->")
    assert len({line.replace("\\|", "").count("|") for line in page.splitlines() if line[:1] == "|"}) == 1


def test_a_way_shows_when_each_station_was_reached_and_where_the_work_stands() -> None:
    path = WorkPath.of(
        State.RETURNED,
        [
            Taken(Action.REGISTER, DAY),
            Taken(Action.ASSIGN, DAY),
            Taken(Action.FEEDBACK, date(2026, 3, 4), "吕国平"),
            Taken(Action.FEEDBACK, date(2026, 3, 9), "陶欣悦"),
            Taken(Action.SUBMIT, date(2026, 3, 10), "吕国平"),
            Taken(Action.CLOSE, date(2026, 3, 10), "吕国平"),
            Taken(Action.RETURN, date(2026, 3, 12), "韩国梁"),
        ],
    )

    reached = {stage: passed.first for stage in Stage if (passed := path.passed(stage))}
    assert reached == {
        Stage.REGISTRATION: DAY,
        Stage.ASSIGNMENT: DAY,
        # Who reports has signed for the work.
        Stage.SIGNATURE: date(2026, 3, 4),
        Stage.PROGRESS: date(2026, 3, 4),
        Stage.REPORT: date(2026, 3, 10),
        Stage.REVIEW: date(2026, 3, 10),
        Stage.CROSSING_OFF: date(2026, 3, 10),
    }
    texts = [text.text for text in picture_of("zh", path).iter(f"{SVG}text")]
    assert "当前：已退回" in texts
    assert "2次，最近 2026-03-09 陶欣悦" in texts
    kinds = [rect.attrib["class"] for rect in picture_of("zh", path).iter(f"{SVG}rect")]
    # Legend, and of the nine stations urging was left out and filing lies ahead.
    assert kinds.count("skipped") == 1 + 1
    assert kinds.count("ahead") == 1 + 1
    assert kinds.count("pill current") == 1
    assert "    class returned current" in mermaid("zh", path)


def test_a_record_with_gaps_is_bridged() -> None:
    path = WorkPath.of(State.CLOSED, [Taken(Action.SUBMIT, DAY, "吕国平"), Taken(Action.CLOSE, DAY)])

    assert path.moved(State.ASSIGNED, State.SUBMITTED)
    assert path.states == {State.SUBMITTED, State.CLOSED}
