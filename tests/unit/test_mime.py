"""The bytes of a mail, checked with the standard library's parser and our own eyes."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from notifications.header import encoded_words, field, one_line, short_name
from notifications.mime import Message, Party, attach, write

MESSAGE = Message(
    key="digest:2026-03-24:7",
    date=datetime(2026, 3, 24, 0, 30, tzinfo=UTC),
    sender=Party("朔原市审计局", "duban@example.gov.cn"),
    recipient=Party("陶欣悦", "taoxinyue@example.gov.cn"),
    subject="【到期提醒】“开展主题党日活动”3月27日（周五）到期",
    text="陶欣悦同志：\n请于3月27日前办结。\n",
    html="<p>陶欣悦同志：</p>",
    reply_to=Party("林晓东", "linxiaodong@example.gov.cn"),
)
#: The headers of MESSAGE, and nothing else.
HEADERS = [
    "Message-ID",
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Duban-Notice",
    "MIME-Version",
    "Content-Type",
]
WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=")


def parsed(message: Message) -> EmailMessage:
    mail = message_from_bytes(write(message), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def raw_header(message: Message, name: str) -> str:
    """One header as it stands on the wire, folded."""
    head = write(message).decode("ascii").split("\r\n\r\n", 1)[0]
    match = re.search(rf"^{name}: ((?:[^\r]|\r\n )*)", head, re.MULTILINE)
    assert match is not None
    return match[1]


def decoded(folded: str) -> str:
    """Our own decoding of encoded words: the standard library's has bugs of its own."""
    return b"".join(b64decode(word) for word in WORD.findall(folded)).decode() or folded


def test_a_mail_has_exactly_the_intended_headers() -> None:
    mail = parsed(MESSAGE)

    assert [name for name in mail.keys() if name != "Content-Transfer-Encoding"] == HEADERS  # noqa: SIM118  # repeats count
    assert mail["From"] == "朔原市审计局 <duban@example.gov.cn>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Tue, 24 Mar 2026 00:30:00 +0000"
    assert not mail.defects


def test_text_comes_first_and_html_second() -> None:
    parts = [
        (part.get_content_type(), part.get_content())
        for part in parsed(MESSAGE).walk()
        if not part.is_multipart()
    ]

    assert parts == [
        ("text/plain", "陶欣悦同志：\r\n请于3月27日前办结。\r\n"),
        ("text/html", "<p>陶欣悦同志：</p>"),
    ]


def test_the_same_message_gives_the_same_bytes() -> None:
    again = replace(MESSAGE)

    assert write(again) == write(MESSAGE)
    assert parsed(again)["Message-ID"] == "<66d0cf92247c23125231c64eaee423618120fcb0@example.gov.cn>"


def test_a_thread_and_a_digest_are_marked() -> None:
    mail = parsed(replace(MESSAGE, thread="work-17", unsubscribe="linxiaodong@example.gov.cn"))
    other = parsed(replace(MESSAGE, key="returned:9:7", thread="work-17"))

    assert mail["References"] == other["References"] == mail["In-Reply-To"]
    assert mail["List-Unsubscribe"] == "<mailto:linxiaodong@example.gov.cn?subject=unsubscribe>"
    assert other["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "x\r\nBcc: evil@example.com",
        "=?utf-8?q?a=0ABcc:evil@example.com?=",
        "a\x00b",
        "a\u2028Bcc: evil@example.com",
        "a\x85b",
        "\ud800",
        "",
    ],
)
def test_no_subject_adds_a_header(subject: str) -> None:
    mail = parsed(replace(MESSAGE, subject=subject))

    assert [name for name in mail.keys() if name != "Content-Transfer-Encoding"] == HEADERS  # noqa: SIM118  # repeats count
    assert "\n" not in str(mail["Subject"])


