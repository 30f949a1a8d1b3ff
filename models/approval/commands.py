"""What people and the clock ask of an approval. `by` is who acts: a person's id, or SYSTEM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.approval.definition import INITIATOR, Definition, FactValue, Resubmit
from models.approval.state import Placing


@dataclass(frozen=True)
class Command:
    """Who acts. Every command is one of its subclasses."""

    by: int

    @property
    def verb(self) -> str:
        """The command's name in the log and in messages."""
        return _VERBS[type(self)]


@dataclass(frozen=True)
class Submit(Command):
    """Submit (again), with the subject's facts and the people chosen for named choices."""

    facts: Mapping[str, FactValue] = field(default_factory=dict)
    chosen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class SeatCommand(Command):
    """A command of a signer. `seat` is only needed where a person holds several open ones."""

    opinion: str = ""
    seat: int = 0


@dataclass(frozen=True)
class Approve(SeatCommand):
    """同意; an adviser's counts as advice. `facts` are the subject's as they are now, if they may differ."""

    facts: Mapping[str, FactValue] | None = None


@dataclass(frozen=True)
class Reject(SeatCommand):
    """不同意; an adviser's counts as advice."""


@dataclass(frozen=True)
class Return(SeatCommand):
    """退回 to the initiator, to `previous` or to a step by its key; `resubmit` overrides the step's own."""

    to: str = INITIATOR
    resubmit: Resubmit | None = None


@dataclass(frozen=True)
class Decline(SeatCommand):
    """An adviser gives the seat back without advice."""


@dataclass(frozen=True)
class KeepDraft(SeatCommand):
    """Keep an opinion for later; decides nothing."""


@dataclass(frozen=True)
class Transfer(SeatCommand):
    """转办: hand the own seat over to somebody else."""

    to: int = 0


@dataclass(frozen=True)
class Delegate(SeatCommand):
    """委派: ask somebody for advice; the seat waits for it and comes back."""

    to: int = 0


@dataclass(frozen=True)
class AddSigner(SeatCommand):
    """加签: add signers before, beside or after the own seat."""

    people: tuple[int, ...] = ()
    placing: Placing = Placing.PARALLEL


@dataclass(frozen=True)
class RemoveSigner(Command):
    """减签: take undecided seats away, all named or none; by who added them or by the administrator."""

    people: tuple[int, ...] = ()
    opinion: str = ""


@dataclass(frozen=True)
class Reassign(Command):
    """The administrator hands somebody's open seat over to somebody else."""

    holder: int = 0
    to: int = 0
    opinion: str = ""


@dataclass(frozen=True)
class Withdraw(Command):
    """撤回: the initiator takes the request back."""

    opinion: str = ""


@dataclass(frozen=True)
class TakeBack(Command):
    """取回: a signer takes the own approval back while nobody has built on it."""

    opinion: str = ""


@dataclass(frozen=True)
class Urge(Command):
    """催办."""

    words: str = ""


@dataclass(frozen=True)
class Copy(Command):
    """抄送: people get a copy to read; it never blocks."""

    people: tuple[int, ...] = ()


@dataclass(frozen=True)
class Read(Command):
    """A reader has read the copy."""


@dataclass(frozen=True)
class Comment(Command):
    """A remark in the trail."""

    words: str = ""


@dataclass(frozen=True)
class Suspend(Command):
    """挂起: the administrator stops the approval and its clocks."""

    reason: str = ""


@dataclass(frozen=True)
class Resume(Command):
    """激活: it goes on; its deadlines move by the workdays of the pause."""


@dataclass(frozen=True)
class Terminate(Command):
    """作废: by the administrator, by SYSTEM, or by the initiator before or after a return."""

    reason: str = ""


@dataclass(frozen=True)
class Migrate(Command):
    """Move a running approval to another version; `mapping` renames steps that are called otherwise."""

    to: Definition | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scan(Command):
    """The clock looks whether rungs of deadlines are reached. By SYSTEM."""


_VERBS: dict[type[Command], str] = {
    Submit: "submit",
    Approve: "approve",
    Reject: "reject",
    Return: "return",
    Decline: "decline",
    KeepDraft: "keep_draft",
    Transfer: "transfer",
    Delegate: "delegate",
    AddSigner: "add_signer",
    RemoveSigner: "remove_signer",
    Reassign: "reassign",
    Withdraw: "withdraw",
    TakeBack: "take_back",
    Urge: "urge",
    Copy: "copy",
    Read: "read",
    Comment: "comment",
    Suspend: "suspend",
    Resume: "resume",
    Terminate: "terminate",
    Migrate: "migrate",
    Scan: "scan",
}
