"""Whatever the mail server, the network, the database or the worker does: nothing is lost, and what comes
twice is the same mail, at most one a connection."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from models.clock import Clock
from models.database import open_database, unit_of_work
from models.errors import UnavailableError
from models.settings import Settings
from models.tables import Event, MailServer, Notice, Person
from notifications.channel import read_channel
from notifications.circuit import all_standing, recover
from notifications.compose import Envelope
from notifications.line import Line
from notifications.outbox import State
from notifications.post import FAULTS_IN_A_ROW, Delivered, deliver
from notifications.samples import SAMPLES
from tests.conftest import SqliteDatabases
from tests.processes import KILLED, Driver, Home, Job
from tests.smtp_server import DROP, STALL, At, Mx, mx_serving

NOON = datetime(2026, 3, 24, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def owe(database: Engine, count: int) -> None:
    """`count` people who are owed a letter each."""
    with unit_of_work(database) as session:
        rows = [
            {"id": n, "name": f"人员{n}", "email": f"p{n}@example.gov.cn", "title": "", "active": True}
            for n in range(1, count + 1)
        ]
        session.execute(insert(Person), rows)
        common = {
            "letter": "returned",
            "facts": dict(SAMPLES["returned"]),
            "thread": "work-17",
            "attachments": [],
            "created_at": NOON,
            "not_before": NOON,
            "state": "waiting",
            "attempts": 0,
            "error": "",
        }
        session.execute(
            insert(Notice),
            [common | {"id": n, "dedupe": f"returned:{n}", "person_id": n} for n in range(1, count + 1)],
        )


def send(database: Engine, server: str, *, at: datetime = NOON, seed: int = 1, more: str = "") -> Delivered:
    settings = Settings(
        home=Path(), smtp_url=f"smtp://{server}?tls=none{more}", mail_from="duban@example.gov.cn"
    )
    return deliver(database, settings, clock=Clock(ZONE, at), rng=random.Random(seed))  # noqa: S311  # jitter


def states(database: Engine) -> Counter[str]:
    with Session(database) as session:
        return Counter(session.scalars(select(Notice.state)))


def verbs(database: Engine) -> list[str]:
    with Session(database) as session:
        return list(session.scalars(select(Event.verb).order_by(Event.id)))


def same_mails(mx: Mx) -> bool:
    """Whether what came twice came with the same bytes, and every mail under a name of its own."""
    copies: dict[str, set[bytes]] = {}
    for to, content in mx.whole:
        copies.setdefault(to, set()).add(content)
    names = {str(message_from_bytes(next(iter(one)))["Message-ID"]) for one in copies.values()}
    return all(len(one) == 1 for one in copies.values()) and len(names) == len(copies)


FAULTS = (DROP, "421 4.3.2 shutting down", "451 4.3.0 try again later", STALL)


@pytest.mark.parametrize("pipelines", [True, False])
def test_a_server_that_fails_everywhere_loses_nothing(database: Engine, pipelines: bool) -> None:  # noqa: FBT001
    owe(database, 30)
    rng = random.Random(f"faults {pipelines}")  # noqa: S311  # the same faults every time

    def answer(at: At, _to: str) -> str:
        if at is At.TAKEN or rng.random() > 0.12:
            return ""
        return rng.choices(FAULTS, (4, 3, 4, 0.5))[0]

    mx, rounds = Mx(answer, pipelines=pipelines), 0
    with mx_serving(mx) as server:
        while states(database) != {"sent": 30} and rounds < 60:
            at = NOON + timedelta(hours=7 * rounds)
            workers = [
                threading.Thread(
                    target=send,
                    args=(database, server),
                    kwargs={"at": at, "more": "&timeout=1&connections=2"},
                )
                for _ in range(2)
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            rounds += 1

    assert states(database) == {"sent": 30}
    assert set(mx.taken.values()) == {1}
    assert len(mx.taken) == 30
    assert same_mails(mx)


STAGES = [At.GREETING, At.EHLO, At.MAIL, At.RCPT, At.DATA, At.DOT, At.TAKEN]


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_anywhere_in_the_talk_doubles_one_mail_at_most(
    sqlite_databases: SqliteDatabases, driver: Driver, tmp_path: Path, stage: At
) -> None:
    home = Home(tmp_path, sqlite_databases.copy("empty"))
    engine = open_database(home.url)
    owe(engine, 9)
    reached = Counter[At]()

    def kill_once(at: At, _to: str) -> str:
        reached[at] += 1
        if at is stage and reached[at] == (1 if at in {At.GREETING, At.EHLO} else 3):
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        return ""

    mx = Mx(kill_once)
    with mx_serving(mx) as server:
        more = {
            "DUBAN_SMTP_URL": f"smtp://{server}?tls=none&connections=1",
            "DUBAN_MAIL_FROM": "duban@example.gov.cn",
            "DUBAN_TEST_PID": str(tmp_path / "pid"),
        }
        job = home.job("mail", "send", day="2026-03-25")
        job = Job(job.words, job.environment | more)
        killed = driver.run(job)[0]
        home.forget_leases()
        again = driver.run(job)[0]

    assert killed.code == KILLED
    assert (again.code, again.err) == (0, "")
    assert states(engine) == {"sent": 9}
    assert len(mx.taken) == 9
    assert sum(mx.taken.values()) <= 9 + 1
    assert same_mails(mx)
    engine.dispose()
    sqlite_databases.drop(home.url)


def test_a_locked_database_doubles_one_mail_a_connection_at_most(
    sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.BUSY_MILLISECONDS", 50)
    engine = open_database(sqlite_databases.copy("empty"))
    owe(engine, 20)
    other = sqlite3.connect(
        engine.url.database or "", timeout=30, isolation_level=None, check_same_thread=False
    )
    locked = list[At]()

    def lock_at_the_seventh(at: At, _to: str) -> str:
        if at is At.DOT and sum(mx.taken.values()) == 7 and not locked:
            locked.append(at)
            other.execute("BEGIN IMMEDIATE")
        return ""

    mx = Mx(lock_at_the_seventh)
    with closing(other), mx_serving(mx) as server:
        with pytest.raises(UnavailableError) as refused:
            send(engine, server)
        other.execute("ROLLBACK")
        mx.answer = Mx().answer
        with unit_of_work(engine) as session:
            session.execute(text("UPDATE notice SET lease_until = '2020-01-01' WHERE state = 'sending'"))
        done = send(engine, server)

    assert refused.value.code == "database_busy"
    assert states(engine) == {"sent": 20}
    assert sum(mx.taken.values()) <= 20 + 4
    assert done.sent >= 20 - 11
    assert same_mails(mx)
    engine.dispose()


def test_a_dead_server_is_left_alone_and_tried_with_one_mail(database: Engine) -> None:
    owe(database, 6)
    mx = Mx(lambda at, _to: "554 5.3.2 not now" if at is At.GREETING else "")

    with mx_serving(mx) as server:
        first = send(database, server)
        too_early = send(database, server)
        assert first.rests_until is not None
        still_down = send(database, server, at=first.rests_until)
        mx.answer = Mx().answer
        assert still_down.rests_until is not None
        back = send(database, server, at=still_down.rests_until)

    assert mx.sessions == 2 + 4
    assert first.trouble == too_early.trouble == still_down.trouble == "!greeting 554 5.3.2 not now"
    assert too_early.rests_until == first.rests_until
    assert still_down.rests_until - first.rests_until > timedelta(seconds=20)
    assert (back.sent, back.trouble) == (6, "")
    assert verbs(database) == ["mail_server.failed", "mail_server.recovered"]


def test_of_two_workers_one_tries_the_mail(database: Engine) -> None:
    owe(database, 5)
    started, go_on = threading.Event(), threading.Event()

    def wait_at_the_dot(at: At, _to: str) -> str:
        if at is At.DOT:
            started.set()
            go_on.wait(10)
        return ""

    mx = Mx(lambda _at, _to: DROP)
    with mx_serving(mx) as server:
        rests_until = send(database, server).rests_until
        assert rests_until is not None
        mx.answer, mx.sessions = wait_at_the_dot, 0
        one = threading.Thread(target=send, args=(database, server), kwargs={"at": rests_until})
        one.start()
        started.wait(10)
        other = send(database, server, at=rests_until)
        sessions_meanwhile = mx.sessions
        go_on.set()
        one.join()

    assert (other.sent, sessions_meanwhile) == (0, 1)
    assert states(database) == {"sent": 5}


def test_a_server_that_breaks_off_every_mail_is_not_hammered(database: Engine) -> None:
    owe(database, 60)
    mx = Mx(lambda at, _to: DROP if at is At.DOT else "")

    with mx_serving(mx) as server:
        done = send(database, server, more="&connections=2")

    assert done.trouble.startswith("!uncertain")
    assert len(mx.whole) <= FAULTS_IN_A_ROW + 2
    assert states(database) == {"waiting": 60}


@pytest.mark.parametrize(
    ("at", "words", "counts"),
    [
        (At.RCPT, "550 Sender frequency limited", False),
        (At.MAIL, "421 HL:ICC too many connections", False),
        (At.RCPT, "554 5.7.1 Relay access denied", False),
        (At.MAIL, "530 5.7.0 authentication required", False),
        (At.RCPT, "550 5.1.1 no such user", True),
        (At.DOT, "554 5.7.1 spam", True),
    ],
)
def test_the_servers_trouble_is_told_from_the_mails(
    database: Engine,
    at: At,
    words: str,
    counts: bool,  # noqa: FBT001
) -> None:
    owe(database, 4)
    mx = Mx(lambda here, _to: words if here is at else "")

    with mx_serving(mx) as server:
        done = send(database, server, more="&connections=1")

    assert states(database) == ({"parked": 4} if counts else {"waiting": 4})
    assert (done.trouble == "") is counts
    assert (done.rests_until is None) is counts


def test_a_refused_recipient_costs_the_others_nothing(database: Engine) -> None:
    owe(database, 9)
    bad = {"p3@example.gov.cn": "550 5.1.1 no such user", "p5@example.gov.cn": "450 4.2.0 greylisted"}
    mx = Mx(lambda at, to: bad.get(to, "") if at is At.RCPT else "")

    with mx_serving(mx) as server:
        first = send(database, server)
        second = send(database, server, at=NOON + timedelta(hours=6))
        mx.answer = Mx().answer
        third = send(database, server, at=NOON + timedelta(hours=12))

    assert [(one.sent, one.deferred, one.parked) for one in (first, second, third)] == [
        (7, 1, 1),
        (0, 1, 0),
        (1, 0, 0),
    ]
    assert set(mx.taken.values()) == {1}


def test_a_server_that_takes_a_mail_to_nobody_is_hung_up_on(database: Engine) -> None:
    owe(database, 3)
    mx = Mx(lambda at, to: "550 no" if at is At.RCPT and to.startswith("p1@") else "")

    with mx_serving(mx) as server:
        done = send(database, server, more="&connections=1")

    assert (done.sent, done.parked) == (2, 1)
    assert {to for to, _ in mx.whole} == {"p2@example.gov.cn", "p3@example.gov.cn"}


def test_no_minute_sees_more_mails_than_agreed_whoever_sends(database: Engine) -> None:
    owe(database, 40)
    mx = Mx()
    with mx_serving(mx) as server:
        for seconds in (0, 20, 59, 61):
            at = NOON + timedelta(seconds=seconds)
            workers = [
                threading.Thread(target=send, args=(database, server), kwargs={"at": at, "more": "&rate=7"})
                for _ in range(3)
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            taken = sum(mx.taken.values())
            assert taken == (14 if seconds > 60 else 7)


def test_a_mended_server_can_be_used_at_once(database: Engine) -> None:
    owe(database, 2)
    mx = Mx(lambda at, _to: "554 go away" if at is At.GREETING else "")
    with mx_serving(mx) as server:
        send(database, server)
        mx.answer = Mx().answer
        with unit_of_work(database) as session:
            [standing] = all_standing(session)
            assert recover(session, standing.server, at=NOON, actor="l@example.gov.cn")
            assert not recover(session, standing.server, at=NOON)
        done = send(database, server)

    assert done.sent == 2
    with Session(database) as session:
        assert [(one.failures, one.trouble) for one in session.scalars(select(MailServer))] == [(0, "")]


def test_all_workers_together_have_no_more_connections_than_agreed(database: Engine) -> None:
    owe(database, 40)

    def slow(at: At, _to: str) -> str:
        time.sleep(0.02 if at is At.DOT else 0)
        return ""

    mx = Mx(slow)
    with mx_serving(mx) as server:
        workers = [
            threading.Thread(target=send, args=(database, server), kwargs={"more": "&connections=3"})
            for _ in range(3)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert states(database) == {"sent": 40}
    assert mx.most_open <= 3
    assert mx.sessions <= 9
    assert set(mx.taken.values()) == {1}


def test_a_line_sends_mail_after_mail_over_one_session(database: Engine) -> None:
    owe(database, 20)

    mx = Mx()
    with mx_serving(mx) as server:
        done = send(database, server, more="&connections=2")

    assert (done.sent, mx.sessions) == (20, 2)


def test_a_mail_broken_off_ends_its_session() -> None:
    stalled = threading.Event()

    def stall_once(at: At, _to: str) -> str:
        if at is At.DOT and not stalled.is_set():
            stalled.set()
            return STALL
        return ""

    async def break_off(server: str) -> tuple[bool, State]:
        line = Line(read_channel(f"smtp://{server}?tls=none"))
        envelope = Envelope("duban@example.gov.cn", "p1@example.gov.cn", b"Subject: x\r\n\r\n.\r\n..\r\n")
        sending = asyncio.create_task(line.send(envelope))
        await asyncio.to_thread(stalled.wait, 10)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        stood = line.is_open
        verdict = await line.send(envelope)
        await line.quit()
        return stood, verdict.state

    mx = Mx(stall_once)
    with mx_serving(mx) as server:
        stood, state = asyncio.run(break_off(server))

    assert (stood, state, mx.sessions) == (False, State.SENT, 2)
    assert mx.whole[0] == mx.whole[1] == ("p1@example.gov.cn", b"Subject: x\r\n\r\n.\r\n..\r\n")
