"""The built-in mailbox: what is sent to it can be read in it."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import NotFoundError
from notifications.mailbox import count_mailbox, open_mailbox, read_mail, read_mailbox
from notifications.mime import Message, Party, attach, write


def mail(number: int, to: str = "taoxinyue@example.gov.cn") -> bytes:
    return write(
        Message(
            key=f"test:{number}",
            date=datetime(2026, 3, number, 0, 30, tzinfo=UTC),
            sender=Party("朔原市审计局", "duban@example.gov.cn"),
            recipient=Party("陶欣悦", to),
            subject=f"【到期提醒】第{number}件",
            text=f"第{number}件\n.\n",
            html="<p>正文</p>",
            attachments=(attach("提醒单.docx", b"PK"),),
        )
    )


def post(directory: Path, *letters: tuple[str, bytes]) -> None:
    with open_mailbox(directory) as (host, port), smtplib.SMTP(host, port) as client:
        for to, content in letters:
            client.sendmail("duban@example.gov.cn", [to], content)


def test_mail_is_listed_newest_first(tmp_path: Path) -> None:
    post(tmp_path, ("a@example.gov.cn", mail(1)), ("b@example.gov.cn", mail(2)))
    post(tmp_path, ("a@example.gov.cn", mail(3)))

    listed = read_mailbox(tmp_path)

    assert [(one.number, one.to, one.subject) for one in listed] == [
        (3, "a@example.gov.cn", "【到期提醒】第3件"),
        (2, "b@example.gov.cn", "【到期提醒】第2件"),
        (1, "a@example.gov.cn", "【到期提醒】第1件"),
    ]
    assert listed[0].sender == "朔原市审计局 <duban@example.gov.cn>"
    assert listed[0].date == datetime(2026, 3, 3, 0, 30, tzinfo=UTC)
    assert count_mailbox(tmp_path) == 3


def test_mail_is_found_by_recipient(tmp_path: Path) -> None:
    post(tmp_path, *((f"{name}@example.gov.cn", mail(1)) for name in "abab"))

    found = read_mailbox(tmp_path, to="B@example.gov.cn", limit=1)

    assert [one.number for one in found] == [4]


def test_a_mail_reads_as_it_was_written(tmp_path: Path) -> None:
    post(tmp_path, ("a@example.gov.cn", mail(7)))

    content = read_mail(tmp_path, 1)

    assert content.text.splitlines() == ["第7件", "."]
    assert content.files == ("提醒单.docx",)
    assert content.mail.path.read_bytes().endswith(mail(7))


def test_a_mail_that_never_came_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_mail(tmp_path / "nothing", 1)


def test_no_half_written_mail_is_ever_listed(tmp_path: Path) -> None:
    post(tmp_path, ("a@example.gov.cn", mail(1)))
    (tmp_path / "tmp" / "0000000009.torn").write_bytes(b"Subject: to")

    assert [one.number for one in read_mailbox(tmp_path)] == [1]


def test_a_full_disk_asks_for_the_mail_again_later(tmp_path: Path) -> None:
    with open_mailbox(tmp_path) as (host, port), smtplib.SMTP(host, port) as client:
        (tmp_path / "new").rmdir()
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("duban@example.gov.cn", ["a@example.gov.cn"], mail(1))
        (tmp_path / "new").mkdir()
        client.sendmail("duban@example.gov.cn", ["a@example.gov.cn"], mail(1))

    assert refused.value.smtp_code == 452
    assert count_mailbox(tmp_path) == 1
    assert list((tmp_path / "tmp").iterdir()) == []
