"""The figures catalogue: which numbers the report prints, what feeds them, how they are counted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from models.messages import Lang


class Counting(StrEnum):
    """How a figure comes about."""

    #: The categories of the plan in force.
    PLAN_CATEGORIES = "plan_categories"
    #: The items of the plan in force.
    PLAN_ITEMS = "plan_items"
    #: Closed work items; for those with a target the quantities reported.
    CLOSED = "closed"
    #: The quantities reported, nothing else.
    QUANTITY = "quantity"


@dataclass(frozen=True)
class AlsoIn:
    """What feeds one figure and counts in another one, `figure`, as well.

    `held` recognises an activity by its title, `titles` a plan item by its title: then its closings
    and the quantities reported on it without an activity count there too. The rule is printed with
    both figures.
    """

    figure: str
    rules: Mapping[Lang, str]
    held: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    def takes(self, *, held: str, title: str) -> bool:
        """Whether it applies to an activity with the title `held`, on an item with this title.

        Where there is no activity, `held` is empty.
        """
        if held and any(re.search(pattern, held) for pattern in self.held):
            return True
        return any(re.search(pattern, title) for pattern in self.titles)

    def rule(self, lang: Lang = "zh") -> str:
        """The rule in words."""
        return self.rules[lang]


@dataclass(frozen=True)
class FigureKind:
    """One figure of the catalogue. `key` is its name for life, `label` what is printed.

    `once`: an item that several units lead together counts once per period.
    `titles`, `unless` and `also` are the patterns that recognise a plan item which feeds it.
    `also_in` names the figures in which the same activities count as well.
    """

    key: str
    label: str
    unit: str
    counting: Counting
    once: bool
    rules: Mapping[Lang, str]
    titles: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    also_in: tuple[AlsoIn, ...] = ()

    def own_rule(self, lang: Lang = "zh") -> str:
        """The rule by which its own items count."""
        return self.rules[lang]

    def rule(self, lang: Lang = "zh") -> str:
        """The rule of counting in words, printed beside the figure, with what counts here from others."""
        shared = [one.rule(lang) for kind in figure_kinds() for one in kind.also_in if one.figure == self.key]
        activity = _catalogue()["activity"].get(self.counting, {}).get(lang, "")
        said = [self.own_rule(lang), *shared, activity]
        return (" " if lang == "en" else "").join(filter(None, said))

    @property
    def from_plan(self) -> bool:
        """Whether it is counted from the plan itself and not from work done."""
        return self.counting in {Counting.PLAN_CATEGORIES, Counting.PLAN_ITEMS}


#: What a remark says when the coordinator has decided: 计入集中学习次数.
_NOTE = re.compile(r"计入(?P<name>[^，。；、次]{2,12})次数?")


@cache
def figure_kinds() -> tuple[FigureKind, ...]:
    """The catalogue in the order in which the report lists it."""
    return tuple(_kind(entry) for entry in _catalogue()["figure"])


@cache
def kinds_by_key() -> dict[str, FigureKind]:
    """The catalogue by the figures' keys."""
    return {kind.key: kind for kind in figure_kinds()}


@cache
def _catalogue() -> dict[str, Any]:
    text = files("models").joinpath("catalogues", "figures.toml").read_text("utf-8")
    return tomllib.loads(text)


def amount(value: float) -> str:
    """A quantity as it is printed: at most two decimals, none that are needless (4, 2.5)."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def figure_of(title: str, *, standard: str = "", remark: str = "") -> str:
    """The key of the figure that a plan item feeds, or nothing.

    A remark 计入…次数 decides; otherwise the figure whose words stand first in the title, because
    what an item is about comes before where it is also dealt with.
    """
    noted = _noted(f"{remark}，{standard}")
    if noted:
        return noted
    found = [
        (place, kind.key)
        for kind in figure_kinds()
        if (place := _place(kind, title, f"{title}，{standard}，{remark}")) is not None
    ]
    return min(found, default=(0, ""), key=lambda hit: hit[0])[1]


def _noted(text: str) -> str:
    match = _NOTE.search(text)
    names = {name: kind.key for kind in figure_kinds() for name in kind.notes}
    return names.get(match["name"].strip("“”"), "") if match else ""


def _place(kind: FigureKind, title: str, everything: str) -> int | None:
    if any(re.search(pattern, title) for pattern in kind.unless):
        return None
    if kind.also and not any(re.search(pattern, everything) for pattern in kind.also):
        return None
    hits = [match.start() for pattern in kind.titles if (match := re.search(pattern, title))]
    return min(hits, default=None)


def _kind(entry: Mapping[str, object]) -> FigureKind:
    return FigureKind(
        key=str(entry["key"]),
        label=str(entry["label"]),
        unit=str(entry["unit"]),
        counting=Counting(str(entry["counting"])),
        once=bool(entry.get("once", False)),
        rules={"zh": str(entry["rule_zh"]), "en": str(entry["rule_en"])},
        titles=_patterns(entry, "titles"),
        unless=_patterns(entry, "unless"),
        also=_patterns(entry, "also"),
        notes=_patterns(entry, "notes"),
        also_in=tuple(_also_in(one) for one in _tables(entry, "also_in")),
    )


def _also_in(entry: Mapping[str, object]) -> AlsoIn:
    return AlsoIn(
        figure=str(entry["figure"]),
        rules={"zh": str(entry["rule_zh"]), "en": str(entry["rule_en"])},
        held=_patterns(entry, "held"),
        titles=_patterns(entry, "titles"),
    )


def _tables(entry: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    given = entry.get(name, [])
    assert isinstance(given, list)  # noqa: S101  # our own file
    return given


def _patterns(entry: Mapping[str, object], name: str) -> tuple[str, ...]:
    given = entry.get(name, [])
    assert isinstance(given, list)  # noqa: S101  # our own file
    return tuple(map(str, given))
