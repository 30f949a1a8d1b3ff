"""What happens around a decision: urging, copies, remarks. None of it ever blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.approval.changes import Copied, CopyRead, Noted, Urged
from models.approval.commands import Command, Comment, Copy, Read, Urge
from models.approval.refusals import PersonFact, Refusal, refuse
from models.approval.state import FINISHED, SYSTEM, SeatState, Status
from models.approval.turn import Turn
from models.approval.world import Standing


def urge(turn: Turn, command: Urge) -> None:  # noqa: ARG001  # the words stand in the log
    """催办: recorded, and not more often than the definition allows."""
    state, today = turn.state, turn.world.today
    _require_involved(turn)
    if state.status in FINISHED or state.status is Status.DRAFT:
        raise refuse(Refusal.NOTHING_TO_URGE)
    people = [one.person for one in state.seats.values() if one.state is SeatState.OPEN]
    if state.status is Status.RETURNED:
        people = [state.initiator]
    people = [one for one in dict.fromkeys(people) if one not in {turn.by, SYSTEM}]
    if not people:
        raise refuse(Refusal.NOTHING_TO_URGE)
    last, count = state.urges.get(turn.by, (None, 0))
    if last is not None and turn.world.add_workdays(last, turn.definition.urge_workdays) > today:
        raise refuse(Refusal.URGED_ALREADY, at=last)
    turn.emit(Urged(turn.by, today, count + 1, tuple(people)))


def copy(turn: Turn, command: Copy) -> None:
    """抄送."""
    _require_involved(turn)
    for person in dict.fromkeys(command.people):
        standing = turn.world.standing(person)
        if standing is Standing.UNKNOWN:
            raise refuse(Refusal.NO_SUCH_USER)
        if standing is Standing.DISABLED:
            raise refuse(Refusal.USER_DISABLED, person=PersonFact(person))
        if person not in turn.state.readers:
            turn.emit(Copied(person, turn.by))


def read(turn: Turn, command: Read) -> None:  # noqa: ARG001  # who reads is all there is
    """The receipt of a reader; reading again leaves it as it is."""
    reader = turn.state.readers.get(turn.by)
    if reader is None:
        raise refuse(Refusal.NOT_A_READER, person=PersonFact(turn.by))
    if reader.read_at is None:
        turn.emit(CopyRead(turn.by))


def comment(turn: Turn, command: Comment) -> None:
    """A remark in the trail."""
    _require_involved(turn)
    if not command.words.strip():
        raise refuse(Refusal.COMMENT_REQUIRED)
    turn.emit(Noted("comment", turn.by))


def _require_involved(turn: Turn) -> None:
    state = turn.state
    involved = {state.initiator, turn.world.admin, SYSTEM, *state.readers}
    involved.update(one.person for one in state.seats.values())
    if turn.by in involved:
        return
    if any(
        turn.world.substitute(one.person).person == turn.by
        for one in state.seats.values()
        if one.state is not SeatState.CLOSED
    ):
        return
    raise refuse(Refusal.NOT_INVOLVED, person=PersonFact(turn.by))


HANDLERS: dict[type[Command], Callable[[Turn, Any], None]] = {
    Urge: urge,
    Copy: copy,
    Read: read,
    Comment: comment,
}
