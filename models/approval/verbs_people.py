"""Who sits on a seat changes: transfer, delegate, add and remove signers, reassign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.approval.advance import advance, settle
from models.approval.assign import SPACING
from models.approval.changes import SeatOpened
from models.approval.commands import (
    AddSigner,
    Command,
    Delegate,
    Reassign,
    RemoveSigner,
    Transfer,
)
from models.approval.definition import Mode
from models.approval.refusals import PersonFact, Refusal, refuse
from models.approval.state import SYSTEM, Cause, Placing, Seat, SeatKind, SeatState, Verb
from models.approval.turn import Turn
from models.approval.verbs_sign import close_around, reopened
from models.approval.world import Standing


def transfer(turn: Turn, command: Transfer) -> None:
    """转办: the seat moves; its deadline stays."""
    seat = turn.find_seat(command)
    if seat.kind is SeatKind.ADVICE:
        raise refuse(Refusal.ADVICE_ONLY)
    _require_free(turn, seat, command.to)
    _move(turn, seat, command.to, Verb.TRANSFER, Cause.TRANSFERRED, command.opinion)


def reassign(turn: Turn, command: Reassign) -> None:
    """The administrator moves somebody's seat: a verb of its own, so that nobody mistakes it."""
    turn.require_running()
    turn.require_admin()
    seats = [one for one in turn.state.seats.values() if one.person == command.holder]
    held = [one for one in seats if one.state is not SeatState.CLOSED and one.kind is not SeatKind.ADVICE]
    if not held:
        decided = [one for one in seats if one.verb in {Verb.APPROVE, Verb.REJECT, Verb.RETURN}]
        if decided:
            last = decided[-1]
            raise refuse(Refusal.ALREADY_DECIDED, by=PersonFact(last.closed_by), at=last.closed_at)
        raise refuse(Refusal.NOT_SEATED, person=PersonFact(command.holder))
    for seat in held:
        _require_free(turn, seat, command.to)
        _move(turn, seat, command.to, Verb.REASSIGN, Cause.REASSIGNED, command.opinion)


def _move(turn: Turn, seat: Seat, to: int, verb: Verb, cause: Cause, opinion: str) -> None:
    turn.close(seat, verb, cause, by=turn.by, opinion=opinion)
    number = len(turn.state.seats) + 1
    turn.emit(reopened(seat._replace(number=number, replaces=seat.number), to))
    settle(turn, seat.step)


def delegate(turn: Turn, command: Delegate) -> None:
    """委派: advice is asked for; the vote stays where it is and waits."""
    seat = turn.find_seat(command)
    if seat.kind is not SeatKind.PRINCIPAL:
        raise refuse(Refusal.TOO_DEEP)
    _require_seatable(turn, command.to)
    _require_unseated(turn, seat, command.to)
    number = len(turn.state.seats) + 1
    turn.emit(
        SeatOpened(
            number,
            seat.step,
            command.to,
            SeatState.OPEN,
            seat.order,
            SeatKind.ADVICE,
            parent=seat.number,
            added_by=turn.by,
        )
    )
    settle(turn, seat.step)


def add_signer(turn: Turn, command: AddSigner) -> None:
    """加签: every added signer gets a seat with a vote of its own."""
    seat = turn.find_seat(command)
    if seat.kind is not SeatKind.PRINCIPAL or seat.added_by:
        raise refuse(Refusal.TOO_DEEP)
    _require_mode(turn, seat, command.placing)
    if not command.people:
        raise refuse(Refusal.NO_SUCH_USER)
    for person in command.people:
        _require_free(turn, seat, person)
        _add(turn, seat, person, command.placing)
    settle(turn, seat.step)


def _require_mode(turn: Turn, seat: Seat, placing: Placing) -> None:
    mode = turn.step_of(seat).mode
    ordered = placing in {Placing.BEFORE, Placing.AFTER}
    if (mode is Mode.ANY and ordered) or (mode is Mode.IN_TURN and not ordered) or not placing:
        raise refuse(Refusal.MODE_FORBIDS)


