"""Definitions: every fault of a page at once, the shipped ones, and pages that say what was meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.approval.catalogue import (
    contradict,
    definition_for,
    definitions_in,
    shipped,
)
from models.approval.definition import Definition, Mode, Need, Who, WhoKind
from models.approval.faults import DefinitionFaultsError
from models.approval.read_definition import lint, read_definition
from models.errors import InputError, NotFoundError
from models.messages import Lang
from models.roles import ROLE_PLACE
from tests.approval_strategies import definitions, to_yaml

CODES = ["amendment", "bulletin", "checklist", "closing", "extension", "plan", "report", "scores"]

BROKEN = """\
code: Broken
version: 0
name: {en: Broken}
subject: plan
facts: {items: number, topic: text}
protected: [budget]
urge_workdays: -1
colour: red
steps:
  - key: a
    name: {zh: 一}
    rejected: nowhere
  - key: end
    name: {zh: 二}
    who: {role: 书记}
  - key: v
    name: {zh: 三}
    who: admin
    mode: 票签
    mdoe: all
  - key: w
    name: {zh: 四}
    who: owner_head
    mode: vote
    need: 120%
    rejected: c
  - key: c
    name: {zh: 五}
    who: owner_head
    need: 3
    mode: 轮签
    when:
      - {fact: budget, is: 大于, value: 3}
      - {fact: items, is: 大于, value: "3"}
      - {fact: topic, is: 大于, value: x}
    deadline:
      workdays: 3
      ladder:
        - {after: 1, do: remind}
        - {after: 0, do: approve}
        - {after: 2, do: remind}
  - key: p
    parallel:
      - steps: []
  - key: q
    choose:
      - otherwise:
          - {key: a, name: {zh: 六}, who: admin}
      - when: [{fact: items, is: "=", value: 1}]
        steps:
          - {key: d, name: {zh: 七}, who: admin, rejected: q}
  - key: r
    choose:
      - when: [{fact: items, is: "=", value: 1}]
        steps:
          - {key: e, name: {zh: 八}, who: admin}
      - when: [{fact: items, is: "=", value: 2}]
        steps:
          - {key: f, name: {zh: 九}, who: admin, rejected: e}
  - key: g
    name: 十
    who: admin
    nobody: everybody
