"""Play the rows of the table of approval scenarios, and tell in their words what was found.

A row is played on a `Stage`; the pure one is here, the one on databases in `tests/approval_stage.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Protocol

from models.approval.changes import (
    Change,
    Noted,
    RungReached,
    SeatClosed,
    SeatOpened,
    SeatTurned,
    evolve,
    from_json,
    to_json,
)
from models.approval.commands import Command, Migrate, Submit
from models.approval.decide import decide
from models.approval.definition import Definition
from models.approval.read_definition import lint
from models.approval.refusals import ApprovalRefusedError, PersonFact
from models.approval.state import Cause, Seat, SeatKind, SeatState, State, StepRun, Verb
from models.errors import NotFoundError, Term
from tests.approval_rows import ACCEPTED, NOTHING, Act, Scenario, Yaml, away, command
from tests.approval_world import INITIATOR, TableWorld, person_id, person_name

#: What a verb is caused by, so that the rows need not say it.
_OF_COURSE = {
    Verb.TRANSFER: Cause.TRANSFERRED,
    Verb.REASSIGN: Cause.REASSIGNED,
    Verb.REMOVE: Cause.REMOVED,
}


# --- playing a row ---------------------------------------------------------------------------------------


class Stage(Protocol):
    """Where a row is played. Each implementation proves what a refused and an accepted command leave."""

    def submit(self, request: int, definition: Definition, first: Submit, world: TableWorld, key: str) -> str:
        """Make a request and submit it; the answer as the rows call it. Raises ApprovalRefusedError."""
        ...

    def give(self, request: int, given: Command, world: TableWorld, key: str) -> str:
        """Give a command; the answer as the rows call it. Raises ApprovalRefusedError."""
        ...

    def state(self, request: int) -> State:
        """How a request stands."""
        ...

    def events(self, request: int) -> Sequence[Sequence[Change]]:
        """What each accepted command did to a request."""
        ...

    def to_do(self, person: int, world: TableWorld) -> list[str]:
        """The steps on a person's to-do list."""
        ...

    def world(self, world: TableWorld) -> None:
        """The world has become this one."""
        ...

    def power_cut(self) -> None:
        """Whatever was not kept is lost."""
        ...

    def send_mail(self, world: TableWorld) -> None:
        """Send what is to be told."""
        ...

    def mails(self, request: int, person: int) -> int:
        """How many mails a person got that ask for a decision on a request."""
        ...


@dataclass
class PureStage:
    """`decide()` and lists in memory."""

    definitions: dict[int, Definition] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    log: dict[int, list[tuple[list[list[object]], datetime]]] = field(default_factory=dict)

    def submit(self, request: int, definition: Definition, first: Submit, world: TableWorld, key: str) -> str:
        """A new request starts from nothing."""
        self.definitions[request] = definition
        self.states[request], self.log[request] = State(), []
        return self.give(request, first, world, key)

    def give(self, request: int, given: Command, world: TableWorld, key: str) -> str:  # noqa: ARG002  # keys are the shell's
        """Decide; prove that nothing moves on a refusal and that the changes alone give the new state."""
        before = self.states[request]
        as_it_was = deepcopy(before)
        try:
            accepted = decide(self.definitions[request], before, given, world)
        finally:
            assert before == as_it_was, "the state that decide() was given has changed"
        if not accepted.changes:
            assert accepted.state == before
            return NOTHING
        self.log[request].append(([to_json(one) for one in accepted.changes], world.now))
        self.states[request] = accepted.state
        if isinstance(given, Migrate):
            assert given.to
            self.definitions[request] = given.to
        assert self._replayed(request) == accepted.state, "replaying the changes gives another state"
        return ACCEPTED

    def _replayed(self, request: int) -> State:
        state = State()
        for changes, at in self.log[request]:
            state = evolve(state, [from_json(one) for one in changes], at)
        return state

    def state(self, request: int) -> State:
        """How a request stands."""
        return self.states[request]

    def events(self, request: int) -> Sequence[Sequence[Change]]:
        """What each accepted command did, as the log kept it."""
        return [[from_json(one) for one in changes] for changes, _ in self.log[request]]

    def to_do(self, person: int, world: TableWorld) -> list[str]:
        """Open seats that the person holds or covers today."""
        return [
            state.steps[seat.step].key
            for state in self.states.values()
            for seat in state.seats.values()
            if seat.state is SeatState.OPEN
            and state.suspended_on is None
            and (person == seat.person or person == world.substitute(seat.person).person != state.initiator)
        ]

    def world(self, world: TableWorld) -> None:
        """The commands bring their world along."""

    def power_cut(self) -> None:
        """There is nothing that could be lost."""

    def send_mail(self, world: TableWorld) -> None:
        """The rules send no mail."""

    def mails(self, request: int, person: int) -> int:  # noqa: ARG002  # the rules send no mail
        """None."""
        return 0