def _add(turn: Turn, seat: Seat, person: int, placing: Placing) -> None:
    mates = [one for one in turn.state.seats_of(seat.step) if one.parent and one.placing is placing]
    beside = max((one.order for one in turn.state.seats_of(seat.step)), default=0)
    order = {
        Placing.BEFORE: seat.order - SPACING // 2 + len(mates),
        Placing.PARALLEL: beside + 1,
        Placing.AFTER: seat.order + 1 + len(mates),
    }[placing]
    turn.emit(
        SeatOpened(
            len(turn.state.seats) + 1,
            seat.step,
            person,
            SeatState.OPEN,
            order,
            parent=seat.number,
            placing=placing,
            added_by=turn.by,
        )
    )


def remove_signer(turn: Turn, command: RemoveSigner) -> None:
    """减签: all named seats or none; what is left may decide the step at once."""
    turn.require_running()
    seats = [_removable(turn, person) for person in dict.fromkeys(command.people)]
    if not seats:
        raise refuse(Refusal.NOT_SEATED, person=PersonFact(SYSTEM))
    for seat in seats:
        if turn.by not in {turn.world.admin, seat.added_by}:
            raise refuse(Refusal.NOT_ADDED_BY_YOU, person=PersonFact(seat.person))
    for run in dict.fromkeys(seat.step for seat in seats):
        votes = turn.state.votes_of(run)
        left = len(votes) - sum(seat.step == run for seat in seats)
        if left < 1:
            raise refuse(Refusal.LAST_SEAT)
        if left < turn.step_of(votes[0]).need.count:
            raise refuse(Refusal.BELOW_NEED, need=turn.step_of(votes[0]).need.count)
    for seat in seats:
        turn.close(seat, Verb.REMOVE, Cause.REMOVED, by=turn.by, opinion=command.opinion)
        close_around(turn, seat)
    for run in dict.fromkeys(seat.step for seat in seats):
        settle(turn, run)
    advance(turn)


def _removable(turn: Turn, person: int) -> Seat:
    seats = [
        one
        for one in turn.state.seats.values()
        if one.person == person and one.kind is SeatKind.PRINCIPAL and turn.run_of(one).is_open
    ]
    undecided = [one for one in seats if one.state is not SeatState.CLOSED]
    if undecided:
        return undecided[0]
    if seats:
        last = seats[-1]
        raise refuse(Refusal.ALREADY_DECIDED, by=PersonFact(last.closed_by), at=last.closed_at)
    raise refuse(Refusal.NOT_SEATED, person=PersonFact(person))


def _require_free(turn: Turn, seat: Seat, person: int) -> None:
    """Refuse who cannot take a deciding seat in this round."""
    _require_seatable(turn, person)
    if not turn.may_be_own(turn.step_of(seat), person):
        raise refuse(Refusal.SELF_APPROVAL)
    _require_unseated(turn, seat, person)


def _require_seatable(turn: Turn, person: int) -> None:
    if person == turn.by:
        raise refuse(Refusal.SAME_USER)
    standing = turn.world.standing(person)
    if standing is Standing.UNKNOWN:
        raise refuse(Refusal.NO_SUCH_USER)
    if standing is Standing.DISABLED:
        raise refuse(Refusal.USER_DISABLED, person=PersonFact(person))


def _require_unseated(turn: Turn, seat: Seat, person: int) -> None:
    held = [one for one in turn.state.votes_of(seat.step) if one.person == person]
    held += [
        one
        for one in turn.state.seats_of(seat.step)
        if one.person == person and one.state is not SeatState.CLOSED
    ]
    if held:
        raise refuse(Refusal.ALREADY_SEATED, person=PersonFact(person))


HANDLERS: dict[type[Command], Callable[[Turn, Any], None]] = {
    Transfer: transfer,
    Delegate: delegate,
    AddSigner: add_signer,
    RemoveSigner: remove_signer,
    Reassign: reassign,
}
