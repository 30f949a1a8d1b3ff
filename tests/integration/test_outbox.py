"""The outbox: who may send which notice, and what is kept of it."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.tables import Notice, Person
from notifications import outbox
from notifications.outbox import Job, Result, State

NOON = datetime(2026, 3, 24, 4, tzinfo=UTC)
#: A lease that is over the moment it begins.
NO_LEASE = timedelta(seconds=-1)


def owe(database: Engine, count: int, *, not_before: datetime = NOON, created_at: datetime = NOON) -> None:
    with unit_of_work(database) as session:
        if session.get(Person, 1) is None:
            session.add(Person(id=1, name="陶欣悦", email="taoxinyue@example.gov.cn"))
            session.flush()
        rows = [
            {
                "dedupe": f"{not_before:%d%H%M}:{number}",
                "letter": "test",
                "person_id": 1,
                "facts": {"number": number},
                "thread": "",
                "attachments": [],
                "created_at": created_at,
                "not_before": not_before,
                "state": "waiting",
                "attempts": 0,
                "error": "",
            }
            for number in range(count)
        ]
        session.execute(insert(Notice), rows)


def claim(database: Engine, *, at: datetime = NOON, lease: timedelta = outbox.LEASE) -> list[Job]:
    with unit_of_work(database) as session:
        return outbox.claim(session, at=at, limit=7, lease=lease)


def finish(database: Engine, *results: Result, at: datetime = NOON) -> list[Result]:
    with unit_of_work(database) as session:
        return outbox.finish(session, results, at=at, rng=random.Random(1))  # noqa: S311  # jitter


def only(database: Engine) -> Notice:
    with Session(database) as session:
        return session.scalars(select(Notice)).one()


def test_two_workers_get_every_notice_once(database: Engine) -> None:
    owe(database, 200)
    taken: list[Job] = []

    def work() -> None:
        while jobs := claim(database):
            taken.extend(jobs)
            finish(database, *(Result(job, State.SENT) for job in jobs))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(job.id for job in taken) == list(range(1, 201))
    with Session(database) as session:
        assert set(session.scalars(select(Notice.state))) == {"sent"}


def test_a_zombie_worker_is_not_believed(database: Engine) -> None:
    owe(database, 1)
    [late] = claim(database, lease=NO_LEASE)
    [current] = claim(database)

    refused = finish(database, Result(late, State.SENT))

    assert refused == []
    assert only(database).state == "sending"
    assert finish(database, Result(current, State.PARKED, "550 no such user")) != []
    assert (only(database).state, only(database).error) == ("parked", "550 no such user")


def test_a_claimed_notice_is_not_claimed_again(database: Engine) -> None:
    owe(database, 3)

    first, second = claim(database), claim(database)

    assert (len(first), second) == (3, [])


def test_nothing_leaves_before_its_time(database: Engine) -> None:
    owe(database, 1, not_before=NOON + timedelta(minutes=1))

    early, due = claim(database), claim(database, at=NOON + timedelta(minutes=1))

    assert early == []
    assert len(due) == 1


def test_a_failed_try_waits_longer_and_longer(database: Engine) -> None:
    owe(database, 1)
    [first] = claim(database)

    finish(database, Result(first, State.WAITING, "450 greylisted"))

    waiting = only(database)
    assert (waiting.state, waiting.attempts, waiting.error) == ("waiting", 1, "450 greylisted")
    assert NOON < waiting.not_before <= NOON + timedelta(seconds=120)
    [second] = claim(database, at=NOON + timedelta(seconds=120))
    assert second.attempts == 2


def test_the_server_says_how_long_to_wait(database: Engine) -> None:
    owe(database, 1)
    [job] = claim(database)

    finish(database, Result(job, State.WAITING, "451 wait", wait=timedelta(minutes=7)))

    assert only(database).not_before == NOON + timedelta(minutes=7)


def test_the_channels_faults_do_not_count(database: Engine) -> None:
    owe(database, 1)
    [job] = claim(database)

    finish(database, Result(job, State.WAITING, "!unreachable", counts=False), at=NOON + timedelta(days=30))

    assert (only(database).state, only(database).attempts) == ("waiting", 0)


def test_what_fails_for_five_days_is_parked(database: Engine) -> None:
    owe(database, 1, created_at=NOON - timedelta(days=5, seconds=1))

    told = []
    for hours in range(0, 6 * outbox.GIVE_UP_TRIES, 6):
        [job] = claim(database, at=NOON + timedelta(hours=hours))
        finish(
            database,
            Result(job, State.WAITING, "450 busy", wait=timedelta(hours=6)),
            at=NOON + timedelta(hours=hours),
        )
        told.append(only(database).state)

    assert told == ["waiting"] * (outbox.GIVE_UP_TRIES - 1) + ["parked"]
    assert only(database).error == "450 busy"


def test_a_notice_that_ends_its_workers_is_parked(database: Engine) -> None:
    owe(database, 1)
    for _ in range(outbox.POISON_AFTER):
        claim(database, lease=NO_LEASE)

    with unit_of_work(database) as session:
        parked = outbox.park_poison(session)

    assert parked == 1
    assert claim(database) == []
    assert only(database).error == "!poison"


def test_counts_tell_waiting_from_deferred(database: Engine) -> None:
    owe(database, 4)
    jobs = claim(database)
    finish(
        database,
        Result(jobs[0], State.SENT),
        Result(jobs[1], State.WAITING, "450 busy"),
        Result(jobs[2], State.PARKED, "550 no such user"),
    )
    owe(database, 2, not_before=NOON + timedelta(days=1))

    with Session(database) as session:
        counts = outbox.count_by_letter(session)
        parked = outbox.parked(session)

    assert counts == [outbox.Count("test", waiting=2, deferred=1, sending=1, sent=1, parked=1)]
    assert [(one.name, one.reason) for one in parked] == [("陶欣悦", "550 no such user")]


def test_leases_follow_the_databases_clock(database: Engine) -> None:
    owe(database, 1)
    claim(database, at=NOON + timedelta(days=365))

    again = claim(database, at=NOON + timedelta(days=730))

    assert again == []
    with unit_of_work(database) as session:
        session.execute(update(Notice).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))
    assert len(claim(database)) == 1


@given(attempts=st.integers(1, 10_000), seed=st.integers())
def test_no_wait_is_longer_than_six_hours(attempts: int, seed: int) -> None:
    wait = outbox.backoff(attempts, random.Random(seed))  # noqa: S311  # jitter

    assert timedelta(seconds=1) <= wait <= timedelta(hours=6)
    assert wait <= timedelta(seconds=60) * 2 ** min(attempts, 20)
