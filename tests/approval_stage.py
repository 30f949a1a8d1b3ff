"""The scenarios' people in a real organisation, and their approvals in a real database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from models.approval.changes import Change, from_json
from models.approval.commands import Command, Migrate, Submit
from models.approval.definition import Definition
from models.approval.refusals import ApprovalRefusedError
from models.approval.state import State
from models.clock import Clock
from models.database import reading, unit_of_work
from models.roles import UnitKind
from models.settings import Settings
from models.tables import Absence, ApprovalRefusal, Event, Notice, Person, Post, Unit
from notifications.audience import tell
from notifications.post import deliver
from tasks.approvals.attempt import attempt
from tasks.approvals.definitions import publish
from tasks.approvals.inbox import REWORK, waiting_for
from tasks.approvals.perform import Answer, start
from tasks.approvals.rebuild import rebuild
from tasks.approvals.staff import Staff
from tasks.approvals.store import load
from tests.approval_rows import ACCEPTED, NOTHING, REPEATED
from tests.approval_world import ADMIN, LETTERS, ZONE, TableWorld, calendar, person_id

SETTINGS = Settings(home=Path(), coordinator=ADMIN)
#: What a request is called that was never made.
NOWHERE = 1_000_000


def staff_on(session: Session, world: TableWorld) -> Staff:
    """The organisation of the database on the day of a row."""
    return Staff(session, SETTINGS, calendar(), at=world.now, today=world.today)


def answer_word(answer: Answer) -> str:
    """An answer as the rows call it."""
    if answer.repeated:
        return REPEATED
    return NOTHING if answer.event is None else ACCEPTED


@dataclass(frozen=True)
class Traces:
    """What an approval has left: how it stands, its events and the attempts that were refused."""

    state: State | None
    events: int
    refusals: tuple[tuple[str, str], ...]


@dataclass
class DatabaseStage:
    """The shell of the engine on a database; every command is also checked for what it leaves."""

    engine: Engine
    home: Path = Path()
    numbers: dict[int, int] = field(default_factory=dict)
    #: Keys are the sender's: those of another run of a row are other keys.
    run: int = field(init=False)

    def __post_init__(self) -> None:
        self.run = self._count()
        with unit_of_work(self.engine) as session:
            if session.get(Person, 1) is None:
                session.add_all(
                    Person(id=person_id(one), name=one, email=f"{one.lower()}@example.gov.cn")
                    for one in LETTERS
                )

    def world(self, world: TableWorld) -> None:
        """Let the organisation be as the row says: who is active, away, above whom and in which post."""
        with unit_of_work(self.engine) as session:
            for table in (Absence, Post, Unit):
                session.execute(delete(table))
            for person in session.scalars(select(Person)):
                person.active = person.id not in world.disabled
            session.add_all(
                Absence(
                    person_id=one.person,
                    substitute_id=one.substitute,
                    kind="请假",
                    starts_on=one.first,
                    ends_on=one.last,
                )
                for one in world.absences
            )
            for low, up in world.superiors.items():
                _member(session, f"{low}的科室", low, "成员", head=up)
            for post, holders in world.posts.items():
                for holder in holders:
                    _member(session, f"{post}{holder}", holder, post)

    def submit(self, request: int, definition: Definition, first: Submit, world: TableWorld, key: str) -> str:
        """Start an approval; a refused one leaves nothing."""
        before = self._count()
        try:
            with unit_of_work(self.engine) as session:
                answer = start(
                    session,
                    definition,
                    subject="plan",
                    subject_id=before + 1,
                    title=definition.name["zh"],
                    initiator=first.by,
                    world=staff_on(session, world),
                    facts=first.facts,
                    chosen=first.chosen,
                    key=self.key(key),
                )
        except ApprovalRefusedError:
            assert self._count() == before, "a refused start left events"
            raise
        self.numbers[request] = answer.approval
        assert self._count() == before + 1, "a start is one event"
        return answer_word(answer)

    def give(self, request: int, given: Command, world: TableWorld, key: str) -> str:
        """Attempt a command and prove what it left."""
        number = self.numbers.get(request, NOWHERE)
        if isinstance(given, Migrate) and given.to is not None:
            with unit_of_work(self.engine) as session:
                publish(session, given.to, at=world.now)
        before = self.traces(number)
        try:
            answer = attempt(
                self.engine, number, given, lambda session: staff_on(session, world), key=self.key(key)
            )
        except ApprovalRefusedError as refused:
            attempts = (*before.refusals, (given.verb, str(refused.refusal)))
            assert self.traces(number) == Traces(before.state, before.events, attempts), "a refusal left more"
            raise
        after = self.traces(number)
        assert after.refusals == before.refusals
        assert after.events - before.events == (answer_word(answer) == ACCEPTED), (
            "an accepted command is one event"
        )
        with reading(self.engine) as session:
            assert rebuild(session, number) == after.state, "the events give another state than the tables"
        return answer_word(answer)

    def key(self, key: str) -> str:
        """A row's key as this run sends it."""
        return f"{key}.{self.run}" if key else ""

    def traces(self, number: int) -> Traces:
        """All that an approval has left."""
        with reading(self.engine) as session:
            state = load(session, number)[1] if number in self.numbers.values() else None
            mine = Event.subject == "approval", Event.subject_id == number
            events = session.scalar(select(func.count()).select_from(Event).where(*mine))
            refused = select(ApprovalRefusal.verb, ApprovalRefusal.code).where(
                ApprovalRefusal.approval_id == number
            )
            rows = session.execute(refused.order_by(ApprovalRefusal.id))
            return Traces(state, events or 0, tuple((row.verb, row.code) for row in rows))

    def _count(self) -> int:
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(Event)) or 0

    def state(self, request: int) -> State:
        """How a request stands in the tables."""
        with reading(self.engine) as session:
            return load(session, self.numbers[request])[1]

    def events(self, request: int) -> Sequence[Sequence[Change]]:
        """What each accepted command did, as the event log kept it."""
        with reading(self.engine) as session:
            mine = Event.subject == "approval", Event.subject_id == self.numbers[request]
            payloads = session.scalars(select(Event.payload).where(*mine).order_by(Event.id))
            return [[from_json(one) for one in json.loads(payload)["changes"]] for payload in payloads]

    def power_cut(self) -> None:
        """All connections are gone; whatever was not committed is lost."""
        self.engine.dispose()

    def send_mail(self, world: TableWorld) -> None:
        """Tell what happened and send what is to be told, into the mailbox of the home."""
        settings = replace(SETTINGS, home=self.home)
        with unit_of_work(self.engine) as session:
            tell(session, settings, at=world.now, today=world.today)
        deliver(self.engine, settings, clock=Clock(ZONE, world.now))

    def mails(self, request: int, person: int) -> int:
        """How many mails a person got that ask for a decision on a request."""
        with reading(self.engine) as session:
            asked = select(Notice.facts).where(Notice.person_id == person, Notice.letter == "approval_asked")
            sent = session.scalars(asked.where(Notice.state == "sent"))
            return sum(self.numbers[request] in _numbers(facts) for facts in sent)

    def to_do(self, person: int, world: TableWorld) -> list[str]:
        """The person's to-do list."""
        with reading(self.engine) as session:
            rows = waiting_for(session, person, world.today)
        return [one.step for one in rows if one.kind != REWORK and one.approval in self.numbers.values()]


def _member(session: Session, unit: str, person: int, role: str, *, head: int | None = None) -> None:
    """A person in a unit of its own."""
    row = Unit(code=unit, name=unit, kind=UnitKind.DEPARTMENT, head_id=head)
    session.add(row)
    session.flush()
    session.add(Post(person_id=person, unit_id=row.id, role=role, starts_on=None, ends_on=None))


def _numbers(facts: Mapping[str, Any]) -> set[int]:
    """The approvals of which a letter speaks."""
    return {row["id"] for row in facts["rows"]}
