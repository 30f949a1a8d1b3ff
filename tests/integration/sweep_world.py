"""A small bureau for sweeps, random work in it, and what the pure laws say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.lifecycle import State
from models.schedule import Kind
from models.supervision.facts import Asked, Light, Numbers, Track, Work
from models.supervision.judge import judge, measure
from models.supervision.ladder import Chain, Told, climb
from models.supervision.looks import next_look
from models.supervision.rules import (
    Compared,
    Condition,
    Flag,
    Ladder,
    LightRule,
    OneOf,
    Rung,
    Sign,
    Supervision,
)
from models.tables import Extension, Item, Person, Unit, WorkItem
from models.workdays import load_calendar
from tasks.lights import facts_of
from tasks.sweep.away import who_is_away

CALENDAR = load_calendar([2026])
#: Owners are 1–3; 1 heads the first unit, 4 the second, the third has no head.
PEOPLE, HEADS = (1, 2, 3, 4), {1: 1, 2: 4, 3: None}


def found(engine: Engine) -> None:
    """Four people, three units."""
    with unit_of_work(engine) as session:
        session.add_all(Person(id=n, name=f"人{n}", email=f"p{n}@example.gov.cn") for n in PEOPLE)
        session.flush()
        session.add_all(
            Unit(id=n, code=f"U{n}", name=f"科室{n}", kind="科室", head_id=head) for n, head in HEADS.items()
        )


@dataclass(frozen=True)
class Drawn:
    """A random work item: columns of its item and of itself, and whether an extension is asked."""

    item: Mapping[str, Any]
    work: Mapping[str, Any]
    asked: str


@st.composite
def drawn_work(draw: st.DrawFn, day: date) -> Drawn:
    """A work item around `day`, as odd as the tables allow."""

    def near(before: int, after: int) -> date | None:
        apart = draw(st.one_of(st.none(), st.integers(-before, after)))
        return None if apart is None else day + timedelta(days=apart)

    assigned = near(200, 0)
    hour = draw(st.sampled_from([1, 17, 23]))
    work = {
        "unit_id": draw(st.sampled_from(sorted(HEADS))),
        "owner_id": draw(st.sampled_from([None, 1, 2, 3])),
        "state": draw(st.sampled_from([one.value for one in State])),
        "light": draw(st.sampled_from([one.value for one in Light])),
        "start_on": near(300, 40),
        "due_on": near(70, 60),
        "assigned_at": datetime.combine(assigned, time(hour), UTC) if assigned else None,
        "submitted_on": near(60, 0),
        "closed_on": near(60, 0),
        "reported_on": near(200, 0),
        "target": draw(st.sampled_from([None, None, 1.0, 3.0, 4.0, 500.0])),
        "done": draw(st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.3])),
    }
    item = {
        "kind": draw(st.sampled_from([one.value for one in Kind])),
        "key": draw(st.booleans()),
        "hidden": draw(st.booleans()),
        "category": draw(st.sampled_from(["甲", "乙"])),
        "origin": draw(st.sampled_from(["plan", "rule"])),
    }
    return Drawn(item, work, draw(st.sampled_from(["", "", "asked", "late", "granted"])))


@st.composite
def drawn_absences(draw: st.DrawFn, day: date) -> list[dict[str, Any]]:
    """Absences around `day`: none, several, in circles."""
    rows = []
    for number, person in enumerate(draw(st.sets(st.sampled_from(PEOPLE), max_size=3)), start=1):
        starts = day + timedelta(days=draw(st.integers(-20, 3)))
        rows.append(
            {
                "id": number,
                "person_id": person,
                "substitute_id": draw(st.sampled_from([None, *(set(PEOPLE) - {person})])),
                "kind": "请假",
                "starts_on": starts,
                "ends_on": starts + timedelta(days=draw(st.integers(0, 40))),
            }
        )
    return rows


def store(session: Session, every: Sequence[Drawn]) -> None:
    """Put random work into the tables; its number is its place from 1."""
    for number, one in enumerate(every, start=1):
        values = {"year": 2026, "ref": str(number), "no": str(number), "position": number, "title": "事"}
        session.execute(insert(Item).values(id=number, **values, **one.item))
        closed = datetime(2026, 1, 1, tzinfo=UTC) if one.work["state"] in {"closed", "archived"} else None
        session.execute(
            insert(WorkItem).values(
                id=number, item_id=number, period=f"{number}", closed_at=closed, **one.work
            )
        )
        if one.asked:
            session.execute(
                insert(Extension).values(
                    work_item_id=number,
                    person_id=1,
                    asked_at=datetime(2026, 1, 1, tzinfo=UTC),
                    asked_on=date(2026, 1, 1),
                    late=one.asked == "late",
                    from_due_on=date(2026, 1, 1),
                    to_due_on=date(2026, 1, 1),
                    reason="",
                    state="granted" if one.asked == "granted" else "asked",
                )
            )


def chain_of(session: Session, work: WorkItem, day: date) -> Chain:
    """Who is above the work item, and there, on the day."""
    away = {one.person: one for one in who_is_away(session, day)}
    own = away.get(work.owner_id or 0)
    head = HEADS[work.unit_id]
    return Chain(
        absence=own.absence if own else None,
        absent_until=own.ends_on if own else None,
        head=head is not None and head != work.owner_id,
        head_there=head not in away,
    )


@dataclass(frozen=True)
class Judged:
    """What the laws say of a work item on a day."""

    light: str
    rule: str
    numbers: Numbers
    rungs: Mapping[str, str]
    told: Sequence[Told]
    look_on: date | None


def law(session: Session, table: Supervision, work: WorkItem, day: date) -> Judged:
    """The pure laws, asked about one row."""
    facts: Work = facts_of(session, work)
    situation = measure(facts, day, CALENDAR)
    chain = chain_of(session, work, day)
    verdict = judge(table.lights, situation)
    told = climb(table.ladder_of(facts), situation, chain, CALENDAR)
    return Judged(
        light=verdict.light,
        rule=verdict.rule,
        numbers=verdict.numbers,
        rungs={one.track.value: one.rung for one in told},
        told=told,
        look_on=next_look(table, situation, chain, CALENDAR),
    )


def laws(session: Session, table: Supervision, day: date) -> dict[int, Judged]:
    """The same of every row."""
    session.expire_all()
    return {one.id: law(session, table, one, day) for one in session.scalars(select(WorkItem))}


def _conditions() -> st.SearchStrategy[Condition]:
    days = {Asked.WORKDAYS_LEFT: (-30, 30), Asked.DAYS_LATE: (0, 30), Asked.DAYS_SILENT: (0, 200)}
    compared = [
        st.builds(Compared, st.just(asked), st.sampled_from(Sign), st.integers(*span))
        for asked, span in days.items()
    ]
    parts = st.sampled_from([0.0, 10.0, 33.0, 50.0, 100.0])
    compared.append(st.builds(Compared, st.just(Asked.BEHIND), st.sampled_from(Sign), parts))
    compared.append(
        st.builds(Compared, st.just(Asked.TARGET), st.sampled_from(Sign), st.sampled_from([1.0, 4.0]))
    )
    flags = [Asked.STAR, Asked.HIDDEN, Asked.DATED, Asked.REPORTED, Asked.STARTED, Asked.EXTENSION]
    kinds = st.lists(st.sampled_from([one.value for one in Kind]), min_size=1, max_size=6, unique=True)
    states = st.lists(st.sampled_from([one.value for one in State]), min_size=1, max_size=5, unique=True)
    return st.one_of(
        *compared,
        st.builds(Flag, st.sampled_from(flags), st.booleans()),
        kinds.map(lambda words: OneOf(Asked.KIND, tuple(words))),
        states.map(lambda words: OneOf(Asked.STATE, tuple(words))),
    )


def _rungs() -> st.SearchStrategy[tuple[Rung, ...]]:
    at = st.integers(-10, 30)
    owner = st.one_of(
        st.just([Rung("silent", Track.OWNER, silent_days=30)]),
        st.tuples(at, at).map(
            lambda two: [
                Rung("remind", Track.OWNER, (min(two),)),
                Rung("urge", Track.OWNER, tuple(range(max(two), 40, 7))),
            ]
        ),
    )
    above = st.lists(st.builds(lambda n: Rung("leader", Track.LEADER, (n,)), at), max_size=1)
    head = st.lists(st.builds(lambda n: Rung("head", Track.HEAD, (n,)), at), max_size=1)
    return st.tuples(owner, head, above).map(lambda three: tuple(rung for part in three for rung in part))


@st.composite
def drawn_table(draw: st.DrawFn) -> Supervision:
    """Any rule table that a bureau could write."""
    whens = draw(st.lists(st.lists(_conditions(), min_size=1, max_size=3), min_size=1, max_size=8))
    rules = [
        LightRule(f"r{n}", draw(st.sampled_from(Light)), tuple({one.asked: one for one in when}.values()))
        for n, when in enumerate(whens)
    ]
    ladders = (
        Ladder("star", draw(_rungs()), star=draw(st.booleans())),
        Ladder("some", draw(_rungs()), kinds=("standing", "quota"), categories=("甲",)),
        Ladder("rest", draw(_rungs())),
    )
    return Supervision((*rules, LightRule("rest", Light.GREEN, ())), ladders, "{}")
