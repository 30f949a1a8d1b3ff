"""The month's calendar as a file that calendar programs read."""

from __future__ import annotations

from models.ics import Entry, work_uid, write_calendar
from tasks.issue.ledger import Stand, Work
from tasks.issue.month import Month
from tasks.issue.publish import Edition
from tasks.issue.text import clean, oneline, words


def feed_bytes(month: Month, edition: Edition) -> bytes:
    """All work items due in the month as all-day entries, hidden ones left out.

    An entry keeps its UID through all versions; a later version takes cancelled ones back.
    """
    due = [work for work in month.works if work.stand(month.period) is Stand.DUE]
    gone = month.cancelled if edition.version > 1 else ()
    entries = [
        _entry(month, work, cancelled=cancelled)
        for works, cancelled in ((due, False), (gone, True))
        for work in works
        if not work.hidden
    ]
    return write_calendar(entries, name=words("calendar.ics_name", bureau=month.office.bureau))


def _entry(month: Month, work: Work, *, cancelled: bool) -> Entry:
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
