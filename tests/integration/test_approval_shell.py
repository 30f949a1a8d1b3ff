"""The shell around the engine: one transaction a command, kept, recorded, found again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.orm import Session

from models.approval.commands import (
    AddSigner,
    Approve,
    Command,
    Comment,
    Copy,
    Delegate,
    KeepDraft,
    Migrate,
    Read,
    Reject,
    Resume,
    Return,
    Scan,
    Submit,
    Suspend,
    TakeBack,
    Terminate,
    Transfer,
    Urge,
    Withdraw,
)
from models.approval.definition import Definition
from models.approval.read_definition import read_definition
from models.approval.refusals import ApprovalRefusedError, Refusal
from models.approval.state import SYSTEM, State, Status
from models.approval.world import Substitution, World
from models.database import reading, unit_of_work
from models.errors import InputError, NotFoundError
from models.settings import Settings
from models.tables import (
    Absence,
    ApprovalCommand,
    ApprovalRefusal,
    ApprovalSeat,
    ApprovalStep,
    Event,
    Person,
)
from models.workdays import load_calendar
from tasks.approvals import inbox
from tasks.approvals.attempt import attempt
from tasks.approvals.clock import due
from tasks.approvals.definitions import publish
from tasks.approvals.inbox import copies_for, waiting_for
from tasks.approvals.perform import Answer, perform, start
from tasks.approvals.rebuild import check, rebuild
from tasks.approvals.staff import Staff
from tasks.approvals.store import load

MONDAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
#: People of the small bureau by name; the last one administers.
A, B, C, D, E, INITIATOR, ADMIN = range(1, 8)
PAGE = """
code: shell
version: {version}
name: {{zh: 试验}}
subject: thing
steps:
  - {{key: first, name: {{zh: 初审}}, rejected: initiator,
      who: {{every: [{{person: p1@x.cn}}, {{person: p2@x.cn}}]}},
      deadline: {{workdays: 2, ladder: [{{after: 0, do: remind}}, {{after: 1, do: approve}}]}}}}
  - {{key: {last}, name: {{zh: 终审}}, who: {{person: p3@x.cn}}}}
"""


def page(version: int = 1, last: str = "last") -> str:
    return PAGE.format(version=version, last=last)


def definition(version: int = 1, last: str = "last") -> Definition:
    return read_definition(page(version, last), source="test")


class Desk:
    """A small bureau on a database, and its clock."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.today = MONDAY
        self.settings = Settings(home=Path("/nonexistent"), coordinator="p7@x.cn")
        with unit_of_work(engine) as session:
            people = [{"id": n, "name": f"人{n}", "email": f"p{n}@x.cn"} for n in range(1, ADMIN + 1)]
            session.execute(insert(Person), people)

    def world(self, session: Session, _number: int = 0) -> Staff:
        at = NINE + (self.today - MONDAY)
        return Staff(session, self.settings, load_calendar([2026]), at=at, today=self.today)

    def start(self, thing: int = 1, *, key: str = "", version: int = 1, title: str = "一件事") -> Answer:
        with unit_of_work(self.engine) as session:
            return start(
                session,
                definition(version),
                subject="thing",
                subject_id=thing,
                title=title,
                initiator=INITIATOR,
                world=self.world(session),
                key=key,
            )

    def do(self, number: int, *commands: Command, key: str = "") -> Answer:
        for command in commands:
            answer = attempt(self.engine, number, command, self.world, key=key)
        return answer

    def refused(self, number: int, command: Command, *, key: str = "") -> ApprovalRefusedError:
        with pytest.raises(ApprovalRefusedError) as refused:
            self.do(number, command, key=key)
        return refused.value

    def state(self, number: int) -> State:
        with reading(self.engine) as session:
            return load(session, number)[1]

    def list_of(self, person: int | None) -> list[tuple[int, str, int]]:
        with reading(self.engine) as session:
            return [(one.approval, one.kind, one.holder) for one in waiting_for(session, person, self.today)]

    def away(self, person: int, substitute: int | None) -> None:
        with unit_of_work(self.engine) as session:
            session.add(
                Absence(
                    person_id=person, substitute_id=substitute, kind="出差", starts_on=MONDAY, ends_on=MONDAY
                )
            )

    def count(self, table: type[Event | ApprovalCommand | ApprovalRefusal]) -> int:
        with reading(self.engine) as session:
            return len(session.execute(select(table.__table__)).all())


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_an_approval_runs_through_its_steps_one_event_a_command(desk: Desk) -> None:
    number = desk.start().approval

    first, second, third = (desk.do(number, Approve(one, opinion=f"同意{one}")) for one in (A, B, C))

    assert (first.status, second.status, third.status) == (Status.RUNNING, Status.RUNNING, Status.APPROVED)
    with reading(desk.engine) as session:
        rows = session.execute(select(Event.verb, Event.actor, Event.reason).order_by(Event.id))
        told = [tuple(row) for row in rows]
    assert told == [
        ("approval.submit", "p6@x.cn", ""),
        ("approval.approve", "p1@x.cn", "同意1"),
        ("approval.approve", "p2@x.cn", "同意2"),
        ("approval.approve", "p3@x.cn", "同意3"),
    ]


