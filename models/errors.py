"""Refusals: everything that is said to a person instead of a stack trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from models.messages import Lang, say


@dataclass(frozen=True)
class Term:
    """A fact that is itself a word of the catalogue, such as a state: readers get it in their language."""

    key: str


class DubanError(Exception):
    """A refusal with a code and its facts; the sentence comes from the message catalogue.

    `code` is the key `error.<code>` of `models/catalogues/messages.<lang>.toml`.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        """Remember the facts that the sentence needs."""
        self.code = code
        self.facts = facts
        super().__init__(self.sentence("en"))

    def sentence(self, lang: Lang, zone: tzinfo | None = None) -> str:
        """Say it in the user's language, with instants as they are called in the user's `zone`."""
        facts = {name: _shown(fact, lang, zone) for name, fact in self.facts.items()}
        return say(f"error.{self.code}", lang, **facts)


def _shown(fact: object, lang: Lang, zone: tzinfo | None) -> object:
    if isinstance(fact, Term):
        return say(fact.key, lang)
    if isinstance(fact, Exception):
        return str(fact).strip().partition("\n")[0]  # drivers add hints for their own kind of reader
    if isinstance(fact, datetime):
        return (
            fact.astimezone(zone).strftime("%Y-%m-%d %H:%M") if zone else fact.isoformat(timespec="minutes")
        )
    return fact


class InputError(DubanError):
    """A file, an argument or a setting that cannot be used as it is."""


class NotFoundError(DubanError):
    """Something was named that does not exist."""


class RefusedError(DubanError):
    """The step is not allowed now, or not for this person."""


class UnavailableError(DubanError):
    """A database, a mail server, a Prefect server or a disk does not do its work."""


def file_failed(error: OSError, file: Path | None = None) -> UnavailableError:
    """The refusal for a file that the machine does not let us read or write; `file` where it is known."""
    return UnavailableError("file_failed", file=file or error.filename or "-", reason=error.strerror or error)
