"""Mail that came back: counted once, the address marked, nothing more sent there until it is cleared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from models.clock import Clock
from models.database import unit_of_work
from models.errors import InputError, NotFoundError
from models.settings import Settings
from models.tables import AddressTrouble, Bounce, Event, Notice, Person
from notifications import outbox
from notifications.blocked import suppressed
from notifications.bounces import Returned, read_bounces, unblock
from notifications.mime import Message, Party, write
from tests.imap_server import ImapBox, imap_serving
from tests.returned import delayed, report

NOON = datetime(2026, 3, 24, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
DEAD, FULL = "dead@example.gov.cn", "full@example.gov.cn"


def people(database: Engine, **notice: object) -> None:
    """Two people to whom a mail was sent each, and two more mails wait for each."""
    with unit_of_work(database) as session:
        named = [(1, "陶欣悦", "Dead@example.gov.cn"), (2, "林晓东", FULL)]
        rows = [{"id": number, "name": name, "email": email} for number, name, email in named]
        session.execute(insert(Person), [row | {"title": "", "active": True} for row in rows])
        common = {
            "letter": "due_soon",
            "facts": {},
            "thread": "",
            "attachments": [],
            "created_at": NOON,
            "not_before": NOON,
            "attempts": 0,
            "error": "",
        }
        sent = common | {"state": "sent", "sent_at": NOON} | notice
        waiting = common | {"state": "waiting", "sent_at": None}
        session.execute(
            insert(Notice),
            [
                state | {"dedupe": f"{kind}:{number}", "person_id": number}
                for number in (1, 2)
                for kind, state in (("sent", sent), ("waits", waiting), ("too", waiting))
            ],
        )


def mail(number: int) -> bytes:
    """The mail that was sent to a person."""
    return write(
        Message(
            key=f"sent:{number}",
            date=NOON,
            sender=Party("", "duban@example.gov.cn"),
            recipient=Party("", ("Dead@example.gov.cn", FULL)[number - 1]),
            subject="提醒",
            text="正文",
            html="<p>正文</p>",
        )
    )


GONE = report(mail(1), DEAD, "5.1.1", "550 5.1.1 unknown user", number=1)


class Maildir:
    """Returns that come into a Maildir."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True)
        self.url = f"maildir:{folder}"
        self._count = 0

    def put(self, *mails: bytes) -> None:
        for one in mails:
            self._count += 1
            (self.folder / "new" / f"{self._count:03}.mx").write_bytes(one)

    def marks(self) -> list[str]:
        """`seen`, `flagged` or nothing for each mail, in order of arrival."""
        words = {"S": "seen", "F": "flagged"}
        found = [one for name in ("new", "cur") for one in (self.folder / name).iterdir()]
        return [words.get(one.name[-1], "") for one in sorted(found, key=lambda path: path.name)]


class Imap:
    """Returns that come into an IMAP folder."""

    def __init__(self, box: ImapBox, address: str) -> None:
        self.box = box
        self.url = f"imap://duban%40example.gov.cn:se%22cret@{address}/INBOX?tls=none"
        self.put = box.put

    def marks(self) -> list[str]:
        words = {frozenset(["\\Seen"]): "seen", frozenset(["\\Flagged"]): "flagged"}
        return [words.get(frozenset(flags), "") for _, flags in sorted(self.box.flags.items())]


@pytest.fixture(params=["maildir", "imap"])
def returns(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maildir | Imap]:
    if request.param == "maildir":
        yield Maildir(tmp_path / "returns")
        return
    box = ImapBox()
    with imap_serving(box) as address:
        yield Imap(box, address)


@pytest.fixture
def folder(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "returns")


def look(database: Engine, url: str, *, at: datetime = NOON) -> Returned:
    return read_bounces(database, Settings(home=Path(), bounces=url), clock=Clock(ZONE, at))


Row = TypeVar("Row")


def read(database: Engine, ask: Callable[[Session], Row]) -> Row:
    with Session(database) as session:
        return ask(session)


def waiting(database: Engine) -> list[tuple[int, str, str]]:
    query = select(Notice.person_id, Notice.state, Notice.error).where(Notice.dedupe.startswith("waits"))
    with Session(database) as session:
        return [tuple(row) for row in session.execute(query.order_by(Notice.person_id))]


