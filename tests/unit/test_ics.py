"""Calendar files, judged by two parsers that know nothing of each other or of our writer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import vobject
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from models.ics import Entry, Method, Organizer, work_uid, write_calendar

#: Octets of a line without its end (RFC 5545 3.1).
LINE_LIMIT = 75
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = date(2026, 3, 31)
#: Titles as people write and paste them, and what nobody should.
TITLES = st.one_of(
    st.text(max_size=500),
    st.text(
        "召开党员大会，；、“”★😀👨‍👩‍👧,;:\\\n\r\t\"'\x00\x07\x0b\x0c\x1c\x85\u2028\u2029\ufeff", max_size=500
    ),
)


def entry(summary: str = "召开支部委员会会议", **more: Any) -> Entry:  # noqa: ANN401  # any field
    return Entry(uid=work_uid(12), stamp=AT, day=DAY, summary=summary, **more)


def read_by_icalendar(content: bytes) -> Any:  # noqa: ANN401  # the library's own types
    calendar = Calendar.from_ical(content)
    [event] = calendar.walk("VEVENT")
    assert calendar.errors == event.errors == []
    return event


def read_by_vobject(content: bytes) -> Any:  # noqa: ANN401  # the library has no types
    calendar = vobject.readOne(content.decode())
    calendar.validate(raiseException=True)
    return calendar.vevent


def as_written(text: str) -> str:
    """What a calendar can hold of a text: every line break is one, and what has no place is left out."""
    for broken in ("\r\n", *"\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        text = text.replace(broken, "\n")
    kept = (" " if one == "\t" else one for one in text if one != "\ufeff")
    return "".join(one for one in kept if one == "\n" or not _is_control(one))


def _is_control(one: str) -> bool:
    code = ord(one)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in {0xFFFE, 0xFFFF}


@given(TITLES, TITLES, TITLES)
def test_any_words_come_back_from_both_parsers(summary: str, description: str, category: str) -> None:
    content = write_calendar([entry(summary, description=description, category=category)])

    ours, theirs = read_by_icalendar(content), read_by_vobject(content)
    assert str(ours["SUMMARY"]) == theirs.summary.value == as_written(summary)
    if as_written(description):
        assert str(ours["DESCRIPTION"]) == theirs.description.value == as_written(description)
    if as_written(category):
        assert [str(one) for one in ours["CATEGORIES"].cats] == [as_written(category)]


@given(TITLES, TITLES)
def test_every_line_ends_rightly_and_none_is_too_long(summary: str, name: str) -> None:
    organizer = Organizer(name, "duban@example.gov.cn")
    content = write_calendar([entry(summary)], name=name, method=Method.PUBLISH, organizer=organizer)

    lines = content.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= LINE_LIMIT
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    for line in lines:
        line.decode()  # a character that was split would not decode
    # Words never become a property of their own.
    unfolded = content.decode().replace("\r\n ", "").split("\r\n")
    assert sum(line.startswith(("ORGANIZER;", "ORGANIZER:")) for line in unfolded) == 1
    assert [line for line in unfolded if line.startswith(("BEGIN:", "END:"))] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


@given(st.text(max_size=80))
def test_an_organizer_is_named_whatever_the_name_holds(name: str) -> None:
    content = write_calendar(
        [entry()], method=Method.PUBLISH, organizer=Organizer(name, "duban@example.gov.cn")
    )

    assert str(read_by_icalendar(content)["ORGANIZER"]) == "mailto:duban@example.gov.cn"
    assert read_by_vobject(content).organizer.value == "mailto:duban@example.gov.cn"


def test_a_due_date_is_an_all_day_entry_that_takes_no_time() -> None:
    content = write_calendar([entry(sequence=3, urgent=True, private=True)], name="督办任务", refresh=True)

    event, other = read_by_icalendar(content), read_by_vobject(content)
    assert event.decoded("DTSTART") == other.dtstart.value == DAY
    assert event.decoded("DTEND") == other.dtend.value == date(2026, 4, 1)
    assert event.decoded("DTSTAMP") == other.dtstamp.value == AT
    assert (str(event["UID"]), event["SEQUENCE"]) == ("work-12@duban", 3)
    assert (str(event["STATUS"]), str(event["TRANSP"])) == ("CONFIRMED", "TRANSPARENT")
    assert (str(event["CLASS"]), event["PRIORITY"]) == ("CONFIDENTIAL", 1)
    lines = content.decode().split("\r\n")
    assert lines[1:8] == [
        "VERSION:2.0",
        "PRODID:-//duban//calendar//ZH",
        "CALSCALE:GREGORIAN",
        "NAME:督办任务",
        "X-WR-CALNAME:督办任务",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        "X-PUBLISHED-TTL:P1D",
    ]


def test_a_cancellation_says_so_in_its_method_and_its_status() -> None:
    organizer = Organizer("朔原市审计局", "duban@example.gov.cn")
    content = write_calendar([entry(cancelled=True, sequence=1)], method=Method.CANCEL, organizer=organizer)

    assert str(Calendar.from_ical(content)["METHOD"]) == "CANCEL"
    assert vobject.readOne(content.decode()).method.value == "CANCEL"
    assert str(read_by_icalendar(content)["STATUS"]) == "CANCELLED"
    assert "ORGANIZER;CN=朔原市审计局:mailto:duban@example.gov.cn" in content.decode()


def test_the_same_entries_give_the_same_bytes() -> None:
    entries = [entry("会" * 200, description="一\n二")]

    assert write_calendar(entries) == write_calendar(list(entries))
