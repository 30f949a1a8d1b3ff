"""The bureau's standing rules: obligations from regulations that a plan may have left out."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.errors import InputError
from models.proposal import Proposal, ProposedItem
from models.roles import COLLECTIVES, UnitKind
from tasks.directory import Directory
from tasks.read_plan.phrases import read_phrase

#: The category under which rule items stand in the plan.
CATEGORY = "制度规定事项"


@dataclass(frozen=True)
class Rule:
    """An obligation of every unit of some kinds; `basis` names the regulation it comes from.

    `covered`: a plan item whose title holds all words of one of these already does it.
    """

    key: str
    title: str
    title_en: str
    kinds: tuple[UnitKind, ...]
    owner: str
    phrase: str
    standard: str
    basis: str
    covered: tuple[tuple[str, ...], ...]

    def is_covered(self, titles: Sequence[str]) -> bool:
        """Whether one of these titles already stands for the rule."""
        return any(all(word in title for word in words) for words in self.covered for title in titles)


@cache
def catalogue() -> dict[str, Rule]:
    """The shipped rules by key."""
    text = files("models").joinpath("catalogues", "rules.toml").read_text("utf-8")
    return {
        key: Rule(
            key=key,
            title=entry["title"],
            title_en=entry["title_en"],
            kinds=tuple(UnitKind(kind) for kind in entry["kinds"]),
            owner=entry["owner"],
            phrase=entry["phrase"],
            standard=entry["standard"],
            basis=entry["basis"],
            covered=tuple(tuple(words) for words in entry["covered"]),
        )
        for key, entry in tomllib.loads(text).items()
    }


def switched_on(chosen: Sequence[str]) -> list[tuple[Rule, tuple[UnitKind, ...]]]:
    """The rules that the settings switch on, each with its kinds of units.

    `theme-day` means the rule's own kinds, `theme-day@临时党支部` another kind. Raises InputError for
    a key or kind that does not exist.
    """
    found = []
    for entry in chosen:
        key, _, kind = entry.partition("@")
        if key not in catalogue() or (kind and kind not in set(UnitKind)):
            raise InputError("rule_unknown", rule=entry, known="、".join(catalogue()))
        rule = catalogue()[key]
        found.append((rule, (UnitKind(kind),) if kind else rule.kinds))
    return found


def propose_rules(chosen: Sequence[str], proposal: Proposal, directory: Directory) -> list[ProposedItem]:
    """Items for the rules switched on that the plan does not cover yet."""
    titles = [item.title for item in proposal.items]
    found = []
    for rule, kinds in switched_on(chosen):
        units = tuple(unit.name for unit in directory.of_kind(kinds))
        if not units or rule.is_covered(titles):
            continue
        found.append(
            ProposedItem(
                ref=f"R-{rule.key}" if kinds == rule.kinds else f"R-{rule.key}@{kinds[0].value}",
                no="",
                category=CATEGORY,
                title=rule.title,
                key=False,
                owner=rule.owner,
                lead=_collective(kinds) or "、".join(units),
                supporting="",
                standard=rule.standard,
                remark=rule.basis,
                schedule=read_phrase(rule.phrase, year=proposal.year),
                lead_units=(_collective(kinds),) if _collective(kinds) else units,
            )
        )
    return found


def _collective(kinds: tuple[UnitKind, ...]) -> str:
    for words, meant in COLLECTIVES.items():
        if meant == kinds:
            return words
    return ""
