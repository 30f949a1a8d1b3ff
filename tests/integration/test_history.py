"""The story of one work item: everything around it, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from models.database import reading, unit_of_work
from models.errors import NotFoundError
from models.journal import SYSTEM, Fact, record
from models.lifecycle import Action, Stage, State
from models.settings import Settings
from models.tables import (
    Absence,
    Contribution,
    Evidence,
    Extension,
    Item,
    Reminder,
    Unit,
    WorkChange,
    WorkItem,
)
from tasks.directory import find_person
from tasks.history import story_of
from tasks.story import Story
from tasks.work import Hand, feedback, finish, send_back
from tests.deciding import staff_on

TODAY = date(2026, 3, 30)
NOON = datetime(2026, 3, 30, 4, tzinfo=UTC)
OWNER, COORDINATOR, SUBSTITUTE = "吕国平", "林晓东", "秦慧敏"
ZONE = Settings(home=Path("/nowhere")).zone
#: What telling the whole story may cost, whatever there is to tell.
STATEMENTS = 12


@pytest.fixture
def number(in_force: Engine) -> int:
    """A theme day of March of the first branch."""
    with reading(in_force) as session:
        query = select(WorkItem.id).join(Item).join(Unit, Unit.id == WorkItem.unit_id)
        query = query.where(Item.ref == "40", Unit.name == "第一党支部", WorkItem.period == "2026-03")
        return session.scalars(query).one()


def story(engine: Engine, number: int) -> Story:
    with reading(engine) as session:
        return story_of(session, number, TODAY)


def record_one(engine: Engine, verb: str, number: int, payload: dict[str, object]) -> int:
    with unit_of_work(engine) as session:
        fact = Fact(verb, "work_item" if verb.startswith("work_item") else "year", number, SYSTEM, payload)
        return record(session, [fact], at=NOON)[0]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def happen(engine: Engine, number: int) -> None:
    """Nearly everything that can happen to a work item."""
    with unit_of_work(engine) as session:
        owner, coordinator = find_person(session, OWNER), find_person(session, COORDINATOR)
        helper = session.scalars(select(Unit).where(Unit.name == "第二党支部")).one()
        hand = Hand(owner, NOON, TODAY)
        feedback(session, number, hand, words="已布置")
        later = session.get_one(WorkItem, number)
        session.add_all(
            [
                Absence(
                    person_id=owner.id,
                    substitute_id=find_person(session, SUBSTITUTE).id,
                    kind="请假",
                    starts_on=TODAY,
                    ends_on=TODAY,
                ),
                Contribution(
                    work_item_id=number,
                    unit_id=helper.id,
                    owner_id=helper.head_id,
                    words="名单",
                    asked_at=NOON,
                ),
                Extension(
                    work_item_id=number,
                    person_id=owner.id,
                    asked_at=NOON,
                    asked_on=TODAY,
                    from_due_on=later.due_on,
                    to_due_on=date(2026, 4, 10),
                    granted_due_on=date(2026, 4, 10),
                    reason="场地未定",
                    state="granted",
                    decided_at=NOON,
                ),
                Evidence(
                    work_item_id=number, person_id=owner.id, at=NOON, sha256="a" * 64, name="签到.pdf", size=9
                ),
                Evidence(
                    work_item_id=number + 1,
                    person_id=owner.id,
                    at=NOON,
                    sha256="a" * 64,
                    name="旧.pdf",
                    size=9,
                ),
                Reminder(
                    work_item_id=number,
                    track="owner",
                    rung="urge-1",
                    due_on=TODAY,
                    on=TODAY - timedelta(days=1),
                ),
            ]
        )
        part = Item(
            year=2026, ref="40-1", no="40-1", position=1, category="党建", title="布置会场", kind="window"
        )
        session.add(part)
        session.flush()
        session.add(
            WorkItem(item_id=part.id, unit_id=helper.id, period="2026-03", state="assigned", parent_id=number)
        )
        given = record(session, [Fact("work.handed_over", "person", owner.id, coordinator.email)], at=NOON)[0]
        session.add(
            WorkChange(
                event_id=given,
                work_item_id=number,
                kind="handed_over",
                was=str(coordinator.id),
                now=str(owner.id),
            )
        )


def test_the_story_has_everything_that_belongs_to_the_work(in_force: Engine, number: int) -> None:
    happen(in_force, number)

    told = story(in_force, number)

    assert (told.owner and told.owner.name, told.substitute) == (OWNER, SUBSTITUTE)
    assert [(one.by, one.to_due_on, one.state) for one in told.extensions] == [
        (OWNER, date(2026, 4, 10), "granted")
    ]
    assert [one.unit for one in told.helpers if one.asked_at] == ["第二党支部"]
    assert [(one.ref, one.parent_id) for one in told.parts] == [("40-1", number)]
    assert story(in_force, told.parts[0].id).parent is not None
    assert [(one.name, [other.id for other in one.reused]) for one in told.evidence] == [
        ("签到.pdf", [number + 1])
    ]
    assert [(one.kind, one.was, one.now, one.actor) for one in told.changes] == [
        ("handed_over", COORDINATOR, OWNER, COORDINATOR)
    ]
    assert [(one.verb, one.name) for one in told.events] == [("work_item.feedback", OWNER)]
    assert told.registered_at is not None


def test_the_story_costs_the_same_however_much_there_is(in_force: Engine, number: int) -> None:
    with counted(in_force) as little:
        story(in_force, number)
    happen(in_force, number)
    with counted(in_force) as much:
        story(in_force, number)

    # One more for who acts today.
    assert len(little) < len(much) <= STATEMENTS
    assert len(much) <= len(little) + 1


def test_the_way_of_an_ordinary_item_is_read_from_its_events(in_force: Engine, number: int) -> None:
    with unit_of_work(in_force) as session:
        owner = Hand(find_person(session, OWNER), NOON, TODAY)
        finish(session, number, owner, words="已开展", staff=staff_on(session, NOON), reason="数量口径不同")
        work = session.get_one(WorkItem, number)
        if work.state == "submitted":  # a key item waits for its approval
            work.state = "closed"
    with unit_of_work(in_force) as session:
        coordinator = Hand(find_person(session, COORDINATOR), NOON, TODAY)
        send_back(session, number, coordinator, words="请补签到表", staff=staff_on(session, NOON))

    path = story(in_force, number).path(ZONE, "题")

    assert (path.state, path.title) == (State.RETURNED, "题")
    passed = {stage: found.first for stage in Stage if (found := path.passed(stage))}
    assert passed[Stage.REGISTRATION] == passed[Stage.ASSIGNMENT] == date(2026, 1, 5)
    assert passed[Stage.REPORT] == passed[Stage.REVIEW] == TODAY
    returned = path.taken(Action.RETURN)
    assert returned is not None
    assert (returned.times, returned.by) == (1, COORDINATOR)
    assert Stage.URGING not in passed


def test_urging_by_the_ladder_and_filing_are_on_the_way(in_force: Engine, number: int) -> None:
    happen(in_force, number)
    with unit_of_work(in_force) as session:
        work = session.get_one(WorkItem, number)
        work.state, work.closed_at, work.closed_on = "archived", NOON, date(2026, 4, 2)
        work.due_on = TODAY
    for _ in range(2):  # only the first filing after it was closed is its own
        record_one(in_force, "work.archived", 2026, {"year": 2026})

    told = story(in_force, number)
    path = told.path(ZONE)

    assert told.made_up
    assert [one.verb for one in told.events if one.verb == "work.archived"] == ["work.archived"]
    urged, filed = path.passed(Stage.URGING), path.passed(Stage.FILING)
    assert urged is not None
    assert (urged.first, urged.by) == (TODAY - timedelta(days=1), "")
    assert filed is not None
    assert filed.times == 1


def test_nothing_is_told_of_work_that_there_is_not(in_force: Engine) -> None:
    with pytest.raises(NotFoundError):
        story(in_force, 99_999)
