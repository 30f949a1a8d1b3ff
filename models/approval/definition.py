"""What an approval definition says: steps in order and in branches, who decides, how, and until when."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

#: The name under which the initiator is the target of a return.
INITIATOR: Final = "initiator"
#: The name of the nearest decided step before, as the target of a return.
PREVIOUS: Final = "previous"
#: Where a rejection ends the approval for good.
END: Final = "end"


class Mode(StrEnum):
    """How the signers of a step decide together."""

    #: 会签: everybody approves.
    ALL = "all"
    #: 或签: the first decision counts.
    ANY = "any"
    #: 票签: a number or share of approvals is needed.
    VOTE = "vote"
    #: 依次: one after the other, everybody approves.
    IN_TURN = "in_turn"


class Rejection(StrEnum):
    """When a rejection decides a 会签 step."""

    #: 一票否决: the first rejection decides.
    AT_ONCE = "at_once"
    #: Everybody is heard first.
    AFTER_ALL = "after_all"


class Nobody(StrEnum):
    """What happens where a step's rule names nobody. It is never open to everybody."""

    ADMIN = "admin"
    #: The approval cannot be submitted; later on the seat goes to the administrator.
    REFUSE = "refuse"
    #: Passes as SYSTEM, and says so.
    APPROVE = "approve"


class OwnStep(StrEnum):
    """What happens where the initiator would decide on the own request."""

    ALLOW = "allow"
    #: The seat is passed as SYSTEM, and says so.
    SKIP = "skip"
    #: The initiator's superior decides, without one the administrator.
    SUPERIOR = "superior"
    ADMIN = "admin"


class Duplicates(StrEnum):
    """Whether a person who approved already is asked again."""

    ASK = "ask"
    #: Not in the step right after the own one.
    CONSECUTIVE = "consecutive"
    #: Not in any later step.
    ALL = "all"


class Resubmit(StrEnum):
    """Where a reworked approval goes on."""

    IN_ORDER = "in_order"
    #: Straight back to the step that returned it.
    TO_RETURNER = "to_returner"


class Withdrawal(StrEnum):
    """Until when the initiator may withdraw."""

    FIRST_DECISION = "first_decision"
    UNTIL_END = "until_end"


class RungAct(StrEnum):
    """What a rung of a deadline's ladder does."""

    REMIND = "remind"
    #: The signer's superior may decide too, until one of them does.
    ESCALATE = "escalate"
    #: Decisions of the clock, as SYSTEM; never shown as a person's.
    APPROVE = "approve"
    REJECT = "reject"


class WhoKind(StrEnum):
    """How a step names its signers."""

    #: `value`: a name or an address.
    PERSON = "person"
    #: `value`: the role; `unit`: the unit's name, or empty for wherever the role is held.
    POST = "post"
    #: The head of the unit that answers for the subject.
    OWNER_HEAD = "owner_head"
    #: The leader in charge (分管领导) of the unit that answers for the subject.
    LEADER_IN_CHARGE = "leader_in_charge"
    INITIATOR_SUPERIOR = "initiator_superior"
    #: Chosen at submission; `value` names the choice.
    CHOSEN = "chosen"
    #: The person configured in a setting; `value` names the setting.
    SETTING = "setting"
    ADMIN = "admin"
    #: Everybody whom one of `parts` names.
    EVERY = "every"
    #: Whom the first of `parts` names that names anybody.
    FIRST = "first"


@dataclass(frozen=True)
class Who:
    """A rule that names people. Resolved when a step opens; the names are kept from then on."""

    kind: WhoKind
    value: str = ""
    unit: str = ""
    parts: tuple[Who, ...] = ()


class Operator(StrEnum):
    """The comparisons that a condition may use; there is no expression language."""

    EQUAL = "="
    DIFFERENT = "!="
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="
    ONE_OF = "in"
    CONTAINS = "contains"


_HOLDS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.DIFFERENT: operator.ne,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.ONE_OF: lambda fact, values: fact in values,
    Operator.CONTAINS: operator.contains,
}

#: What a fact of a subject can be.
FactValue = str | int | float | bool
FactType = type[str] | type[int] | type[bool]


@dataclass(frozen=True)
class Comparison:
    """A fact of the subject compared with a value; a fact that is missing compares as false."""

    fact: str
    operator: Operator
    value: FactValue | tuple[FactValue, ...]

    def holds(self, facts: Mapping[str, FactValue]) -> bool:
        """Whether the comparison is true of these facts; values of other types compare as false."""
        if self.fact not in facts:
            return False
        try:
            return bool(_HOLDS[self.operator](facts[self.fact], self.value))
        except TypeError:  # a text is neither more nor less than a number
            return False


@dataclass(frozen=True)
class Condition:
    """Comparisons that must all hold."""

    comparisons: tuple[Comparison, ...]

    def holds(self, facts: Mapping[str, FactValue]) -> bool:
        """Whether all hold."""
        return all(one.holds(facts) for one in self.comparisons)


@dataclass(frozen=True)
class Rung:
    """One rung of a deadline's ladder, `after` workdays from the due day (negative: before it)."""

    after: int
    act: RungAct


