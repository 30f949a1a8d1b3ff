"""The month's calendar as a file that calendar programs read."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar as Feed
from icalendar import Event as Entry

from tasks.issue.ledger import Stand, Work
from tasks.issue.month import Month
from tasks.issue.publish import Edition
from tasks.issue.text import clean, oneline, words


def feed_bytes(month: Month, edition: Edition) -> bytes:
    """All work items due in the month as all-day entries, hidden ones left out.

    An entry keeps its UID through all versions; a later version takes cancelled ones back.
    """
    feed = Feed()
    feed.add("prodid", "-//duban//calendar//ZH")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", words("calendar.ics_name", bureau=month.office.bureau))
    for work in month.works:
        if work.stand(month.period) is Stand.DUE and not work.hidden:
            feed.add_component(_entry(month, work, edition, status="CONFIRMED"))
    if edition.version > 1:
        for work in month.cancelled:
            if not work.hidden:
                feed.add_component(_entry(month, work, edition, status="CANCELLED"))
    content: bytes = feed.to_ical()
    return content


def _entry(month: Month, work: Work, edition: Edition, *, status: str) -> Entry:
    assert work.due_on is not None  # noqa: S101  # only what is due comes here
    entry = Entry()
    entry.add("uid", f"work-{work.id}@duban")
    entry.add("dtstamp", month.at)
    entry.add("dtstart", work.due_on)
    entry.add("dtend", work.due_on + timedelta(days=1))
    entry.add("summary", words("calendar.ics_summary", title=oneline(work.title), unit=work.unit))
    about = words(
        "calendar.ics_about",
        no=work.no,
        title=oneline(work.title),
        unit=work.unit,
        owner=work.owner,
        standard=oneline(work.standard),
    )
    entry.add("description", clean(about))
    entry.add("categories", [oneline(work.category)])
    entry.add("sequence", edition.version - 1)
    entry.add("status", status)
    entry.add("transp", "TRANSPARENT")
    return entry
