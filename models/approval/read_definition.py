"""Read an approval definition from a YAML page, and say everything that is wrong with one."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Final

from yaml.nodes import MappingNode, Node

from models.approval.definition import Definition, Duplicates, FactType, Withdrawal
from models.approval.faults import DefinitionFaultsError, Fault
from models.approval.lint import Draft, check_whole, read_key
from models.approval.read_parts import FACT_TYPES, read_people
from models.approval.read_steps import read_names, read_sequence
from models.approval.yaml_marks import WHOLE_PAGE, Page, compose, shown

_KEYS: Final = (
    "code",
    "version",
    "name",
    "subject",
    "facts",
    "protected",
    "duplicates",
    "withdrawal",
    "urge_workdays",
    "copies",
    "steps",
)
_REQUIRED: Final = ("code", "version", "name", "subject")
_DUPLICATES: Final = {str(one): one for one in Duplicates}
_WITHDRAWALS: Final = {str(one): one for one in Withdrawal}
_MAX_VERSION: Final = 9999
_MAX_URGE_WORKDAYS: Final = 30


def read_definition(text: str, *, source: str) -> Definition:
    """The definition that a page says; `source` names the page where it has faults.

    Raises DefinitionFaultsError, an InputError with every fault.
    """
    definition, faults = _read(text, source)
    if faults or definition is None:
        raise DefinitionFaultsError(source, faults)
    return definition


def lint(text: str, *, source: str) -> list[Fault]:
    """Every fault of a page, in the order of its lines. Never raises, whatever the page holds."""
    return _read(text, source)[1]


def _read(text: str, source: str) -> tuple[Definition | None, list[Fault]]:
    root = compose(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    if isinstance(root, Fault):
        return None, [root if root.line else replace(root, where=source)]
    draft = Draft(Page())
    definition = _definition(draft, root, text)
    check_whole(draft, definition)
    return definition, sorted(draft.page.faults, key=lambda fault: fault.line or 0)


def _definition(draft: Draft, root: Node, text: str) -> Definition:
    page = draft.page
    found = page.fields(root, "", WHOLE_PAGE, _KEYS, _REQUIRED)
    draft.facts = _facts(page, found.get("facts"))
    if "steps" not in found and isinstance(root, MappingNode):
        page.fault(root, "", "no_steps")
    urge = found.get("urge_workdays")
    return Definition(
        code=read_key(page, found["code"], "", "code") if "code" in found else "",
        version=page.number(found["version"], "", "version", 1, _MAX_VERSION) if "version" in found else 0,
        name=read_names(page, found["name"], "") if "name" in found else {},
        subject=read_key(page, found["subject"], "", "subject") if "subject" in found else "",
        steps=read_sequence(draft, found["steps"], "", ()) if "steps" in found else (),
        facts=draft.facts,
        protected=_protected(draft, found.get("protected")),
        duplicates=page.word(found.get("duplicates"), "", "duplicates", _DUPLICATES, Duplicates.ASK),
        withdrawal=page.word(
            found.get("withdrawal"), "", "withdrawal", _WITHDRAWALS, Withdrawal.FIRST_DECISION
        ),
        urge_workdays=1 if urge is None else page.number(urge, "", "urge_workdays", 0, _MAX_URGE_WORKDAYS),
        copies=read_people(page, found.get("copies"), "", "copies"),
        sha=sha256(text.encode("utf-8", "replace")).hexdigest(),
        text=text,
    )


def _facts(page: Page, node: Node | None) -> dict[str, FactType]:
    facts: dict[str, FactType] = {}
    if node is None:
        return facts
    if not isinstance(node, MappingNode):
        page.wrong_type(node, "", "facts", "mapping")
        return facts
    for key_node, value in node.value:
        fact = read_key(page, key_node, "", "facts")
        if fact in facts:
            page.fault(key_node, "", "duplicate_key", key=fact, first=key_node.start_mark.line + 1)
        elif fact:
            facts[fact] = page.word(value, "", f"facts.{fact}", FACT_TYPES, str)
    return facts


def _protected(draft: Draft, node: Node | None) -> frozenset[str]:
    if node is None:
        return frozenset()
    page, protected = draft.page, set()
    for entry in page.entries(node, "", "protected"):
        fact = page.text(entry, "", "protected")
        if fact and fact not in draft.facts:
            page.fault(entry, "", "protected_undeclared", fact=shown(fact))
        protected.add(fact)
    return frozenset(protected)
