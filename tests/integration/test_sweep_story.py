"""Whatever people do between sweeps, whichever days are missed: lights and rungs are as the laws say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.orm import Session

from models.journal import Fact, record
from models.settings import Settings
from models.supervision.read import shipped
from models.tables import (
    LOOK_NOW,
    Absence,
    Extension,
    LightChange,
    Reminder,
    WorkItem,
)
from tasks.lights import explain_light, settle
from tasks.supervise import supervise
from tasks.sweep.fingerprint import check
from tests.integration.sweep_world import CALENDAR, PEOPLE, Drawn, drawn_work, found, law, store

SETTINGS = Settings(home=Path("/nowhere"))
FIRST = date(2026, 2, 25)
ENDED = {"closed", "archived", "cancelled"}
IN_ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=8,
)


@dataclass
class Story:
    """A bureau in which things happen, beside what the laws expect of it."""

    session: Session
    today: date = FIRST
    told: set[tuple[int, str, date]] = field(default_factory=set)
    #: Ended work: its light, and how many changes of light it has had.
    ended: dict[int, tuple[str, int]] = field(default_factory=dict)

    def sweep(self) -> None:
        """One day's supervision, and the comparison with every work item judged afresh."""
        at = datetime.combine(self.today, time(1), UTC)
        done = supervise(self.session, SETTINGS, calendar=CALENDAR, day=self.today, at=at)
        self.session.expire_all()
        every = self.session.scalars(select(WorkItem).order_by(WorkItem.id)).all() if done.fresh else []
        for work in every:
            meant = law(self.session, shipped(), work, self.today)
            if work.state not in ENDED:
                assert work.light == meant.light, (work.id, meant)
                assert work.look_on is None or work.look_on > self.today
                self.told |= {(work.id, one.rung, one.anchor) for one in meant.told}
            else:
                assert work.look_on is None
                known = self.ended.setdefault(work.id, (work.light, self.changes(work.id)))
                assert (work.light, self.changes(work.id)) == known
        rows = self.session.execute(select(Reminder.work_item_id, Reminder.rung, Reminder.due_on)).all()
        assert len(rows) == len(set(rows))
        assert {tuple(row) for row in rows} == self.told

    def changes(self, number: int) -> int:
        """How many changes of light the work item has had."""
        query = select(func.count()).where(LightChange.work_item_id == number)
        return self.session.scalar(query) or 0

    def happen(self, verb: str, place: int, days: int) -> None:
        """Something that a person does."""
        if verb in {"absent", "back"}:
            self.leave(verb, PEOPLE[place % len(PEOPLE)], days)
            return
        every = self.session.scalars(select(WorkItem).order_by(WorkItem.id)).all()
        work = every[place % len(every)]
        if work.state not in ENDED:
            work.look_on = LOOK_NOW
            VERBS[verb](self, work, days)
            self.session.flush()

    def leave(self, verb: str, person: int, days: int) -> None:
        """A person leaves for some days, sometimes with a substitute, or is back early."""
        self.session.execute(delete(Absence).where(Absence.person_id == person))
        if verb == "absent":
            substitute = PEOPLE[days % len(PEOPLE)] if days % 3 == 0 else None
            values = {
                "person_id": person,
                "substitute_id": substitute,
                "kind": "请假",
                "starts_on": self.today - timedelta(days=days % 4),
                "ends_on": self.today + timedelta(days=days),
            }
            self.session.execute(insert(Absence).values(**values))

    def report(self, work: WorkItem, _days: int) -> None:
        work.reported_on, work.done = self.today, work.done + 1

    def submit(self, work: WorkItem, _days: int) -> None:
        work.state, work.submitted_on = "submitted", self.today

    def give_back(self, work: WorkItem, _days: int) -> None:
        work.state, work.submitted_on = "returned", None

    def end(self, work: WorkItem, days: int) -> None:
        """Closed or cancelled: the light is settled in the same transaction."""
        work.state = "cancelled" if days % 4 == 0 else "closed"
        if work.state == "closed":
            work.closed_on, work.closed_at = self.today, datetime.combine(self.today, time(9), UTC)
        fact = Fact(f"work_item.{work.state}", "work_item", work.id, "SYSTEM", {})
        event_id = record(self.session, [fact], at=datetime.combine(self.today, time(9), UTC))[0]
        settle(self.session, work, on=self.today, event_id=event_id)

    def end_silently(self, work: WorkItem, _days: int) -> None:
        """A set-based step ended it, and leaves the light to the sweep."""
        work.state = "cancelled"

    def move(self, work: WorkItem, days: int) -> None:
        work.due_on = self.today + timedelta(days=days - 10)

    def ask(self, work: WorkItem, _days: int) -> None:
        waiting = select(Extension).where(Extension.work_item_id == work.id, Extension.state == "asked")
        if work.due_on is None or self.session.scalar(waiting) is not None:
            return
        self.session.add(
            Extension(
                work_item_id=work.id,
                person_id=1,
                asked_at=datetime.combine(self.today, time(9), UTC),
                asked_on=self.today,
                late=self.today > work.due_on,
                from_due_on=work.due_on,
                to_due_on=work.due_on,
                reason="",
                state="asked",
            )
        )

    def decide(self, work: WorkItem, days: int) -> None:
        granted = days % 2 == 0
        waiting = update(Extension).where(Extension.work_item_id == work.id, Extension.state == "asked")
        self.session.execute(waiting.values(state="granted" if granted else "refused"))
        if granted:
            self.move(work, days + 10)


VERBS: dict[str, Callable[[Story, WorkItem, int], None]] = {
    "report": Story.report,
    "submit": Story.submit,
    "give_back": Story.give_back,
    "end": Story.end,
    "end_silently": Story.end_silently,
    "move": Story.move,
    "ask": Story.ask,
    "decide": Story.decide,
}
#: A sweep after so many days, zero being the same day again; or something that happens.
HAPPENINGS = st.lists(
    st.one_of(
        st.integers(0, 12),
        st.tuples(st.sampled_from([*VERBS, "absent", "back"]), st.integers(0, 11), st.integers(0, 30)),
    ),
    min_size=20,
    max_size=60,
)


@pytest.fixture
def bureau(database: Engine) -> Engine:
    found(database)
    return database


@IN_ONE_DATABASE
@given(work=st.lists(drawn_work(FIRST), min_size=6, max_size=12), happenings=HAPPENINGS)
def test_every_sweep_leaves_what_judging_everything_afresh_would(
    bureau: Engine, work: list[Drawn], happenings: list[int | tuple[str, int, int]]
) -> None:
    with bureau.connect() as connection, Session(connection) as session:
        store(session, work)
        session.execute(update(WorkItem).values(light="grey"))
        story = Story(session)
        story.sweep()
        for happening in happenings:
            if isinstance(happening, int):
                story.today += timedelta(days=happening)
                story.sweep()
            else:
                story.happen(*happening)
        assert check(session) == []
        for one in session.scalars(select(WorkItem)):
            assert explain_light(session, one.id, "zh").strip()
            assert explain_light(session, one.id, "en").strip()
            changes = session.scalars(
                select(LightChange).where(LightChange.work_item_id == one.id).order_by(LightChange.id)
            ).all()
            trail = ["grey", *(change.light for change in changes)]
            assert [change.was for change in changes] == trail[:-1]
            assert one.light == trail[-1]
