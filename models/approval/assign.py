"""Who gets a seat when a step opens: resolved once, and kept from then on."""

from __future__ import annotations

from collections.abc import Sequence

from models.approval.changes import Copied, Noted, SeatOpened
from models.approval.definition import Duplicates, Mode, Nobody, OwnStep, Step, Who
from models.approval.state import (
    APPROVING,
    PASSED,
    SYSTEM,
    Cause,
    SeatKind,
    SeatState,
    Verb,
)
from models.approval.turn import Turn
from models.approval.world import Standing

#: Between two signers of a step there is room for those who are added before and after.
SPACING = 1000


def assign(turn: Turn, step: Step, number: int, again: Sequence[int]) -> None:
    """Give out the seats of a new round: to `again` where the step is done once more, else by its rule.

    Passes the seats that the rules decide by themselves; never leaves a step open to everybody.
    """
    people = active(turn, again) or _resolve(turn, step)
    asked_before = () if again else _approved_before(turn, step)
    for place, person in enumerate(people):
        seat = len(turn.state.seats) + 1
        state = SeatState.WAITING if step.mode is Mode.IN_TURN and place else SeatState.OPEN
        turn.emit(SeatOpened(seat, number, person, state, (place + 1) * SPACING))
        _watch_substitutes(turn, step, seat, person)
        if not again:
            _pass_by_rule(turn, step, seat, asked_before)
    copy_to(turn, step.copies)


def active(turn: Turn, people: Sequence[int]) -> list[int]:
    """The people who can be given a seat, each once."""
    return [
        one for one in dict.fromkeys(people) if one != SYSTEM and turn.world.standing(one) is Standing.ACTIVE
    ]


def signers_again(turn: Turn, key: str) -> Sequence[int]:
    """The people who decided a step in the round that counts; empty where the rules passed it alone.

    Of a 会签 and 依次 everybody, of the other modes those who voted.
    """
    run = turn.state.live_run(key)
    if run is None:
        return ()
    seats = turn.state.votes_of(run.number)
    voted = [one for one in seats if one.verb in {Verb.APPROVE, Verb.REJECT, Verb.COVERED}]
    if not voted:
        return ()
    everybody = turn.definition.by_key[key].mode in {Mode.ALL, Mode.IN_TURN}
    return [one.person for one in (seats if everybody else voted) if one.person != SYSTEM]


def copy_to(turn: Turn, rules: Sequence[Who]) -> None:
    """Give copies to whom the rules name and who has none yet."""
    for rule in rules:
        for person in active(turn, turn.world.resolve(rule, turn.state)):
            if person not in turn.state.readers:
                turn.emit(Copied(person, SYSTEM))


def _resolve(turn: Turn, step: Step) -> list[int]:
    """Whom the step's rule names, with the initiator and an empty answer dealt with; never empty."""
    people = active(turn, turn.world.resolve(step.who, turn.state))
    initiator = turn.state.initiator
    if not people:
        return _instead_of_nobody(turn, step)
    if initiator not in people or step.own is OwnStep.ALLOW:
        return people
    others = [one for one in people if one != initiator]
    if step.own is OwnStep.SKIP and not others:
        return people
    turn.emit(Noted("own_request_avoided", initiator, step.key))
    if step.own is OwnStep.SKIP:
        return others
    superior = turn.world.superior(initiator) if step.own is OwnStep.SUPERIOR else SYSTEM
    stands_for = active(turn, [superior]) or active(turn, [turn.world.admin])
    if stands_for == [initiator]:
        if others:
            return others
        turn.emit(Noted("own_request_unavoidable", initiator, step.key))
    place = people.index(initiator)
    return list(dict.fromkeys([*people[:place], *stands_for, *people[place + 1 :]]))


def _instead_of_nobody(turn: Turn, step: Step) -> list[int]:
    if step.nobody is Nobody.APPROVE:
        return [SYSTEM]
    turn.emit(Noted("nobody_found", turn.world.admin, step.key))
    return [turn.world.admin]


def _approved_before(turn: Turn, step: Step) -> Sequence[int]:
    """Who need not be asked again in this step."""
    if turn.definition.duplicates is Duplicates.ASK:
        return ()
    upstream = [
        run
        for run in turn.state.steps.values()
        if run.live and run.outcome in PASSED and turn.definition.is_upstream(run.key, step.key)
    ]
    approvals = {
        run.key: [s.person for s in turn.state.votes_of(run.number) if turn.state.vote(s) in APPROVING]
        for run in upstream
    }
    decided = {key: people for key, people in approvals.items() if people}
    if turn.definition.duplicates is Duplicates.CONSECUTIVE:
        nearest = [
            key for key in decided if not any(turn.definition.is_upstream(key, other) for other in decided)
        ]
        decided = {key: decided[key] for key in nearest}
    return [one for people in decided.values() for one in people]


def _pass_by_rule(turn: Turn, step: Step, seat: int, asked_before: Sequence[int]) -> None:
    row = turn.state.seats[seat]
    if row.person == SYSTEM:
        turn.close(row, Verb.AUTO_APPROVE, Cause.NOBODY)
    elif row.person == turn.state.initiator and step.own is OwnStep.SKIP:
        turn.close(row, Verb.AUTO_SKIP, Cause.OWN_REQUEST)
    elif row.person in asked_before:
        turn.close(row, Verb.AUTO_DEDUPE, Cause.DUPLICATE)


def _watch_substitutes(turn: Turn, step: Step, seat: int, person: int) -> None:
    """Absences that point at each other leave nobody: the administrator may decide too."""
    if person == SYSTEM or not turn.world.substitute(person).circle:
        return
    admin = turn.world.admin
    if person == admin:
        return
    turn.emit(Noted("substitute_circle", person, step.key))
    if turn.may_be_own(step, admin):
        run, number = turn.state.seats[seat].step, len(turn.state.seats) + 1
        order = turn.state.seats[seat].order
        turn.emit(SeatOpened(number, run, admin, SeatState.OPEN, order, SeatKind.STAND_IN, parent=seat))
