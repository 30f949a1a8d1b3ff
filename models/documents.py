"""The kinds of official documents: one table for those who issue, tell and show them.

What a kind is called stands in the catalogue, as `document.` and the kind, for letters, shelf and terminal.
"""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """What a publication is, in the order in which kinds are listed."""

    CALENDAR = "calendar"
    SLIP = "slip"
    #: A branch's list of a quarter; the matrix is that of the whole bureau.
    CHECKLIST = "checklist"
    BULLETIN = "bulletin"
    REPORT = "report"
    #: What is not announced: for the coordinator alone.
    REGISTER = "register"


#: What whoever may look at the cockpit may read.
OPEN = tuple(kind for kind in DocumentKind if kind is not DocumentKind.REGISTER)
#: With whose letters go rows of work.
WITH_WORK = frozenset({DocumentKind.CALENDAR, DocumentKind.SLIP, DocumentKind.CHECKLIST})
