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
    told = {audience.letter for audience in AUDIENCES} | COMMANDED

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

    assert not re.search(r"https?:|//|src=|<img|<script|<link|@import|url\(", html.replace("<!doctype", ""))
    assert set(re.findall(r'href="([^":]*):', html)) <= {"mailto"}


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


def test_a_digest_reads_as_the_trade_writes() -> None:
    done = render("due_soon", "zh", SAMPLES["due_soon"])

    assert done.subject == "【到期提醒】1项今日到期，1项即将到期"
    assert (
        "1. 开展主题党日活动\n   第三党支部｜2026年3月27日（周五）到期，还有3个工作日｜编号 318" in done.text
    )
    assert (
        "请直接回复本邮件，或联系协调人林晓东（linxiaodong@example.gov.cn），由协调人登记办理。" in done.text
    )


def test_a_substitute_reads_for_whom_he_acts() -> None:
    done = render("overdue", "zh", SAMPLES["overdue"])

    assert "（陶欣悦代杜若琳）" in done.text
    assert "★按季度报送舆情信息（代杜若琳）" in done.text
    assert "陶欣悦代杜若琳" in done.html


def test_a_long_list_says_how_many_more() -> None:
    done = render("checklist", "zh", SAMPLES["checklist"])

    assert "其余41项未列出" in done.text
    assert "其余41项未列出" in done.html
