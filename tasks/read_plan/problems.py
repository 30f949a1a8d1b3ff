"""The list of things to mend or to know that grows while a file is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.messages import Lang, say
from models.proposal import Problem


@dataclass(frozen=True)
class Place:
    """Where something stands: the sheet, the row counted from 1, the column's letter or heading."""

    sheet: str = ""
    row: int | None = None
    column: str = ""


NOWHERE = Place()


@dataclass
class Problems:
    """Collects problems of one file in one language; `found` keeps the order in which they were met."""

    file: str
    lang: Lang = "zh"
    found: list[Problem] = field(default_factory=list)

    def warn(self, key: str, *, at: Place = NOWHERE, **facts: object) -> None:
        """Note something to know; the sentence is `problem.<key>` of the catalogue."""
        self._note(key, at, facts, error=False)

    def fail(self, key: str, *, at: Place = NOWHERE, **facts: object) -> None:
        """Note something that keeps the file from being imported."""
        self._note(key, at, facts, error=True)

    def _note(self, key: str, at: Place, facts: dict[str, object], *, error: bool) -> None:
        message = say(f"problem.{key}", self.lang, **facts)
        self.found.append(Problem(self.file, message, at.sheet, at.row, at.column, error))
