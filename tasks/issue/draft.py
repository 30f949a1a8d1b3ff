"""Documents that are ready to be written: what they say, and how they are put on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.periods import Period
from tasks.figures import CountedFigure


@dataclass(frozen=True)
class Edition:
    """Which version is being written, and what it changes."""

    version: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One file of a document: its role, its readable name without ending, its bytes."""

    role: str
    name: str
    ending: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """A document that is ready to be written: what it says and how it is put on paper.

    `body` decides whether anything is new; `render` is called only if so. `unit_id` 0 is the bureau.
    """

    kind: str
    period: Period
    title: str
    body: dict[str, object]
    render: Callable[[Edition], Iterable[Sheet]]
    unit_id: int = 0
    figures: tuple[CountedFigure, ...] = ()
