"""The bureau's own rules of supervision: read as a whole, and refused with the place of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import InputError
from models.supervision.facts import Asked, Light, Track
from models.supervision.read import read_supervision, shipped, supervision_of
from models.supervision.rules import Compared, Rung, Sign

LIGHT = '[[light]]\nrule = "all"\nlight = "green"\n'
LADDER = '[[ladder]]\nclass = "all"\nrungs = [{ rung = "due", track = "owner", at = 0 }]\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "supervision.toml"
    file.write_text(text, "utf-8")
    return file


def test_without_a_file_the_shipped_rules_hold(tmp_path: Path) -> None:
    assert read_supervision(tmp_path / "supervision.toml") is shipped()


def test_the_shipped_ladders_are_those_of_the_field() -> None:
    standing, star, ordinary = shipped().ladders

    assert (standing.kinds, standing.silent(Track.OWNER), standing.first) == (("standing",), 92, None)
    assert (star.star, star.first, star.steps(Track.LEADER)) == (True, -5, [(3, "leader")])
    assert ordinary.steps(Track.OWNER)[:4] == [(-3, "remind"), (0, "due"), (1, "urge-1"), (6, "urge-2")]
    assert ordinary.steps(Track.OWNER)[-1] == (41, "urge-9")
    assert shipped().leader_after == 5


def test_a_bureaus_own_file_stands_in_for_the_shipped_one(tmp_path: Path) -> None:
    rule = '[[light]]\nrule = "late"\nlight = "red"\nwhen = { days_late = "> 2", star = true }\n'
    own = read_supervision(written(tmp_path, rule + LIGHT + LADDER))

    assert [one.key for one in own.lights] == ["late", "all"]
    assert own.lights[0].light is Light.RED
    assert own.lights[0].when[1] == Compared(Asked.DAYS_LATE, Sign.OVER, 2)
    assert own.ladders[0].rungs == (Rung("due", Track.OWNER, (0,)),)


def test_what_an_event_keeps_of_a_table_gives_it_back(tmp_path: Path) -> None:
    own = read_supervision(written(tmp_path, LIGHT + LADDER))

    assert supervision_of(own.source) == own
    assert supervision_of(shipped().source) == shipped()


def light(line: str) -> str:
    return f'[[light]]\nrule = "one"\n{line}\n{LIGHT}{LADDER}'


def rung(line: str) -> str:
    return f'{LIGHT}[[ladder]]\nclass = "one"\nmatch = {{ star = true }}\nrungs = [{{ {line} }}]\n{LADDER}'


#: A table, the code of the refusal, and what it names.
WRONG: list[tuple[str, str, str, str]] = [
    ("[[light", "supervision_unreadable", "", ""),
    ("day = 2026-01-01\n" + LIGHT, "supervision_unreadable", "", ""),
    ("colour = 1\n" + LIGHT + LADDER, "supervision_field", "-", "colour"),
    (LADDER, "supervision_value", "-", "light"),
    (LIGHT, "supervision_value", "-", "ladder"),
    (light('light = "pink"'), "supervision_value", "[[light]] 1 one", "light"),
    (light('light = "red"\ncolour = 1'), "supervision_field", "[[light]] 1 one", "colour"),
    (light('light = "red"\nwhen = 3'), "supervision_value", "[[light]] 1 one", "when"),
    (light('light = "red"\nwhen = { late = "> 1" }'), "supervision_field", "[[light]] 1 one when", "late"),
    (
        light('light = "red"\nwhen = { days_late = 7 }'),
        "supervision_value",
        "[[light]] 1 one when",
        "days_late",
    ),
    (
        light('light = "red"\nwhen = { days_late = "> 1.5" }'),
        "supervision_value",
        "[[light]] 1 one when",
        "days_late",
    ),
    (
        light('light = "red"\nwhen = { days_late = "= 7" }'),
        "supervision_value",
        "[[light]] 1 one when",
        "days_late",
    ),
    (
        light('light = "red"\nwhen = { behind = "> 101" }'),
        "supervision_value",
        "[[light]] 1 one when",
        "behind",
    ),
    (
        light('light = "red"\nwhen = { state = ["late"] }'),
        "supervision_value",
        "[[light]] 1 one when",
        "state",
    ),
    (
        light('light = "red"\nwhen = { star = "yes" }'),
        "supervision_value",
        "[[light]] 1 one when",
        "star",
    ),
    (light('light = "red"').replace("one", "all"), "supervision_twice", "[[light]] 1 all", "rule"),
    (
        LIGHT + "when = { star = true }\n" + LADDER,
        "supervision_end",
        "[[light]] all",
        "when",
    ),
    (
        LIGHT + LADDER.replace("rungs", "match = { star = true }\nrungs"),
        "supervision_end",
        "[[ladder]] all",
        "match",
    ),
    (
        rung('rung = "absent", track = "head"'),
        "supervision_value",
        "[[ladder]] 1 one[[rungs]] 1 absent",
        "rung",
    ),
    (
        rung('rung = "due", track = "boss", at = 0'),
        "supervision_value",
        "[[ladder]] 1 one[[rungs]] 1 due",
        "track",
    ),
    (
        rung('rung = "due", track = "owner"'),
        "supervision_value",
        "[[ladder]] 1 one[[rungs]] 1 due",
        "at",
    ),
    (
        rung('rung = "urge", track = "owner", at = 390, every = 5, times = 9'),
        "supervision_value",
        "[[ladder]] 1 one[[rungs]] 1 urge",
        "times",
    ),
    (
        rung('rung = "silent", track = "owner", silent_days = 0'),
        "supervision_value",
        "[[ladder]] 1 one[[rungs]] 1 silent",
        "silent_days",
    ),
    (
        rung('rung = "silent", track = "owner", silent_days = 9 }, { rung = "due", track = "owner", at = 0'),
        "supervision_value",
        "[[ladder]] 1 one[[rungs]] 2 due",
        "track",
    ),
]


@pytest.mark.parametrize(("text", "code", "place", "field"), WRONG)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, text: str, code: str, place: str, field: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(InputError) as refused:
        read_supervision(file)

    facts = refused.value.facts
    assert (refused.value.code, facts.get("place", ""), facts.get("field", "")) == (code, place, field)
    assert str(file) in refused.value.sentence("zh")
