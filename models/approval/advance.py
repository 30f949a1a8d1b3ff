"""How an approval moves: steps open, are decided, lead on, and are gone back behind."""

from __future__ import annotations

from collections.abc import Sequence

from models.approval.assign import assign, copy_to, signers_again
from models.approval.changes import (
    BranchTaken,
    Noted,
    ReworkAsked,
    SeatTurned,
    StatusChanged,
    StepClosed,
    StepDropped,
    StepOpened,
)
from models.approval.definition import (
    END,
    INITIATOR,
    PREVIOUS,
    Choice,
    Element,
    FactValue,
    Mode,
    Parallel,
    Rejection,
    Resubmit,
    Step,
)
from models.approval.state import (
    APPROVING,
    PASSED,
    REJECTING,
    Cause,
    Outcome,
    Placing,
    Seat,
    SeatKind,
    SeatState,
    Status,
    StepRun,
    Verb,
)
from models.approval.turn import Turn


def advance(turn: Turn, again: dict[str, Sequence[int]] | None = None) -> None:
    """Open every step whose turn has come; approve the whole when all steps are passed.

    `again` names the signers of steps that are done once more by the same people.
    """
    if turn.state.status is not Status.RUNNING:
        return
    if _walk(turn, turn.definition.steps, again or {}) and turn.state.status is Status.RUNNING:
        end(turn, Status.APPROVED)


def _walk(turn: Turn, elements: Sequence[Element], again: dict[str, Sequence[int]]) -> bool:
    """Whether a sequence is passed; opens what is next in it."""
    return all(_pass(turn, element, again) for element in elements)


def _pass(turn: Turn, element: Element, again: dict[str, Sequence[int]]) -> bool:
    if isinstance(element, Parallel):
        passed = [_walk(turn, branch, again) for branch in element.branches]  # all of them open now
        return all(passed)
    if isinstance(element, Choice):
        return _walk(turn, element.branches[_branch(turn, element)][1], again)
    if turn.state.status is not Status.RUNNING:
        return False
    run = turn.state.live_run(element.key)
    if run is None:
        open_step(turn, element, again.get(element.key, ()))
        run = turn.state.live_run(element.key)
    return run is not None and run.outcome in PASSED


def _branch(turn: Turn, choice: Choice) -> int:
    if choice.key not in turn.state.branches:
        facts = turn.state.facts
        taken = next(
            index for index, (when, _) in enumerate(choice.branches) if when is None or when.holds(facts)
        )
        turn.emit(BranchTaken(choice.key, taken))
    return turn.state.branches[choice.key]


def open_step(turn: Turn, step: Step, again: Sequence[int]) -> None:
    """Begin a round of a step: seats for its signers, or pass it where its condition does not hold."""
    state, today = turn.state, turn.world.today
    number = len(state.steps) + 1
    rounds = 1 + sum(run.key == step.key for run in state.steps.values())
    if step.when is not None and not step.when.holds(state.facts):
        turn.emit(StepOpened(number, step.key, rounds, today))
        turn.emit(StepClosed(number, Outcome.SKIPPED))
        return
    due = turn.world.add_workdays(today, step.deadline.workdays) if step.deadline else None
    turn.emit(StepOpened(number, step.key, rounds, today, due))
    assign(turn, step, number, again)
    settle(turn, number)


def settle(turn: Turn, number: int) -> None:
    """Give the seats of a round their turns, and close the round where its seats decide it."""
    run = turn.state.steps[number]
    if not run.is_open:
        return
    step = turn.definition.by_key[run.key]
    outcome = _outcome(turn, step, number)
    if outcome is None:
        _take_turns(turn, step, number)
        return
    close_run(turn, run, outcome, Cause.STEP_DECIDED)
    if outcome is Outcome.APPROVED:
        finish_rework(turn, run.key)
    else:
        _after_rejection(turn, step)


def _outcome(turn: Turn, step: Step, number: int) -> Outcome | None:
    """How the votes decide a round, None as long as they do not."""
    seats = turn.state.votes_of(number)
    votes = [turn.state.vote(seat) for seat in seats]
    approvals = sum(vote in APPROVING for vote in votes)
    rejections = sum(vote in REJECTING for vote in votes)
    pending = len(votes) - approvals - rejections
    if step.mode is Mode.VOTE:
        need = step.need.of(len(votes))
        if approvals >= need:
            return Outcome.APPROVED
        return Outcome.REJECTED if approvals + pending < need else None
    if step.mode is Mode.ANY:
        first = next((vote for vote in votes if vote is not None), None)
        return None if first is None else _meaning(first)
    hears_all = step.mode is Mode.ALL and step.rejection is Rejection.AFTER_ALL
    if rejections and not (hears_all and pending):
        return Outcome.REJECTED
    return None if pending else Outcome.APPROVED


