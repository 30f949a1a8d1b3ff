"""How the branches of a tree are cut into parts: laws for any tree, and what the parts are called."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from tasks.issue.parts import Node, Part, cut, part_title


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    """Units in any order, below each other in any way; some of them branches."""
    count = draw(st.integers(0, 60))
    nodes = []
    for number in range(1, count + 1):
        parent = draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
        nodes.append(Node(number, f"单位{number}", parent, draw(st.booleans())))
    return draw(st.permutations(nodes))


def below(nodes: list[Node], unit: int) -> set[int]:
    """The branches of a unit and all below it."""
    found = {node.id for node in nodes if node.id == unit and node.is_branch}
    return found.union(*(below(nodes, node.id) for node in nodes if node.parent_id == unit))


def in_order(nodes: list[Node], parent: int | None = None) -> list[int]:
    """The branches in the tree's order."""
    found = []
    for node in nodes:
        if node.parent_id == parent:
            found += [node.id] if node.is_branch else []
            found += in_order(nodes, node.id)
    return found


@given(trees(), st.integers(1, 12))
def test_every_branch_is_in_one_part_in_the_trees_order(nodes: list[Node], most: int) -> None:
    parts = cut(nodes, most)

    assert [branch for part in parts for branch in part.branches] == in_order(nodes)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))


@given(trees(), st.integers(1, 12))
def test_parts_are_neither_too_large_nor_too_many(nodes: list[Node], most: int) -> None:
    parts = cut(nodes, most)

    count = sum(node.is_branch for node in nodes)
    assert all(1 <= len(part.branches) <= most for part in parts)
    assert all(len(one.branches) + len(two.branches) > most for one, two in pairwise(parts))
    assert len(parts) <= 2 * ceil(count / most)


@given(trees(), st.integers(1, 12))
def test_what_fits_into_one_part_is_not_torn_apart(nodes: list[Node], most: int) -> None:
    part_of = {branch: part.number for part in cut(nodes, most) for branch in part.branches}

    for node in nodes:
        together = below(nodes, node.id)
        if len(together) <= most:
            assert len({part_of[branch] for branch in together}) <= 1


@given(trees(), st.integers(1, 12))
def test_the_same_tree_is_cut_alike_and_a_unit_without_branches_changes_nothing(
    nodes: list[Node], most: int
) -> None:
    more = [*nodes, Node(1000, "办公室", nodes[0].id if nodes else None, is_branch=False)]

    assert cut(nodes, most) == cut(nodes, most) == cut(more, most)


def city(*sizes: int) -> list[Node]:
    """A city with districts of so many branches each."""
    nodes = [Node(1, "示例市", None, is_branch=False)]
    for number, size in enumerate(sizes, start=1):
        district = 100 * number
        nodes.append(Node(district, f"{number}区", 1, is_branch=False))
        branches = range(1, size + 1)
        nodes += [Node(district + n, f"{number}区{n}支部", district, is_branch=True) for n in branches]
    return nodes


def titles(parts: list[Part]) -> list[str]:
    return [part_title(part, "zh") for part in parts]


def test_parts_are_called_by_the_units_that_they_hold() -> None:
    assert titles(cut(city(2, 3, 1, 1, 1, 1), 5)) == [
        "第一片：1区、2区",
        "第二片：3区至6区（共4段）",
    ]
    assert titles(cut(city(7, 2), 3)) == [
        "第一片：1区第1–3支部",
        "第二片：1区第4–6支部",
        "第三片：1区第7支部、2区",
    ]
    assert part_title(cut(city(7), 3)[0], "en") == "Part 1: 1区, branches 1–3"


def test_a_bureau_that_is_small_enough_is_one_part() -> None:
    assert titles(cut(city(2, 3), 5)) == ["第一片：示例市"]
    assert cut(city(), 5) == []
    assert len(cut(city(3), 0)) == 3
