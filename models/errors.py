"""Refusals: everything that is said to a person instead of a stack trace."""

from __future__ import annotations

from models.messages import Lang, say


class DubanError(Exception):
    """A refusal with a code and its facts; the sentence comes from the message catalogue.

    `code` is the key `error.<code>` of `models/catalogues/messages.<lang>.toml`.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        """Remember the facts that the sentence needs."""
        self.code = code
        self.facts = facts
        super().__init__(say(f"error.{code}", "en", **facts))

    def sentence(self, lang: Lang) -> str:
        """Say it in the user's language."""
        return say(f"error.{self.code}", lang, **self.facts)


class InputError(DubanError):
    """A file, an argument or a setting that cannot be used as it is."""


class NotFoundError(DubanError):
    """Something was named that does not exist."""


class RefusedError(DubanError):
    """The step is not allowed now, or not for this person."""


class UnavailableError(DubanError):
    """A database, a mail server or a Prefect server cannot be reached."""