def play(scenario: Scenario, stage: Stage, acts: Sequence[Act]) -> None:
    """Play a row in one of its orders and compare the end; a difference is told in the row's words."""
    playing = Playing(scenario, stage)
    if not any(act.verb in {"submit", "lint"} for act in acts[:1]):
        acts = [
            *(Act("submit", INITIATOR, request=n + 1) for n in range(scenario.given.get("requests", 1))),
            *acts,
        ]
    answers = {id(act): playing.do(act) for act in acts}
    playing.check(scenario.then)
    if scenario.either:
        playing.check_ending([answers[id(act)] for act in scenario.together()])


@dataclass
class Playing:
    """A row while it is played."""

    scenario: Scenario
    stage: Stage
    world: TableWorld = field(init=False)
    accepted: dict[int, int] = field(default_factory=dict)
    started: set[int] = field(default_factory=set)
    #: Of the last bulk: which were refused, and how many were done.
    refused: dict[int, str] = field(default_factory=dict)
    done_in_bulk: int = 0
    #: Of the last page that was checked.
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self.scenario.world()
        self.stage.world(self.world)

    def do(self, act: Act) -> str:
        """Do an act; gives the answer, after comparing it with the one that the row expects."""
        own = getattr(self, f"_do_{act.verb}", None)
        if own is not None:
            own(act)
            return ACCEPTED
        try:
            answer = self._give(act)
        except NotFoundError:
            answer = "NOT_FOUND"
        except ApprovalRefusedError as refused:
            answer = refused.refusal.name
            self._compare(act, "names", {name: _told(refused, name) for name in act.names}, act.names)
        if act not in self.scenario.together():
            self._compare(act, "answer", answer, act.expect)
        return answer

    def _give(self, act: Act) -> str:
        given = command(self.scenario, act)
        if isinstance(given, Submit) and act.request not in self.started:
            version = act.about.get("version", 1) if isinstance(act.about, dict) else 1
            definition = self.scenario.definition(version)
            answer = self.stage.submit(act.request, definition, given, self.world, act.key)
            self.started.add(act.request)
        else:
            answer = self.stage.give(act.request, given, self.world, act.key)
        self.accepted[act.request] = self.accepted.get(act.request, 0) + (answer == ACCEPTED)
        return answer

    def _compare(self, act: Act, what: str, found: object, expected: object) -> None:
        assert found == expected, (
            f"{self.scenario.id}: {act.verb} {act.about}: {what}: {found} is not {expected}"
        )

    # What a row does beside giving commands.

    def _do_now(self, act: Act) -> None:
        self.check(act.about, act.request)

    def _do_day(self, act: Act) -> None:
        self._change(today=act.about, clock=time(12))

    def _do_time(self, act: Act) -> None:
        hour, minute = act.about.split(":")
        self._change(clock=time(int(hour), int(minute)))

    def _do_absent(self, act: Act) -> None:
        self._change(absences=(*self.world.absences, away(act.about)))

    def _do_disable(self, act: Act) -> None:
        self._change(disabled=self.world.disabled | {person_id(act.about)})

    def _do_leave_post(self, act: Act) -> None:
        person, post = person_id(act.about["who"]), act.about["post"]
        left = tuple(one for one in self.world.posts[post] if one != person)
        self._change(posts={**self.world.posts, post: left})

    def _do_look(self, act: Act) -> None:
        self.stage.state(act.request)
        self.stage.to_do(person_id(act.about), self.world)

    def _do_lint(self, act: Act) -> None:
        self.faults = [
            f"{one.where} {one.code}".strip()
            for one in lint(self.scenario.given[act.about], source=act.about)
        ]

    def _do_power_cut(self, act: Act) -> None:  # noqa: ARG002  # every act has its words
        self.stage.power_cut()

    def _do_send_mail(self, act: Act) -> None:  # noqa: ARG002
        self.stage.send_mail(self.world)

    def _do_bulk(self, act: Act) -> None:
        """One command for many requests, each by itself; refused ones are listed."""
        self.refused = {}
        verb, by = next(iter(act.about.items()))
        answers = []
        for request in sorted(self.started):
            try:
                answers.append(self._give(Act(verb, by, request=request)))
            except ApprovalRefusedError as refused:
                self.refused[request] = refused.refusal.name
        self.done_in_bulk = answers.count(ACCEPTED)

    def _change(self, **what: object) -> None:
        self.world = self.world.with_(**what)
        self.stage.world(self.world)

    def all_changes(self, request: int) -> Iterator[Change]:
        """All that happened to a request."""
        return (one for changes in self.stage.events(request) for one in changes)

    def check_ending(self, answers: Sequence[str]) -> None:
        """Compare the end with the one that the row names for these answers."""
        endings = [one for one in self.scenario.either if one["answers"] == list(answers)]
        known = [one["answers"] for one in self.scenario.either]
        assert len(endings) == 1, f"{self.scenario.id}: answers {answers} are none of {known}"
        self.check({word: value for word, value in endings[0].items() if word != "answers"})

    def check(self, expected: Mapping[str, Yaml], request: int = 1) -> None:
        """Compare how a request stands with what the row says."""
        said = {"waiting": {}, **expected} if "open" in expected else expected
        for word, value in said.items():
            if word == "request":
                for number, inner in value.items():
                    self.check(inner, number)
                continue
            found = _FINDERS[word](self, request, value)
            assert found == value, f"{self.scenario.id}: {word}: {found} is not {value}"
        if request in self.started:
            assert self.stage.state(request).rev == self.accepted[request], (
                f"{self.scenario.id}: number of events"
            )


