"""Delivery over real SMTP: servers that take, refuse, wait, break off and say nothing."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Talk
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from models.clock import Clock
from models.database import unit_of_work
from models.errors import InputError, UnavailableError
from models.settings import Settings
from models.tables import Notice, Person
from notifications.channel import read_channel
from notifications.letters import render
from notifications.mailbox import read_mailbox
from notifications.post import Delivered, deliver, send_test
from notifications.samples import SAMPLES

NOON = datetime(2026, 3, 24, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
Answer = Callable[[SMTP, str, bytes], Awaitable[str]]


async def take(_server: SMTP, _to: str, _content: bytes) -> str:
    return "250 taken"


@dataclass
class Script:
    """What a server answers, and what it saw: recipients asked for, mails whole."""

    rcpt: Callable[[str, int], str] = lambda _to, _times: "250 ok"
    data: Answer = take
    mail: str = "250 ok"
    asked: list[str] = field(default_factory=list)
    seen: list[tuple[str, bytes]] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _talk: Talk, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _talk: Talk, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked.append(address)
        answer = self.rcpt(address, self.asked.count(address))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _talk: Talk, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        [recipient] = envelope.rcpt_tos
        self.seen.append((recipient, envelope.content))
        return await self.data(server, recipient, envelope.content)

    def login(
        self, _server: SMTP, _talk: Talk, _envelope: Envelope, _how: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login)
        return AuthResult(success=False, handled=False, message="535 5.7.8 authentication failed")

    @property
    def message_ids(self) -> list[str]:
        return [str(message_from_bytes(content)["Message-ID"]) for _to, content in self.seen]


@contextmanager
def serving(
    script: Script,
    *,
    limit: int = 2**20,
    asks_login: bool = False,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """A server that follows a script; gives its `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(
            lambda: SMTP(
                script,
                hostname="mx",
                loop=loop,
                data_size_limit=limit,
                authenticator=script.login if asks_login else None,
                auth_require_tls=False,
                auth_exclude_mechanism=["LOGIN"],
                tls_context=starttls,
                require_starttls=starttls is not None,
            ),
            sock=listener,
            ssl=tls,
        )
        running.set_result((loop, stopped))
        await stopped.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    loop, stopped = running.result()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


def owe(database: Engine, count: int, **facts: object) -> None:
    """`count` people who are owed a letter each."""
    with unit_of_work(database) as session:
        people = [
            {"id": n, "name": f"人员{n}", "email": f"p{n}@example.gov.cn", "title": "", "active": True}
            for n in range(1, count + 1)
        ]
        notices = [
            {
                "id": n,
                "dedupe": f"digest:2026-03-24:{n}",
                "letter": "due_soon",
                "person_id": n,
                "facts": dict(SAMPLES["due_soon"]),
                "thread": "",
                "attachments": [],
                "created_at": NOON,
                "not_before": NOON,
                "state": "waiting",
                "attempts": 0,
                "error": "",
                **facts,
            }
            for n in range(1, count + 1)
        ]
        session.execute(insert(Person), people)
        session.execute(insert(Notice), notices)


def send(database: Engine, home: Path, url: str, *, at: datetime = NOON) -> Delivered:
    settings = Settings(home=home, smtp_url=url, mail_from="duban@example.gov.cn")
    return deliver(database, settings, clock=Clock(ZONE, at), rng=random.Random(1))  # noqa: S311  # jitter


def states(database: Engine) -> list[tuple[str, str]]:
    with Session(database) as session:
        return [(row.state, row.error) for row in session.scalars(select(Notice).order_by(Notice.id))]


def end_leases(database: Engine) -> None:
    with unit_of_work(database) as session:
        session.execute(update(Notice).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


def test_every_mail_arrives_once_in_the_mailbox(database: Engine, tmp_path: Path) -> None:
    owe(database, 25)

    first = send(database, tmp_path, f"maildir:{tmp_path / 'mailbox'}")
    again = send(database, tmp_path, f"maildir:{tmp_path / 'mailbox'}")

    assert (first, again) == (Delivered(sent=25), Delivered())
    arrived = read_mailbox(tmp_path / "mailbox")
    assert sorted(mail.to for mail in arrived) == sorted(f"p{n}@example.gov.cn" for n in range(1, 26))
    assert arrived[0].subject == render("due_soon", "zh", SAMPLES["due_soon"]).subject
    assert arrived[0].date == NOON


def test_a_refused_recipient_is_parked_with_the_servers_words(database: Engine, tmp_path: Path) -> None:
    owe(database, 3)
    script = Script(
        rcpt=lambda to, _times: "550 5.1.1 no such user here" if to.startswith("p2@") else "250 ok"
    )

    with serving(script) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none")

    assert done == Delivered(sent=2, parked=1)
    assert states(database) == [("sent", ""), ("parked", "550 5.1.1 no such user here"), ("sent", "")]


def test_a_greylisted_mail_is_sent_later(database: Engine, tmp_path: Path) -> None:
    owe(database, 1)
    script = Script(
        rcpt=lambda _to, times: "250 ok" if times > 1 else "450 greylisted, try again in 5 minutes"
    )

    with serving(script) as server:
        url = f"smtp://{server}?tls=none"
        first = send(database, tmp_path, url)
        too_early = send(database, tmp_path, url, at=NOON + timedelta(minutes=4))
        later = send(database, tmp_path, url, at=NOON + timedelta(minutes=5))

    assert (first, too_early, later) == (Delivered(deferred=1), Delivered(), Delivered(sent=1))


def test_a_drop_after_the_dot_is_tried_again_with_the_same_bytes(database: Engine, tmp_path: Path) -> None:
    owe(database, 1)

    async def drop_once(server: SMTP, _to: str, _content: bytes) -> str:
        if len(script.seen) == 1:
            assert server.transport is not None
            server.transport.close()
        return "250 taken"

    script = Script(data=drop_once)
    with serving(script) as server:
        url = f"smtp://{server}?tls=none"
        first = send(database, tmp_path, url)
        [(state, error)] = states(database)
        second = send(database, tmp_path, url, at=NOON + timedelta(hours=6))

    assert (first, second) == (Delivered(deferred=1), Delivered(sent=1))
    assert (state, error.split()[0]) == ("waiting", "!uncertain")
    assert script.seen[0] == script.seen[1]


def test_a_silent_server_does_not_hold_up_the_others(database: Engine, tmp_path: Path) -> None:
    owe(database, 12)

    async def stall_for_one(_server: SMTP, to: str, _content: bytes) -> str:
        if to.startswith("p1@"):
            await asyncio.Event().wait()
        return "250 taken"

    with serving(Script(data=stall_for_one)) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none&timeout=2&connections=2")

    assert done == Delivered(sent=11, deferred=1)
    assert states(database)[0][1].startswith("!uncertain")


def test_a_421_at_the_dot_ends_only_that_session(database: Engine, tmp_path: Path) -> None:
    owe(database, 4)

    async def shut_for_one(_server: SMTP, to: str, _content: bytes) -> str:
        return "421 4.3.2 shutting down" if to.startswith("p1@") else "250 taken"

    with serving(Script(data=shut_for_one)) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none&connections=1")

    assert done == Delivered(sent=3, deferred=1)
    assert states(database)[0] == ("waiting", "421 4.3.2 shutting down")


def test_too_many_mails_pause_the_channel_not_the_mail(database: Engine, tmp_path: Path) -> None:
    owe(database, 5)
    script = Script(rcpt=lambda _to, _times: "550 Sender frequency limited")

    with serving(script) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none&connections=1")

    assert (done.deferred, done.trouble) == (1, "550 Sender frequency limited")
    assert done.rests_until == NOON + timedelta(minutes=5)
    assert len(script.asked) == 1
    with Session(database) as session:
        rows = session.scalars(select(Notice)).all()
    assert {(row.state, row.attempts) for row in rows} == {("waiting", 0)}


def test_a_foreign_sender_stops_the_channel(database: Engine, tmp_path: Path) -> None:
    owe(database, 3)

    with serving(Script(mail="553 Mail from must equal authorized user")) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none&connections=1")

    assert done.trouble == "!sender 553 Mail from must equal authorized user"
    assert {state for state, _error in states(database)} == {"waiting"}


def test_a_wrong_password_is_tried_once(database: Engine, tmp_path: Path) -> None:
    owe(database, 8)
    script = Script()

    with serving(script, asks_login=True) as server:
        done = send(database, tmp_path, f"smtp://duban:wrong@{server}?tls=none")

    assert done.trouble == "!login 535 5.7.8 authentication failed"
    assert done.rests_until is not None
    assert done.rests_until >= NOON + timedelta(minutes=30)
    assert script.logins == [b"duban"]
    assert {state for state, _error in states(database)} == {"waiting"}


def test_no_password_goes_to_a_server_without_tls(database: Engine, tmp_path: Path) -> None:
    owe(database, 1)
    script = Script()

    with serving(script, asks_login=True) as server:
        done = send(database, tmp_path, f"smtp://duban:secret@{server}?tls=starttls")

    assert done.trouble.startswith("!unreachable")
    assert (script.logins, script.seen) == ([], [])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that only we trust, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    file = tmp_path / "mx.pem"
    made = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-noenc",
        "-days",
        "2",
    ]
    named = ["-subj", "/CN=mx", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "-", "-out", str(file)]
    done = subprocess.run([openssl, *made, *named], check=True, capture_output=True)
    file.write_bytes(done.stdout + file.read_bytes())
    return file


def test_mail_goes_behind_starttls(database: Engine, tmp_path: Path, certificate: Path) -> None:
    owe(database, 3)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    with serving(Script(), starttls=context) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=starttls&bundle={certificate}")

    assert done == Delivered(sent=3)


def test_mail_goes_to_trusted_servers_only(database: Engine, tmp_path: Path, certificate: Path) -> None:
    owe(database, 3)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    with serving(Script(), tls=context) as server:
        unknown = send(database, tmp_path, f"smtps://{server}")
        later = NOON + timedelta(minutes=1)
        trusted = send(database, tmp_path, f"smtps://{server}?bundle={certificate}", at=later)

    assert unknown.trouble.startswith("!unreachable")
    assert trusted == Delivered(sent=3)


def test_a_mail_larger_than_the_server_takes_stays_here(database: Engine, tmp_path: Path) -> None:
    owe(database, 1)
    script = Script()

    with serving(script, limit=1000) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none")

    assert done == Delivered(parked=1)
    assert script.asked == []
    assert states(database)[0][1].startswith("!size")


def test_one_bad_letter_does_not_stop_the_others(database: Engine, tmp_path: Path) -> None:
    owe(database, 4)
    with unit_of_work(database) as session:
        session.execute(update(Notice).where(Notice.id == 1).values(facts={}))
        session.execute(update(Notice).where(Notice.id == 2).values(letter="love"))
        session.execute(update(Notice).where(Notice.id == 3).values(attachments=["../../etc/passwd"]))

    with serving(Script()) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none")

    assert done == Delivered(sent=1, parked=3)
    assert all(error.startswith("!letter") for _state, error in states(database)[:3])


def test_a_file_goes_with_its_letter(database: Engine, tmp_path: Path) -> None:
    owe(database, 2, attachments=["documents/3月工作行事历.docx"])
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "3月工作行事历.docx").write_bytes(b"PK\x03\x04")
    script = Script()

    with serving(script) as server:
        done = send(database, tmp_path, f"smtp://{server}?tls=none")

    assert done == Delivered(sent=2)
    for _to, content in script.seen:
        files = [part for part in message_from_bytes(content).walk() if part.get_filename()]
        assert [part.get_payload(decode=True) for part in files] == [b"PK\x03\x04"]


def test_no_minute_sees_more_mails_than_agreed(database: Engine, tmp_path: Path) -> None:
    owe(database, 5)

    with serving(Script()) as server:
        url = f"smtp://{server}?tls=none&rate=2"
        sent = [
            send(database, tmp_path, url, at=NOON + timedelta(seconds=seconds)).sent
            for seconds in (0, 30, 61, 90, 122)
        ]

    assert sent == [2, 0, 2, 0, 1]


def test_an_absent_server_costs_no_try(database: Engine, tmp_path: Path) -> None:
    owe(database, 3)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    done = send(database, tmp_path, f"smtp://127.0.0.1:{port}?tls=none")

    assert done.trouble.startswith("!unreachable")
    assert (done.sent, done.deferred, done.parked) == (0, 0, 0)
    with Session(database) as session:
        assert {row.attempts for row in session.scalars(select(Notice))} == {0}


def test_a_kill_after_acceptance_sends_the_same_mail_again(database: Engine, tmp_path: Path) -> None:
    owe(database, 12)
    child: list[subprocess.Popen[bytes]] = []

    async def kill_at_the_seventh(_server: SMTP, _to: str, _content: bytes) -> str:
        if len(script.seen) == 7:
            os.kill(child[0].pid, signal.SIGKILL)
            child[0].wait()
        return "250 taken"

    script = Script(data=kill_at_the_seventh)
    with serving(script) as server:
        url = f"smtp://{server}?tls=none&connections=1"
        where = database.url.render_as_string(hide_password=False)
        child.append(subprocess.Popen([sys.executable, "-c", CHILD, where, str(tmp_path), url]))
        child[0].wait()
        end_leases(database)
        done = send(database, tmp_path, url)

    assert done.sent == 12 - 6
    assert len(script.seen) == 13
    assert script.seen[6] == script.seen[7]
    assert len(set(script.message_ids)) == 12


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from models.clock import Clock
from models.database import open_database
from models.settings import Settings
from notifications.post import deliver

database, home, url = sys.argv[1:]
settings = Settings(home=Path(home), smtp_url=url, mail_from="duban@example.gov.cn")
clock = Clock(ZoneInfo("Asia/Shanghai"), datetime(2026, 3, 24, 4, tzinfo=UTC))
deliver(open_database(database), settings, clock=clock)
"""


def test_a_test_mail_leaves_at_once(database: Engine, tmp_path: Path) -> None:
    script = Script()

    with serving(script) as server, Session(database) as session:
        settings = Settings(home=tmp_path, smtp_url=f"smtp://{server}?tls=none")
        name = send_test(session, settings, "a@example.gov.cn", clock=Clock(ZONE, NOON))

    assert name == server
    assert [to for to, _content in script.seen] == ["a@example.gov.cn"]


def test_a_refused_test_mail_says_why(database: Engine, tmp_path: Path) -> None:
    script = Script(rcpt=lambda _to, _times: "550 5.7.1 not here")

    with serving(script) as server, Session(database) as session:
        settings = Settings(home=tmp_path, smtp_url=f"smtp://{server}?tls=none")
        with pytest.raises(UnavailableError, match=r"550 5\.7\.1 not here"):
            send_test(session, settings, "a@example.gov.cn", clock=Clock(ZONE, NOON))


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.gov.cn", "mail.example.gov.cn", 587, "starttls"),
        ("smtp://mail.example.gov.cn:465", "mail.example.gov.cn", 465, "tls"),
        ("smtps://mail.example.gov.cn", "mail.example.gov.cn", 465, "tls"),
        ("smtp://mail.example.gov.cn:25?tls=none", "mail.example.gov.cn", 25, "none"),
    ],
)
def test_a_mail_url_always_says_how_it_is_guarded(url: str, host: str, port: int, tls: str) -> None:
    channel = read_channel(url)

    assert (channel.host, channel.port, channel.tls) == (host, port, tls)


def test_a_mail_url_may_hold_any_password() -> None:
    channel = read_channel("smtp://u%40example.gov.cn:p%3A%2F%40@mail.example.gov.cn?connections=2&timeout=9")

    assert (channel.user, channel.password) == ("u@example.gov.cn", "p:/@")
    assert "p:/@" not in repr(channel)
    assert (channel.connections, channel.timeout) == (2, 9.0)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://x",
        "smtp://",
        "smtp://h:x",
        "smtp://h?tls=maybe",
        "smtp://h?speed=9",
        "smtp://h?connections=0",
    ],
)
def test_an_unusable_mail_url_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        read_channel(url)
