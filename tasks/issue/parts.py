"""Parts of a period's documents: the branches in the order of the tree, cut for several hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from models.messages import Lang, say
from tasks.issue.text import numeral

#: So many stretches of the tree are named in a title; of more the first and the last one.
_NAMED = 3
#: Greatest number that has a numeral of its own.
_NUMERALS = 99


class Node(NamedTuple):
    """A unit in the tree."""

    id: int
    name: str
    parent_id: int | None
    is_branch: bool


class Stretch(NamedTuple):
    """A stretch of the tree: a unit with all below it, or some of the branches right below it.

    `first` and `last` count these branches from 1; 0 for all of a unit.
    """

    unit: str
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Part:
    """Some of the branches, to be dealt with together; `number` counts from 1."""

    number: int
    branches: tuple[int, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class _Piece:
    """What is not cut any further."""

    branches: tuple[int, ...]
    stretch: Stretch


def cut(nodes: Sequence[Node], most: int) -> list[Part]:
    """Cut the branches of a tree into parts of at most `most` (one at least), siblings as they are given.

    A unit's branches stay together where they are few enough. The same tree gives the same parts, and two
    neighbours are always too many for one.
    """
    parts: list[list[_Piece]] = []
    room = 0
    for piece in _pieces(nodes, max(most, 1)):
        if len(piece.branches) > room:
            parts.append([])
            room = max(most, 1)
        parts[-1].append(piece)
        room -= len(piece.branches)
    return [
        Part(
            number,
            tuple(branch for piece in pieces for branch in piece.branches),
            tuple(_joined([piece.stretch for piece in pieces])),
        )
        for number, pieces in enumerate(parts, start=1)
    ]


def part_title(part: Part, lang: Lang) -> str:
    """What a part is called: 第一片：城关区第1–5000支部."""
    named = [_words(one, lang) for one in part.stretches]
    if len(named) > _NAMED:
        words = say("part.from_to", lang, first=named[0], last=named[-1], count=len(named))
    else:
        words = say("part.between", lang).join(named)
    chinese = lang == "zh" and part.number <= _NUMERALS
    number = numeral(part.number) if chinese else part.number
    return say("part.title", lang, number=number, words=words)


def _pieces(nodes: Sequence[Node], most: int) -> Iterator[_Piece]:
    """What stays together, in the tree's order: units with few enough branches, otherwise single branches."""
    known = {node.id for node in nodes}
    below: dict[int | None, list[Node]] = defaultdict(list)
    for node in nodes:
        below[node.parent_id if node.parent_id in known else None].append(node)
    gathered: dict[int, list[int]] = {}

    def gather(node: Node) -> list[int]:
        found = [node.id] if node.is_branch else []
        for child in below[node.id]:
            found += gather(child)
        gathered[node.id] = found
        return found

    def walk(node: Node, alone: Stretch) -> Iterator[_Piece]:
        branches = gathered[node.id]
        if len(branches) <= most:
            if branches:
                yield _Piece(tuple(branches), alone if branches == [node.id] else Stretch(node.name))
            return
        if node.is_branch:
            yield _Piece((node.id,), alone)
        number = 0
        for child in below[node.id]:
            number += child.is_branch
            yield from walk(child, Stretch(node.name, number, number))

    for root in below[None]:
        gather(root)
        yield from walk(root, Stretch(root.name))


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours below the same unit as one stretch."""
    found: list[Stretch] = []
    for one in stretches:
        before = found[-1] if found else None
        if before and one.first and (before.unit, before.last + 1) == (one.unit, one.first):
            found[-1] = before._replace(last=one.last)
        else:
            found.append(one)
    return found


def _words(one: Stretch, lang: Lang) -> str:
    if not one.first:
        return one.unit
    key = "part.branch" if one.first == one.last else "part.branches"
    return say(key, lang, unit=one.unit, first=one.first, last=one.last)
