"""How an approval stands: its steps, its seats, its readers. Rows are values; a change replaces one.

Rows are tuples because fifty of them are read for each of fifty signers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from models.approval.definition import FactValue, Resubmit

#: The actor of what the clock and the rules do.
SYSTEM: Final = 0


class Status(StrEnum):
    """States of an approval."""

    #: Not submitted, or withdrawn by its initiator; may be submitted again.
    DRAFT = "draft"
    RUNNING = "running"
    #: With its initiator, to be reworked and submitted again.
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    #: 作废.
    TERMINATED = "terminated"


#: Nothing more happens to these.
FINISHED = frozenset({Status.APPROVED, Status.REJECTED, Status.TERMINATED})


class Outcome(StrEnum):
    """How a step ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    #: Another step's fate ended it: a return, a withdrawal, the end of the approval.
    CANCELLED = "cancelled"
    #: Its condition did not hold.
    SKIPPED = "skipped"


#: With these the approval goes on behind a step.
PASSED = frozenset({Outcome.APPROVED, Outcome.SKIPPED})


class SeatKind(StrEnum):
    """What a seat is for. Only principal seats have a vote."""

    PRINCIPAL = "principal"
    #: 委派: gives advice to the seat `parent`, which waits for it.
    ADVICE = "advice"
    #: Decides in the place of the seat `parent`, whichever of the two is first.
    STAND_IN = "stand_in"


class Placing(StrEnum):
    """Where a signer was added (加签), relative to the seat `parent`."""

    NONE = ""
    BEFORE = "before"
    PARALLEL = "parallel"
    AFTER = "after"


class SeatState(StrEnum):
    """Whether a seat can be decided now."""

    OPEN = "open"
    #: Its turn has not come: a signer before, advice, or the order stands in the way.
    WAITING = "waiting"
    CLOSED = "closed"


