"""The parts of a step on a page: who decides, under which condition, until when, with how many votes."""

from __future__ import annotations

import re
from typing import Final

from yaml.nodes import MappingNode, Node, ScalarNode

from models.approval.definition import (
    Comparison,
    Condition,
    Deadline,
    FactType,
    FactValue,
    Mode,
    Need,
    Operator,
    Rung,
    RungAct,
    Who,
    WhoKind,
)
from models.approval.lint import Draft
from models.approval.yaml_marks import Page, flag_in, is_text, number_in, shown
from models.errors import Term

#: Rules that need no further word: `who: owner_head`.
PLAIN_WHO: Final = {
    str(kind): kind
    for kind in (WhoKind.OWNER_HEAD, WhoKind.LEADER_IN_CHARGE, WhoKind.INITIATOR_SUPERIOR, WhoKind.ADMIN)
}
#: Rules that name something: `who: {post: 党组书记}`.
NAMED_WHO: Final = {
    str(kind): kind for kind in (WhoKind.PERSON, WhoKind.POST, WhoKind.CHOSEN, WhoKind.SETTING)
}
#: Rules made of rules: `who: {first: [...]}`.
JOINED_WHO: Final = {str(kind): kind for kind in (WhoKind.FIRST, WhoKind.EVERY)}
_WHO_WORDS: Final = (*PLAIN_WHO, *NAMED_WHO, *JOINED_WHO)

#: What a fact can be, by the word that declares it.
FACT_TYPES: Final[dict[str, FactType]] = {"text": str, "number": int, "yes_no": bool}
_TYPE_WORDS: Final = {kind: word for word, kind in FACT_TYPES.items()}

#: The comparisons, each as a sign and as a word that needs no quotes.
OPERATORS: Final = {
    **{str(one): one for one in Operator},
    "等于": Operator.EQUAL,
    "不等于": Operator.DIFFERENT,
    "大于": Operator.MORE,
    "不少于": Operator.AT_LEAST,
    "小于": Operator.LESS,
    "不超过": Operator.AT_MOST,
    "属于": Operator.ONE_OF,
    "包含": Operator.CONTAINS,
}
_ORDERING: Final = frozenset({Operator.MORE, Operator.AT_LEAST, Operator.LESS, Operator.AT_MOST})
_ACTS: Final = {str(act): act for act in RungAct}
_DECIDING: Final = frozenset({RungAct.APPROVE, RungAct.REJECT})

#: Days beyond this are slips of the pen.
MAX_WORKDAYS: Final = 250
MAX_NEED: Final = 100
_PERCENT = re.compile(r"([0-9]{1,9}) ?%")
_COUNT = re.compile(r"[0-9]{1,9}")


def read_who(page: Page, node: Node, where: str) -> Who:
    """A rule that names people."""
    if isinstance(node, ScalarNode):
        kind = PLAIN_WHO.get(node.value)
        if kind is None:
            page.fault(node, where, "unknown_who", word=shown(node.value), allowed=_WHO_WORDS)
        return Who(kind or WhoKind.ADMIN)
    if not isinstance(node, MappingNode):
        page.wrong_type(node, where, "who", "who")
        return Who(WhoKind.ADMIN)
    rest = [key for key, _ in node.value if not isinstance(key, ScalarNode) or key.value != "unit"]
    word = rest[0].value if rest and isinstance(rest[0], ScalarNode) else ""
    if word in JOINED_WHO:
        found = page.fields(node, where, "who", (word,), (word,))
        parts = read_people(page, found[word], where, word)
        return Who(JOINED_WHO[word], parts=parts)
    if word not in NAMED_WHO:
        page.fault(node, where, "unknown_who", word=shown(word), allowed=_WHO_WORDS)
        return Who(WhoKind.ADMIN)
    kind = NAMED_WHO[word]
    found = page.fields(node, where, "who", (word, "unit") if kind is WhoKind.POST else (word,))
    unit = page.text(found["unit"], where, "unit") if "unit" in found else ""
    return Who(kind, page.text(found[word], where, word), unit)


def read_people(page: Page, node: Node | None, where: str, name: str) -> tuple[Who, ...]:
    """A list of rules; where it is written, it names at least somebody."""
    if node is None:
        return ()
    entries = page.entries(node, where, name)
    if not entries:
        page.fault(node, where, "empty_list", name=name)
    return tuple(read_who(page, one, where) for one in entries)


