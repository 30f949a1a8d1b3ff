"""Random people do random things to random approvals: what must hold, holds after every command."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from models.approval.changes import evolve, from_json, to_json
from models.approval.commands import (
    AddSigner,
    Approve,
    Command,
    Comment,
    Copy,
    Decline,
    Delegate,
    KeepDraft,
    Migrate,
    Read,
    Reassign,
    Reject,
    RemoveSigner,
    Resume,
    Return,
    Scan,
    SeatCommand,
    Submit,
    Suspend,
    TakeBack,
    Terminate,
    Transfer,
    Urge,
    Withdraw,
)
from models.approval.decide import decide
from models.approval.definition import (
    INITIATOR,
    PREVIOUS,
    Choice,
    Comparison,
    Condition,
    Deadline,
    Definition,
    Duplicates,
    Element,
    FactValue,
    Mode,
    Need,
    Nobody,
    Operator,
    OwnStep,
    Parallel,
    Rejection,
    Resubmit,
    Rung,
    RungAct,
    Step,
    Who,
    WhoKind,
    Withdrawal,
)
from models.approval.refusals import ApprovalRefusedError
from models.approval.state import (
    APPROVING,
    FINISHED,
    PASSED,
    REJECTING,
    SYSTEM,
    Cause,
    Outcome,
    Placing,
    Seat,
    SeatState,
    State,
    Status,
    StepRun,
    Verb,
)
from tests.approval_strategies import definitions
from tests.approval_world import ADMIN, STRANGER, Away, TableWorld, person_id

PEOPLE = [person_id(one) for one in "ABCDEF"]
ASKER, Z, S = person_id("I"), person_id(ADMIN), person_id("S")
EVERYBODY = [*PEOPLE, ASKER, Z, S, SYSTEM, STRANGER]
#: Words for facts that hold a text.
TOPICS = ("党建", "no", "12", "a: b")
STEPS_OF_A_WALK = 30
COMMANDS = [
    one for one in (*Command.__subclasses__(), *SeatCommand.__subclasses__()) if one is not SeatCommand
]


# --- random definitions and worlds -----------------------------------------------------------------------


@dataclass
class Drafting:
    """A definition while it is made up."""

    rng: Random
    keys: int = 0

    def key(self, letter: str) -> str:
        self.keys += 1
        return f"{letter}{self.keys}"

    def elements(self, depth: int, before: tuple[str, ...] = ()) -> tuple[Element, ...]:
        """A sequence; `before` are the steps that are upstream of it."""
        made: list[Element] = []
        for _ in range(self.rng.randint(1, 3)):
            ahead = before + tuple(one.key for one in made if isinstance(one, Step))
            made.append(self.element(depth, ahead))
        return tuple(made)

    def element(self, depth: int, before: tuple[str, ...]) -> Element:
        kind = self.rng.random()
        if depth and kind < 0.2:
            count = self.rng.randint(2, 3)
            return Parallel(self.key("p"), tuple(self.elements(depth - 1, before) for _ in range(count)))
        if depth and kind < 0.35:
            branches = (
                (self.condition(), self.elements(depth - 1, before)),
                (None, self.elements(depth - 1, before)),
            )
            return Choice(self.key("c"), branches)
        return self.step(before)

    def step(self, before: tuple[str, ...]) -> Step:
        rng, key = self.rng, self.key("n")
        return Step(
            key=key,
            name={"zh": key, "en": key},
            who=self.who(),
            mode=rng.choice(list(Mode)),
            need=rng.choice(
                [Need(count=1), Need(count=2), Need(percent=50), Need(percent=67), Need(percent=100)]
            ),
            rejection=rng.choice(list(Rejection)),
            rejected=rng.choice(["end", "initiator", "previous", *before]),
            resubmit=rng.choice(list(Resubmit)),
            nobody=rng.choice([Nobody.ADMIN, Nobody.APPROVE]),
            own=rng.choice(list(OwnStep)),
            opinion_on=frozenset(rng.sample(["approve"], rng.randint(0, 1)))
            if rng.random() < 0.1
            else frozenset(),
            principal_may_override=rng.random() < 0.5,
            withdrawable=rng.random() < 0.3,
            when=self.condition() if rng.random() < 0.15 else None,
            deadline=self.deadline() if rng.random() < 0.5 else None,
        )

    def who(self) -> Who:
        if self.rng.random() < 0.08:
            return Who(WhoKind.POST, "nobody")
        return Who(WhoKind.PERSON, str(self.rng.random()))

    def condition(self) -> Condition:
        return Condition((Comparison("amount", Operator.MORE, self.rng.randint(0, 2)),))

    def deadline(self) -> Deadline:
        last = self.rng.choice(list(RungAct))
        return Deadline(
            self.rng.randint(1, 3), (Rung(-1, RungAct.REMIND), Rung(0, RungAct.ESCALATE), Rung(1, last))
        )


def made_up(rng: Random) -> Definition:
    steps = Drafting(rng).elements(2)
    return Definition(
        "walk", 1, {"zh": "随机"}, "plan", steps,
        facts={"amount": int}, protected=frozenset({"amount"}),
        duplicates=rng.choice(list(Duplicates)), withdrawal=rng.choice(list(Withdrawal)),
    )  # fmt: skip


@dataclass(frozen=True)
class Anywhere(TableWorld):
    """A world in which every rule names somebody, now one and now several; always the same for a rule."""

    def resolve(self, who: Who, state: State) -> tuple[int, ...]:  # noqa: ARG002  # rules are all it needs
        """Whom a rule names: its words decide."""
        rng = Random(repr(who))  # noqa: S311  # the same for the same words
        if who.value == "nobody" or rng.random() < 0.05:
            return ()
        return tuple(rng.choices([*PEOPLE, *PEOPLE, ASKER], k=rng.randint(1, 5)))


def some_facts(rng: Random, definition: Definition) -> dict[str, FactValue]:
    values: dict[type, list[FactValue]] = {int: [0, 1, 2, 3], str: [*TOPICS], bool: [False, True]}
    return {name: rng.choice(values[kind]) for name, kind in definition.facts.items() if rng.random() < 0.9}


def some_world(rng: Random) -> TableWorld:
    world = Anywhere()
    return world.with_(
        superiors={one: rng.choice([*PEOPLE, S, ASKER]) for one in rng.sample([*PEOPLE, ASKER], 4)},
        disabled=frozenset(rng.sample(PEOPLE, rng.choice([0, 0, 1]))),
        absences=tuple(
            Away(
                one,
                world.today,
                world.today + timedelta(days=rng.randint(0, 9)),
                rng.choice([*PEOPLE, ASKER]),
            )
            for one in rng.sample(PEOPLE, rng.choice([0, 0, 1, 2, 3]))
        ),
    )


# --- random commands -------------------------------------------------------------------------------------


def sensible(rng: Random, definition: Definition, state: State) -> Command:
    """Mostly what somebody could mean who sees how it stands."""
    if state.suspended_on is not None and rng.random() < 0.5:
        return Resume(Z)
    if state.status in {Status.DRAFT, Status.RETURNED}:
        return rng.choice(
            [Submit(ASKER, some_facts(rng, definition))] * 8 + [Terminate(ASKER, "不办了"), Withdraw(ASKER)]
        )
    undecided = [one for one in state.seats.values() if one.state is SeatState.OPEN]
    closed = [one for one in state.seats.values() if one.state is SeatState.CLOSED]
    if closed and rng.random() < 0.08:
        return TakeBack(rng.choice(closed).closed_by)
    if not undecided or rng.random() < 0.2:
        return around(rng, definition, state)
    return of_signer(rng, definition, state, rng.choice(undecided))


def of_signer(rng: Random, definition: Definition, state: State, seat: Seat) -> Command:
    by, other = seat.person, rng.choice(EVERYBODY)
    targets = [INITIATOR, PREVIOUS, *definition.by_key, *definition.blocks]
    facts = some_facts(rng, definition) if rng.random() < 0.2 else None
    some = tuple(rng.choices(PEOPLE, k=rng.randint(1, 2)))
    added = [one.person for one in state.seats.values() if one.added_by and one.state is not SeatState.CLOSED]
    choices: list[Command] = [
        *([Approve(by, "同意", seat.number, facts)] * 9),
        *([Reject(by, "不同意", seat.number)] * 2),
        *([Return(by, "退", seat.number, rng.choice(targets), rng.choice([None, *Resubmit]))] * 2),
        Transfer(by, "转", seat.number, other),
        Delegate(by, "请看", seat.number, other),
        AddSigner(by, "加", seat.number, some, rng.choice(list(Placing))),
        KeepDraft(by, "草稿", seat.number),
        Decline(by, "不便", seat.number),
        RemoveSigner(rng.choice([by, Z]), (rng.choice(added or [other]),)),
    ]
    return rng.choice(choices)


def around(rng: Random, definition: Definition, state: State) -> Command:
    anybody, other = rng.choice(EVERYBODY), rng.choice(EVERYBODY)
    holders = [one.person for one in state.seats.values() if one.state is not SeatState.CLOSED]
    holder = rng.choice(holders or [other])
    return rng.choice([
        Scan(SYSTEM), Scan(SYSTEM), Scan(SYSTEM), Withdraw(ASKER), Urge(rng.choice([ASKER, anybody])),
        Reassign(Z, holder, other), RemoveSigner(Z, (holder,)), RemoveSigner(Z, (holder, other)),
        Suspend(Z, "停"), Copy(ASKER, (other,)), Read(other), Comment(holder, "看"),
        Migrate(Z, definition), Terminate(rng.choice([ASKER, Z, other]), rng.choice(["", "作废"])),
    ])  # fmt: skip


def nonsense(rng: Random) -> Command:
    """Anything by anybody."""
    by, to, seat = rng.choice(EVERYBODY), rng.choice(EVERYBODY), rng.choice([0, 0, 1, 2, 77])
    people = tuple(rng.choices(EVERYBODY, k=rng.randint(0, 3)))
    return rng.choice([
        Submit(by), Approve(by, "", seat), Reject(by, "不", seat), KeepDraft(by, "话", seat),
        Return(by, "退", seat, rng.choice(["", "n1", "p1"])), Decline(by, "", seat),
        Transfer(by, "", seat, to), Delegate(by, "", seat, to), Reassign(by, to, by),
        AddSigner(by, "", seat, people, rng.choice(list(Placing))), RemoveSigner(by, people),
        Withdraw(by), TakeBack(by), Urge(by), Copy(by, people), Read(by), Comment(by, " "),
        Suspend(by, "停"), Resume(by), Terminate(by, "废"), Scan(by), Migrate(by, None),
    ])  # fmt: skip


# --- what must hold --------------------------------------------------------------------------------------


def verdict(step: Step, state: State, run: StepRun) -> Outcome | None:
    """The rules of a step in the words of the specification, counted once more."""
    votes = [state.vote(seat) for seat in state.votes_of(run.number)]
    yes, no = sum(one in APPROVING for one in votes), sum(one in REJECTING for one in votes)
    silent = len(votes) - yes - no
    if step.mode is Mode.ANY:
        return Outcome.APPROVED if yes else Outcome.REJECTED if no else None
    if step.mode is Mode.VOTE:
        enough = yes >= step.need.count if step.need.count else yes * 100 >= step.need.percent * len(votes)
        possible = yes + silent
        lost = (
            possible < min(step.need.count, len(votes))
            if step.need.count
            else possible * 100 < step.need.percent * len(votes)
        )
        few = bool(step.need.count) and yes == len(votes)
        return Outcome.APPROVED if enough or few else Outcome.REJECTED if lost else None
    hears = step.mode is Mode.ALL and step.rejection is Rejection.AFTER_ALL
    if no and not (hears and silent):
        return Outcome.REJECTED
    return None if silent else Outcome.APPROVED


def is_passed(state: State, elements: tuple[Element, ...]) -> bool:
    for element in elements:
        if isinstance(element, Step):
            run = state.live_run(element.key)
            if run is None or run.outcome not in PASSED:
                return False
        elif isinstance(element, Parallel):
            if not all(is_passed(state, branch) for branch in element.branches):
                return False
        elif element.key not in state.branches or not is_passed(
            state, element.branches[state.branches[element.key]][1]
        ):
            return False
    return True


def ahead_of(elements: tuple[Element, ...], key: str) -> list[Element] | None:
    """Everything that must be passed before a step, None where it is not among the elements."""
    for index, element in enumerate(elements):
        if isinstance(element, Step):
            if element.key == key:
                return list(elements[:index])
            continue
        inner = element.branches if isinstance(element, Parallel) else [one for _, one in element.branches]
        for branch in inner:
            found = ahead_of(branch, key)
            if found is not None:
                return [*elements[:index], *found]
    return None


def check_seats(before: State, after: State, command: Command, world: TableWorld) -> None:
    for number, seat in after.seats.items():
        old = before.seats.get(number)
        if old is not None and old.state is SeatState.CLOSED:
            assert seat == old, "a closed seat changed"
            continue
        if seat.state is not SeatState.CLOSED:
            assert seat.verb is None
            assert seat.cause is None
            continue
        assert seat.verb is not None
        assert seat.cause is not None
        assert seat.closed_at == world.now
        if seat.verb.startswith("auto_"):
            assert seat.closed_by == SYSTEM, "an automatic verb in a person's name"
        elif seat.verb is Verb.CANCEL:
            assert seat.cause is not Cause.DECIDED, "a cancelled seat without a cause"
            assert command.by in {seat.cause_by, seat.closed_by}, "a cancelled seat without its causer"
        elif (
            seat.verb in {Verb.APPROVE, Verb.REJECT, Verb.RETURN, Verb.ADVISE} and seat.cause is Cause.DECIDED
        ):
            assert seat.closed_by == command.by
            assert command.by in {seat.person, world.substitute(seat.person).person}, "somebody else's vote"
    assert set(before.seats) <= set(after.seats), "a seat was deleted"


def check_runs(definition: Definition, before: State, after: State) -> None:
    rounds: Counter[str] = Counter()
    for run in after.steps.values():
        rounds[run.key] += 1
        assert run.round == rounds[run.key], "rounds do not rise by one"
        seats = after.seats_of(run.number)
        undecided = [one for one in seats if one.state is not SeatState.CLOSED]
        assert run.is_open == bool(undecided), "a step is closed exactly when it has no seat to decide"
        assert run.is_open == (run.outcome is None)
        step = definition.by_key[run.key]
        if run.is_open:
            assert run.live
            assert any(one.state is SeatState.OPEN for one in undecided), "an open step is stuck"
            assert verdict(step, after, run) is None, "a decided step is still open"
        elif run.outcome in {Outcome.APPROVED, Outcome.REJECTED} and before.steps.get(run.number) != run:
            assert verdict(step, after, run) is run.outcome, "a step ended against its votes"
        if run.live:
            voters = [one.person for one in after.votes_of(run.number) if one.person != SYSTEM]
            assert len(voters) == len(set(voters)), "two votes of one person"
        if run.is_open and run.number not in before.steps:
            ahead = ahead_of(definition.steps, run.key)
            assert ahead is not None
            assert is_passed(after, tuple(ahead)), "a step opened before all ahead of it was passed"
    live = [run.key for run in after.steps.values() if run.live]
    assert len(live) == len(set(live)), "two rounds of a step count"


def check_whole(definition: Definition, after: State) -> None:
    if after.status is not Status.RUNNING:
        assert not after.open_runs()
        assert all(one.state is SeatState.CLOSED for one in after.seats.values())
    else:
        assert after.open_runs(), "it runs and nobody is asked"
    if after.status is Status.APPROVED:
        assert is_passed(after, definition.steps), "approved without every step"


@dataclass
class Walk:
    """An approval on its random way."""

    definition: Definition
    world: TableWorld
    state: State = field(default_factory=State)
    replayed: State = field(default_factory=State)
    verbs: Counter[str] = field(default_factory=Counter)

    def step(self, command: Command) -> None:
        before, as_it_was = self.state, deepcopy(self.state)
        try:
            accepted = decide(self.definition, before, command, self.world)
        except ApprovalRefusedError as refused:
            assert before == as_it_was, "a refusal changed the state"
            self.verbs[refused.refusal.name] += 1
            return
        assert before == as_it_was, "the state was changed in place"
        assert decide(self.definition, before, command, self.world) == accepted, (
            "decide() is not deterministic"
        )
        after = accepted.state
        if not accepted.changes:
            assert after == before
            return
        logged = [from_json(to_json(one)) for one in accepted.changes]
        self.replayed = evolve(self.replayed, logged, self.world.now)
        assert self.replayed == after, "replaying the log gives another state"
        check_seats(before, after, command, self.world)
        check_runs(self.definition, before, after)
        check_whole(self.definition, after)
        self.state = after
        self.verbs[command.verb] += 1


def walk(rng: Random, definition: Definition) -> Walk:
    walking = Walk(definition, some_world(rng))
    walking.step(Submit(ASKER, some_facts(rng, definition)))
    for _ in range(STEPS_OF_A_WALK):
        if rng.random() < 0.15:
            walking.world = walking.world.with_(today=walking.world.today + timedelta(days=rng.randint(1, 4)))
        wild = rng.random() < 0.2
        walking.step(nonsense(rng) if wild else sensible(rng, definition, walking.state))
        if walking.state.status in FINISHED and rng.random() < 0.7:
            break
    return walking


@settings(max_examples=settings().max_examples * 3)
@given(definitions(), st.integers(0, 2**32))
def test_whatever_anybody_does_the_rules_hold(definition: Definition, seed: int) -> None:
    walk(Random(seed), definition)  # noqa: S311  # a seed repeats a way, and costs less than drawn choices


def test_the_random_ways_use_every_verb() -> None:
    verbs: Counter[str] = Counter()
    for seed in range(400):
        rng = Random(seed)  # noqa: S311  # the same ways every time
        verbs += walk(rng, made_up(rng)).verbs

    assert {kind(0).verb for kind in COMMANDS} - set(verbs) == set()
    assert {"NOT_ASSIGNEE", "ALREADY_DECIDED", "SUCCESSOR_ACTED", "TOO_LATE", "SELF_APPROVAL"} <= set(verbs)