def test_the_events_rebuild_what_the_tables_hold(desk: Desk) -> None:
    number = desk.start(title="《报告》'; DROP TABLE approval; -- 😀").approval
    desk.do(number, Copy(INITIATOR, people=(D, E)), Read(D), KeepDraft(A, opinion="再想想"))
    desk.do(number, Urge(INITIATOR, words="请尽快"), Comment(B, words="已阅"))
    desk.do(number, Delegate(A, to=D), Approve(D, opinion="可以"), AddSigner(B, people=(E,)), Approve(A))
    desk.do(number, Transfer(B, to=D), Approve(D), TakeBack(D), Approve(D), Approve(E))
    desk.do(number, Suspend(ADMIN, reason="等文件"))
    desk.today += timedelta(days=3)
    desk.do(number, Resume(ADMIN), Return(C, opinion="重做", to="first"), Reject(A, opinion="不妥"))
    desk.do(number, Submit(INITIATOR, facts={}), Withdraw(INITIATOR), Submit(INITIATOR), Approve(A))
    ended = desk.start(2).approval
    desk.do(ended, Terminate(ADMIN, reason="作废"))

    with reading(desk.engine) as session:
        for one in (number, ended):
            assert rebuild(session, one) == load(session, one)[1]
            assert list(rebuild(session, one).seats) == list(load(session, one)[1].seats)
        assert check(session) == []


def test_tables_that_were_changed_behind_the_log_are_found(desk: Desk) -> None:
    forged, untouched, lost = (desk.start(thing).approval for thing in (1, 2, 3))
    with unit_of_work(desk.engine) as session:
        here = ApprovalSeat.approval_id == forged
        session.execute(update(ApprovalSeat).where(here, ApprovalSeat.number == 1).values(person_id=D))
        for table in ("approval_seat", "approval_step"):
            session.execute(text(f"DELETE FROM {table} WHERE approval_id = {lost}"))  # noqa: S608
        session.execute(text(f"DELETE FROM approval WHERE id = {lost}"))  # noqa: S608

    with reading(desk.engine) as session:
        assert check(session) == [forged, lost]
        assert rebuild(session, untouched) == load(session, untouched)[1]
        with pytest.raises(NotFoundError):
            rebuild(session, 99)


def test_the_same_key_gets_the_first_answer_and_changes_nothing(desk: Desk) -> None:
    begun = desk.start(key="s")
    again = desk.start(key="s")
    answer = desk.do(begun.approval, Approve(A, opinion="同意"), key="k")
    before = desk.state(begun.approval), desk.count(Event)

    repeated = desk.do(begun.approval, Approve(A, opinion="同意"), key="k")

    assert again == replace(begun, repeated=True)
    assert repeated == replace(answer, repeated=True)
    assert (desk.state(begun.approval), desk.count(Event)) == before