class Verb(StrEnum):
    """What was done with a seat. The `auto_` ones are never a person's."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    ADVISE = "advise"
    DECLINE = "decline"
    TRANSFER = "transfer"
    REASSIGN = "reassign"
    REMOVE = "remove"
    #: Closed because something else was decided; `cause` says what.
    CANCEL = "cancel"
    #: Decided by its stand-in.
    COVERED = "covered"
    AUTO_APPROVE = "auto_approve"
    AUTO_REJECT = "auto_reject"
    AUTO_DEDUPE = "auto_dedupe"
    AUTO_SKIP = "auto_skip"
    AUTO_RETURN = "auto_return"


APPROVING = frozenset({Verb.APPROVE, Verb.AUTO_APPROVE, Verb.AUTO_DEDUPE, Verb.AUTO_SKIP})
REJECTING = frozenset({Verb.REJECT, Verb.AUTO_REJECT})
#: What people decide with; handing a seat over or advising is no decision.
DECIDING = frozenset({Verb.APPROVE, Verb.REJECT, Verb.RETURN})


class Cause(StrEnum):
    """Why a seat was closed."""

    #: By its own decision.
    DECIDED = "decided"
    #: By another signer's decision, which decided the step.
    STEP_DECIDED = "step_decided"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"
    TRANSFERRED = "transferred"
    REASSIGNED = "reassigned"
    REMOVED = "removed"
    #: The approval ended elsewhere.
    ENDED = "ended"
    TERMINATED = "terminated"
    #: The signer decided without waiting for advice.
    OVERRIDDEN = "overridden"
    STOOD_IN = "stood_in"
    TIMED_OUT = "timed_out"
    DUPLICATE = "duplicate"
    OWN_REQUEST = "own_request"
    NOBODY = "nobody"
    #: A vote of the round before that still counts.
    CARRIED = "carried"


class Seat(NamedTuple):
    """One person's one vote in one round of a step. `person` is SYSTEM where nobody was found.

    `closed_by` differs from `person` where somebody acted for them. `replaces` and `parent` are seat
    numbers, 0 for none.
    """

    number: int
    step: int
    person: int
    state: SeatState
    order: int = 0
    kind: SeatKind = SeatKind.PRINCIPAL
    replaces: int = 0
    parent: int = 0
    placing: Placing = Placing.NONE
    added_by: int = 0
    verb: Verb | None = None
    opinion: str = ""
    cause: Cause | None = None
    cause_by: int = 0
    closed_by: int = 0
    closed_at: datetime | None = None
    #: Advice: whether the adviser leans to approve.
    leaning: bool | None = None
    #: An opinion kept for later; decides nothing.
    draft: str = ""


class StepRun(NamedTuple):
    """One round of a step. `live` runs count; the others are history that a return left behind."""

    number: int
    key: str
    round: int
    opened_on: date
    due_on: date | None = None
    is_open: bool = True
    live: bool = True
    outcome: Outcome | None = None
    #: How many rungs of the deadline's ladder were reached.
    rungs: int = 0


class Reader(NamedTuple):
    """Somebody who got a copy (抄送)."""

    person: int
    added_by: int
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rework:
    """What a return to a step asked for: how it goes on, and the protected facts at that time."""

    resubmit: Resubmit
    facts: tuple[tuple[str, FactValue], ...] = ()


@dataclass
class State:
    """An approval as it stands after its first `rev` accepted commands."""

    code: str = ""
    version: int = 0
    initiator: int = 0
    status: Status = Status.DRAFT
    suspended_on: date | None = None
    facts: dict[str, FactValue] = field(default_factory=dict)
    #: People chosen at submission, by the choice's name.
    chosen: dict[str, tuple[int, ...]] = field(default_factory=dict)
    steps: dict[int, StepRun] = field(default_factory=dict)
    seats: dict[int, Seat] = field(default_factory=dict)
    readers: dict[int, Reader] = field(default_factory=dict)
    #: Which branch each choice took, by the block's key.
    branches: dict[str, int] = field(default_factory=dict)
    #: Returns whose target has not been done again yet, by the target's key.
    reworks: dict[str, Rework] = field(default_factory=dict)
    #: Who urged last when, and how often.
    urges: dict[int, tuple[date, int]] = field(default_factory=dict)
    rev: int = 0

    def copy(self) -> State:
        """A copy whose rows can be replaced without touching this one."""
        return replace(
            self,
            facts=dict(self.facts),
            chosen=dict(self.chosen),
            steps=dict(self.steps),
            seats=dict(self.seats),
            readers=dict(self.readers),
            branches=dict(self.branches),
            reworks=dict(self.reworks),
            urges=dict(self.urges),
        )

    def live_run(self, key: str) -> StepRun | None:
        """The round of a step that counts now."""
        found = [run for run in self.steps.values() if run.live and run.key == key]
        return found[-1] if found else None

    def open_runs(self) -> list[StepRun]:
        """The steps that are being decided now."""
        return [run for run in self.steps.values() if run.is_open]

    def seats_of(self, run: int) -> list[Seat]:
        """All seats of a round, in the order in which they sign."""
        return sorted((one for one in self.seats.values() if one.step == run), key=_order)

    def votes_of(self, run: int) -> list[Seat]:
        """The seats of a round that have a vote: one per person who is entitled to it now.

        A seat that was replaced (transfer, take-back) or removed has none.
        """
        seats = self.seats_of(run)
        replaced = {one.replaces for one in seats if one.replaces}
        return [
            one
            for one in seats
            if one.kind is SeatKind.PRINCIPAL
            and one.number not in replaced
            and one.verb not in {Verb.REMOVE, Verb.RETURN}
        ]

    def vote(self, seat: Seat) -> Verb | None:
        """How a principal seat voted: its own verb, or that of the stand-in who decided for it."""
        if seat.verb is not Verb.COVERED:
            return seat.verb if seat.verb in APPROVING | REJECTING else None
        return next(one.verb for one in self.stand_ins(seat) if one.verb in APPROVING | REJECTING)

    def stand_ins(self, seat: Seat) -> Iterator[Seat]:
        """The seats that may decide in the place of `seat`, also of those that it replaced."""
        chain = {seat.number}
        while seat.replaces:
            seat = self.seats[seat.replaces]
            chain.add(seat.number)
        return (one for one in self.seats.values() if one.kind is SeatKind.STAND_IN and one.parent in chain)


def _order(seat: Seat) -> tuple[int, int]:
    return seat.order, seat.number
