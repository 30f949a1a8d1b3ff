"""How an approval's state becomes rows of its tables, and rows its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row

from models.approval.definition import Definition, Resubmit
from models.approval.state import (
    FINISHED,
    SYSTEM,
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
from models.approval.verbs_clock import next_rung_on
from models.approval.world import World

#: Columns in the order of the fields of `StepRun`, `Seat` and `Reader`.
STEP_COLUMNS = ("number", "key", "round", "opened_on", "due_on", "is_open", "live", "outcome", "rungs")
SEAT_COLUMNS = (
    *("number", "step", "person_id", "state", "order", "kind", "replaces", "parent", "placing", "added_by"),
    *("verb", "opinion", "cause", "cause_by", "closed_by", "closed_at", "leaning", "draft"),
)
READER_COLUMNS = ("person_id", "added_by", "read_at")
#: Columns that change after the row was made.
STEP_MUTABLE = ("key", "due_on", "is_open", "live", "outcome", "rungs", "next_on")
SEAT_MUTABLE = ("state", *SEAT_COLUMNS[10:])
READER_MUTABLE = ("read_at",)


class Belongings(NamedTuple):
    """The rows of an approval's steps and seats by number, and of its readers."""

    steps: Sequence[Sequence[Any]]
    seats: Sequence[Sequence[Any]]
    readers: Sequence[Sequence[Any]]


# Looked up instead of called: fifty seats are read for each of fifty signers.
_STATES: Mapping[str, SeatState] = {one.value: one for one in SeatState}
_KINDS: Mapping[str, SeatKind] = {one.value: one for one in SeatKind}
_PLACINGS: Mapping[str, Placing] = {one.value: one for one in Placing}
_VERBS: Mapping[str | None, Verb] = {one.value: one for one in Verb}
_CAUSES: Mapping[str | None, Cause] = {one.value: one for one in Cause}
_OUTCOMES: Mapping[str | None, Outcome] = {one.value: one for one in Outcome}


def state_of(head: Row[Any], belongings: Belongings) -> State:
    """The state that an approval's row and the rows of its steps, seats and readers say."""
    steps = map(_step, belongings.steps)
    seats = map(_seat, belongings.seats)
    readers = (Reader(*row) for row in belongings.readers)
    return State(
        code=head.code,
        version=head.version,
        initiator=head.initiator_id,
        status=Status(head.status),
        suspended_on=head.suspended_on,
        facts=head.facts,
        chosen={name: tuple(people) for name, people in head.chosen.items()},
        steps={one.number: one for one in steps},
        seats={one.number: one for one in seats},
        readers={one.person: one for one in readers},
        branches=head.branches,
        reworks={target: _rework(*plain) for target, plain in head.reworks.items()},
        urges={int(by): (date.fromisoformat(on), count) for by, (on, count) in head.urges.items()},
        rev=head.rev,
    )


def moving_values(state: State, world: World) -> dict[str, Any]:
    """The columns of an approval that most commands change."""
    closed_at = world.now if state.status in FINISHED else None
    return {"status": state.status.value, "rev": state.rev, "closed_at": closed_at}


def rare_values(state: State) -> dict[str, Any]:
    """The columns of an approval that few commands change."""
    return {
        "suspended_on": state.suspended_on,
        "facts": state.facts,
        "chosen": {name: list(people) for name, people in state.chosen.items()},
        "branches": state.branches,
        "reworks": {target: [one.resubmit.value, one.facts] for target, one in state.reworks.items()},
        "urges": {str(by): [on.isoformat(), count] for by, (on, count) in state.urges.items()},
    }


def step_values(number: int, run: StepRun, definition: Definition, world: World) -> dict[str, Any]:
    """The row of a step."""
    next_on = next_rung_on(definition, run, world) if run.is_open else None
    return {"approval_id": number, "next_on": next_on, **run._asdict()}


def seat_values(number: int, seat: Seat) -> dict[str, Any]:
    """The row of a seat."""
    row = seat._asdict()
    person = row.pop("person")
    return {"approval_id": number, "person_id": person or None, **row}


def reader_values(number: int, reader: Reader) -> dict[str, Any]:
    """The row of a reader."""
    row = reader._asdict()
    return {"approval_id": number, "person_id": row.pop("person"), **row}


def _step(row: Sequence[Any]) -> StepRun:
    number, key, rounds, opened_on, due_on, is_open, live, outcome, rungs = row
    return StepRun(number, key, rounds, opened_on, due_on, is_open, live, _OUTCOMES.get(outcome), rungs)


def _seat(row: Sequence[Any]) -> Seat:
    number, step, person, state, order, kind, replaces, parent, placing, added_by, *rest = row
    verb, opinion, cause, cause_by, closed_by, closed_at, leaning, draft = rest
    return Seat(
        number,
        step,
        person or SYSTEM,
        _STATES[state],
        order,
        _KINDS[kind],
        replaces,
        parent,
        _PLACINGS[placing],
        added_by,
        _VERBS.get(verb),
        opinion,
        _CAUSES.get(cause),
        cause_by,
        closed_by,
        closed_at,
        leaning,
        draft,
    )


def _rework(resubmit: str, facts: Iterable[tuple[str, Any]]) -> Rework:
    return Rework(Resubmit(resubmit), tuple((name, value) for name, value in facts))
