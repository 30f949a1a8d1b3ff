"""Approval codes: eight digits that follow from the secret and are kept nowhere, and when guessing ends."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from models.secret import Secret

#: Long enough that five guesses in a quarter of an hour lead nowhere, short enough to be typed.
DIGITS: Final = 8
#: How people group them when they read them out.
_GROUP = 4
#: So many wrong codes within so long, and an approval takes no code for so long: whoever mistypes has
#: some tries left, whoever guesses has at most 480 a day at a hundred million codes.
GUESSES: Final = 5
WITHIN: Final = timedelta(minutes=15)
LOCKED_FOR: Final = timedelta(minutes=15)
#: What may stand between digits: blanks, dashes, marks that nobody sees; and the minus sign.
_BETWEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"})
_MINUS = "\N{MINUS SIGN}"


def code_digits(secret: Secret, *, approval: int, code: int) -> str:
    """The digits of a code, by its number and its approval's: the same whenever they are asked for."""
    found = int.from_bytes(secret.digest("approval_code.digits", approval, code), "big")
    return f"{found % 10**DIGITS:0{DIGITS}}"


def code_digest(secret: Secret, *, approval: int, digits: str) -> str:
    """What is kept of a code, to know its digits again when somebody hands them in."""
    return secret.digest("approval_code.digest", approval, digits).hex()


def read_code(words: str) -> str:
    """The digits that somebody typed, full-width ones too, whatever blanks and dashes are between.

    Nothing where it is no code.
    """
    plain = unicodedata.normalize("NFKC", words)
    digits = "".join(one for one in plain if unicodedata.category(one) not in _BETWEEN and one != _MINUS)
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else ""


def grouped(digits: str) -> str:
    """The digits as letters show them: 1234 5678."""
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def locked_until(guesses: Sequence[datetime]) -> datetime | None:
    """Until when an approval takes no code after these wrong ones, oldest first; None: it never was locked.

    What is handed in while it is locked is no guess: a lock is never made longer.
    """
    last = guesses[-GUESSES:]
    if len(last) < GUESSES or last[-1] - last[0] >= WITHIN:
        return None
    return last[-1] + LOCKED_FOR


def tries_left(guesses: Sequence[datetime], at: datetime) -> int:
    """How many wrong codes from `at` on lead to a lock, after these."""
    return max(1, GUESSES - sum(at - one < WITHIN for one in guesses))