def test_a_key_serves_one_command_only(desk: Desk) -> None:
    one, other = desk.start(1).approval, desk.start(2).approval
    desk.do(one, Approve(A, opinion="同意"), key="k")

    assert desk.refused(one, Approve(A, opinion="另一句"), key="k").refusal is Refusal.KEY_REUSED
    assert desk.refused(other, Approve(A, opinion="同意"), key="k").refusal is Refusal.KEY_REUSED


def test_what_leaves_nothing_to_do_makes_no_event_but_keeps_its_key(desk: Desk) -> None:
    number = desk.start().approval
    desk.do(number, Copy(INITIATOR, people=(D,)), Read(D))
    events = desk.count(Event)

    answer = desk.do(number, Read(D), key="again")

    assert (answer.event, answer.changes, desk.count(Event)) == (None, (), events)
    assert desk.do(number, Read(D), key="again").repeated


def test_a_refused_attempt_changes_nothing_and_is_logged_with_names(desk: Desk) -> None:
    number = desk.start().approval
    desk.do(number, Approve(A))
    before = desk.state(number), desk.count(Event)

    refused = desk.refused(number, Approve(A), key="k")

    assert refused.refusal is Refusal.ALREADY_DECIDED
    assert refused.sentence("zh") == "这一席已由人1于 2026-03-02T01:00+00:00 办理，无需重复办理。"
    assert (desk.state(number), desk.count(Event), desk.count(ApprovalCommand)) == (*before, 0)
    with reading(desk.engine) as session:
        logged = session.scalars(select(ApprovalRefusal)).one()
    assert (logged.approval_id, logged.actor, logged.verb, logged.code) == (
        number,
        "p1@x.cn",
        "approve",
        "already_decided",
    )
    assert logged.facts == {"by": A, "at": "2026-03-02T01:00:00+00:00"}


