"""The outline of the half-year report: its parts, its topics, and which work belongs to which."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class CountSentence:
    """A clause with one counted figure; `{n}` stands for the number."""

    figure: str
    text: str


@dataclass(frozen=True)
class Topic:
    """A numbered paragraph with a run-in heading. `rank` is its place among the part's topics."""

    heading: str
    lead: str = ""
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    counts: tuple[CountSentence, ...] = ()
    rank: int = 1

    def speaks_of(self, title: str) -> bool:
        """Whether an item with this title belongs here."""
        return any(word in title for word in self.words) and not any(word in title for word in self.unless)


@dataclass(frozen=True)
class Part:
    """One of the report's parts. `topics` stand in the order of matching."""

    heading: str
    categories: tuple[str, ...]
    topics: tuple[Topic, ...]


@cache
def parts() -> tuple[Part, ...]:
    """The catalogue's parts, then the part for whatever fits nowhere."""
    found = tuple(_part(entry) for entry in _catalogue()["part"])
    return (*found, Part(say("own_part"), (), (Topic(say("rest")),)))


def place_of(title: str, category: str) -> tuple[int, Topic]:
    """The number of the part and the topic to which an item belongs.

    Topics of the part that the category names come before the topics of the other parts.
    """
    own = [n for n, part in enumerate(parts()) if any(word in category for word in part.categories)]
    order = [*own, *(n for n in range(len(parts())) if n not in own)]
    for number in order:
        for topic in parts()[number].topics:
            if topic.speaks_of(title):
                return number, topic
    rest = own[0] if own else len(parts()) - 1
    return rest, parts()[rest].topics[-1]


def say(key: str, /, **facts: object) -> str:
    """A sentence of the report's wording."""
    return str(_catalogue()["text"][key]).format(**facts)


@cache
def _catalogue() -> dict[str, Mapping[str, object]]:
    text = files("models").joinpath("catalogues", "report.toml").read_text("utf-8")
    catalogue: dict[str, Mapping[str, object]] = tomllib.loads(text)
    return catalogue


def _part(entry: object) -> Part:
    assert isinstance(entry, dict)  # noqa: S101  # our own file
    topics = tuple(_topic(one) for one in entry["topic"])
    return Part(entry["heading"], tuple(entry["categories"]), (*topics, Topic(say("rest"), rank=3)))


def _topic(entry: Mapping[str, object]) -> Topic:
    counts = entry.get("counts", [])
    assert isinstance(counts, list)  # noqa: S101  # our own file
    rank = 0 if entry.get("first") else 2 if entry.get("last") else 1
    return Topic(
        str(entry["heading"]),
        str(entry["lead"]),
        _texts(entry, "words"),
        _texts(entry, "unless"),
        tuple(CountSentence(one["figure"], one["text"]) for one in counts),
        rank,
    )


def _texts(entry: Mapping[str, object], name: str) -> tuple[str, ...]:
    given = entry.get(name, [])
    assert isinstance(given, list)  # noqa: S101  # our own file
    return tuple(map(str, given))
