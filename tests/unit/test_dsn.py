"""Reports of mail that came back: what real servers write is understood, and nothing ever raises."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.dsn import Failure, Kind, read_mail
from notifications.mime import Message, Party, mark_of, write
from tests.returned import delayed, report

KEY = "digest:2026-03-24:7"
OURS = write(
    Message(
        key=KEY,
        date=datetime(2026, 3, 24, 0, 30, tzinfo=UTC),
        sender=Party("朔原市审计局", "duban@example.gov.cn"),
        recipient=Party("陶欣悦", "taoxinyue@example.gov.cn"),
        subject="【督办】逾期2项",
        text="陶欣悦同志：\n",
        html="<p>陶欣悦同志：</p>",
    )
)
TO = "taoxinyue@example.gov.cn"


def test_a_report_names_notice_person_and_reason() -> None:
    mail = read_mail(report(OURS, TO, "5.1.1", "550 5.1.1 <taoxinyue>: unknown user"))

    assert (mail.kind, mail.notice) == (Kind.REPORT, mark_of(KEY))
    assert mail.failures == (Failure((TO,), "5.1.1", "550 5.1.1 <taoxinyue>: unknown user"),)


def test_headers_alone_are_enough() -> None:
    mail = read_mail(report(OURS, TO, "5.1.1", "550 no", whole=False))

    assert mail.notice == mark_of(KEY)


def test_the_message_id_is_enough() -> None:
    without = b"\r\n".join(line for line in OURS.split(b"\r\n") if not line.startswith(b"X-Duban-Notice"))

    assert read_mail(report(without, TO, "5.1.1", "550 no")).notice == mark_of(KEY)


def test_a_forwarded_mail_is_known_by_the_address_we_wrote_to() -> None:
    mail = read_mail(report(OURS, "old-box@elsewhere.example", "5.1.1", "550 no"))

    assert mail.failures[0].addresses == (TO, "old-box@elsewhere.example")


@pytest.mark.parametrize(
    ("status", "words", "found"),
    [
        ("5.0.0", "550 5.2.2 mailbox full", "5.2.2"),
        ("", "550 5.1.1 unknown user", "5.1.1"),
        ("", "550 no such user", "5.0.0"),
        ("4.4.7 (expired)", "", "4.4.7"),
        ("2.0.0", "", "5.0.0"),
    ],
)
def test_the_closest_code_counts(status: str, words: str, found: str) -> None:
    assert read_mail(report(OURS, TO, status, words)).failures[0].status == found


def test_a_delay_is_no_failure_for_good() -> None:
    mail = read_mail(delayed(OURS, TO))

    assert mail.failures[0].status.startswith("4.")


def test_a_delivery_speaks_of_nobody() -> None:
    mail = read_mail(report(OURS, TO, "2.0.0", "250 ok", action="delivered"))

    assert (mail.kind, mail.failures) == (Kind.REPORT, ())


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Auto-Submitted: auto-replied\r\nSubject: =?utf-8?b?5Ye65beu?=", Kind.REPLY),
        ("Auto-Submitted: no", Kind.OTHER),
        ("Subject: 您好", Kind.OTHER),
        ('Content-Type: multipart/report; report-type=disposition-notification; boundary="x"', Kind.REPLY),
    ],
)
def test_replies_of_programs_are_told_from_mail_of_people(head: str, kind: Kind) -> None:
    assert read_mail(f"From: a@example.gov.cn\r\n{head}\r\n\r\n正文\r\n".encode()).kind is kind


def test_the_same_report_has_the_same_key_and_others_another() -> None:
    first, second = (report(OURS, TO, "5.1.1", "550 no", number=number) for number in (1, 2))
    nameless = first.replace(b"Message-ID: <dsn-1@", b"X-Other: <dsn-1@")

    assert read_mail(first).key == read_mail(first).key != read_mail(second).key
    assert read_mail(nameless).key == read_mail(nameless).key != read_mail(first).key


@given(st.binary(max_size=400))
def test_any_bytes_are_only_mail(junk: bytes) -> None:
    assert read_mail(junk).kind in Kind


@given(st.data())
def test_a_damaged_report_never_raises(data: st.DataObject) -> None:
    whole = report(OURS, TO, "5.1.1", "550 5.1.1 unknown user")
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, min(len(whole), begin + 60)))

    mail = read_mail(whole[:begin] + data.draw(st.binary(max_size=20)) + whole[end:])

    assert all(one.addresses and one.status for one in mail.failures)


def test_deep_nesting_is_not_followed() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (one, one) for one in range(2000)
    )

    assert read_mail(deep).kind is Kind.OTHER
    assert message_from_bytes(report(OURS, TO, "5.1.1", "no")).is_multipart()
