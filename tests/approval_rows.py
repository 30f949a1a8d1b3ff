"""The rows of the table of approval scenarios: people, flows and acts in its own words.

The words are explained in `tests/data/approval_scenarios/README.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import yaml

from models.approval import commands
from models.approval.commands import Command, Migrate, Submit
from models.approval.definition import Definition, Resubmit
from models.approval.read_definition import read_definition
from models.approval.state import Placing
from tests.approval_world import MONDAY, Away, TableWorld, person_id

TABLE = Path(__file__).parent / "data" / "approval_scenarios"
#: A value as YAML reads it.
Yaml = Any

ACCEPTED, NOTHING, REPEATED = "accepted", "nothing", "repeated"
_COMMANDS = {
    kind(0).verb: kind
    for kind in Command.__subclasses__() + commands.SeatCommand.__subclasses__()
    if kind is not commands.SeatCommand
}
#: Fields of commands that name a person; `to` does so only for some of them.
_PEOPLE = {"by", "holder"}
_TO_A_PERSON = (commands.Transfer, commands.Delegate, commands.Reassign)
# --- the table -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """Something that is done in a row, and what is answered."""

    verb: str
    about: Yaml
    expect: str = ACCEPTED
    #: What a refusal must name beside its name.
    names: Mapping[str, Yaml] = field(default_factory=dict)
    key: str = ""
    request: int = 1
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A row of the table."""

    id: str
    title: Mapping[str, str]
    mirrors: str
    given: Mapping[str, Yaml]
    when: tuple[Act, ...]
    then: Mapping[str, Yaml]
    #: Where several endings are right: each with the answers that it belongs to.
    either: tuple[Mapping[str, Yaml], ...] = ()
    #: `pure`, `database`, or both where empty.
    only: str = ""

    def page(self, version: int = 1) -> str:
        """The text of the row's definition as it stands in a catalogue."""
        return _page(self, version)

    def definition(self, version: int = 1) -> Definition:
        """The definition of the row, in one of its versions."""
        return read_definition(self.page(version), source=self.id)

    def world(self) -> TableWorld:
        """The world of the row before anything is done."""
        given = self.given
        return TableWorld(
            today=given.get("day", MONDAY),
            disabled=frozenset(person_id(one) for one in given.get("disabled", ())),
            superiors={person_id(low): person_id(up) for low, up in given.get("superiors", {}).items()},
            posts={post: _people(holders) for post, holders in given.get("posts", {}).items()},
            absences=tuple(away(one) for one in given.get("absences", ())),
        )

    def orders(self) -> Iterator[tuple[Act, ...]]:
        """The acts in every order that `at_once` allows."""
        together = next((act for act in self.when if act.acts), None)
        if together is None:
            yield self.when
            return
        place = self.when.index(together)
        for order in permutations(together.acts):
            yield (*self.when[:place], *order, *self.when[place + 1 :])

    def together(self) -> tuple[Act, ...]:
        """The acts that are done at once."""
        return next((act.acts for act in self.when if act.acts), ())


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All rows of the table, in its order."""
    order = "MDRWTACIPBVX"
    files = sorted(TABLE.glob("*.yaml"), key=lambda file: order.index(file.stem[0]))
    return tuple(_scenario(row) for file in files for row in yaml.safe_load(file.read_text("utf-8")))


def _scenario(row: Mapping[str, Yaml]) -> Scenario:
    unknown = set(row) - {one.name for one in fields(Scenario)}
    assert not unknown, f"{row['id']}: no such words: {unknown}"
    acts = tuple(_act(one) for one in row["when"])
    return Scenario(
        row["id"], row["title"], row.get("mirrors", ""), row["given"], acts,
        row.get("then", {}), tuple(row.get("either", ())), row.get("only", ""),
    )  # fmt: skip


def _act(said: Mapping[str, Yaml]) -> Act:
    verb, about = next(iter(said.items()))
    expect = said.get("expect", ACCEPTED)
    named = (
        {}
        if isinstance(expect, str)
        else {name: value for name, value in expect.items() if name != "refusal"}
    )
    return Act(
        verb,
        about,
        expect if isinstance(expect, str) else expect["refusal"],
        named,
        said.get("key", ""),
        said.get("request", 1),
        tuple(_act(one) for one in about) if verb == "at_once" else (),
    )


# --- definitions and commands ----------------------------------------------------------------------------


def _page(scenario: Scenario, version: int) -> str:
    """The row's flow in the words of the catalogue of definitions."""
    given = scenario.given if version == 1 else {**scenario.given, **scenario.given["versions"][version]}
    kinds = {
        name: "text" if isinstance(value, str) else "number" for name, value in given.get("facts", {}).items()
    }
    page = {
        "code": f"scenario_{scenario.id.lower()}",
        "version": version,
        "name": {"zh": f"情景{scenario.id}", "en": f"Scenario {scenario.id}"},
        "subject": "plan",
        "facts": {**kinds, **given.get("fact_types", {})},
        "steps": _elements(given["steps"]),
    }
    page |= {
        word: given[word]
        for word in ("protected", "duplicates", "withdrawal", "urge_workdays")
        if word in given
    }
    if "copies" in given:
        page["copies"] = [_who(one) for one in given["copies"]]
    return yaml.safe_dump(page, allow_unicode=True, sort_keys=False)


