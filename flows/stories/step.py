"""A step of a story, and what a story gives back for people to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from models.pages import Page

Result = TypeVar("Result")


class Step(Protocol):
    """Runs one named step; Prefect makes a task run of it, the command line just calls it."""

    def __call__(self, name: str, work: Callable[[], Result]) -> Result:
        """Do `work` under the readable `name` and give its result."""
        ...


@dataclass(frozen=True)
class Table:
    """A table for people: `key` is stable and names the artifact in the Prefect UI."""

    key: str
    title: str
    rows: list[dict[str, str]]


@dataclass(frozen=True)
class Outcome:
    """What a flow did, in words, tables and files.

    `waits_for` says what a person must do before it can go on; empty when it is through. `pages` of the
    cockpit are shown in the UI beside it. `orders` are the numbers of the orders that it handed out: parts of
    the work that others do. `aside` is said at the terminal alone, of what is not announced: everybody may
    look at the UI.
    """

    key: str
    title: str
    words: list[str]
    tables: list[Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    waits_for: str = ""
    pages: tuple[Page, ...] = ()
    orders: list[int] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


def plainly(name: str, work: Callable[[], Result]) -> Result:  # noqa: ARG001  # the name is Prefect's
    """A step without Prefect."""
    return work()
