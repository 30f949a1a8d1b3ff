"""The invented coordinator: settles what the plan leaves open, opens work when something occurs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from flows.office import Office
from models import periods
from models.messages import say
from models.roles import Role
from models.schedule import Kind
from models.tables import Item, Person, PlanItem, Post, Responsible, Unit
from models.workdays import Calendar
from tasks.confirm_plan import Answer, Question, confirm_plan, questions
from tasks.directory import find_coordinator
from tasks.open_work import OCCASIONAL, open_work
from tasks.store_plan import find_plan

#: What the coordinator writes for a phrase that holds one of these words, and for no phrase at all.
CLEARER = {"定期": "每季度"}
NO_PHRASE = "年底前"
#: How often in the year each kind of occasion comes.
OCCASIONS = {Kind.RELATIVE: 3, Kind.VAGUE: 2, Kind.UNSCHEDULED: 1, Kind.AWAITING: 1}
#: Days of the year on which something may occur: not in the first month, not in the last.
FIRST_DAY, LAST_DAY = 35, 325
#: Workdays for occasional work whose item says nothing.
DAYS_GIVEN = 15


@dataclass(frozen=True)
class Occasion:
    """Something occurs on `day` that gives work to item `ref`; to one unit where many could have it."""

    day: date
    ref: str
    due_on: date | None
    words: str


def settle_plan(office: Office, year: int) -> int:
    """Answer every open question of the newest plan; gives how many there were."""
    with office.write() as session:
        plan = find_plan(session, year)
        person, unit = _stand_in(session, office)
        answers = [answer(one, person=person, unit=unit) for one in questions(plan, office.settings.lang)]
        confirm_plan(
            session,
            plan,
            answers,
            calendar=office.calendar([year]),
            actor=person.email,
            at=office.clock.now(),
        )
    return len(answers)


def answer(question: Question, *, person: Person, unit: Unit) -> Answer:
    """A sensible answer to any plan's question.

    A cadence for 定期, the year's end for a blank; other readings stand. Where a post is unknown the
    unit's head stands; where the unit itself is, the coordinator takes the item on.
    """
    item = question.item
    phrase = _clearer(item) if item.confirm_time else ""
    led = any(one.role == "lead" for one in item.responsibles)
    if item.confirm_owner and not led:
        return Answer(item.ref, phrase, lead=unit.name, owner=person.name)
    return Answer(item.ref, phrase)


def _clearer(item: PlanItem) -> str:
    if item.kind == Kind.MISSING.value:
        return NO_PHRASE
    return next((phrase for word, phrase in CLEARER.items() if word in item.phrase), "")


def _stand_in(session: Session, office: Office) -> tuple[Person, Unit]:
    """The coordinator and the unit in which the coordinator works."""
    person = find_coordinator(session, office.settings.coordinator)
    assert person is not None  # noqa: S101  # the stage appointed one
    department = session.scalar(
        select(Unit)
        .join(Post, Post.unit_id == Unit.id)
        .where(Post.person_id == person.id, Post.role == Role.MEMBER)
        .order_by(Post.id)
    )
    unit = department or session.scalars(select(Unit).order_by(Unit.position)).first()
    assert unit is not None  # noqa: S101  # an organisation has units
    return person, unit


def plan_occasions(office: Office, year: int, calendar: Calendar) -> list[Occasion]:
    """What will occur in the year, the same for the same plan every time."""
    with office.read() as session:
        rows = session.execute(
            select(Item.ref, Item.kind, Item.days)
            .where(
                Item.year == year,
                Item.withdrawn_at.is_(None),
                Item.kind.in_([kind.value for kind in OCCASIONAL]),
                Item.plan_item_id.in_(select(Responsible.plan_item_id).where(Responsible.role == "lead")),
            )
            .order_by(Item.position)
        ).all()
    return [
        one
        for ref, kind, days in rows
        for one in _occasions(office, year, calendar, ref=ref, kind=Kind(kind), days=days)
    ]


def _occasions(
    office: Office, year: int, calendar: Calendar, *, ref: str, kind: Kind, days: int | None
) -> Iterator[Occasion]:
    rng = Random(f"occasion {year} {ref}")  # noqa: S311  # invented occasions
    first = periods.year(year).start
    for offset in sorted(rng.sample(range(FIRST_DAY, LAST_DAY), OCCASIONS[kind])):
        day = calendar.later(first + timedelta(days=offset))
        due = None if days is not None else calendar.add(day, DAYS_GIVEN)
        number = rng.randint(3, 60)
        words = say(f"rehearsal.occurred_{kind.value}", office.settings.lang, year=year, number=number)
        yield Occasion(day, ref, due, words)


def open_occasions(office: Office, year: int, occasions: list[Occasion], calendar: Calendar) -> int:
    """Open the work of what occurs today; gives how many work items."""
    today, count = office.clock.today(), 0
    for one in [one for one in occasions if one.day == today]:
        with office.write() as session:
            units = _units_for(session, year, one)
            if units:
                person, _ = _stand_in(session, office)
                opened = open_work(
                    session,
                    year=year,
                    ref=one.ref,
                    occurred_on=today,
                    calendar=calendar,
                    actor=person.email,
                    at=office.clock.now(),
                    due_on=one.due_on,
                    unit=Random(f"whom {one.ref} {today}").choice(units),  # noqa: S311  # invented
                    words=one.words,
                )
                count += len(opened)
    return count


def _units_for(session: Session, year: int, occasion: Occasion) -> Sequence[Unit]:
    """The units that could have the work: those that lead the item and exist on the day."""
    return session.scalars(
        select(Unit)
        .join(Responsible, Responsible.unit_id == Unit.id)
        .join(Item, Item.plan_item_id == Responsible.plan_item_id)
        .where(Item.year == year, Item.ref == occasion.ref, Responsible.role == "lead")
        .where(or_(Unit.starts_on.is_(None), Unit.starts_on <= occasion.day))
        .where(or_(Unit.ends_on.is_(None), Unit.ends_on >= occasion.day))
        .order_by(Unit.position)
    ).all()