def _elements(said: Mapping[str, Yaml]) -> list[Yaml]:
    return [_element(key, about) for key, about in said.items()]


def _element(key: str, about: Yaml) -> Yaml:
    if isinstance(about, dict) and "together" in about:
        return {"key": key, "parallel": [{"steps": _elements(branch)} for branch in about["together"]]}
    if isinstance(about, dict) and "choose" in about:
        return {"key": key, "choose": [_branch(one) for one in about["choose"]]}
    step = dict(about) if isinstance(about, dict) and "who" in about else {"who": about}
    for word, read in _PARTS.items():
        if word in step:
            step[word] = read(step[word])
    if "if" in step:
        step["when"] = step.pop("if")
    return {"key": key, "name": {"zh": key}, **step}


def _branch(said: Mapping[str, Yaml]) -> Yaml:
    steps = _elements(said["steps"])
    return {"when": _condition(said["if"]), "steps": steps} if "if" in said else {"otherwise": steps}


def _who(said: Yaml) -> Yaml:
    if isinstance(said, list):
        return _who(said[0]) if len(said) == 1 else {"every": [_who(one) for one in said]}
    words = {"superior": "initiator_superior", "administrator": "admin", "nobody": {"post": "nobody"}}
    return words.get(said, {"person": said}) if isinstance(said, str) else said


def _condition(said: str) -> Yaml:
    fact, operator, value = said.split(" ", 2)
    return [{"fact": fact, "is": operator, "value": yaml.safe_load(value)}]


def _deadline(said: Mapping[str, Yaml]) -> Yaml:
    ladder = [{"after": after, "do": act} for after, act in said["ladder"].items()]
    return {"workdays": said["workdays"], "ladder": ladder}


#: What the rows say more briefly than the catalogue.
_PARTS: Mapping[str, Callable[[Yaml], Yaml]] = {
    "who": _who,
    "if": _condition,
    "deadline": _deadline,
    "copies": lambda said: [_who(one) for one in said],
}


def _people(said: Yaml) -> tuple[int, ...]:
    return tuple(person_id(one) for one in ([said] if isinstance(said, str) else said))


def away(said: Mapping[str, Yaml]) -> Away:
    """An absence as a row says it."""
    return Away(person_id(said["who"]), said["from"], said["to"], person_id(said["substitute"]))


def command(scenario: Scenario, act: Act) -> Command:
    """The command that an act of a row is."""
    kind = _COMMANDS[act.verb]
    about = act.about if isinstance(act.about, dict) else {"by": act.about}
    said = {name: _field(scenario, kind, name, value) for name, value in about.items() if name != "version"}
    if kind is Submit:
        said.setdefault("facts", scenario.given.get("facts", {}))
        chosen = scenario.given.get("chosen", {})
        said.setdefault("chosen", {name: _people(people) for name, people in chosen.items()})
    return kind(**said)


def _field(scenario: Scenario, kind: type[Command], name: str, value: Yaml) -> Yaml:  # noqa: PLR0911  # a table
    if name in _PEOPLE or (name == "to" and kind in _TO_A_PERSON):
        return person_id(value) if isinstance(value, str) else value
    if name == "to" and kind is Migrate:
        return scenario.definition(value)
    if name == "people":
        return _people(value)
    if name == "placing":
        return Placing(value)
    if name == "resubmit":
        return Resubmit(value)
    if name == "opinion" and isinstance(value, dict):
        return value["repeat"] * value["times"]
    return value
