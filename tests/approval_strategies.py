"""Random approval definitions, and the YAML page that says one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from models.approval.definition import (
    END,
    INITIATOR,
    PREVIOUS,
    Choice,
    Comparison,
    Condition,
    Deadline,
    Definition,
    Duplicates,
    Element,
    FactType,
    Mode,
    Need,
    Nobody,
    Operator,
    OwnStep,
    Parallel,
    Rejection,
    Resubmit,
    Rung,
    RungAct,
    Step,
    Who,
    WhoKind,
    Withdrawal,
)

#: The facts that every random definition declares.
FACTS: Final[dict[str, FactType]] = {"items": int, "topic": str, "urgent": bool}
#: What the rules of random definitions name.
POSTS: Final = ("党组书记", "机关党委书记", "支部书记")
PEOPLE: Final = ("张三", "Li Si", "no", "7")
CHOICES: Final = ("approver", "reader")
_WORDS: Final = {int: "number", str: "text", bool: "yes_no"}
_NAMES: Final = (
    "审核",
    "审批",
    "会签",
    "Sign: off",
    "- 复核",
    "“签发” & 印发 <b>",
    "一二三四五六七八九十" * 4,
)


def _simple_who() -> st.SearchStrategy[Who]:
    plain = st.sampled_from(
        [WhoKind.OWNER_HEAD, WhoKind.LEADER_IN_CHARGE, WhoKind.INITIATOR_SUPERIOR, WhoKind.ADMIN]
    )
    return st.one_of(
        plain.map(Who),
        st.sampled_from(PEOPLE).map(lambda value: Who(WhoKind.PERSON, value)),
        st.builds(Who, st.just(WhoKind.POST), st.sampled_from(POSTS), st.sampled_from(["", "第一党支部"])),
        st.builds(Who, st.sampled_from([WhoKind.CHOSEN, WhoKind.SETTING]), st.sampled_from(CHOICES)),
    )


def whos() -> st.SearchStrategy[Who]:
    """Rules that name people, with rules made of rules."""
    joined = st.sampled_from([WhoKind.FIRST, WhoKind.EVERY])
    return st.recursive(
        _simple_who(),
        lambda parts: st.builds(
            lambda kind, inner: Who(kind, parts=tuple(inner)), joined, st.lists(parts, min_size=1, max_size=3)
        ),
        max_leaves=4,
    )


def _comparisons() -> st.SearchStrategy[Comparison]:
    numbers, topics = st.integers(-3, 3), st.sampled_from(["党建", "no", "12", "a: b"])
    return st.one_of(
        st.builds(
            Comparison,
            st.just("items"),
            st.sampled_from([one for one in Operator if one not in {Operator.ONE_OF, Operator.CONTAINS}]),
            numbers | st.just(2.5),
        ),
        st.builds(
            Comparison,
            st.just("topic"),
            st.sampled_from([Operator.EQUAL, Operator.DIFFERENT, Operator.CONTAINS]),
            topics,
        ),
        st.builds(
            Comparison,
            st.just("topic"),
            st.just(Operator.ONE_OF),
            st.lists(topics, min_size=1, max_size=3).map(tuple),
        ),
        st.builds(
            Comparison,
            st.just("urgent"),
            st.sampled_from([Operator.EQUAL, Operator.DIFFERENT]),
            st.booleans(),
        ),
    )


def conditions() -> st.SearchStrategy[Condition]:
    """Conditions on the facts in FACTS."""
    return st.lists(_comparisons(), min_size=1, max_size=2).map(lambda some: Condition(tuple(some)))


@st.composite
def deadlines(draw: st.DrawFn) -> Deadline:
    """Deadlines with ladders in order; decisions of the clock come last."""
    workdays = draw(st.integers(1, 5))
    days = sorted(draw(st.sets(st.integers(-min(workdays, 2), 4), max_size=4)))
    quiet = st.sampled_from([RungAct.REMIND, RungAct.ESCALATE])
    ladder = [Rung(after, draw(quiet)) for after in days]
    if ladder and ladder[-1].after >= 0:
        ladder[-1] = replace(ladder[-1], act=draw(st.sampled_from(RungAct)))
    return Deadline(workdays, tuple(ladder))


@st.composite
def _steps(draw: st.DrawFn, key: str, upstream: list[str]) -> Step:
    mode = draw(st.sampled_from(Mode))
    needs = st.builds(Need, count=st.integers(1, 4)) | st.builds(Need, percent=st.integers(1, 100))
    name = draw(st.sampled_from(_NAMES))
    return Step(
        key=key,
        name={"zh": name, "en": draw(st.sampled_from(["Step", name]))},
        who=draw(whos()),
        mode=mode,
        need=draw(needs) if mode is Mode.VOTE else Need(),
        rejection=draw(st.sampled_from(Rejection)),
        rejected=draw(st.sampled_from([END, INITIATOR, PREVIOUS, *upstream])),
        resubmit=draw(st.sampled_from(Resubmit)),
        nobody=draw(st.sampled_from(Nobody)),
        own=draw(st.sampled_from(OwnStep)),
        opinion_on=draw(st.frozensets(st.sampled_from(["approve", "reject"]))),
        principal_may_override=draw(st.booleans()),
        withdrawable=draw(st.booleans()),
        when=draw(st.none() | conditions()),
        deadline=draw(st.none() | deadlines()),
        copies=tuple(draw(st.lists(whos(), max_size=1))),
    )


class _Numbering:
    """Keys in the order of the page, and how many steps may still come."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.step = self.block = 0

    def step_key(self) -> str:
        self.step += 1
        self.left -= 1
        return f"s{self.step}"

    def block_key(self) -> str:
        self.block += 1
        return f"b{self.block}"