steps: []
"""


def found(text: str) -> list[tuple[int | None, str, str]]:
    return [(fault.line, fault.where, fault.code) for fault in lint(text, source="broken.yaml")]


def test_every_fault_of_a_page_is_told_at_once_with_its_line_and_step() -> None:
    assert found(BROKEN) == [
        (1, "", "bad_key"),
        (2, "", "out_of_range"),
        (3, "", "no_chinese_name"),
        (6, "", "protected_undeclared"),
        (7, "", "out_of_range"),
        (8, "", "unknown_key"),
        (10, "a", "no_who"),
        (12, "a", "edge_to_nothing"),
        (13, "", "reserved_key"),
        (15, "", "unknown_who"),
        (16, "v", "need_missing"),
        (20, "v", "unknown_key_nearest"),
        (25, "w", "out_of_range"),
        (26, "w", "edge_later"),
        (30, "c", "need_without_vote"),
        (31, "c", "unknown_word"),
        (33, "c", "fact_undeclared"),
        (34, "c", "fact_type"),
        (35, "c", "operator_type"),
        (40, "c", "ladder_unordered"),
        (41, "c", "decision_not_last"),
        (44, "p", "split_without_join"),
        (44, "p", "empty_branch"),
        (48, "a", "duplicate_code"),
        (49, "q", "unreachable"),
        (51, "d", "edge_to_block"),
        (57, "r", "no_default"),
        (59, "f", "edge_other_branch"),
        (61, "g", "wrong_type"),
        (63, "g", "unknown_word"),
        (64, "", "two_starts"),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fault_has_a_sentence_that_names_its_line(lang: Lang) -> None:
    for fault in lint(BROKEN, source="broken.yaml"):
        sentence = fault.sentence(lang)

        assert str(fault.line) in sentence
        assert "{" not in sentence


def test_a_broken_page_is_refused_with_all_its_faults_in_the_readers_language() -> None:
    with pytest.raises(InputError) as refused:
        read_definition(BROKEN, source="broken.yaml")

    sentence = refused.value.sentence("zh")
    assert sentence.startswith("审批流程文件 broken.yaml 有 31 处问题：")
    assert "第 20 行，v：没有“mdoe”这一项，是否为“mode”？" in sentence
    assert (
        "第 31 行，c：mode 不能是“轮签”；可写：all、any、vote、in_turn、会签、或签、票签、依次。" in sentence
    )


STEP = "{key: a, name: {zh: 一}, who: admin}"
HEAD = "code: x\nversion: 1\nname: {zh: 名}\nsubject: y\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", (None, "page.yaml", "empty_page")),
        ("- a\n", (1, "", "not_mapping")),
        ("a: [1\nb: 2\n", (2, "", "syntax")),
        ("a: 1\n\nb: \x07\n", (3, "", "syntax")),
        ('a: "\\UFFFFFFFF"\n', (None, "page.yaml", "syntax")),
        ("a: &one [1]\nb: *one\n", (1, "", "marks")),
        ("a: !!python/object/apply:os.system [ls]\n", (1, "", "marks")),
        ("a: " + "[" * 5000, (1, "", "too_deep")),
        ("a" * 300_000, (None, "page.yaml", "too_large")),
        (HEAD, (1, "", "no_steps")),
        (HEAD + "steps: []\n", (5, "", "no_steps")),
        (
            HEAD + f"steps:\n  - {STEP}\n  - {{key: b, key: c, name: {{zh: 二}}, who: admin}}",
            (7, "c", "duplicate_key"),
        ),
        (HEAD + f"steps:\n  - {STEP[:-1]}, rejected: a}}\n", (6, "a", "edge_to_itself")),
        (HEAD + "steps:\n  - {key: a, name: {zh: " + "长" * 41 + "}, who: admin}\n", (6, "a", "long_text")),
        (HEAD + 'steps:\n  - {key: a, name: {zh: "一\\n二"}, who: admin}\n', (6, "a", "bad_text")),
        (HEAD + f"steps:\n  - {STEP[:-1]}, deadline: {{workdays: -2}}}}\n", (6, "a", "out_of_range")),
        (
            HEAD
            + f"steps:\n  - {STEP[:-1]}, deadline: {{workdays: 2, ladder: [{{after: -3, do: remind}}]}}}}\n",
            (6, "a", "rung_before_opening"),
        ),
        (
            HEAD
            + f"steps:\n  - {STEP[:-1]}, deadline: {{workdays: 2, ladder: [{{after: -1, do: reject}}]}}}}\n",
            (6, "a", "decides_early"),
        ),
        (HEAD + f"steps:\n  - {STEP[:-1]}, mode: vote, need: most}}\n", (6, "a", "need_unreadable")),
        (HEAD + f"steps:\n  - {STEP[:-1]}, mode: vote, need: 0}}\n", (6, "a", "out_of_range")),
        (HEAD + f"steps:\n  - {STEP[:-1]}, withdrawable: maybe}}\n", (6, "a", "wrong_type")),
        (HEAD + f"steps:\n  - {STEP[:-1]}, when: []}}\n", (6, "a", "empty_list")),
        (HEAD + "steps:\n  - {key: a, name: {zh: 一}, who: {first: []}}\n", (6, "a", "empty_list")),
        (HEAD + "steps:\n  - {key: a, name: {zh: 一}, who: {}}\n", (6, "a", "unknown_who")),
        (
            HEAD + f"steps:\n  - {{key: b, choose: [otherwise: [{STEP}]]}}\n",
            (6, "b", "choice_without_choice"),
        ),
    ],
)
def test_a_page_with_one_fault_has_just_that(text: str, fault: tuple[int | None, str, str]) -> None:
    faults = [(one.line, one.where, one.code) for one in lint(text, source="page.yaml")]

    assert faults == [fault]


@given(st.text() | st.text(alphabet="[]{}:,-&*!|>'\"\\ \n%#axUkey", max_size=200))
def test_whatever_a_page_holds_it_is_never_more_than_faulty(text: str) -> None:
    for fault in lint(text, source="page.yaml"):
        assert fault.sentence("zh")


@given(definitions(), st.data())
def test_a_page_that_was_damaged_anywhere_is_read_or_refused_but_never_breaks(
    definition: Definition, data: st.DataObject
) -> None:
    text = to_yaml(definition)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    damaged = text[:at] + data.draw(st.text(max_size=3)) + text[at + cut :]

    for fault in lint(damaged, source="page.yaml"):
        assert fault.sentence("en")


@given(definitions())
def test_a_definition_written_down_is_read_as_it_was(definition: Definition) -> None:
    read = read_definition(to_yaml(definition), source="page.yaml")

    assert replace(read, sha="") == definition
    assert len(read.sha) == 64


def test_the_page_may_speak_chinese_where_the_words_are_chinese() -> None:
    page = HEAD + f"steps:\n  - {STEP[:-1]}, mode: 票签, need: 60%}}\n"

    step = read_definition(page, source="page.yaml").by_key["a"]

    assert (step.mode, step.need) == (Mode.VOTE, Need(percent=60))
    assert step.name == {"zh": "一", "en": "一"}


def test_every_shipped_definition_is_clean_and_asks_posts_that_exist() -> None:
    assert sorted(shipped()) == CODES
    for definition in shipped().values():
        whos = [step.who for step in definition.by_key.values()]
        posts = [one.value for who in whos for one in (who, *who.parts) if one.kind is WhoKind.POST]
        assert set(posts) <= set(ROLE_PLACE)


@pytest.mark.parametrize("code", ["plan", "amendment", "bulletin", "closing", "report"])
def test_the_last_word_of_a_shipped_definition_is_the_approvers_if_one_is_named(code: str) -> None:
    definition = shipped()[code]
    last = [step for key, step in definition.by_key.items() if not definition.downstream(key)]

    assert last
    for step in last:
        assert step.who.kind is WhoKind.FIRST
        assert step.who.parts[:2] == (Who(WhoKind.CHOSEN, "approver"), Who(WhoKind.SETTING, "approver"))


def test_every_shipped_step_has_a_deadline_that_reminds_and_decides_nothing_by_itself() -> None:
    for definition in shipped().values():
        for step in definition.by_key.values():
            assert step.deadline is not None
            acts = [rung.act.value for rung in step.deadline.ladder]
            assert acts[-2:] == ["remind", "escalate"]
            assert set(acts) == {"remind", "escalate"}


def test_a_bureaus_own_page_replaces_the_shipped_one_and_may_add_more(tmp_path: Path) -> None:
    own = f"code: plan\nversion: 2\nname: {{zh: 名}}\nsubject: plan\nsteps: [{STEP}]\n"
    (tmp_path / "plan.yaml").write_text(own, "utf-8")
    (tmp_path / "x.yaml").write_text(HEAD + f"steps: [{STEP}]\n", "utf-8")

    assert definition_for("plan", tmp_path).version == 2
    assert definition_for("x", tmp_path).name["zh"] == "名"
    assert definition_for("closing", tmp_path) is shipped()["closing"]
    assert definitions_in(tmp_path / "none") == {}
    with pytest.raises(NotFoundError):
        definition_for("y", tmp_path)


def test_a_page_in_the_place_of_a_shipped_one_can_only_use_what_is_supplied(tmp_path: Path) -> None:
    page = HEAD.replace("code: x", "code: plan") + f"facts: {{items: text, money: number}}\nsteps: [{STEP}]\n"
    (tmp_path / "plan.yaml").write_text(page, "utf-8")

    with pytest.raises(DefinitionFaultsError) as refused:
        definitions_in(tmp_path)

    assert [fault.code for fault in refused.value.faults] == ["other_subject", "facts_not_supplied"]
    assert "items、money" in refused.value.sentence("zh")


def test_two_pages_of_one_folder_cannot_have_the_same_code(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(HEAD + f"steps: [{STEP}]\n", "utf-8")

    with pytest.raises(InputError, match=r"b\.yaml and a\.yaml"):
        definitions_in(tmp_path)


def test_a_page_that_is_not_utf8_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("name: 审批".encode("gbk"))

    with pytest.raises(DefinitionFaultsError) as refused:
        definitions_in(tmp_path)

    assert "gbk.yaml" in refused.value.sentence("zh")
    assert "UTF-8" in refused.value.sentence("zh")


def test_a_page_that_says_something_else_must_raise_its_version() -> None:
    page = HEAD + f"steps: [{STEP}]\n"
    one = read_definition(page, source="one")

    assert not contradict(one, read_definition(page, source="two"))
    assert contradict(one, read_definition(page.replace("zh: 一", "zh: 二"), source="two"))
    changed = page.replace("zh: 一", "zh: 二").replace("version: 1", "version: 2")
    assert not contradict(one, read_definition(changed, source="two"))
