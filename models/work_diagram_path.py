"""The way that one work item took through its life: what its diagram highlights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from models.lifecycle import LIFE, Action, Stage, State, Transition


class Taken(NamedTuple):
    """A step that was taken on a local day; `by` is a name, empty for the system."""

    action: Action
    on: date
    by: str = ""


class Walked(NamedTuple):
    """A step with the line of the table that allowed it, and the states before and after."""

    line: Transition
    source: State | None
    target: State
    on: date
    by: str


class Passage(NamedTuple):
    """How often a step was taken or a station passed: first and last day, and by whom the last time."""

    first: date
    last: date
    times: int
    by: str


@dataclass(frozen=True)
class WorkPath:
    """Where a work item stands, and how it got there; `title` is what stands above its diagram."""

    state: State
    title: str = ""
    steps: tuple[Walked, ...] = ()

    @classmethod
    def of(cls, state: State, taken: Iterable[Taken], *, title: str = "") -> WorkPath:
        """The way so far, from the steps in the order in which they were taken.

        Whatever the record lacks is bridged: a step that the table does not have in the state before
        it counts as one from the first state that the table has it in.
        """
        steps: list[Walked] = []
        here: State | None = None
        for one in taken:
            line = _line(here, one.action)
            if line.sources and here not in line.sources:
                here = line.sources[0]
            after = line.target or here
            assert after is not None  # noqa: S101  # what has no source has a target
            steps.append(Walked(line, here, after, one.on, one.by))
            here = after
        return cls(state, title, tuple(steps))

    @cached_property
    def states(self) -> frozenset[State]:
        """The states that it was ever in."""
        return frozenset({self.state, *(one.target for one in self.steps)})

    @cached_property
    def furthest(self) -> int:
        """The place in the chain of the last station that was ever reached; -1 for none."""
        chain = list(Stage)
        return max((chain.index(one.line.stage) for one in self.steps), default=-1)

    def moved(self, source: State | None, target: State) -> bool:
        """Whether it ever went from one state to the other; None is the beginning."""
        return any(one.source is source and one.target is target for one in self.steps)

    def passed(self, stage: Stage) -> Passage | None:
        """When a station was passed."""
        return _passage([one for one in self.steps if stage in {one.line.stage, one.line.via}])

    def taken(self, action: Action, *sources: State | None) -> Passage | None:
        """When a step was taken, from any of these states if some are given."""
        return _passage(
            [
                one
                for one in self.steps
                if one.line.action is action and (not sources or one.source in sources)
            ]
        )


def _line(here: State | None, action: Action) -> Transition:
    lines = [one for one in LIFE if one.action is action]
    return next((one for one in lines if here in one.sources), lines[0])


def _passage(steps: list[Walked]) -> Passage | None:
    return Passage(steps[0].on, steps[-1].on, len(steps), steps[-1].by) if steps else None
