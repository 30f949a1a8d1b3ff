"""Every letter, in every language, with the facts of its sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import get_args

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from models.messages import Lang, catalogue
from notifications.audience import AUDIENCES
from notifications.letters import letter_names, render
from notifications.samples import SAMPLES

LANGUAGES: tuple[Lang, ...] = get_args(Lang)
EVERY = [(letter, lang) for letter in letter_names() for lang in LANGUAGES]
#: Sent by a command, not because of an event.
COMMANDED = {"test"}
#: Holds what other letters say.
MERGING = {"digest"}


def changed(facts: object, *, title: str) -> object:
    """The same facts with every title replaced."""
    if isinstance(facts, Mapping):
        return {
            key: title if key in {"title", "words", "opinion"} and value else changed(value, title=title)
            for key, value in facts.items()
        }
    return [changed(one, title=title) for one in facts] if isinstance(facts, list) else facts


def rendered_with(letter: str, lang: Lang, title: str) -> tuple[str, str]:
    facts = changed(SAMPLES[letter], title=title)
    assert isinstance(facts, dict)
    done = render(letter, lang, facts)
    return done.text, done.html


def test_every_letter_has_sample_audience_and_name() -> None:
    told = {audience.letter for audience in AUDIENCES} | COMMANDED | MERGING

    assert set(letter_names()) == set(SAMPLES) == told
    for lang in LANGUAGES:
        assert {f"letter.{letter}" for letter in letter_names()} <= set(catalogue(lang))


@pytest.mark.parametrize(("letter", "lang"), EVERY)
def test_a_letter_says_who_what_and_why(letter: str, lang: Lang) -> None:
    done = render(letter, lang, SAMPLES[letter])

    assert done.subject
    assert "\n" not in done.subject
    for part in (done.text, done.html):
        assert "linxiaodong@example.gov.cn" in part
        assert ("收信原因" if lang == "zh" else "Why you got this") in part
        assert "built-in" not in part
        assert "Undefined" not in part
        assert "None" not in part
    assert "\n\n\n" not in done.text


@pytest.mark.parametrize(("letter", "lang"), EVERY)
def test_a_letter_fetches_nothing_from_outside(letter: str, lang: Lang) -> None:
    html = render(letter, lang, SAMPLES[letter]).html

    links = re.findall(r'<a href="([^"]*)"', html)
    assert {link.partition(":")[0] for link in links} <= {"mailto", "http", "https"}
    for link in links:  # what a reader may follow fetches nothing by itself
        html = html.replace(f'<a href="{link}"', "<a")
    assert not re.search(r"https?:|//|src=|href=|<img|<script|<link|@import|url\(", html)


@pytest.mark.parametrize(("letter", "lang"), EVERY)
def test_markup_in_a_title_is_escaped(letter: str, lang: Lang) -> None:
    _text, html = rendered_with(letter, lang, '<script>alert(1)</script>"><img src=x>')

    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(("letter", "lang"), EVERY)
def test_a_template_in_a_title_is_not_evaluated(letter: str, lang: Lang) -> None:
    text, html = rendered_with(letter, lang, "{{7*7}}{% raw %}")

    assert "49" not in text.replace("2049", "")
    if "{{7*7}}" in html:
        assert "{{7*7}}{% raw %}" in text


@pytest.mark.parametrize("letter", sorted(SAMPLES))
def test_a_missing_fact_is_an_error(letter: str) -> None:
    facts = {key: value for key, value in SAMPLES[letter].items() if key != "person"}

    with pytest.raises(UndefinedError):
        render(letter, "zh", facts)


def test_an_unknown_letter_is_an_error() -> None:
    with pytest.raises(TemplateNotFound):
        render("love", "zh", {})


def test_templates_trust_nobody() -> None:
    folder = files("notifications").joinpath("templates")
    sources = [
        file.read_text("utf-8")
        for letter in folder.iterdir()
        for lang in letter.iterdir()
        if lang.is_dir()
        for file in lang.iterdir()
    ]

    assert len(sources) > 90
    assert not any(re.search(r"\|\s*safe|autoescape|Markup", source) for source in sources)


def test_a_reminder_reads_as_the_trade_writes() -> None:
    done = render("due_soon", "zh", SAMPLES["due_soon"])

    assert done.subject == "【提醒】“开展主题党日活动”3月27日（周五）到期"
    assert "提醒：即将到期（1项）\n\n距办结时限不远，尚未收到报结。" in done.text
    assert (
        "1. 开展主题党日活动\n   2026年3月27日（周五）到期，还有3个工作日｜第三党支部｜编号 318" in done.text
    )
    assert (
        "请直接回复本邮件，或联系协调人林晓东（linxiaodong@example.gov.cn），由协调人登记办理。" in done.text
    )


def test_every_rung_has_words_of_its_own() -> None:
    rungs = ("due_soon", "due_today", "overdue", "overseen", "escalated", "silent", "absent")
    texts = {one: render(one, "zh", SAMPLES[one]).text for one in rungs}

    assert "今日到期（1项）" in texts["due_today"]
    assert "催办：已逾期（1项）" in texts["overdue"]
    assert "（第2次催办）" in texts["overdue"]
    assert "督办：请您督促（1项）" in texts["overseen"]
    assert "呈报：请您督办（1项）" in texts["escalated"]
    assert "提醒：长期未反馈（1项）" in texts["silent"]
    assert "责任人不在岗，请您安排（1项）" in texts["absent"]


def test_a_digest_says_the_most_urgent_first() -> None:
    done = render("digest", "zh", SAMPLES["digest"])

    assert done.subject == "【督办】请督促1项、逾期1项、今日到期1项、即将到期1项，待您审批2件，需协调5处"
    heads = ["30秒简报（全局）", "等待您审批（2件）", "呈报：请您督办", "催办：已逾期", "今日到期（1项）"]
    heads += ["提醒：即将到期", "退回：请补充办理", "新增任务", "审批结果（2件）", "抄送：请阅", "需要协调"]
    places = [done.text.index(head) for head in heads]
    assert places == sorted(places)


def test_leaders_read_five_lines() -> None:
    done = render("digest", "zh", SAMPLES["digest"])

    start = done.text.index("1. 亮灯")
    assert done.text[start:].split("\n")[:5] == [
        "1. 亮灯：红2、橙1、黄3、待决1、蓝9、绿41",
        "2. 趋势：与3月17日（周二）相比：红增1、橙减2、待决增1",
        (
            "3. 最急：“完善意识形态网格化建设，及时补齐补强支部网格员，并将调整后的网格员名册报机关党委备案”"
            "（荆玉良）逾期25日；★“按季度报送舆情信息”（陶欣悦）逾期11日"
        ),
        "4. 本周到期：6项，其中重点事项2项",
        "5. 待您决定：2件：2026年机关党建工作计划（第1版）、2026年上半年党建工作检查通报",
    ]


def test_a_substitute_reads_for_whom_he_acts() -> None:
    done = render("overdue", "zh", SAMPLES["overdue"])

    assert "（陶欣悦代杜若琳）" in done.text
    assert "★按季度报送舆情信息（第2次催办）（代杜若琳）" in done.text
    assert "陶欣悦代杜若琳" in done.html


def test_quotation_marks_inside_a_title_are_single_ones() -> None:
    row = {"title": "更新“水务”网站", "by": "林晓东", "words": "", "urge": 0, "due": "", "late": 0, "id": 1}
    row |= {"key": False, "for_whom": "", "unit": "办公室", "owner": "", "left": None, "target": None}
    facts = {**SAMPLES["closed"], "rows": [row], "total": 1}

    assert render("closed", "zh", facts).subject == "【办理结果】“更新‘水务’网站”已办结销号"


def test_what_needs_no_answer_asks_for_none() -> None:
    closed, due = (render(one, "zh", SAMPLES[one]).text for one in ("closed", "due_soon"))

    assert "不需要回复。\n\n如有疑问，请回复本邮件" in closed
    assert "办结后请回复编号和完成情况。\n确需延期的，请在到期日前提出申请。\n\n请直接回复本邮件" in due


def test_a_long_list_says_how_many_more() -> None:
    done = render("checklist", "zh", SAMPLES["checklist"])

    assert "其余41项见附件" in done.text
    assert "其余41项见附件" in done.html
