"""Faults of a definition as a whole: keys used twice, and rejections that lead nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from yaml.nodes import Node

from models.approval.definition import END, INITIATOR, PREVIOUS, Definition, FactType, Path
from models.approval.yaml_marks import Page, line_of, shown

#: Words that mean something where a step's key could stand.
RESERVED: Final = frozenset({INITIATOR, PREVIOUS, END})
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Place:
    """Where a step or block stands on the page and in the definition."""

    key: str
    path: Path
    node: Node
    is_step: bool
    #: The value of `rejected:` where there is one.
    edge: Node | None = None
    target: str = END


@dataclass
class Draft:
    """A definition while it is read."""

    page: Page
    facts: dict[str, FactType] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)


def read_key(page: Page, node: Node, where: str, name: str) -> str:
    """A name for machines; empty if it is none."""
    key = page.text(node, where, name)
    if key in RESERVED:
        page.fault(node, where, "reserved_key", key=key)
        return ""
    if key and not _KEY.fullmatch(key):
        page.fault(node, where, "bad_key", name=name, key=shown(key))
        return ""
    return key


def check_whole(draft: Draft, definition: Definition) -> None:
    """Keep the faults that only show when everything is read."""
    first: dict[str, Place] = {}
    for place in draft.places:
        if place.key and place.key in first:
            draft.page.fault(
                place.node, place.key, "duplicate_code", key=place.key, first=line_of(first[place.key].node)
            )
        elif place.key:
            first[place.key] = place
    for place in draft.places:
        if place.edge is not None and place.target not in RESERVED:
            code = _edge_fault(definition, place, first.get(place.target))
            if code:
                draft.page.fault(place.edge, place.key, code, target=shown(place.target))


def _edge_fault(definition: Definition, place: Place, target: Place | None) -> str:
    if target is None:
        return "edge_to_nothing"
    if target.path == place.path:
        return "edge_to_itself"
    if not target.is_step:
        return "edge_to_block"
    if definition.is_before(target.path, place.path):
        return ""
    return "edge_later" if definition.is_before(place.path, target.path) else "edge_other_branch"