@pytest.mark.parametrize(
    "name", ["林\r\nBcc: evil@example.com", '"x" <evil@example.com>,', "=?utf-8?q?=0A?="]
)
def test_no_display_name_adds_a_recipient(name: str) -> None:
    mail = parsed(replace(MESSAGE, recipient=Party(name, "a@example.gov.cn")))

    assert [one.addr_spec for one in mail["To"].addresses] == ["a@example.gov.cn"]
    assert mail["Bcc"] is None


def test_an_undeliverable_address_is_refused() -> None:
    with pytest.raises(InputError):
        write(replace(MESSAGE, recipient=Party("", "a@example.com>\r\nRCPT TO:<evil@example.com")))


@given(st.text(min_size=1, max_size=300))
def test_any_subject_comes_back_unchanged_on_short_lines(subject: str) -> None:
    folded = field("Subject", subject)

    lines = folded.split("\r\n")
    assert max(map(len, lines)) <= 78
    assert all(len(word) <= 75 for word in re.findall(r"=\?.*?\?=", folded))
    assert decoded(folded.removeprefix("Subject: ")) == one_line(subject)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100), st.integers(0, 40))
def test_no_encoded_word_splits_a_character(text: str, used: int) -> None:
    words = WORD.findall(encoded_words(text, used=used))

    assert "".join(b64decode(word).decode() for word in words) == text


@given(subject=st.text(max_size=80), name=st.text(max_size=40), body=st.text(max_size=200))
def test_whatever_is_written_is_read_alike(subject: str, name: str, body: str) -> None:
    message = replace(MESSAGE, subject=subject, text=body, recipient=Party(name, "a@example.gov.cn"))

    raw = write(message)
    mail = message_from_bytes(raw, policy=policy.compat32)

    assert [name for name in mail.keys()] == HEADERS  # noqa: C416, SIM118  # repeats count
    assert decoded(raw_header(message, "Subject")) == one_line(subject)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_long_chinese_subject_survives() -> None:
    subject = "关于进一步做好2026年机关党建工作清单事项办理情况报送工作的提醒" * 6 + "👩‍👩‍👧"

    folded = field("Subject", subject)

    assert decoded(folded.removeprefix("Subject: ")) == subject


def test_a_chinese_file_name_is_given_in_both_ways() -> None:
    name = "2026年第一季度党建工作清单（修订稿）.xlsx"

    mail = parsed(replace(MESSAGE, attachments=(attach(name, b"\x00content"),)))
    part = next(mail.iter_attachments())

    assert mail.get_content_type() == "multipart/mixed"
    assert part.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert part.get_filename() == name
    assert part.get_payload(decode=True) == b"\x00content"
    raw = attach(name, b"").part.decode("ascii")
    assert "filename*0" not in raw
    assert unquote(raw.split("filename*=utf-8''")[1].split("\r\n")[0]) == name
    assert decoded(raw.split(' name="')[1].split('"')[0]) == name


def test_a_file_name_is_short_and_leads_nowhere() -> None:
    assert short_name("../../etc/passwd") == ".._.._etc_passwd"
    assert short_name("清" * 100 + ".docx") == "清" * 55 + ".docx"
    assert short_name("a\r\nb.txt") == "a b.txt"


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL", "REQUEST"])
def test_a_calendar_file_is_told_as_one_with_its_method(method: str) -> None:
    content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n".encode()

    mail = parsed(replace(MESSAGE, attachments=(attach("2026-03.ics", content),)))
    part = next(mail.iter_attachments())

    assert part.get_content_type() == "text/calendar"
    assert (part.get_param("method"), part.get_content_charset()) == (method, "utf-8")
    assert part.get_payload(decode=True) == content


@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nMETHOD:CANCEL\r\n",
        b'BEGIN:VCALENDAR\r\nMETHOD:A"; x=1\r\nBEGIN:VEVENT\r\n',
        b"",
    ],
)
def test_nothing_else_in_a_calendar_becomes_its_method(content: bytes) -> None:
    raw = attach("2026-03.ics", content).part

    assert raw.startswith(b'Content-Type: text/calendar; charset="utf-8";\r\n name="2026-03.ics"\r\n')
