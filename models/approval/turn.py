"""One command's turn: the working state, what was emitted so far, and who may act on which seat."""

from __future__ import annotations

from models.approval.changes import Change, SeatClosed
from models.approval.commands import (
    Command,
    Comment,
    Copy,
    Read,
    Resume,
    Scan,
    SeatCommand,
    Submit,
    Suspend,
    Terminate,
)
from models.approval.definition import Definition, OwnStep, Step
from models.approval.refusals import PersonFact, Refusal, refuse
from models.approval.state import (
    FINISHED,
    SYSTEM,
    Cause,
    Placing,
    Seat,
    SeatKind,
    SeatState,
    State,
    Status,
    StepRun,
    Verb,
)
from models.approval.world import Standing, World

#: Commands that a finished approval still takes.
_AFTER_THE_END = (Read, Copy, Comment)
#: Commands that a suspended approval takes.
_WHILE_SUSPENDED = (Resume, Suspend, Terminate, Read, Copy, Comment, Scan)
#: Closed for these reasons a seat belongs to somebody else now, or to nobody.
_GIVEN_AWAY = frozenset({Cause.TRANSFERRED, Cause.REASSIGNED, Cause.REMOVED})


class Turn:
    """What the handlers of a command work with. Everything that happens goes through `emit`."""

    def __init__(self, definition: Definition, state: State, command: Command, world: World) -> None:
        self.definition = definition
        self.state = state.copy()
        self.command = command
        self.world = world
        self.changes: list[Change] = []

    @property
    def by(self) -> int:
        """Who acts."""
        return self.command.by

    def emit(self, change: Change) -> None:
        """Let something happen."""
        change.apply(self.state, self.world.now)
        self.changes.append(change)

    def finish(self) -> State:
        """The state after the turn."""
        if self.changes:
            self.state.rev += 1
        return self.state

    def check_open_to_commands(self) -> None:
        """Refuse what a finished, suspended or unsubmitted approval does not take."""
        command, state = self.command, self.state
        standing = Standing.ACTIVE if command.by == SYSTEM else self.world.standing(command.by)
        if standing is Standing.UNKNOWN:
            raise refuse(Refusal.NO_SUCH_USER)
        if standing is Standing.DISABLED:
            raise refuse(Refusal.USER_DISABLED, person=PersonFact(command.by))
        if state.status in FINISHED and not isinstance(command, (*_AFTER_THE_END, SeatCommand)):
            raise refuse(Refusal.FINISHED)
        if state.suspended_on is not None and not isinstance(command, _WHILE_SUSPENDED):
            raise refuse(Refusal.SUSPENDED)
        if not state.initiator and not isinstance(command, Submit):
            raise refuse(Refusal.NOT_RUNNING)

    def require_running(self) -> None:
        """Refuse unless steps are being decided."""
        if self.state.status is not Status.RUNNING:
            raise refuse(Refusal.NOT_RUNNING)

    def require_admin(self) -> None:
        """Refuse unless the administrator or the clock acts."""
        if self.by == SYSTEM:
            return
        if self.by != self.world.admin:
            raise refuse(Refusal.NOT_ADMIN)

    def step_of(self, seat: Seat) -> Step:
        """The step that a seat belongs to."""
        return self.definition.by_key[self.state.steps[seat.step].key]

    def run_of(self, seat: Seat) -> StepRun:
        """The round of the step that a seat belongs to."""
        return self.state.steps[seat.step]

    def heir(self, number: int) -> Seat:
        """The seat that a seat became: transfers and take-backs followed."""
        heirs = {one.replaces: one.number for one in self.state.seats.values() if one.replaces}
        while number in heirs:
            number = heirs[number]
        return self.state.seats[number]

    def hanging(self) -> dict[int, list[Seat]]:
        """The seats that are not closed and hang on another one, by the number of that one's heir."""
        found: dict[int, list[Seat]] = {}
        for seat in self.state.seats.values():
            if seat.parent and seat.state is not SeatState.CLOSED:
                found.setdefault(self.heir(seat.parent).number, []).append(seat)
        return found

    def children(self, seat: Seat, kind: SeatKind) -> list[Seat]:
        """The seats of a kind that hang on a seat and are not closed."""
        return [one for one in self.hanging().get(seat.number, ()) if one.kind is kind]

    def may_be_own(self, step: Step, person: int) -> bool:
        """Whether a person may hold a deciding seat of a step: the initiator only where it allows that."""
        return person != self.state.initiator or step.own is OwnStep.ALLOW

    def close(
        self,
        seat: Seat,
        verb: Verb,
        cause: Cause,
        *,
        by: int = SYSTEM,
        opinion: str = "",
        leaning: bool | None = None,
    ) -> None:
        """Close a seat; whoever acts is named as the cause where somebody else's act closes it."""
        cause_by = self.by if by != self.by else 0
        self.emit(SeatClosed(seat.number, verb, by, cause, cause_by, opinion, leaning))

    def find_seat(self, command: SeatCommand, *, overriding: bool = False) -> Seat:
        """The seat on which a signer acts.

        `overriding` lets a signer who waits for advice act where the step allows it. Refuses by name.
        """
        seats = self.state.seats
        if command.seat and command.seat not in seats:
            raise refuse(Refusal.NO_SUCH_SEAT)
        asked = [seats[command.seat]] if command.seat else list(seats.values())
        own = [one for one in asked if one.person == self.by]
        usable = self._usable(own, overriding=overriding)
        if not usable:
            covered = [one for one in asked if self._acts_for(one.person)]
            usable = self._usable(covered, overriding=overriding)
            if not usable:
                raise self._refuse_seats([*own, *covered])
            if self.by == self.state.initiator:
                raise refuse(Refusal.SELF_APPROVAL)
        if len(usable) > 1:
            choices = "、".join(f"{one.number} {self.step_of(one).name['zh']}" for one in usable)
            raise refuse(Refusal.WHICH_SEAT, choices=choices)
        return usable[0]

    def _usable(self, seats: list[Seat], *, overriding: bool) -> list[Seat]:
        found = [one for one in seats if one.state is SeatState.OPEN]
        if found or not overriding:
            return found
        return [one for one in seats if one.state is SeatState.WAITING and self._may_override(one)]

    def _acts_for(self, person: int) -> bool:
        return person not in {self.by, SYSTEM} and self.world.substitute(person).person == self.by

    def _may_override(self, seat: Seat) -> bool:
        return self.step_of(seat).principal_may_override and bool(self.children(seat, SeatKind.ADVICE))

    def _refuse_waiting(self, seat: Seat) -> Exception:
        advisers = self.children(seat, SeatKind.ADVICE)
        if advisers:
            return refuse(Refusal.WAITING_FOR_ADVICE, person=PersonFact(advisers[0].person))
        signers = self.children(seat, SeatKind.PRINCIPAL)
        before = [one for one in signers if one.placing is Placing.BEFORE]
        if before:
            return refuse(Refusal.WAITING_FOR_PRE_SIGN, person=PersonFact(before[0].person))
        if seat.placing is Placing.AFTER:
            return refuse(Refusal.NOT_YOUR_TURN, person=PersonFact(self.heir(seat.parent).person))
        head = next(one for one in self.state.votes_of(seat.step) if one.state is not SeatState.CLOSED)
        return refuse(Refusal.NOT_YOUR_TURN, person=PersonFact(head.person))

    def _refuse_seats(self, seats: list[Seat]) -> Exception:
        """What somebody without an open seat is told: wait, decided, over, or never asked."""
        waiting = [one for one in seats if one.state is SeatState.WAITING]
        if waiting:
            return self._refuse_waiting(waiting[0])
        decided = [one for one in seats if one.cause not in _GIVEN_AWAY]
        if decided:
            seat = max(decided, key=lambda one: one.number)
            if seat.cause is Cause.TERMINATED:
                return refuse(Refusal.FINISHED)
            if seat.cause is Cause.WITHDRAWN:
                return refuse(Refusal.NOT_RUNNING)
            by = PersonFact(seat.cause_by or seat.closed_by)
            return refuse(Refusal.ALREADY_DECIDED, by=by, at=seat.closed_at)
        if self.state.status in FINISHED:
            return refuse(Refusal.FINISHED)
        return refuse(Refusal.NOT_ASSIGNEE, person=PersonFact(self.by))