#: Commands that nobody can mean, by what is wrong with them.
NONSENSE: dict[str, Command] = {
    "a long opinion": Approve(A, opinion="长" * 4001),
    "a bell": Approve(A, opinion="铃\x07"),
    "a null character": Approve(A, opinion="\x00"),
    "half a character": Approve(A, opinion="半\ud800"),
    "no opinion at all": Approve(A, opinion=None),  # type: ignore[arg-type]
    "a word for a person": Approve("1"),  # type: ignore[arg-type]
    "a negative person": Approve(-1),
    "a huge person": Approve(10**12),
    "a huge seat": Approve(A, seat=2**40),
    "a fact that is no number": Approve(A, facts={"x": float("nan")}),
    "facts without names": Approve(A, facts=["x"]),  # type: ignore[arg-type]
    "a word for a target": Transfer(A, to="2"),  # type: ignore[arg-type]
    "nobody among people": AddSigner(A, people=(2, None)),  # type: ignore[arg-type]
    "too many people": AddSigner(A, people=tuple(range(1, 1002))),
    "a placing that is none": AddSigner(A, people=(2,), placing="sideways"),  # type: ignore[arg-type]
    "a word for people": Submit(INITIATOR, chosen={"x": "y"}),  # type: ignore[dict-item]
    "a terminal's sequence": Terminate(ADMIN, reason="\x1b[2J"),
    "a word for a definition": Migrate(ADMIN, to="v2"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("command", NONSENSE.values(), ids=NONSENSE)
def test_what_cannot_be_meant_is_refused_by_name_and_logged(desk: Desk, command: Command) -> None:
    number = desk.start().approval
    before = desk.state(number)

    refused = desk.refused(number, command)

    assert refused.refusal is Refusal.BAD_INPUT
    assert "{" not in refused.sentence("zh")
    assert "approval_" not in refused.sentence("zh")
    assert (desk.state(number), desk.count(ApprovalRefusal)) == (before, 1)


@pytest.mark.parametrize("number", ["1", None, True, -1, 10**12, 1.5])
def test_what_names_no_approval_is_refused_by_name(desk: Desk, number: int) -> None:
    assert desk.refused(number, Approve(A)).refusal is Refusal.BAD_INPUT


def test_an_approval_that_does_not_exist_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError) as missing:
        desk.do(99, Approve(A))

    assert missing.value.facts == {"id": 99}


def test_a_subject_has_one_unfinished_approval(desk: Desk) -> None:
    number = desk.start().approval
    with pytest.raises(ApprovalRefusedError) as refused:
        desk.start()
    assert refused.value.refusal is Refusal.ALREADY_RUNNING

    desk.do(number, Terminate(ADMIN, reason="作废"))

    assert desk.start().approval != number


def test_a_running_approval_stays_with_its_version(desk: Desk) -> None:
    old = desk.start(1).approval
    new = desk.start(2, version=2).approval

    with reading(desk.engine) as session:
        assert [load(session, one)[0].version for one in (old, new)] == [1, 2]


def test_a_version_that_was_used_keeps_its_text(desk: Desk) -> None:
    desk.start(1)
    changed = read_definition(page(last="final"), source="test")

    with pytest.raises(InputError) as refused, unit_of_work(desk.engine) as session:
        publish(session, changed, at=NINE)

    assert refused.value.code == "approval_definition_changed"


def test_a_migrated_approval_is_pinned_to_the_other_version(desk: Desk) -> None:
    number = desk.start().approval
    with pytest.raises(InputError):
        desk.do(number, Migrate(ADMIN, to=definition(2)))
    with unit_of_work(desk.engine) as session:
        publish(session, definition(2), at=NINE)

    desk.do(number, Migrate(ADMIN, to=definition(2)))

    with reading(desk.engine) as session:
        assert load(session, number)[0].version == 2
        assert check(session) == []


def test_what_follows_is_part_of_the_same_transaction(desk: Desk) -> None:
    number = desk.start().approval

    def fail(_session: Session, _answer: Answer, _world: World) -> None:
        raise InputError("plan_unknown", year=2026)

    with pytest.raises(InputError):
        attempt(desk.engine, number, Approve(A), desk.world, follow=fail)

    assert desk.do(number, Approve(A)).rev == 2


#: The most statements that a command may need, BEGIN and the queue of writers counted in.
MOST = {"approve": 15, "keep_draft": 12, "comment": 12, "transfer": 14, "copy": 14, "read": 12, "urge": 14}


def test_a_command_needs_few_statements_however_many_seats_there_are(desk: Desk) -> None:
    number = desk.start().approval
    desk.do(number, Comment(A, words="先看看"))
    commands = (
        KeepDraft(A, opinion="草稿"),
        Comment(A, words="说明"),
        Copy(A, people=(D,)),
        Read(D),
        Urge(INITIATOR),
        Transfer(B, to=D),
        Approve(A),
        Approve(D),
        Approve(C),
    )
    for command in commands:
        with statements(desk.engine) as sent:
            desk.do(number, command, key=command.verb + str(command.by))

        assert len(sent) <= MOST[command.verb], (command.verb, sent)


def test_the_list_holds_open_seats_reworks_and_nothing_that_waits_or_is_suspended(desk: Desk) -> None:
    number, suspended = desk.start(1).approval, desk.start(2).approval
    desk.do(suspended, Suspend(ADMIN, reason="等"))

    assert desk.list_of(A) == [(number, "principal", A)]
    assert desk.list_of(C) == []
    assert desk.list_of(None) == [(number, "principal", A), (number, "principal", B)]

    desk.do(number, Delegate(A, to=D))
    assert (desk.list_of(A), desk.list_of(D)) == ([], [(number, "advice", D)])

    desk.do(number, Reject(B, opinion="不妥"))
    assert (desk.list_of(B), desk.list_of(D)) == ([], [])
    assert desk.list_of(INITIATOR) == [(number, "rework", INITIATOR)] == desk.list_of(None)


def test_who_acts_today_has_the_seats_of_the_absent(desk: Desk) -> None:
    number = desk.start().approval
    desk.away(A, D)
    desk.away(D, E)

    assert desk.list_of(E) == [(number, "principal", A)]
    assert desk.list_of(D) == []
    assert desk.list_of(A) == [(number, "principal", A)]
    assert desk.do(number, Approve(E)).status is Status.RUNNING

    desk.today += timedelta(days=1)
    assert desk.list_of(E) == []


def test_absences_in_a_circle_end_and_nobody_sees_the_own_request(desk: Desk) -> None:
    desk.start()
    for person, substitute in ((A, D), (D, A), (B, INITIATOR)):
        desk.away(person, substitute)

    assert desk.list_of(D) == []
    assert desk.list_of(INITIATOR) == []
    with reading(desk.engine) as session:
        staff = desk.world(session)
        assert staff.substitute(A) == Substitution(circle=True)
        assert staff.substitute(B) == Substitution(INITIATOR)
        assert staff.substitute(C) == Substitution()


def test_a_copy_is_on_the_list_until_it_is_read(desk: Desk) -> None:
    number = desk.start().approval
    desk.do(number, Copy(INITIATOR, people=(D,)))
    with reading(desk.engine) as session:
        assert [one.approval for one in copies_for(session, D)] == [number]

    desk.do(number, Read(D))

    with reading(desk.engine) as session:
        assert copies_for(session, D) == []


def test_closed_seats_do_not_slow_the_list_down(desk: Desk) -> None:
    number = desk.start().approval
    # As many closed seats of the same person as make reading all of them a bad plan.
    with unit_of_work(desk.engine) as session:
        seat = dict(session.execute(select(ApprovalSeat.__table__).limit(1)).mappings().one())
        closed = [seat | {"number": 100 + n, "state": "closed"} for n in range(20_000)]
        session.execute(insert(ApprovalSeat), closed)
    with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))

    with reading(desk.engine) as session, statements(desk.engine) as sent:
        found = waiting_for(session, A, MONDAY)
        kind = "EXPLAIN QUERY PLAN" if desk.engine.dialect.name == "sqlite" else "EXPLAIN"
        compiled = inbox._FOR_ONE.params(me=A, day=MONDAY).compile(  # noqa: SLF001
            desk.engine, compile_kwargs={"literal_binds": True}
        )
        plan = "\n".join(str(row[-1]) for row in session.execute(text(f"{kind} {compiled}")))

    assert [one.approval for one in found] == [number]
    assert len([one for one in sent if "approval_seat" in one and "EXPLAIN" not in one]) == 1
    assert "ix_approval_seat_open" in plan
    assert "SCAN approval_seat\n" not in plan
    assert "Seq Scan on approval_seat" not in plan


def test_the_clock_acts_once_a_day_and_leaves_the_suspended_alone(desk: Desk) -> None:
    number, suspended = desk.start(1).approval, desk.start(2).approval
    desk.do(suspended, Suspend(ADMIN, reason="等"))

    def scan(day: date) -> list[int]:
        desk.today = day
        with unit_of_work(desk.engine) as session:
            scans = [perform(session, one, Scan(SYSTEM), desk.world(session)) for one in due(session, day)]
        return [one.approval for one in scans if one.changes]

    assert scan(date(2026, 3, 3)) == []
    assert scan(date(2026, 3, 4)) == [number]
    assert scan(date(2026, 3, 4)) == []
    assert scan(date(2026, 3, 9)) == [number]
    state = desk.state(number)
    assert {seat.verb for seat in state.seats.values() if seat.step == 1} == {"auto_approve"}
    assert {seat.closed_by for seat in state.seats.values() if seat.step == 1} == {0}
    with reading(desk.engine) as session:
        rungs = select(ApprovalStep.next_on).where(ApprovalStep.approval_id == number)
        assert set(session.scalars(rungs)) == {None}
        assert check(session) == []
