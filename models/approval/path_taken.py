"""How far an approval came, step by step: what a diagram shows of a running one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.approval.state import (
    APPROVING,
    REJECTING,
    SYSTEM,
    Outcome,
    Seat,
    SeatKind,
    SeatState,
    State,
    StepRun,
    Verb,
)

_DECIDING = APPROVING | REJECTING | {Verb.RETURN, Verb.AUTO_RETURN}


class Stage(StrEnum):
    """How a step stands."""

    NOT_REACHED = "not_reached"
    OPEN = "open"
    PASSED = "passed"
    REJECTED = "rejected"
    RETURNED = "returned"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


_STAGES = {
    Outcome.APPROVED: Stage.PASSED,
    Outcome.REJECTED: Stage.REJECTED,
    Outcome.RETURNED: Stage.RETURNED,
    Outcome.SKIPPED: Stage.SKIPPED,
    Outcome.CANCELLED: Stage.CANCELLED,
}


@dataclass(frozen=True)
class Signature:
    """Who decided, empty for SYSTEM; `instead_of` where somebody acted for the person asked."""

    name: str
    instead_of: str = ""


@dataclass(frozen=True)
class StepPath:
    """How one step stands: in which round, by whom it was decided, whose decision it waits for."""

    stage: Stage = Stage.NOT_REACHED
    round: int = 1
    signatures: tuple[Signature, ...] = ()
    holders: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathTaken:
    """The way that an approval went through its definition; `branches` are those that choices took."""

    steps: Mapping[str, StepPath] = field(default_factory=dict)
    branches: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State, names: Mapping[int, str]) -> PathTaken:
        """The way so far, with the people's names by id."""
        latest = {run.key: run for run in state.steps.values()}
        steps = {key: _step(state, state.live_run(key) or run, names) for key, run in latest.items()}
        return cls(steps, dict(state.branches))

    def step(self, key: str) -> StepPath:
        """How a step stands; one that never opened is not reached."""
        return self.steps.get(key, StepPath())


def _step(state: State, run: StepRun, names: Mapping[int, str]) -> StepPath:
    seats = state.seats_of(run.number)
    if run.is_open:
        stage = Stage.OPEN
    elif run.live or run.outcome in {Outcome.RETURNED, Outcome.REJECTED}:
        stage = _STAGES[run.outcome or Outcome.CANCELLED]
    else:
        # The approval went back behind the step, which will be asked anew.
        return StepPath(Stage.NOT_REACHED, run.round)
    signatures = (_signature(state, one, names) for one in seats if one.verb in _DECIDING)
    holders = (one.person for one in seats if one.state is SeatState.OPEN)
    return StepPath(
        stage,
        run.round,
        tuple(dict.fromkeys(signatures)),
        tuple(_name(person, names) for person in dict.fromkeys(holders)),
    )


def _signature(state: State, seat: Seat, names: Mapping[int, str]) -> Signature:
    if seat.kind is SeatKind.STAND_IN:
        return Signature(_name(seat.person, names), _name(state.seats[seat.parent].person, names))
    if seat.closed_by in {seat.person, SYSTEM}:
        return Signature("" if seat.closed_by == SYSTEM else _name(seat.person, names))
    return Signature(_name(seat.closed_by, names), _name(seat.person, names))


def _name(person: int, names: Mapping[int, str]) -> str:
    return names.get(person, f"#{person}")
