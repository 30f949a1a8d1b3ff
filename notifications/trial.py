"""The test letter: a notice that no event asked for, to try the channel with."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.orm import Session

from models.clock import Clock
from models.settings import Settings
from notifications.outbox import Job
from notifications.telling import begin_telling, common_facts


def test_job(session: Session, settings: Settings, address: str, *, server: str, clock: Clock) -> Job:
    """A job for `post` that never was in the outbox; every one is a mail of its own."""
    telling = begin_telling(session, settings, clock.today())
    person_id = telling.roster.by_address.get(address)
    return Job(
        id=0,
        token="",
        dedupe=f"test:{uuid4().hex}",
        letter="test",
        facts=common_facts(telling, person_id) | {"server": server},
        thread="",
        attachments=[],
        created_at=clock.now(),
        attempts=1,
        name=telling.roster.people[person_id].name if person_id else "",
        email=address,
    )
