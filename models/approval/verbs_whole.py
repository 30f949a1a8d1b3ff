"""What is done with an approval as a whole: submit, withdraw, suspend, resume, terminate, migrate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.approval.advance import advance, close_run, end, finish_rework
from models.approval.assign import active
from models.approval.changes import (
    BranchTaken,
    DueMoved,
    Migrated,
    ReworkAsked,
    StatusChanged,
    StepDropped,
    Submitted,
    Suspended,
)
from models.approval.commands import (
    Command,
    Migrate,
    Resume,
    Submit,
    Suspend,
    Terminate,
    Withdraw,
)
from models.approval.definition import INITIATOR, Nobody, Withdrawal
from models.approval.refusals import PersonFact, Refusal, refuse
from models.approval.state import DECIDING, SYSTEM, Cause, Outcome, Seat, Status
from models.approval.turn import Turn


def submit(turn: Turn, command: Submit) -> None:
    """Begin, or go on after a withdrawal or a return."""
    state, definition = turn.state, turn.definition
    if state.initiator and command.by != state.initiator:
        raise refuse(Refusal.NOT_INITIATOR)
    if state.status is Status.RUNNING:
        raise refuse(Refusal.ALREADY_RUNNING)
    chosen = {**state.chosen, **command.chosen}
    turn.emit(Submitted(definition.code, definition.version, command.by, dict(command.facts), chosen))
    _refuse_nobody(turn)
    finish_rework(turn, INITIATOR)
    advance(turn)


def _refuse_nobody(turn: Turn) -> None:
    """A step that must not be without signers must have some before anything starts."""
    for step in turn.definition.by_key.values():
        if step.nobody is not Nobody.REFUSE:
            continue
        if not active(turn, turn.world.resolve(step.who, turn.state)):
            raise refuse(Refusal.NOBODY_TO_DECIDE, step=step.name["zh"])


def withdraw(turn: Turn, command: Withdraw) -> None:
    """撤回: a draft again; nothing of it counts any more."""
    state = turn.state
    if command.by != state.initiator:
        raise refuse(Refusal.NOT_INITIATOR)
    if state.status is Status.DRAFT:
        raise refuse(Refusal.NOT_RUNNING)
    decided = _first_decision(turn)
    if decided is not None and not _withdrawable(turn):
        by = PersonFact(decided.closed_by)
        raise refuse(Refusal.TOO_LATE, by=by, at=decided.closed_at)
    for run in list(state.steps.values()):
        if run.is_open:
            close_run(turn, run, Outcome.CANCELLED, Cause.WITHDRAWN)
        if run.live:
            turn.emit(StepDropped(run.number))
    for block in list(state.branches):
        turn.emit(BranchTaken(block, None))
    for target in list(state.reworks):
        turn.emit(ReworkAsked(target))
    turn.emit(StatusChanged(Status.DRAFT))


def _first_decision(turn: Turn) -> Seat | None:
    """The first seat of the rounds that count on which a person has decided."""
    decided = (
        seat
        for seat in turn.state.seats.values()
        if turn.run_of(seat).live and seat.verb in DECIDING and seat.closed_by != SYSTEM
    )
    return next(decided, None)


def _withdrawable(turn: Turn) -> bool:
    if turn.definition.withdrawal is Withdrawal.UNTIL_END:
        return True
    steps = [turn.definition.by_key[run.key] for run in turn.state.open_runs()]
    return bool(steps) and all(step.withdrawable for step in steps)


def suspend(turn: Turn, command: Suspend) -> None:
    """挂起: nothing can be done and no deadline runs."""
    turn.require_admin()
    turn.require_running()
    if turn.state.suspended_on is not None:
        raise refuse(Refusal.SUSPENDED)
    if not command.reason.strip():
        raise refuse(Refusal.COMMENT_REQUIRED)
    turn.emit(Suspended(turn.world.today))


def resume(turn: Turn, command: Resume) -> None:  # noqa: ARG001  # every handler has the command
    """激活: deadlines move by the workdays of the pause."""
    turn.require_admin()
    since = turn.state.suspended_on
    if since is None:
        raise refuse(Refusal.NOT_SUSPENDED)
    pause = turn.world.workdays_between(since, turn.world.today)
    turn.emit(Suspended(None))
    for run in turn.state.open_runs():
        if run.due_on is not None and pause:
            turn.emit(DueMoved(run.number, turn.world.add_workdays(run.due_on, pause)))


def terminate(turn: Turn, command: Terminate) -> None:
    """作废: it ends here, with the reason."""
    own = command.by == turn.state.initiator and turn.state.status in {Status.DRAFT, Status.RETURNED}
    if not own:
        turn.require_admin()
    if not command.reason.strip():
        raise refuse(Refusal.COMMENT_REQUIRED)
    if turn.state.suspended_on is not None:
        turn.emit(Suspended(None))
    end(turn, Status.TERMINATED, Cause.TERMINATED)


def migrate(turn: Turn, command: Migrate) -> None:
    """Run on under another version; every step that is open must exist there.

    What was passed and does not exist there is history; what is new there is still to be passed.
    """
    turn.require_admin()
    if command.to is None or command.to.code != turn.definition.code:
        raise refuse(Refusal.BAD_INPUT, field="to", why=turn.definition.code)
    known = {**command.to.by_key, **command.to.blocks}
    gone = {key for key in _keys_in_use(turn) if command.mapping.get(key, key) not in known}
    open_keys = [run.key for run in turn.state.open_runs()]
    if gone.intersection(open_keys):
        raise refuse(Refusal.NODE_GONE, steps="、".join(key for key in open_keys if key in gone))
    for run in list(turn.state.steps.values()):
        if run.live and run.key in gone:
            turn.emit(StepDropped(run.number))
    for block in [key for key in turn.state.branches if key in gone]:
        turn.emit(BranchTaken(block, None))
    for target in [key for key in turn.state.reworks if key in gone]:
        turn.emit(ReworkAsked(target))
    turn.emit(Migrated(command.to.version, dict(command.mapping)))


def _keys_in_use(turn: Turn) -> set[str]:
    state = turn.state
    steps = {run.key for run in state.steps.values() if run.live}
    return steps | set(state.branches) | (set(state.reworks) - {INITIATOR})


HANDLERS: dict[type[Command], Callable[[Turn, Any], None]] = {
    Submit: submit,
    Withdraw: withdraw,
    Suspend: suspend,
    Resume: resume,
    Terminate: terminate,
    Migrate: migrate,
}
