"""What happens to an approval, piece by piece: applied to a state they give the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any, get_type_hints

from models.approval.definition import FactValue, Resubmit
from models.approval.state import (
    Cause,
    Outcome,
    Placing,
    Reader,
    Rework,
    Seat,
    SeatKind,
    SeatState,
    State,
    Status,
    StepRun,
    Verb,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened. Replaying all changes of an approval rebuilds its state exactly."""

    def apply(self, state: State, at: datetime) -> None:
        """Put the change into `state`, in place; `at` is the instant of the command."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Submitted(Change):
    """The initiator submitted under a version of a definition."""

    code: str
    version: int
    initiator: int
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    chosen: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def apply(self, state: State, at: datetime) -> None:
        state.code, state.version, state.initiator = self.code, self.version, self.initiator
        state.status = Status.RUNNING
        state.facts = dict(self.facts)
        state.chosen = {name: tuple(people) for name, people in self.chosen.items()}


@dataclass(frozen=True, slots=True)
class FactsChanged(Change):
    """The subject changed while it was being decided."""

    facts: Mapping[str, FactValue]

    def apply(self, state: State, at: datetime) -> None:
        state.facts = dict(self.facts)


@dataclass(frozen=True, slots=True)
class StatusChanged(Change):
    """The approval as a whole moved on."""

    status: Status

    def apply(self, state: State, at: datetime) -> None:
        state.status = self.status


@dataclass(frozen=True, slots=True)
class StepOpened(Change):
    """A round of a step began."""

    step: int
    key: str
    round: int
    opened_on: date
    due_on: date | None = None

    def apply(self, state: State, at: datetime) -> None:
        state.steps[self.step] = StepRun(self.step, self.key, self.round, self.opened_on, self.due_on)


@dataclass(frozen=True, slots=True)
class StepClosed(Change):
    """A round of a step ended."""

    step: int
    outcome: Outcome

    def apply(self, state: State, at: datetime) -> None:
        state.steps[self.step] = state.steps[self.step]._replace(is_open=False, outcome=self.outcome)


@dataclass(frozen=True, slots=True)
class StepDropped(Change):
    """A closed round no longer counts: the approval went back behind it."""

    step: int

    def apply(self, state: State, at: datetime) -> None:
        state.steps[self.step] = state.steps[self.step]._replace(live=False)


@dataclass(frozen=True, slots=True)
class DueMoved(Change):
    """A pause moved a deadline."""

    step: int
    due_on: date

    def apply(self, state: State, at: datetime) -> None:
        state.steps[self.step] = state.steps[self.step]._replace(due_on=self.due_on)


@dataclass(frozen=True, slots=True)
class RungReached(Change):
    """The clock climbed a deadline's ladder up to and including rung number `rungs` (from 1).

    `act` is what the highest of these rungs does; `people` are who is told.
    """

    step: int
    rungs: int
    act: str
    people: Sequence[int] = ()

    def apply(self, state: State, at: datetime) -> None:
        state.steps[self.step] = state.steps[self.step]._replace(rungs=self.rungs)


@dataclass(frozen=True, slots=True)
class SeatOpened(Change):
    """A person got a seat."""

    seat: int
    step: int
    person: int
    state: SeatState
    order: int = 0
    kind: SeatKind = SeatKind.PRINCIPAL
    replaces: int = 0
    parent: int = 0
    placing: Placing = Placing.NONE
    added_by: int = 0

    def apply(self, state: State, at: datetime) -> None:
        state.seats[self.seat] = Seat(
            self.seat,
            self.step,
            self.person,
            self.state,
            self.order,
            self.kind,
            self.replaces,
            self.parent,
            self.placing,
            self.added_by,
        )


@dataclass(frozen=True, slots=True)
class SeatTurned(Change):
    """A seat's turn came, or it must wait."""

    seat: int
    state: SeatState

    def apply(self, state: State, at: datetime) -> None:
        state.seats[self.seat] = state.seats[self.seat]._replace(state=self.state)


@dataclass(frozen=True, slots=True)
class SeatClosed(Change):
    """A seat was decided or closed; it never changes again.

    `by` closed it; `cause_by` is who caused it where that is somebody else.
    """

    seat: int
    verb: Verb
    by: int
    cause: Cause
    cause_by: int = 0
    opinion: str = ""
    leaning: bool | None = None

    def apply(self, state: State, at: datetime) -> None:
        state.seats[self.seat] = state.seats[self.seat]._replace(
            state=SeatState.CLOSED,
            verb=self.verb,
            closed_by=self.by,
            closed_at=at,
            cause=self.cause,
            cause_by=self.cause_by,
            opinion=self.opinion,
            leaning=self.leaning,
            draft="",
        )


@dataclass(frozen=True, slots=True)
class DraftKept(Change):
    """A signer keeps an opinion for later."""

    seat: int
    words: str

    def apply(self, state: State, at: datetime) -> None:
        state.seats[self.seat] = state.seats[self.seat]._replace(draft=self.words)