def test_a_dead_address_gets_no_more_mail(database: Engine, returns: Maildir | Imap) -> None:
    people(database)
    returns.put(GONE)

    found = look(database, returns.url)
    again = look(database, returns.url)
    with unit_of_work(database) as session:
        claimed = outbox.claim(session, at=NOON, limit=9)

    assert (found, again) == (Returned(reports=1, blocked=[DEAD]), Returned())
    assert returns.marks() == ["seen"]
    assert {job.email for job in claimed} == {FULL}
    assert waiting(database)[0] == (1, "parked", f"!blocked {DEAD} 5.1.1 550 5.1.1 unknown user")
    [event] = read(database, lambda session: list(session.scalars(select(Event))))
    assert (event.verb, event.subject, event.subject_id) == ("address.bounced", "person", 1)
    payload = json.loads(event.payload)
    assert (payload["address"], payload["status"], payload["notice"]) == (DEAD, "5.1.1", 1)


def test_what_is_cleared_is_sent_again(database: Engine, folder: Maildir) -> None:
    people(database)
    folder.put(GONE)
    look(database, folder.url)
    with unit_of_work(database) as session:
        outbox.park_blocked(session, at=NOON)

    later = NOON + timedelta(days=9)
    with unit_of_work(database) as session:
        back = unblock(session, "DEAD@example.gov.cn", at=later, actor="l@example.gov.cn")
    with unit_of_work(database) as session:
        claimed = outbox.claim(session, at=later, limit=9)

    assert len(back) == 2
    assert {job.id for job in claimed} >= set(back)
    with pytest.raises(NotFoundError), unit_of_work(database) as session:
        unblock(session, DEAD, at=later, actor="l@example.gov.cn")


def test_trouble_after_clearing_begins_anew(database: Engine, folder: Maildir) -> None:
    people(database)
    folder.put(GONE)
    look(database, folder.url)
    with unit_of_work(database) as session:
        unblock(session, DEAD, at=NOON, actor="l@example.gov.cn")

    folder.put(GONE)
    old = look(database, folder.url)
    folder.put(report(mail(1), DEAD, "5.1.1", "550 5.1.1 still unknown", number=2))
    new = look(database, folder.url)

    assert (old.blocked, new.blocked) == ([], [DEAD])
    assert set(read(database, suppressed)) == {DEAD}


def test_a_full_mailbox_is_given_a_second_chance(database: Engine, returns: Maildir | Imap) -> None:
    people(database)
    returns.put(report(mail(2), FULL, "5.2.2", "552 5.2.2 over quota", number=1))
    first = look(database, returns.url)
    returns.put(report(mail(2), FULL, "5.2.2", "552 5.2.2 over quota", number=2))
    second = look(database, returns.url)

    assert (first.blocked, second.blocked) == ([], [FULL])


@pytest.mark.parametrize(
    ("status", "words"), [("4.2.2", "452 4.2.2 over quota"), ("5.1.8", "553 5.1.8 bad sender domain")]
)
def test_what_is_temporary_or_our_own_fault_only_counts(
    database: Engine, folder: Maildir, status: str, words: str
) -> None:
    people(database)
    folder.put(*(report(mail(2), FULL, status, words, number=number) for number in range(4)))
    folder.put(delayed(mail(2), FULL, number=9))

    found = look(database, folder.url)

    assert (found.reports, found.blocked) == (5, [])
    [trouble] = read(database, lambda session: list(session.scalars(select(AddressTrouble))))
    assert (trouble.address, trouble.count, trouble.suppressed) == (FULL, 5, False)


def test_each_report_counts_once_however_often_it_comes(database: Engine, folder: Maildir) -> None:
    people(database)
    same = report(mail(2), FULL, "5.2.2", "552 over quota", number=1)

    found = []
    for _ in range(3):
        folder.put(same, same)
        found.append(look(database, folder.url).reports)

    assert found == [1, 0, 0]
    assert read(database, suppressed) == {}


def test_a_crash_before_the_marks_counts_nothing_twice(database: Engine) -> None:
    people(database)
    box = ImapBox(fatal="STORE")
    with imap_serving(box) as address:
        url = Imap(box, address).url
        box.put(report(mail(2), FULL, "5.2.2", "552 over quota"))
        broken = look(database, url)
        box.fatal = ""
        again = look(database, url)

    assert (broken.reports, again.reports) == (1, 0)
    assert broken.trouble.startswith("!returns")
    assert box.flags == {1: {"\\Seen"}}


