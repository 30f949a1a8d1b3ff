"""The answer to one of the doctor's questions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a check came out."""

    GOOD = "good"
    #: Works, but worth knowing.
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Check:
    """The answer to one question: `name` for the catalogue, what was found, what to do about it."""

    name: str
    mark: Mark
    result: str
    remedy: str = ""