@dataclass(frozen=True, slots=True)
class BranchTaken(Change):
    """A choice took one of its branches; `branch` is None where a return undid it."""

    block: str
    branch: int | None

    def apply(self, state: State, at: datetime) -> None:
        if self.branch is None:
            state.branches.pop(self.block, None)
        else:
            state.branches[self.block] = self.branch


@dataclass(frozen=True, slots=True)
class ReworkAsked(Change):
    """A return asks for rework at `target`; no `resubmit` says that it is done."""

    target: str
    resubmit: Resubmit | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    def apply(self, state: State, at: datetime) -> None:
        if self.resubmit is None:
            state.reworks.pop(self.target, None)
        else:
            state.reworks[self.target] = Rework(self.resubmit, tuple(sorted(self.facts.items())))


@dataclass(frozen=True, slots=True)
class Suspended(Change):
    """The clocks stand still from a day on; None says that they go again."""

    since: date | None

    def apply(self, state: State, at: datetime) -> None:
        state.suspended_on = self.since


@dataclass(frozen=True, slots=True)
class Urged(Change):
    """Somebody urged, for the `count`-th time; `people` are who is urged."""

    by: int
    on: date
    count: int
    people: Sequence[int] = ()

    def apply(self, state: State, at: datetime) -> None:
        state.urges[self.by] = (self.on, self.count)


@dataclass(frozen=True, slots=True)
class Copied(Change):
    """A person got a copy to read."""

    person: int
    by: int

    def apply(self, state: State, at: datetime) -> None:
        state.readers[self.person] = Reader(self.person, self.by)


@dataclass(frozen=True, slots=True)
class CopyRead(Change):
    """A reader has read it."""

    person: int

    def apply(self, state: State, at: datetime) -> None:
        state.readers[self.person] = state.readers[self.person]._replace(read_at=at)


@dataclass(frozen=True, slots=True)
class Noted(Change):
    """Something that the trail must show and that moves nothing.

    `note`: `own_request_avoided`, `own_request_unavoidable`, `nobody_found`, `substitute_circle`,
    `no_longer_in_post`, `in_order_forced`, `comment`.
    """

    note: str
    person: int = 0
    step: str = ""

    def apply(self, state: State, at: datetime) -> None:
        """Nothing moves."""


@dataclass(frozen=True, slots=True)
class Migrated(Change):
    """The approval runs on under another version; `mapping` names the steps that are called otherwise."""

    version: int
    mapping: Mapping[str, str] = field(default_factory=dict)

    def apply(self, state: State, at: datetime) -> None:
        state.version = self.version
        for number, run in state.steps.items():
            if run.live and run.key in self.mapping:
                state.steps[number] = run._replace(key=self.mapping[run.key])
        state.branches = {self.mapping.get(key, key): branch for key, branch in state.branches.items()}
        state.reworks = {self.mapping.get(key, key): rework for key, rework in state.reworks.items()}


def evolve(state: State, changes: Iterable[Change], at: datetime) -> State:
    """The state after the changes of one accepted command; `state` stays as it is."""
    following = state.copy()
    for change in changes:
        change.apply(following, at)
    following.rev += 1
    return following


_ALL: tuple[type[Change], ...] = (
    Submitted,
    FactsChanged,
    StatusChanged,
    StepOpened,
    StepClosed,
    StepDropped,
    DueMoved,
    RungReached,
    SeatOpened,
    SeatTurned,
    SeatClosed,
    DraftKept,
    BranchTaken,
    ReworkAsked,
    Suspended,
    Urged,
    Copied,
    CopyRead,
    Noted,
    Migrated,
)
_KINDS: dict[str, type[Change]] = {kind.__name__: kind for kind in _ALL}
_FIELDS: dict[type[Change], tuple[Field[Any], ...]] = {kind: fields(kind) for kind in _KINDS.values()}


def to_json(change: Change) -> list[object]:
    """A change as plain JSON values: its name, then the fields that differ from their defaults."""
    kind = type(change)
    values = {
        one.name: _plain(value)
        for one in _FIELDS[kind]
        if (value := getattr(change, one.name)) != _default(one)
    }
    return [kind.__name__, values]


def from_json(plain: Sequence[Any]) -> Change:
    """The change that `to_json` put into plain values. Raises KeyError for a name that is none."""
    kind = _KINDS[plain[0]]
    hints = _hints(plain[0])
    return kind(**{name: _meant(hints[name], value) for name, value in plain[1].items()})


@cache
def _hints(name: str) -> dict[str, Any]:
    return get_type_hints(_KINDS[name])


def _default(one: Field[Any]) -> object:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _meant(hint: object, value: Any) -> Any:  # noqa: ANN401  # as the field's own type says
    if value is None:
        return None
    if hint in {date, date | None}:
        return date.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, str) and hint is not str:
        return hint(value)
    return tuple(value) if isinstance(value, list) else value
