"""Read the table of supervision: the shipped one, or the bureau's own in its stead; checked line by line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.errors import InputError
from models.lifecycle import State
from models.schedule import Kind
from models.supervision.facts import Asked, Light, Track
from models.supervision.rules import (
    ABSENT,
    RUNGS,
    SILENT,
    Compared,
    Condition,
    Flag,
    Ladder,
    LightRule,
    OneOf,
    Rung,
    Sign,
    Supervision,
)

#: Name of the table in the catalogues and in a bureau's home.
NAME = "supervision.toml"
#: Largest number of days, and how often a rung may come again.
MOST_DAYS, MOST_TIMES = 400, 60
_STATES = tuple(one.value for one in State)
_KINDS = tuple(one.value for one in Kind)
_TRACKS = tuple(one.value for one in Track)
_WORDS = {Asked.STATE: _STATES, Asked.KIND: _KINDS}
_NUMBERS = frozenset({Asked.TARGET, Asked.WORKDAYS_LEFT, Asked.DAYS_LATE, Asked.BEHIND, Asked.DAYS_SILENT})
_SIGNS = (Sign.FROM, Sign.UP_TO, Sign.OVER, Sign.UNDER)
#: What the wait for an extension is called in the table.
_EXTENSION = "asked"
#: How a free word is shown in an error.
ANY_WORD = '"…"'


def read_supervision(own: Path | None = None) -> Supervision:
    """The table in force: the bureau's `own` file if it is there, as a whole; else the shipped one.

    Raises InputError that names the file, the rule or rung, the field, and what is allowed there.
    """
    if own is None or not own.exists():
        return shipped()
    try:
        text = own.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("supervision_unreadable", file=own, reason=error) from error
    return _read(text, str(own))


@cache
def shipped() -> Supervision:
    """The table that every bureau starts with."""
    return _read(files("models").joinpath("catalogues", NAME).read_text("utf-8"), NAME)


@cache
def supervision_of(source: str) -> Supervision:
    """The table that an event kept as `Supervision.source`."""
    return _table(json.loads(source), NAME, source)


def _read(text: str, file: str) -> Supervision:
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("supervision_unreadable", file=file, reason=error) from error
    try:
        source = json.dumps(given, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except TypeError as error:  # a date or a time: no field takes one
        raise InputError("supervision_unreadable", file=file, reason=error) from error
    return _table(given, file, source)


def _table(given: Mapping[str, Any], file: str, source: str) -> Supervision:
    top = _Place(file, "", given)
    top.only("light", "ladder")
    lights = [_light_rule(place) for place in top.parts("light", name="rule")]
    ladders = [_ladder(place) for place in top.parts("ladder", name="class")]
    if lights[-1].when:
        raise InputError("supervision_end", file=file, place=f"[[light]] {lights[-1].key}", field="when")
    if ladders[-1] != Ladder(ladders[-1].key, ladders[-1].rungs):
        raise InputError("supervision_end", file=file, place=f"[[ladder]] {ladders[-1].key}", field="match")
    return Supervision(tuple(lights), tuple(ladders), source)


class _Place:
    """A table of the file, with the words by which an error names it."""

    def __init__(self, file: str, place: str, given: Mapping[str, Any]) -> None:
        self.file = file
        self.place = place
        self.given = given

    def only(self, *fields: str) -> None:
        """Refuse other fields."""
        for field in self.given:
            if field not in fields:
                raise InputError(
                    "supervision_field",
                    file=self.file,
                    place=self.place or "-",
                    field=field,
                    allowed=" ".join(fields),
                )

    def wrong(self, field: str, allowed: str) -> InputError:
        """The refusal of a field's value."""
        value = self.given.get(field, "")
        return InputError(
            "supervision_value",
            file=self.file,
            place=self.place or "-",
            field=field,
            value=value,
            allowed=allowed,
        )

    def parts(self, field: str, *, name: str) -> list[_Place]:
        """The tables below `field`, each with its own `name`, which comes once."""
        given = self.given.get(field)
        if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
            raise self.wrong(field, f"[[{field}]] …")
        places = [
            _Place(self.file, f"{self.place}[[{field}]] {number} {one.get(name, '')}".strip(), one)
            for number, one in enumerate(given, start=1)
        ]
        names = [place.word(name) for place in places]
        for place in places:
            if names.count(place.given[name]) > 1:
                raise InputError(
                    "supervision_twice",
                    file=self.file,
                    place=place.place,
                    field=name,
                    value=place.given[name],
                )
        return places

    def part(self, field: str) -> _Place:
        """The table in a field; empty where there is none."""
        given = self.given.get(field, {})
        if not isinstance(given, dict):
            raise self.wrong(field, "{ … }")
        return _Place(self.file, f"{self.place} {field}", given)

    def word(self, field: str, allowed: Sequence[str] = ()) -> str:
        """A name, or one of the words that are allowed."""
        value = self.given.get(field)
        if not isinstance(value, str) or not value.strip() or (allowed and value not in allowed):
            raise self.wrong(field, " ".join(allowed) or ANY_WORD)
        return value

    def words(self, field: str, allowed: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of words; nothing where the field is not there."""
        if field not in self.given:
            return ()
        value = self.given[field]
        fits = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        if not fits or (allowed and not set(value) <= set(allowed)):
            raise self.wrong(field, f"[{' '.join(allowed) or ANY_WORD}]")
        return tuple(value)

    def number(self, field: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number between two others."""
        value = self.given.get(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(field, f"{least} … {most}")
        return value

    def flag(self, field: str) -> bool:
        """True or false."""
        value = self.given[field]
        if not isinstance(value, bool):
            raise self.wrong(field, "true false")
        return value


def _light_rule(place: _Place) -> LightRule:
    place.only("rule", "light", "when")
    light = place.word("light", tuple(one.value for one in Light))
    when = place.part("when")
    when.only(*(one.value for one in Asked))
    conditions = tuple(_condition(when, asked) for asked in Asked if asked.value in when.given)
    return LightRule(place.word("rule"), Light(light), conditions)


def _condition(place: _Place, asked: Asked) -> Condition:
    if asked in _WORDS:
        return OneOf(asked, place.words(asked.value, _WORDS[asked]))
    if asked is Asked.EXTENSION:
        place.word(asked.value, (_EXTENSION,))
        return Flag(asked, wanted=True)
    if asked not in _NUMBERS:
        return Flag(asked, wanted=place.flag(asked.value))
    return _compared(place, asked)


def _compared(place: _Place, asked: Asked) -> Compared:
    """A comparison such as `> 7`; days are whole, percentages and quantities need not be."""
    most = 1_000_000_000 if asked is Asked.TARGET else 100 if asked is Asked.BEHIND else MOST_DAYS
    read: Callable[[str], float] = float if asked in {Asked.TARGET, Asked.BEHIND} else int
    least = -MOST_DAYS if asked is Asked.WORKDAYS_LEFT else 0
    allowed = f'"> {least}" … "<= {most}"'
    text = place.word(asked.value) if isinstance(place.given[asked.value], str) else ""
    for sign in _SIGNS:
        if text.strip().startswith(sign.value):
            try:
                number = read(text.strip().removeprefix(sign.value))
            except ValueError as error:
                raise place.wrong(asked.value, allowed) from error
            if not least <= number <= most:
                break
            return Compared(asked, sign, number)
    raise place.wrong(asked.value, allowed)


def _ladder(place: _Place) -> Ladder:
    place.only("class", "match", "rungs")
    match = place.part("match")
    match.only("star", "kind", "category", "origin")
    return Ladder(
        key=place.word("class"),
        rungs=tuple(_rungs(place)),
        star=match.flag("star") if "star" in match.given else None,
        kinds=match.words("kind", _KINDS),
        categories=match.words("category"),
        origins=match.words("origin"),
    )


def _rungs(place: _Place) -> list[Rung]:
    """The rungs of a ladder. A track that is told of silence has no rungs by date: one or the other."""
    if place.given.get("rungs") == []:
        return []
    parts = place.parts("rungs", name="rung")
    rungs = [_rung(one) for one in parts]
    silent = {one.track for one in rungs if one.silent_days}
    for part, rung in zip(parts, rungs, strict=True):
        if rung.at and rung.track in silent:
            raise part.wrong("track", " ".join(one for one in _TRACKS if one not in silent) or "-")
    return rungs


def _rung(place: _Place) -> Rung:
    name = place.word("rung", tuple(one for one in RUNGS if one != ABSENT))
    track = Track(place.word("track", _TRACKS))
    if name == SILENT:
        place.only("rung", "track", "silent_days")
        return Rung(name, track, silent_days=place.number("silent_days", 1, MOST_DAYS))
    place.only("rung", "track", "at", "every", "times")
    at = place.number("at", -MOST_DAYS, MOST_DAYS)
    times = place.number("times", 1, MOST_TIMES, 1)
    every = place.number("every", 1, MOST_DAYS, 1)
    if at + every * (times - 1) > MOST_DAYS:
        raise place.wrong("times", f"1 … {(MOST_DAYS - at) // every + 1}")
    return Rung(name, track, tuple(at + every * number for number in range(times)))
