"""What a command must be before the engine looks at it: right types, whole numbers, words of sane length."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from models.approval.commands import Command
from models.approval.definition import Definition
from models.approval.refusals import ApprovalRefusedError, Refusal, refuse
from models.errors import Term

#: As many characters may an opinion have.
LONGEST = 4000
#: As many people, facts or choices may a command name.
MOST = 1000
#: The largest number that both databases keep.
LARGEST = 2**31 - 1
#: Control characters but tab and newline, and halves of characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def check_call(number: object, by: object, key: object) -> None:
    """Refuse what cannot name an approval, a person or a key."""
    for field, wrong in (("approval", _number(number)), ("by", _number(by)), ("key", _words(key))):
        if wrong:
            raise bad_input(field, wrong)


def check_command(command: Command) -> None:
    """Refuse a command one of whose fields is of another type than it says, or too large."""
    for name, check in _checks(type(command)):
        wrong = check(getattr(command, name))
        if wrong:
            raise bad_input(name, wrong)


def check_words(**words: object) -> None:
    """Refuse texts that are none, too long, or hold control characters."""
    for field, value in words.items():
        wrong = _words(value)
        if wrong:
            raise bad_input(field, wrong)


def bad_input(field: str, why: str) -> ApprovalRefusedError:
    """The refusal of a field, with both said in the reader's language."""
    return refuse(Refusal.BAD_INPUT, field=Term(f"approval_field.{field}"), why=Term(f"approval_input.{why}"))


def _words(value: object) -> str:
    if not isinstance(value, str):
        return "type"
    if len(value) > LONGEST:
        return "long"
    return "control" if _FORBIDDEN.search(value) else ""


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return "type"
    return "" if 0 <= value <= LARGEST else "number"


def _people(value: object) -> str:
    if not isinstance(value, tuple | list):
        return "type"
    if len(value) > MOST:
        return "many"
    return next(filter(None, map(_number, value)), "")


def _fact(value: object) -> str:
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return "" if abs(value) < LARGEST else "number"  # neither NaN nor infinity is less
    return "type" if not isinstance(value, int) else "" if abs(value) <= 2**53 else "number"


def _named(check: Callable[[object], str]) -> Callable[[object], str]:
    def checked(value: object) -> str:
        if not isinstance(value, Mapping):
            return "type"
        if len(value) > MOST:
            return "many"
        return next(filter(None, (_words(name) or check(one) for name, one in value.items())), "")

    return checked


def _either(check: Callable[[object], str]) -> Callable[[object], str]:
    return lambda value: "" if value is None else check(value)


def _is_a(kind: type) -> Callable[[object], str]:
    return lambda value: "" if isinstance(value, kind) else "type"


#: The check of a field, by the type that it says.
_CHECKS: dict[str, Callable[[object], str]] = {
    "int": _number,
    "str": _words,
    "tuple[int, ...]": _people,
    "Mapping[str, FactValue]": _named(_fact),
    "Mapping[str, FactValue] | None": _either(_named(_fact)),
    "Mapping[str, tuple[int, ...]]": _named(_people),
    "Mapping[str, str]": _named(_words),
    "Placing": _is_a(Enum),
    "Resubmit | None": _either(_is_a(Enum)),
    "Definition | None": _either(_is_a(Definition)),
}
_found: dict[type[Command], list[tuple[str, Callable[[object], str]]]] = {}


def _checks(kind: type[Command]) -> list[tuple[str, Callable[[Any], str]]]:
    if kind not in _found:
        _found[kind] = [(one.name, _CHECKS[str(one.type)]) for one in fields(kind)]
    return _found[kind]
