"""What the clock does: it climbs the ladders of deadlines, each rung once, however late it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from models.approval.advance import advance, settle
from models.approval.changes import RungReached, SeatOpened
from models.approval.commands import Command, Scan
from models.approval.definition import Definition, RungAct, Step
from models.approval.refusals import Refusal, refuse
from models.approval.state import SYSTEM, Cause, Seat, SeatKind, SeatState, Status, StepRun, Verb
from models.approval.turn import Turn
from models.approval.verbs_sign import close_around
from models.approval.world import Standing, World

_DECIDES = {RungAct.APPROVE: Verb.AUTO_APPROVE, RungAct.REJECT: Verb.AUTO_REJECT}


def scan(turn: Turn, command: Scan) -> None:  # noqa: ARG001  # it has nothing but its day
    """Climb every ladder to today's rung. Scanning again on the same day changes nothing."""
    if turn.by != SYSTEM:
        raise refuse(Refusal.NOT_ADMIN)
    if turn.state.status is not Status.RUNNING or turn.state.suspended_on is not None:
        return
    for run in turn.state.open_runs():
        if turn.state.steps[run.number].is_open:
            _end_overdue_advice(turn, run)
            _climb(turn, turn.state.steps[run.number])
    advance(turn)


def next_rung_on(definition: Definition, run: StepRun, world: World) -> date | None:
    """The day of the next rung of a step's ladder, None where there is none."""
    deadline = definition.by_key[run.key].deadline
    if run.due_on is None or deadline is None or run.rungs >= len(deadline.ladder):
        return None
    return world.add_workdays(run.due_on, deadline.ladder[run.rungs].after)


def _climb(turn: Turn, run: StepRun) -> None:
    """What several missed rungs would have said is said once, by the highest of them."""
    step = turn.definition.by_key[run.key]
    ladder = step.deadline.ladder if step.deadline else ()
    acts: list[RungAct] = []
    while (day := next_rung_on(turn.definition, run, turn.world)) is not None and day <= turn.world.today:
        acts.append(ladder[run.rungs].act)
        run = run._replace(rungs=run.rungs + 1)
    if not acts:
        return
    told: list[int] = [one.person for one in _undecided(turn, run)]
    if RungAct.ESCALATE in acts:
        told += [one for seat in _undecided(turn, run) for one in _escalate(turn, step, seat)]
    turn.emit(RungReached(run.number, run.rungs, acts[-1], tuple(dict.fromkeys(told))))
    for act in acts:
        if act in _DECIDES:
            for seat in _undecided(turn, run):
                turn.close(seat, _DECIDES[act], Cause.TIMED_OUT)
                close_around(turn, seat)
            settle(turn, run.number)
            return


def _undecided(turn: Turn, run: StepRun) -> list[Seat]:
    """The seats whose vote is still missing; a seat decided by the clock decides for its stand-ins."""
    return [one for one in turn.state.votes_of(run.number) if one.state is not SeatState.CLOSED]


def _escalate(turn: Turn, step: Step, seat: Seat) -> list[int]:
    """The signer's superior may decide too; without one the administrator. Gives who was asked."""
    taken = {one.person for one in turn.state.seats_of(seat.step) if one.state is not SeatState.CLOSED}
    taken |= {one.person for one in turn.state.votes_of(seat.step)}
    for person in (turn.world.superior(seat.person), turn.world.admin):
        usable = person != SYSTEM and turn.world.standing(person) is Standing.ACTIVE
        if usable and person not in taken and turn.may_be_own(step, person):
            turn.emit(
                SeatOpened(
                    len(turn.state.seats) + 1,
                    seat.step,
                    person,
                    SeatState.OPEN,
                    seat.order,
                    SeatKind.STAND_IN,
                    parent=seat.number,
                )
            )
            return [person]
    return []


def _end_overdue_advice(turn: Turn, run: StepRun) -> None:
    """Advice that has not come by the due day goes back to who asked for it."""
    if run.due_on is None or turn.world.today <= run.due_on:
        return
    late = [
        one
        for one in turn.state.seats_of(run.number)
        if one.kind is SeatKind.ADVICE and one.state is not SeatState.CLOSED
    ]
    for seat in late:
        turn.close(seat, Verb.AUTO_RETURN, Cause.TIMED_OUT)
    if late:
        settle(turn, run.number)


HANDLERS: dict[type[Command], Callable[[Turn, Any], None]] = {Scan: scan}
