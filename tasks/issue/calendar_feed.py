"""The month's calendar as a file that calendar programs read."""

from __future__ import annotations

from collections.abc import Sequence

from models.ics import Entry, work_uid, write_calendar
from tasks.issue.draft import Edition
from tasks.issue.ledger import Stand, Work
from tasks.issue.month import Announced
from tasks.issue.text import clean, oneline, words


def feed_bytes(month: Announced, works: Sequence[Work], edition: Edition) -> bytes:
    """Those of the work items that are due in the month as all-day entries.

    An entry keeps its UID through all versions; a later version takes cancelled ones back.
    """
    due = [work for work in works if work.stand(month.period) is Stand.DUE]
    gone = month.cancelled if edition.version > 1 else ()
    entries = [
        _entry(month, work, cancelled=cancelled)
        for some, cancelled in ((due, False), (gone, True))
        for work in some
    ]
    return write_calendar(entries, name=words("calendar.ics_name", bureau=month.office.bureau))


def _entry(month: Announced, work: Work, *, cancelled: bool) -> Entry:
    assert work.due_on is not None  # noqa: S101  # only what is due comes here
    about = words(
        "calendar.ics_about",
        no=work.no,
        title=oneline(work.title),
        unit=work.unit,
        owner=work.owner,
        standard=oneline(work.standard),
    )
    return Entry(
        uid=work_uid(work.id),
        stamp=month.at,
        day=work.due_on,
        summary=words("calendar.ics_summary", title=oneline(work.title), unit=work.unit),
        description=clean(about),
        category=oneline(work.category),
        sequence=work.sequence,
        cancelled=cancelled,
        urgent=work.key,
    )
