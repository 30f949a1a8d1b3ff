"""Decide what follows from a command: changes, or a named refusal. The engine's one entrance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.approval import verbs_around, verbs_clock, verbs_people, verbs_sign, verbs_whole
from models.approval.changes import Change
from models.approval.commands import Command
from models.approval.definition import Definition
from models.approval.state import State
from models.approval.turn import Turn
from models.approval.world import World

_HANDLERS: dict[type[Command], Callable[[Turn, Any], None]] = {
    **verbs_sign.HANDLERS,
    **verbs_people.HANDLERS,
    **verbs_whole.HANDLERS,
    **verbs_around.HANDLERS,
    **verbs_clock.HANDLERS,
}


@dataclass(frozen=True)
class Accepted:
    """A command that was taken: what happened, and how the approval stands now.

    `changes` may be empty: then nothing was left to do (a copy read twice, a scan with no rung).
    """

    changes: tuple[Change, ...]
    state: State


def decide(definition: Definition, state: State, command: Command, world: World) -> Accepted:
    """What follows from a command on an approval that stands at `state`, run under `definition`.

    A new approval starts from `State()` with a Submit. `state` is not touched. The same arguments
    give the same answer; `evolve(state, changes, world.now)` gives the accepted state again.
    Raises ApprovalRefusedError with a name where the command is not taken.
    """
    turn = Turn(definition, state, command, world)
    turn.check_open_to_commands()
    _HANDLERS[type(command)](turn, command)
    return Accepted(tuple(turn.changes), turn.finish())