def _sequence(
    draw: st.DrawFn, numbering: _Numbering, upstream: list[str], depth: int, most: int
) -> tuple[Element, ...]:
    """Elements one after the other; `upstream` grows by the steps that come before what follows."""
    elements: list[Element] = []
    wanted = draw(st.integers(1, most))
    while len(elements) < wanted and (numbering.left > 0 or not elements):
        kinds = ["step", "step", "parallel", "choice"] if depth and numbering.left > 1 else ["step"]
        kind = draw(st.sampled_from(kinds))
        if kind == "step":
            key = numbering.step_key()
            elements.append(draw(_steps(key, list(upstream))))
            upstream.append(key)
            continue
        key = numbering.block_key()
        branches: list[tuple[Element, ...]] = []
        inside: list[str] = []
        for _ in range(draw(st.integers(2, 3)) if numbering.left > 2 else 2):
            before = list(upstream)
            branches.append(_sequence(draw, numbering, before, depth - 1, 2))
            inside += before[len(upstream) :]
        upstream += inside
        if kind == "parallel":
            elements.append(Parallel(key, tuple(branches)))
        else:
            whens = [draw(conditions()) for _ in branches[:-1]]
            elements.append(Choice(key, tuple(zip([*whens, None], branches, strict=True))))
    return tuple(elements)


@st.composite
def definitions(draw: st.DrawFn, *, max_steps: int = 8, max_depth: int = 2) -> Definition:
    """Valid definitions with about 1 to `max_steps` steps s1, s2 … and blocks b1, b2 … in each other."""
    numbering = _Numbering(draw(st.integers(1, max_steps)))
    elements = _sequence(draw, numbering, [], max_depth, max_steps)
    return Definition(
        code="random",
        version=draw(st.integers(1, 3)),
        name={"zh": "随机审批", "en": "Random"},
        subject="thing",
        steps=elements,
        facts=FACTS,
        protected=draw(st.frozensets(st.sampled_from(sorted(FACTS)))),
        duplicates=draw(st.sampled_from(Duplicates)),
        withdrawal=draw(st.sampled_from(Withdrawal)),
        urge_workdays=draw(st.integers(0, 3)),
        copies=tuple(draw(st.lists(whos(), max_size=1))),
    )


def to_yaml(definition: Definition) -> str:
    """The page that says a definition."""
    page: dict[str, Any] = {
        "code": definition.code,
        "version": definition.version,
        "name": dict(definition.name),
        "subject": definition.subject,
        "facts": {fact: _WORDS[kind] for fact, kind in definition.facts.items()},
        "protected": sorted(definition.protected),
        "duplicates": str(definition.duplicates),
        "withdrawal": str(definition.withdrawal),
        "urge_workdays": definition.urge_workdays,
        "copies": _listed(definition.copies, _who),
        "steps": [_element(one) for one in definition.steps],
    }
    text: str = yaml.safe_dump(_said(page), allow_unicode=True, sort_keys=False)
    return text


def _said(entries: dict[str, Any]) -> dict[str, Any]:
    """Without what stands for nothing."""
    return {key: value for key, value in entries.items() if value not in (None, [], {})}


def _listed(some: tuple[Who, ...], say: Callable[[Who], object]) -> list[object]:
    return [say(one) for one in some]


def _who(who: Who) -> object:
    if who.kind in {WhoKind.FIRST, WhoKind.EVERY}:
        return {str(who.kind): _listed(who.parts, _who)}
    if not who.value:
        return str(who.kind)
    return {str(who.kind): who.value, **({"unit": who.unit} if who.unit else {})}


def _condition(condition: Condition) -> list[object]:
    return [
        {
            "fact": one.fact,
            "is": str(one.operator),
            "value": list(one.value) if isinstance(one.value, tuple) else one.value,
        }
        for one in condition.comparisons
    ]


def _element(element: Element) -> dict[str, Any]:
    if isinstance(element, Step):
        return _step(element)
    if isinstance(element, Parallel):
        branches = [{"steps": [_element(one) for one in branch]} for branch in element.branches]
        return {"key": element.key, "parallel": branches}
    return {
        "key": element.key,
        "choose": [
            {"otherwise": [_element(one) for one in steps]}
            if condition is None
            else {"when": _condition(condition), "steps": [_element(one) for one in steps]}
            for condition, steps in element.branches
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    need = f"{step.need.percent}%" if step.need.percent else step.need.count or None
    deadline = None
    if step.deadline is not None:
        ladder = [{"after": rung.after, "do": str(rung.act)} for rung in step.deadline.ladder]
        deadline = _said({"workdays": step.deadline.workdays, "ladder": ladder})
    return _said(
        {
            "key": step.key,
            "name": dict(step.name),
            "who": _who(step.who),
            "mode": str(step.mode),
            "need": need,
            "rejection": str(step.rejection),
            "rejected": step.rejected,
            "resubmit": str(step.resubmit),
            "nobody": str(step.nobody),
            "own": str(step.own),
            "opinion_on": sorted(step.opinion_on),
            "principal_may_override": step.principal_may_override,
            "withdrawable": step.withdrawable,
            "when": _condition(step.when) if step.when else None,
            "deadline": deadline,
            "copies": _listed(step.copies, _who),
        }
    )
