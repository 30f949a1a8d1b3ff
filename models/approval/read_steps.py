"""The steps and blocks of branches on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yaml.nodes import MappingNode, Node, ScalarNode

from models.approval.definition import (
    END,
    Choice,
    Condition,
    Element,
    Mode,
    Nobody,
    OwnStep,
    Parallel,
    Path,
    Rejection,
    Resubmit,
    Step,
    Who,
    WhoKind,
)
from models.approval.lint import Draft, Place, read_key
from models.approval.read_parts import read_condition, read_deadline, read_need, read_people, read_who
from models.approval.yaml_marks import Page, line_of

#: How signers decide together, in both languages of those who write definitions.
MODES: Final = {
    **{str(mode): mode for mode in Mode},
    "会签": Mode.ALL,
    "或签": Mode.ANY,
    "票签": Mode.VOTE,
    "依次": Mode.IN_TURN,
}
_REJECTIONS: Final = {str(one): one for one in Rejection}
_RESUBMITS: Final = {str(one): one for one in Resubmit}
_NOBODIES: Final = {str(one): one for one in Nobody}
_OWN_STEPS: Final = {str(one): one for one in OwnStep}
#: Reject and return always need an opinion; an adviser's words are asked for here.
_OPINIONS: Final = {"approve": "approve", "reject": "reject"}
_STEP_KEYS: Final = (
    "key",
    "name",
    "who",
    "mode",
    "need",
    "rejection",
    "rejected",
    "resubmit",
    "nobody",
    "own",
    "opinion_on",
    "principal_may_override",
    "withdrawable",
    "when",
    "deadline",
    "copies",
)
_FEWEST_BRANCHES: Final = 2


def read_sequence(draft: Draft, node: Node, where: str, path: Path) -> tuple[Element, ...]:
    """Elements one after the other; there is at least one."""
    entries = draft.page.entries(node, where, "steps")
    if not entries:
        draft.page.fault(node, where, "empty_branch" if path else "no_steps")
    read = (_element(draft, entry, (*path, index)) for index, entry in enumerate(entries))
    return tuple(one for one in read if one is not None)


def _element(draft: Draft, node: Node, path: Path) -> Element | None:
    if not isinstance(node, MappingNode):
        draft.page.wrong_type(node, "", "steps", "step")
        return None
    keys = {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}
    key = ""
    if "key" in keys:
        key = read_key(draft.page, keys["key"], "", "key")
    if "parallel" in keys:
        return _parallel(draft, node, key, path)
    if "choose" in keys:
        return _choice(draft, node, key, path)
    return _step(draft, node, key, path)


def _parallel(draft: Draft, node: Node, key: str, path: Path) -> Parallel:
    page = draft.page
    draft.places.append(Place(key, path, node, is_step=False))
    found = page.fields(node, key, "parallel", ("key", "parallel"), ("key",))
    entries = page.entries(found["parallel"], key, "parallel")
    if len(entries) < _FEWEST_BRANCHES:
        page.fault(found["parallel"], key, "split_without_join")
    branches = []
    for index, entry in enumerate(entries):
        branch = page.fields(entry, key, "parallel", ("steps",), ("steps",))
        if "steps" in branch:
            branches.append(read_sequence(draft, branch["steps"], key, (*path, index)))
    return Parallel(key, tuple(branches))


def _choice(draft: Draft, node: Node, key: str, path: Path) -> Choice:
    page = draft.page
    draft.places.append(Place(key, path, node, is_step=False))
    found = page.fields(node, key, "choose", ("key", "choose"), ("key",))
    entries = page.entries(found["choose"], key, "choose")
    if len(entries) < _FEWEST_BRANCHES:
        page.fault(found["choose"], key, "choice_without_choice")
    branches: list[tuple[Condition | None, tuple[Element, ...]]] = []
    default: int | None = None
    for index, entry in enumerate(entries):
        if default is not None:
            page.fault(entry, key, "unreachable", default=default)
        condition, steps = _choice_branch(draft, entry, key, (*path, index))
        branches.append((condition, steps))
        if condition is None and default is None:
            default = line_of(entry)
    if entries and default is None:
        page.fault(entries[-1], key, "no_default")
    return Choice(key, tuple(branches))


def _choice_branch(
    draft: Draft, node: Node, where: str, path: Path
) -> tuple[Condition | None, tuple[Element, ...]]:
    page = draft.page
    keys = {key.value for key, _ in node.value if isinstance(key, ScalarNode)} if _is_mapping(node) else set()
    if "otherwise" in keys:
        found = page.fields(node, where, "choose", ("otherwise",))
        return None, read_sequence(draft, found["otherwise"], where, path)
    found = page.fields(node, where, "choose", ("when", "steps"), ("when", "steps"))
    steps = read_sequence(draft, found["steps"], where, path) if "steps" in found else ()
    return read_condition(draft, found["when"], where) if "when" in found else None, steps


def _is_mapping(node: Node) -> bool:
    return isinstance(node, MappingNode)


def _step(draft: Draft, node: Node, key: str, path: Path) -> Step:
    page = draft.page
    found = page.fields(node, key, "steps", _STEP_KEYS, ("key", "name"))
    if "who" not in found:
        page.fault(node, key, "no_who")
    mode = page.word(found.get("mode"), key, "mode", MODES, Mode.ALL)
    edge = found.get("rejected")
    target = page.text(edge, key, "rejected") if edge is not None else END
    draft.places.append(Place(key, path, node, is_step=True, edge=edge, target=target or END))
    return Step(
        key=key,
        name=read_names(page, found["name"], key) if "name" in found else {},
        who=read_who(page, found["who"], key) if "who" in found else Who(WhoKind.ADMIN),
        mode=mode,
        need=read_need(page, found.get("need"), node, key, mode),
        rejection=page.word(found.get("rejection"), key, "rejection", _REJECTIONS, Rejection.AT_ONCE),
        rejected=target,
        resubmit=page.word(found.get("resubmit"), key, "resubmit", _RESUBMITS, Resubmit.IN_ORDER),
        nobody=page.word(found.get("nobody"), key, "nobody", _NOBODIES, Nobody.ADMIN),
        own=page.word(found.get("own"), key, "own", _OWN_STEPS, OwnStep.SUPERIOR),
        opinion_on=_opinions(page, found.get("opinion_on"), key),
        principal_may_override=page.flag(found.get("principal_may_override"), key, "principal_may_override"),
        withdrawable=page.flag(found.get("withdrawable"), key, "withdrawable"),
        when=read_condition(draft, found["when"], key) if "when" in found else None,
        deadline=read_deadline(page, found["deadline"], key) if "deadline" in found else None,
        copies=read_people(page, found.get("copies"), key, "copies"),
    )


def _opinions(page: Page, node: Node | None, where: str) -> frozenset[str]:
    if node is None:
        return frozenset()
    words = page.entries(node, where, "opinion_on")
    return frozenset(page.word(one, where, "opinion_on", _OPINIONS, "approve") for one in words)


def read_names(page: Page, node: Node, where: str) -> Mapping[str, str]:
    """A name by language. The Chinese one is needed and stands in where the English one is missing."""
    found = page.fields(node, where, "name", ("zh", "en"))
    if "zh" not in found:
        if _is_mapping(node):
            page.fault(node, where, "no_chinese_name")
        return {}
    zh = page.text(found["zh"], where, "name.zh")
    return {"zh": zh, "en": page.text(found["en"], where, "name.en") if "en" in found else zh}
