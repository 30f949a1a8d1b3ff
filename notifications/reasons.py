"""Reasons for which a notice waits or is parked: the server's own sentence, or one of ours by code."""

from __future__ import annotations

from models.messages import Lang, say

#: What our own reasons begin with in the outbox; a server's reply begins with its code.
_MARK = "!"
#: Longest reason that is kept, in characters.
_LIMIT = 500


def own(code: str, detail: object = "") -> str:
    """Our reason `code` (`mail.reason_<code>` in the catalogue) as the outbox keeps it."""
    return f"{_MARK}{code} {detail}"[:_LIMIT].strip()


def reply(code: int, message: str) -> str:
    """A server's reply as the outbox keeps it: on one line."""
    return f"{code} {' '.join(message.split())}"[:_LIMIT]


def words(error: str, lang: Lang) -> str:
    """The reason for people: ours in their language, a server's as it came."""
    if not error.startswith(_MARK):
        return error
    code, _, detail = error[1:].partition(" ")
    return say(f"mail.reason_{code}", lang, detail=detail)
