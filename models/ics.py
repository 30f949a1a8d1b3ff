"""Calendar files by RFC 5545 and 5546: all-day entries as the bytes that calendar programs read.

Pure: the same entries always give the same bytes, so that a file changes only where its content does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

_PRODUCT = "-//duban//calendar//ZH"
#: What breaks a line somewhere: programs differ in what they take for a line's end.
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
#: What TEXT cannot hold (RFC 5545 3.3.11), and what UTF-8 cannot: controls, surrogates, non-characters.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


class Method(StrEnum):
    """What a calendar program shall do with a file that came by mail (RFC 5546)."""

    #: Take the entries in, or replace older ones with the same UID.
    PUBLISH = "PUBLISH"
    #: Take the entries out again.
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Entry:
    """One day's entry. `stamp` is the instant of its last change, `sequence` the number of changes."""

    uid: str
    stamp: datetime
    day: date
    summary: str
    description: str = ""
    category: str = ""
    sequence: int = 0
    cancelled: bool = False
    #: Not to be shown to whoever else may see the calendar.
    private: bool = False
    #: A key item.
    urgent: bool = False


@dataclass(frozen=True)
class Organizer:
    """Who answers for entries that came by mail; RFC 5546 3.2 asks for one with every method."""

    name: str
    address: str


def work_uid(number: int) -> str:
    """The UID of a work item's entry: the same in every file, for life."""
    return f"work-{number}@duban"


def write_calendar(
    entries: Iterable[Entry],
    *,
    name: str = "",
    method: Method | None = None,
    organizer: Organizer | None = None,
    refresh: bool = False,
    mark: str = "",
) -> bytes:
    """The bytes of a calendar file.

    A file that goes by mail has a method and an organizer; one that is kept or subscribed to has none
    (RFC 5545 3.7.2), and with `refresh` asks to be read anew every day (RFC 7986 5.7).
    `mark` stands at the head as X-DUBAN-CONTENT: whoever keeps the file knows it again by it.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method.value)
    if name:
        calendar.add("name", _one_line(name))
        calendar.add("x-wr-calname", _one_line(name))
    if refresh:
        calendar.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "P1D")
    if mark:
        calendar.add("x-duban-content", mark)
    for entry in entries:
        calendar.add_component(_event(entry, organizer))
    content: bytes = calendar.to_ical()
    return content


def text_value(text: str) -> str:
    """A text with every line break alike, without what a calendar file cannot hold."""
    return _UNWRITABLE.sub("", _BREAKS.sub("\n", text)).replace("\t", " ")


def _one_line(text: str) -> str:
    return text_value(text).replace("\n", " ").strip()


def _event(entry: Entry, organizer: Organizer | None) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.stamp)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + timedelta(days=1))
    event.add("summary", text_value(entry.summary))
    if entry.description:
        event.add("description", text_value(entry.description))
    if entry.category:
        event.add("categories", [text_value(entry.category)])
    if organizer:
        event.add("organizer", _address(organizer))
    if entry.private:
        event.add("class", "CONFIDENTIAL")
    if entry.urgent:
        event.add("priority", 1)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    # A due date takes nobody's day away.
    event.add("transp", "TRANSPARENT")
    return event


def _address(organizer: Organizer) -> vCalAddress:
    """A parameter's value holds neither quotation marks nor line breaks (RFC 5545 3.2).

    A backslash in it is read in different ways.
    """
    address = vCalAddress(f"mailto:{quote(organizer.address, safe='@+-._')}")
    named = _one_line(organizer.name).replace('"', "'").replace("\\", "/")
    if named:
        address.params["CN"] = named
    return address
