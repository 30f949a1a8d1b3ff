"""What signers decide: approve, reject, return, advise; and taking the own approval back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.approval.advance import advance, close_run, go_back, previous_step, settle
from models.approval.changes import DraftKept, FactsChanged, Noted, SeatOpened, StepDropped, StepOpened
from models.approval.commands import (
    Approve,
    Command,
    Decline,
    KeepDraft,
    Reject,
    Return,
    SeatCommand,
    TakeBack,
)
from models.approval.definition import INITIATOR, PREVIOUS, Mode, WhoKind
from models.approval.refusals import PersonFact, Refusal, refuse
from models.approval.state import (
    APPROVING,
    REJECTING,
    SYSTEM,
    Cause,
    Outcome,
    Placing,
    Seat,
    SeatKind,
    SeatState,
    StepRun,
    Verb,
)
from models.approval.turn import Turn

#: Rules that name a post: its holder may have changed since the seat was given out.
_POSTS = frozenset({WhoKind.POST, WhoKind.OWNER_HEAD, WhoKind.LEADER_IN_CHARGE})


def approve(turn: Turn, command: Approve) -> None:
    """同意."""
    if command.facts is not None and dict(command.facts) != turn.state.facts:
        turn.emit(FactsChanged(dict(command.facts)))
    _vote(turn, command, Verb.APPROVE)


def reject(turn: Turn, command: Reject) -> None:
    """不同意."""
    _vote(turn, command, Verb.REJECT)


def _vote(turn: Turn, command: Approve | Reject, verb: Verb) -> None:
    seat = turn.find_seat(command, overriding=True)
    _require_opinion(turn, seat, command, verb)
    if seat.kind is SeatKind.ADVICE:
        turn.close(
            seat,
            Verb.ADVISE,
            Cause.DECIDED,
            by=turn.by,
            opinion=command.opinion,
            leaning=verb is Verb.APPROVE,
        )
    else:
        _note_left_post(turn, seat)
        turn.close(seat, verb, Cause.DECIDED, by=turn.by, opinion=command.opinion)
        close_around(turn, seat)
    settle(turn, seat.step)
    advance(turn)


def close_around(turn: Turn, seat: Seat) -> None:
    """Close what hung on a decided seat: its advice, its stand-ins, or the seat it stood in for."""
    principal = seat
    if seat.kind is SeatKind.STAND_IN:
        principal = turn.heir(seat.parent)
        if principal.state is not SeatState.CLOSED:
            turn.close(principal, Verb.COVERED, Cause.STOOD_IN)
    for child in turn.hanging().get(principal.number, ()):
        if child.kind is SeatKind.ADVICE:
            turn.close(child, Verb.CANCEL, Cause.OVERRIDDEN)
        elif child.kind is SeatKind.STAND_IN:
            turn.close(child, Verb.CANCEL, Cause.STOOD_IN)


def send_back(turn: Turn, command: Return) -> None:
    """退回."""
    seat = turn.find_seat(command)
    if seat.kind is SeatKind.ADVICE:
        raise refuse(Refusal.ADVICE_ONLY)
    _require_opinion(turn, seat, command, Verb.RETURN)
    run, step = turn.run_of(seat), turn.step_of(seat)
    target = _return_target(turn, command.to, run)
    turn.close(seat, Verb.RETURN, Cause.DECIDED, by=turn.by, opinion=command.opinion)
    close_run(turn, run, Outcome.RETURNED, Cause.RETURNED)
    go_back(turn, target, command.resubmit or step.resubmit)


def _return_target(turn: Turn, target: str, run: StepRun) -> str:
    """The step that is meant, or the initiator. Refuses whatever is not behind us on our own way."""
    definition, state = turn.definition, turn.state
    if target == INITIATOR:
        return target
    if target == PREVIOUS:
        return previous_step(turn, run.key) or INITIATOR
    if target in definition.blocks:
        raise refuse(Refusal.TARGET_NOT_HUMAN, target=target)
    if target not in definition.by_key:
        raise refuse(Refusal.NO_SUCH_STEP, target=target)
    visited = any(one.key == target for one in state.steps.values())
    ahead = target == run.key or definition.is_upstream(run.key, target)
    if not visited and not ahead:
        raise refuse(Refusal.NOT_VISITED, target=target)
    if not definition.is_upstream(target, run.key):
        raise refuse(Refusal.TARGET_NOT_UPSTREAM, target=target)
    live = state.live_run(target)
    if live is None or live.outcome is not Outcome.APPROVED:
        raise refuse(Refusal.NOT_VISITED, target=target)
    return target


def decline(turn: Turn, command: Decline) -> None:
    """An adviser gives the seat back."""
    seat = turn.find_seat(command)
    if seat.kind is not SeatKind.ADVICE:
        raise refuse(Refusal.NOT_ASSIGNEE, person=PersonFact(turn.by))
    turn.close(seat, Verb.DECLINE, Cause.DECIDED, by=turn.by, opinion=command.opinion)
    settle(turn, seat.step)


def keep_draft(turn: Turn, command: KeepDraft) -> None:
    """Keep an opinion for later."""
    seat = turn.find_seat(command)
    if seat.draft != command.opinion:
        turn.emit(DraftKept(seat.number, command.opinion))


def take_back(turn: Turn, command: TakeBack) -> None:  # noqa: ARG001  # the words stand in the log
    """取回: as if the own approval had not been given; what others voted in the same step stays."""
    turn.require_running()
    seat = _taken_back(turn)
    run = turn.run_of(seat)
    _refuse_successors(turn, seat, run)
    if run.is_open:
        fresh = seat._replace(number=len(turn.state.seats) + 1, replaces=seat.number)
        turn.emit(reopened(fresh))
        settle(turn, run.number)
        return
    behind = turn.definition.downstream(run.key)
    for later in list(turn.state.steps.values()):
        if later.live and later.key in behind:
            if later.is_open:
                close_run(turn, later, Outcome.CANCELLED, Cause.TAKEN_BACK)
            turn.emit(StepDropped(later.number))
    turn.emit(StepDropped(run.number))
    number = len(turn.state.steps) + 1
    turn.emit(StepOpened(number, run.key, run.round + 1, turn.world.today, run.due_on))
    _carry_votes(turn, seat, run, number)
    settle(turn, number)


def reopened(seat: Seat, person: int = SYSTEM) -> SeatOpened:
    """A fresh seat in the place of a closed one, for the same person or another."""
    return SeatOpened(
        seat.number,
        seat.step,
        person or seat.person,
        SeatState.OPEN,
        seat.order,
        seat.kind,
        seat.replaces,
        seat.parent,
        seat.placing,
        seat.added_by,
    )


def _taken_back(turn: Turn) -> Seat:
    replaced = {one.replaces for one in turn.state.seats.values()}
    mine = [
        one
        for one in turn.state.seats.values()
        if one.closed_by == turn.by
        and one.verb is Verb.APPROVE
        and one.kind is SeatKind.PRINCIPAL
        and one.number not in replaced
        and turn.run_of(one).live
    ]
    if not mine:
        raise refuse(Refusal.NOTHING_TO_TAKE_BACK)
    return mine[-1]


def _refuse_successors(turn: Turn, seat: Seat, run: StepRun) -> None:
    """Refuse where anybody has acted on what this approval led to, or it went back behind it."""
    for target in turn.state.reworks:
        if turn.definition.is_upstream(target, run.key):
            returned = [one for one in turn.state.seats.values() if one.verb in {Verb.RETURN, Verb.REJECT}]
            raise refuse(
                Refusal.SUCCESSOR_ACTED, by=PersonFact(returned[-1].closed_by if returned else SYSTEM)
            )
    behind = turn.definition.downstream(run.key)
    later = {one.number for one in turn.state.steps.values() if one.live and one.key in behind}
    for other in turn.state.seats.values():
        led_to = other.step in later or (other.step == run.number and _builds_on(turn, other, seat, run))
        if led_to and (other.closed_by != SYSTEM or other.added_by or other.kind is SeatKind.ADVICE):
            raise refuse(Refusal.SUCCESSOR_ACTED, by=PersonFact(other.closed_by or other.added_by))


def _builds_on(turn: Turn, other: Seat, seat: Seat, run: StepRun) -> bool:
    """Whether a seat of the same round got its turn only through the vote that is taken back."""
    if turn.definition.by_key[run.key].mode is Mode.IN_TURN:
        return other.order > seat.order and other.closed_by != SYSTEM
    hangs_on = other.parent and turn.heir(other.parent).number == seat.number
    return bool(hangs_on) and other.placing is Placing.AFTER and other.closed_by != SYSTEM


def _carry_votes(turn: Turn, seat: Seat, run: StepRun, number: int) -> None:
    """Seats of the round before in a new one: others' votes stay, the own and undecided are open."""
    for old in turn.state.votes_of(run.number):
        fresh = len(turn.state.seats) + 1
        turn.emit(SeatOpened(fresh, number, old.person, SeatState.OPEN, old.order, added_by=old.added_by))
        vote = turn.state.vote(old)
        if old.number != seat.number and vote in APPROVING | REJECTING:
            row = turn.state.seats[fresh]
            turn.close(row, vote, Cause.CARRIED, by=old.closed_by, opinion=old.opinion)


def _require_opinion(turn: Turn, seat: Seat, command: SeatCommand, verb: Verb) -> None:
    always = verb in {Verb.REJECT, Verb.RETURN} and seat.kind is not SeatKind.ADVICE
    if (always or verb in turn.step_of(seat).opinion_on) and not command.opinion.strip():
        raise refuse(Refusal.COMMENT_REQUIRED)


def _note_left_post(turn: Turn, seat: Seat) -> None:
    """Names are kept from when the step opened; the trail shows who has left the post since."""
    step = turn.step_of(seat)
    if step.who.kind not in _POSTS or seat.added_by or seat.replaces or seat.kind is not SeatKind.PRINCIPAL:
        return
    if seat.person in turn.world.resolve(step.who, turn.state):
        return
    if seat.person not in {turn.world.admin, turn.world.superior(turn.state.initiator)}:
        turn.emit(Noted("no_longer_in_post", seat.person, step.key))


HANDLERS: dict[type[Command], Callable[[Turn, Any], None]] = {
    Approve: approve,
    Reject: reject,
    Return: send_back,
    Decline: decline,
    KeepDraft: keep_draft,
    TakeBack: take_back,
}
