"""What differs between two versions of a document, in words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from models.journal import canonical
from tasks.issue.text import shortened, words

#: Longest piece of a document that a change quotes.
_QUOTE = 60


@dataclass(frozen=True)
class Line:
    """One statement of a document: `key` is its identity through all versions.

    `label` names what it speaks of, `value` is what is said of it.
    """

    key: str
    label: str
    value: str


def body_of(lines: tuple[Line, ...], text: tuple[str, ...] = ()) -> dict[str, object]:
    """What a document says, as plain JSON: its lines and its running text."""
    return {"lines": {line.key: [line.label, line.value] for line in lines}, "text": list(text)}


def digest(body: Mapping[str, object]) -> str:
    """The fingerprint of what a document says."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """What was added, dropped and changed, one sentence each."""
    before, after = _lines(old), _lines(new)
    added = [words("change.added", **_quoted(after[key])) for key in after if key not in before]
    dropped = [
        words("change.dropped", label=shortened(before[key][0], _QUOTE)) for key in before if key not in after
    ]
    changed = [
        _changed(before[key], after[key]) for key in after if key in before and before[key] != after[key]
    ]
    found = added + dropped + changed
    if not found and old.get("text") != new.get("text"):
        return [words("change.text")]
    return found


def _changed(before: tuple[str, str], after: tuple[str, str]) -> str:
    if before[0] != after[0]:
        return words("change.renamed", old=shortened(before[0], _QUOTE), new=shortened(after[0], _QUOTE))
    return words(
        "change.changed",
        label=shortened(after[0], _QUOTE),
        old=shortened(before[1], _QUOTE),
        new=shortened(after[1], _QUOTE),
    )


def _quoted(line: tuple[str, str]) -> dict[str, str]:
    return {"label": shortened(line[0], _QUOTE), "value": shortened(line[1], _QUOTE)}


def _lines(body: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    lines = body.get("lines")
    if not isinstance(lines, Mapping):
        return {}
    return {str(key): (str(label), str(value)) for key, (label, value) in lines.items()}