def test_what_nobody_can_read_is_left_for_a_person(database: Engine, returns: Maildir | Imap) -> None:
    people(database)
    holiday = b"From: b@example.gov.cn\r\nAuto-Submitted: auto-replied\r\n\r\n\xe5\x87\xba\xe5\xb7\xae\r\n"
    returns.put(b"\xff\x00 junk", holiday, "From: b@x\r\n\r\n收到，谢谢".encode())

    found = look(database, returns.url)

    assert (found.reports, found.replies, found.aside) == (0, 1, 2)
    assert returns.marks() == ["flagged", "seen", "flagged"]
    assert look(database, returns.url) == Returned()


def test_nobody_can_block_mail_that_was_never_sent(database: Engine, folder: Maildir) -> None:
    people(database)
    foreign = mail(1).replace(b"X-Duban-Notice: ", b"X-Duban-Notice: 0000000000")
    folder.put(report(foreign, DEAD, "5.1.1", "550 no such user"))
    folder.put(
        report(mail(1), "stranger@example.com", "5.1.1", "550 no", number=2).replace(b"To: D", b"X: D")
    )

    found = look(database, folder.url)

    assert (found.reports, found.aside) == (0, 2)
    assert read(database, suppressed) == {}


def test_a_report_without_our_mail_counts_for_half(database: Engine, folder: Maildir) -> None:
    people(database)
    bare = [
        report(b"Subject: x\r\n\r\n", DEAD, "5.1.1", "550 no such user", number=number) for number in (1, 2)
    ]
    folder.put(bare[0])
    first = look(database, folder.url)
    folder.put(bare[1])
    second = look(database, folder.url)

    assert (first.reports, first.blocked, second.blocked) == (1, [], [DEAD])


def test_a_report_long_after_is_for_a_person(database: Engine, folder: Maildir) -> None:
    people(database)
    folder.put(GONE)

    found = look(database, folder.url, at=NOON + timedelta(days=90))

    assert (found.reports, found.aside) == (0, 1)


def test_one_report_may_speak_of_several(database: Engine, folder: Maildir) -> None:
    people(database)
    both = GONE.replace(
        b"\r\n\r\n--=_b\r\nContent-Type: message/rfc822",
        f"\r\n\r\nFinal-Recipient: rfc822; {FULL}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "\r\n--=_b\r\nContent-Type: message/rfc822".encode(),
    )
    folder.put(both)

    found = look(database, folder.url)

    assert found.blocked == [DEAD]
    assert len(read(database, lambda session: list(session.scalars(select(Bounce))))) == found.reports


@contextmanager
def nothing_there(_folder: Path) -> Iterator[str]:
    yield "imap://u:p@127.0.0.1:1/INBOX?tls=none&timeout=2"


@contextmanager
def wrong_password(_folder: Path) -> Iterator[str]:
    with imap_serving(ImapBox()) as address:
        yield f"imap://duban%40example.gov.cn:other@{address}/INBOX?tls=none"


@contextmanager
def no_tls(_folder: Path) -> Iterator[str]:
    with imap_serving(ImapBox()) as address:
        yield f"imap://duban%40example.gov.cn:se%22cret@{address}/INBOX"


@contextmanager
def no_folder(folder: Path) -> Iterator[str]:
    yield f"maildir:{folder / 'gone'}"


@pytest.mark.parametrize("case", [nothing_there, wrong_password, no_tls, no_folder])
def test_a_mailbox_that_cannot_be_read_is_said_in_words(
    database: Engine, tmp_path: Path, case: Callable[[Path], AbstractContextManager[str]]
) -> None:
    with case(tmp_path) as url:
        found = look(database, url)

    assert found.trouble.startswith("!returns ")
    assert found.reports == 0


def test_without_a_mailbox_nothing_is_read(database: Engine) -> None:
    assert look(database, "") == Returned()


@pytest.mark.parametrize(
    "url", ["maildir:", "pop3://h", "imaps://", "imap://h?tls=maybe", "imaps://u:密码@h"]
)
def test_an_unusable_setting_is_refused_without_its_secret(database: Engine, url: str) -> None:
    with pytest.raises(InputError) as refused:
        look(database, url)

    assert "密码@" not in refused.value.sentence("en")
