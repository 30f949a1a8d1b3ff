"""The form of an approval gate: lenient words, and what of them is meant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from models.approval.commands import Approve, Reject, Return, SeatCommand
from models.messages import Lang, say


class Choice(StrEnum):
    """What can be chosen at a gate; `gate_choice.<value>` of the catalogues is what people read."""

    APPROVE = "approve"
    REJECT = "reject"
    #: To the initiator.
    RETURN = "return"
    #: Send fresh codes to those who can act here and have none that is valid.
    NEW_CODE = "new_code"


#: The command of each choice that decides.
COMMANDS: dict[Choice, type[SeatCommand]] = {
    Choice.APPROVE: Approve,
    Choice.REJECT: Reject,
    Choice.RETURN: Return,
}


@dataclass(frozen=True)
class GateForm:
    """What somebody handed in; anything may be missing or wrong."""

    decision: str = ""
    opinion: str = ""
    code: str = ""

    @property
    def choice(self) -> Choice | None:
        """What was chosen, by its key or its words in any language; None for anything else."""
        words = _plain(self.decision)
        return next((one for one in Choice if words in _words(one)), None)

    @property
    def says(self) -> str:
        """The opinion as it is kept: forms of browsers end lines with two characters."""
        return "\n".join(self.opinion.splitlines()).strip()


def _words(choice: Choice) -> set[str]:
    said = (say(f"gate_choice.{choice}", lang) for lang in get_args(Lang))
    return {choice.value, *map(_plain, said)}


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().casefold()