def read_condition(draft: Draft, node: Node, where: str) -> Condition:
    """Comparisons that must all hold."""
    entries = draft.page.entries(node, where, "when")
    if not entries:
        draft.page.fault(node, where, "empty_list", name="when")
    found = (_comparison(draft, one, where) for one in entries)
    return Condition(tuple(one for one in found if one is not None))


def _comparison(draft: Draft, node: Node, where: str) -> Comparison | None:
    page, words = draft.page, ("fact", "is", "value")
    found = page.fields(node, where, "when", words, words)
    if len(found) < len(words):
        return None
    fact = page.text(found["fact"], where, "fact")
    operator = page.word(found["is"], where, "is", OPERATORS, Operator.EQUAL)
    kind = draft.facts.get(fact)
    if kind is None:
        if fact:
            page.fault(found["fact"], where, "fact_undeclared", fact=shown(fact))
        return None
    if (operator in _ORDERING and kind is not int) or (operator is Operator.CONTAINS and kind is not str):
        page.fault(found["is"], where, "operator_type", operator=str(operator), fact=fact)
        return None
    if operator is Operator.ONE_OF:
        values = [
            _value(page, one, where, fact, kind) for one in page.entries(found["value"], where, "value")
        ]
        if not values:
            page.fault(found["value"], where, "empty_list", name="value")
        return Comparison(fact, operator, tuple(one for one in values if one is not None))
    value = _value(page, found["value"], where, fact, kind)
    return None if value is None else Comparison(fact, operator, value)


def _value(page: Page, node: Node, where: str, fact: str, kind: FactType) -> FactValue | None:
    value: FactValue | None
    if kind is str:
        value = page.text(node, where, "value") if is_text(node) else None
    elif kind is bool:
        value = flag_in(node)
    else:
        value = number_in(node)
    if value is None:
        page.fault(node, where, "fact_type", fact=fact, wanted=Term(f"approval_word.{_TYPE_WORDS[kind]}"))
    return value


def read_need(page: Page, node: Node | None, step: Node, where: str, mode: Mode) -> Need:
    """How many approvals a vote needs; no other way of deciding has such a number."""
    if mode is not Mode.VOTE:
        if node is not None:
            page.fault(node, where, "need_without_vote", mode=str(mode))
        return Need()
    if node is None:
        page.fault(step, where, "need_missing")
        return Need()
    word = node.value if isinstance(node, ScalarNode) else ""
    percent = _PERCENT.fullmatch(word)
    if not percent and not _COUNT.fullmatch(word):
        page.fault(node, where, "need_unreadable", high=MAX_NEED)
        return Need()
    number = int(percent[1] if percent else word)
    if not 1 <= number <= MAX_NEED:
        page.fault(node, where, "out_of_range", name="need", number=shown(word), low=1, high=MAX_NEED)
        return Need()
    return Need(percent=number) if percent else Need(count=number)


def read_deadline(page: Page, node: Node, where: str) -> Deadline:
    """When a step is due, and what happens around that day."""
    found = page.fields(node, where, "deadline", ("workdays", "ladder"), ("workdays",))
    workdays = MAX_WORKDAYS
    if "workdays" in found:
        workdays = page.number(found["workdays"], where, "workdays", 1, MAX_WORKDAYS)
    if "ladder" not in found:
        return Deadline(workdays)
    entries = page.entries(found["ladder"], where, "ladder")
    ladder: list[Rung] = []
    for entry in entries:
        rung = _rung(page, entry, where, workdays)
        if ladder and ladder[-1].act in _DECIDING:
            page.fault(entry, where, "decision_not_last")
        elif ladder and ladder[-1].after >= rung.after:
            page.fault(entry, where, "ladder_unordered", after=rung.after, before=ladder[-1].after)
        ladder.append(rung)
    return Deadline(workdays, tuple(ladder))


def _rung(page: Page, node: Node, where: str, workdays: int) -> Rung:
    found = page.fields(node, where, "ladder", ("after", "do"), ("after", "do"))
    act = page.word(found.get("do"), where, "do", _ACTS, RungAct.REMIND)
    if "after" not in found:
        return Rung(0, act)
    after = page.number(found["after"], where, "after", -MAX_WORKDAYS, MAX_WORKDAYS)
    if after < -workdays:
        page.fault(found["after"], where, "rung_before_opening", after=after, workdays=workdays)
    elif after < 0 and act in _DECIDING:
        page.fault(found["after"], where, "decides_early", after=after)
    return Rung(after, act)