def _meaning(vote: Verb) -> Outcome:
    return Outcome.APPROVED if vote in APPROVING else Outcome.REJECTED


def _take_turns(turn: Turn, step: Step, number: int) -> None:
    """Let each seat that is not closed wait or be open, as signers before it and advice say."""
    hanging = turn.hanging()
    ahead = False
    for seat in turn.state.seats_of(number):
        if seat.state is SeatState.CLOSED or seat.kind is not SeatKind.PRINCIPAL:
            continue
        waits = (
            (step.mode is Mode.IN_TURN and ahead)
            or any(_blocks(one) for one in hanging.get(seat.number, ()))
            or (seat.placing is Placing.AFTER and turn.heir(seat.parent).state is not SeatState.CLOSED)
        )
        meant = SeatState.WAITING if waits else SeatState.OPEN
        if seat.state is not meant:
            turn.emit(SeatTurned(seat.number, meant))
        ahead = True


def _blocks(child: Seat) -> bool:
    return child.kind is SeatKind.ADVICE or child.placing is Placing.BEFORE


def close_run(turn: Turn, run: StepRun, outcome: Outcome, cause: Cause) -> None:
    """End a round; the seats that are not decided close with the cause."""
    for seat in turn.state.seats_of(run.number):
        if seat.state is not SeatState.CLOSED:
            turn.close(seat, Verb.CANCEL, cause)
    turn.emit(StepClosed(run.number, outcome))


def end(turn: Turn, status: Status, cause: Cause = Cause.ENDED) -> None:
    """End the approval, and with it every step that is still open."""
    for run in turn.state.open_runs():
        close_run(turn, run, Outcome.CANCELLED, cause)
    turn.emit(StatusChanged(status))
    copy_to(turn, turn.definition.copies)


def _after_rejection(turn: Turn, step: Step) -> None:
    target = step.rejected
    if target == END:
        end(turn, Status.REJECTED)
        return
    if target == PREVIOUS:
        target = previous_step(turn, step.key) or INITIATOR
    elif target != INITIATOR and turn.state.live_run(target) is None:
        target = INITIATOR
    go_back(turn, target, step.resubmit)


def go_back(turn: Turn, target: str, resubmit: Resubmit) -> None:
    """Go back to a step or the initiator; what was passed behind it counts or not, as `resubmit` says.

    Only steps behind the target are touched: side branches stay as they are.
    """
    again = () if target == INITIATOR else signers_again(turn, target)
    behind = turn.definition.downstream(target)
    for run in list(turn.state.steps.values()):
        if not run.live or (run.key not in behind and run.key != target):
            continue
        if run.is_open:
            close_run(turn, run, Outcome.CANCELLED, Cause.RETURNED)
        stays = resubmit is Resubmit.TO_RETURNER and run.outcome in PASSED and run.key != target
        if not stays:
            turn.emit(StepDropped(run.number))
    if resubmit is Resubmit.IN_ORDER:
        undo_choices(turn, behind)
    turn.emit(ReworkAsked(target, resubmit, _protected(turn, turn.state.facts)))
    if target == INITIATOR:
        turn.emit(StatusChanged(Status.RETURNED))
    else:
        advance(turn, {target: again})


def undo_choices(turn: Turn, behind: frozenset[str]) -> None:
    """Forget which branches were taken in blocks that will be entered anew."""
    for block in [key for key in turn.state.branches if key in behind]:
        turn.emit(BranchTaken(block, None))


def finish_rework(turn: Turn, target: str) -> None:
    """The target of a return is done: changed protected facts send it through all steps again."""
    rework = turn.state.reworks.get(target)
    if rework is None:
        return
    changed = dict(rework.facts) != _protected(turn, turn.state.facts)
    if rework.resubmit is Resubmit.TO_RETURNER and changed:
        behind = turn.definition.downstream(target)
        for run in list(turn.state.steps.values()):
            if run.live and run.key in behind:
                turn.emit(StepDropped(run.number))
        undo_choices(turn, behind)
        turn.emit(Noted("in_order_forced"))
    turn.emit(ReworkAsked(target))


def _protected(turn: Turn, facts: dict[str, FactValue]) -> dict[str, FactValue]:
    return {name: facts[name] for name in sorted(turn.definition.protected) if name in facts}


def previous_step(turn: Turn, key: str) -> str:
    """The nearest step before on the way here that people decided; empty where there is none."""
    paths = turn.definition.paths
    found = [
        run.key
        for run in turn.state.steps.values()
        if run.live
        and run.outcome in PASSED
        and turn.definition.is_upstream(run.key, key)
        and signers_again(turn, run.key)
    ]
    return max(found, key=lambda one: paths[one]) if found else ""