@dataclass(frozen=True)
class Deadline:
    """A step is due `workdays` after it opened; the ladder's rungs come in the order of their days."""

    workdays: int
    ladder: tuple[Rung, ...] = ()


@dataclass(frozen=True)
class Need:
    """How many approvals a 票签 needs: a number of them, or a share of all seats in whole per cent."""

    count: int = 0
    percent: int = 0

    def of(self, seats: int) -> int:
        """The number needed of this many seats, never rounded down, never more than there are."""
        if self.count:
            return min(self.count, seats)
        return -(-seats * self.percent // 100)


@dataclass(frozen=True)
class Step:
    """One step that people decide. `name` is what papers call it, by language."""

    key: str
    name: Mapping[str, str]
    who: Who
    mode: Mode = Mode.ALL
    need: Need = Need()
    rejection: Rejection = Rejection.AT_ONCE
    #: Where a rejected step leads: `end`, `initiator`, `previous` or the key of an earlier step.
    rejected: str = END
    resubmit: Resubmit = Resubmit.IN_ORDER
    nobody: Nobody = Nobody.ADMIN
    own: OwnStep = OwnStep.SUPERIOR
    #: Verbs that need an opinion beside those that always do (reject, return).
    opinion_on: frozenset[str] = frozenset()
    #: A signer who asked for advice may decide without waiting for it.
    principal_may_override: bool = False
    #: The initiator may withdraw while this step is open, whatever was decided before.
    withdrawable: bool = False
    when: Condition | None = None
    deadline: Deadline | None = None
    #: Who gets a copy when the step opens.
    copies: tuple[Who, ...] = ()


@dataclass(frozen=True)
class Parallel:
    """Branches that run side by side; what comes after waits for all of them."""

    key: str
    branches: tuple[tuple[Element, ...], ...]


@dataclass(frozen=True)
class Choice:
    """Branches of which the first whose condition holds is taken; the last has none."""

    key: str
    branches: tuple[tuple[Condition | None, tuple[Element, ...]], ...]


Element = Step | Parallel | Choice

#: Where an element stands: (index in its sequence, branch of that block, index in the branch, …).
Path = tuple[int, ...]


@dataclass(frozen=True)
class Definition:
    """A version of an approval. `sha` is the fingerprint of the text that it was read from."""

    code: str
    version: int
    name: Mapping[str, str]
    #: Kind of subject that it decides on: `plan`, `work_item`, `publication` …
    subject: str
    steps: tuple[Element, ...]
    #: Facts of the subject that conditions may use.
    facts: Mapping[str, FactType] = field(default_factory=dict)
    #: Facts whose change sends a reworked approval through all steps again.
    protected: frozenset[str] = frozenset()
    duplicates: Duplicates = Duplicates.ASK
    withdrawal: Withdrawal = Withdrawal.FIRST_DECISION
    #: Workdays between two urgings by the same person.
    urge_workdays: int = 1
    #: Who gets a copy when the approval ends.
    copies: tuple[Who, ...] = ()
    sha: str = ""
    #: The page itself: running approvals keep it.
    text: str = field(default="", repr=False, compare=False)

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """Where every step stands, by key, in the order of the definition."""
        return {one.key: path for path, one in _walk(self.steps, ()) if isinstance(one, Step)}

    @cached_property
    def by_key(self) -> Mapping[str, Step]:
        """The steps by key, in the order of the definition."""
        return {one.key: one for _, one in _walk(self.steps, ()) if isinstance(one, Step)}

    @cached_property
    def blocks(self) -> Mapping[str, Path]:
        """Where every block of branches stands, by key."""
        return {one.key: path for path, one in _walk(self.steps, ()) if not isinstance(one, Step)}

    def is_before(self, path: Path, other: Path) -> bool:
        """Whether what stands at `path` must be done before what stands at `other`.

        True where their ways part in one sequence; two branches of one block are side by side.
        """
        for depth, (here, there) in enumerate(zip(path, other, strict=False)):
            if here != there:
                return depth % 2 == 0 and here < there
        return False

    def is_upstream(self, key: str, other: str) -> bool:
        """Whether step `key` comes before step `other` on one way through the definition."""
        return self.is_before(self.paths[key], self.paths[other])

    def downstream(self, key: str) -> frozenset[str]:
        """The keys of all steps and blocks that come after a step; of the initiator, all there are."""
        everything = {**self.paths, **self.blocks}
        if key == INITIATOR:
            return frozenset(everything)
        return frozenset(one for one, path in everything.items() if self.is_before(self.paths[key], path))


def _walk(elements: tuple[Element, ...], at: Path) -> Iterator[tuple[Path, Element]]:
    for index, element in enumerate(elements):
        path = (*at, index)
        yield path, element
        if isinstance(element, Step):
            continue
        for branch, content in enumerate(element.branches):
            inner = content if isinstance(element, Parallel) else content[1]
            yield from _walk(inner, (*path, branch))  # type: ignore[arg-type]  # narrowed by the line above