def _told(refused: ApprovalRefusedError, name: str) -> Yaml:
    """A fact of a refusal as the rows call it; a shell has put people's names in."""
    told = refused.facts[name]
    if isinstance(told, PersonFact):
        return person_name(told.id)
    if isinstance(told, Term):
        return "SYSTEM"
    return told.date() if isinstance(told, datetime) else told


# --- how it stands, in the words of the table ------------------------------------------------------------


def seat_label(state: State, seat: Seat) -> str:
    """A seat as the rows call it: `A`, `B advising A`, `S for A`."""
    if seat.kind is SeatKind.PRINCIPAL:
        return person_name(seat.person)
    word = "advising" if seat.kind is SeatKind.ADVICE else "for"
    return f"{person_name(seat.person)} {word} {person_name(state.seats[seat.parent].person)}"


def sentence(seat: Seat) -> str:
    """How a seat was closed: `approve`, `approve by B`, `cancel because step_decided by B`."""
    assert seat.verb is not None
    assert seat.cause is not None
    words: list[str] = [seat.verb]
    if seat.leaning is not None:
        words.append("for" if seat.leaning else "against")
    if seat.cause is not _OF_COURSE.get(seat.verb, Cause.DECIDED):
        words += ["because", seat.cause]
    by = (seat.cause_by or seat.closed_by) if seat.verb is Verb.CANCEL else seat.closed_by
    if by != seat.person or seat.verb.startswith("auto_"):
        words += ["by", person_name(by)]
    return " ".join(words)


def _run(state: State, name: str) -> StepRun:
    match = re.fullmatch(r"(\S+) round (\d+)", name)
    key, number = (match[1], int(match[2])) if match else (name, 0)
    runs = [run for run in state.steps.values() if run.key == key and number in {0, run.round}]
    assert runs, f"step {name} was never opened"
    return runs[-1]


def _by_step(state: State, wanted: SeatState) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for run in state.steps.values():
        labels = [seat_label(state, one) for one in state.seats_of(run.number) if one.state is wanted]
        if labels:
            found.setdefault(run.key, []).extend(labels)
    return found


