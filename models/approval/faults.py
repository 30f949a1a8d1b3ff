"""What is wrong with the page of a definition, said so that its writer can mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from models.errors import InputError, Term
from models.messages import Lang, say


@dataclass(frozen=True)
class Fault:
    """One fault; its sentence is `approval_fault.<code>` of the catalogues.

    `where` is the key of the step or block, empty for what concerns the definition as a whole; the
    page's own name where the fault has no line. Facts that are tuples are lists of words.
    """

    where: str
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    line: int | None = None

    def sentence(self, lang: Lang) -> str:
        """Say it, with the line and the step in front."""
        facts = {name: _shown(fact, lang) for name, fact in self.facts.items()}
        what = say(f"approval_fault.{self.code}", lang, **facts)
        if self.line is None:
            return say("approval_fault.at_file", lang, where=self.where, what=what)
        if not self.where:
            return say("approval_fault.at_line", lang, line=self.line, what=what)
        return say("approval_fault.at_step", lang, line=self.line, where=self.where, what=what)


def _shown(fact: object, lang: Lang) -> object:
    if isinstance(fact, Term):
        return say(fact.key, lang)
    if isinstance(fact, tuple):
        return say("approval_word.comma", lang).join(str(one) for one in fact)
    return fact


class DefinitionFaultsError(InputError):
    """A page that is no definition; `faults` are all that was found."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        """Remember the faults beside their joined sentences."""
        self.faults = tuple(faults)
        super().__init__(
            "approval_definition_faults", file=source, count=len(faults), faults=self._joined("en")
        )

    def sentence(self, lang: Lang, zone: tzinfo | None = None) -> str:  # noqa: ARG002  # faults have no instants
        """Say all faults in the reader's language, one a line."""
        return say(f"error.{self.code}", lang, **{**self.facts, "faults": self._joined(lang)})

    def _joined(self, lang: Lang) -> str:
        return "\n".join(one.sentence(lang) for one in self.faults)
