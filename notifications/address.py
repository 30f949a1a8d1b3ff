"""Addresses: which ones a letter may be sent to."""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)", re.ASCII)
#: Octets before the `@`, and in all, that RFC 5321 4.5.3.1 lets a path have.
LOCAL_LIMIT, ADDRESS_LIMIT = 64, 254


def is_deliverable(address: str) -> bool:
    """Whether `address` is a plain ASCII mailbox that every mail server takes.

    Quoted local parts, comments, address literals and non-ASCII parts are refused: the SMTP library
    silently cuts such an address, so the letter could reach somebody else.
    """
    match = _ADDRESS.fullmatch(address)
    return match is not None and len(match[1]) <= LOCAL_LIMIT and len(address) <= ADDRESS_LIMIT


def domain_of(address: str) -> str:
    """The part after the last `@`, or `localhost` when there is none."""
    return address.rpartition("@")[2] if "@" in address else "localhost"