def _closed(state: State, expected: Mapping[str, Yaml]) -> Mapping[str, Yaml]:
    found: dict[str, Yaml] = {}
    for name, shape in expected.items():
        seats = [one for one in state.seats_of(_run(state, name).number) if one.state is SeatState.CLOSED]
        listed = [{seat_label(state, one): sentence(one)} for one in seats]
        merged = {label: said for one in listed for label, said in one.items()}
        found[name] = merged if isinstance(shape, dict) and len(merged) == len(listed) else listed
    return found


def _asked(events: Sequence[Sequence[Change]], expected: Mapping[str, int]) -> dict[str, int]:
    """How often each of these people was asked: after a command a seat is theirs to decide, which was not."""
    open_now: dict[int, bool] = {}
    people: dict[int, int] = {}
    asked: dict[int, None] = {}
    for changes in events:
        for one in changes:
            if isinstance(one, SeatOpened):
                people[one.seat] = one.person
            if isinstance(one, SeatOpened | SeatTurned):
                open_now[one.seat] = one.state is SeatState.OPEN
            elif isinstance(one, SeatClosed):
                open_now[one.seat] = False
        asked |= dict.fromkeys(seat for seat, is_open in open_now.items() if is_open)
    names = [person_name(people[seat]) for seat in asked]
    return {name: names.count(name) for name in expected}


def _rungs(playing: Playing, request: int, expected: Mapping[str, Yaml]) -> dict[str, list[str]]:
    state = playing.stage.state(request)
    reached = [one for one in playing.all_changes(request) if isinstance(one, RungReached)]
    return {name: [one.act for one in reached if one.step == _run(state, name).number] for name in expected}


def _outcome(state: State, name: str) -> str:
    if not any(run.key == name.partition(" round ")[0] for run in state.steps.values()):
        return "not opened"
    run = _run(state, name)
    if run.outcome is None:
        return "open"
    return str(run.outcome) if run.live else f"{run.outcome}, dropped"


def _opinions(state: State, expected: Mapping[str, str]) -> dict[str, str]:
    said = {person_name(one.person): one.opinion or one.draft for one in state.seats.values()}
    return {name: said[name] for name in expected}


_Finder = Callable[[Playing, int, Yaml], object]


def _of_state(find: Callable[[State, Yaml], object]) -> _Finder:
    return lambda playing, request, expected: find(playing.stage.state(request), expected)


_FINDERS: dict[str, _Finder] = {
    "status": _of_state(lambda state, _: state.status.value),
    "version": _of_state(lambda state, _: state.version),
    "open": _of_state(lambda state, _: _by_step(state, SeatState.OPEN)),
    "waiting": _of_state(lambda state, _: _by_step(state, SeatState.WAITING)),
    "closed": _of_state(_closed),
    "steps": _of_state(lambda state, names: {name: _outcome(state, name) for name in names}),
    "rounds": _of_state(lambda state, names: {name: _run(state, name).round for name in names}),
    "due": _of_state(lambda state, names: {name: _run(state, name).due_on for name in names}),
    "opinions": _of_state(_opinions),
    "readers": _of_state(
        lambda state, _: {
            person_name(one.person): "read" if one.read_at else "unread" for one in state.readers.values()
        }
    ),
    "urged": _of_state(lambda state, _: {person_name(who): n for who, (_, n) in state.urges.items()}),
    "rungs": _rungs,
    "notes": lambda playing, request, _: [
        one.note for one in playing.all_changes(request) if isinstance(one, Noted) and one.note != "comment"
    ],
    "asked": lambda playing, request, people: _asked(playing.stage.events(request), people),
    "to_do": lambda playing, _, people: {
        name: sorted(playing.stage.to_do(person_id(name), playing.world)) for name in people
    },
    "mails": lambda playing, request, people: {
        name: playing.stage.mails(request, person_id(name)) for name in people
    },
    "faults": lambda playing, _, __: playing.faults,
    "accepted": lambda playing, request, _: playing.accepted.get(request, 0),
    "bulk": lambda playing, _, expected: {
        word: {"changed": playing.done_in_bulk, "refused": playing.refused}[word] for word in expected
    },
}
