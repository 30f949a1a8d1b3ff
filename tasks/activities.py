"""What takes place once and counts in many places: recorded once, reported on every work item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError
from models.figures import Counting, kinds_by_key
from models.journal import Fact, record
from models.lifecycle import DONE_STATES
from models.periods import Period
from models.tables import Activity, Feedback, Item, Person, Unit, WorkItem
from tasks.approvals.staff import Staff
from tasks.count import Share
from tasks.figures import shares_of
from tasks.work import Hand, feedback, finish

#: The work items that an activity counts for, each with the quantity to add; None where none is said.
Counts = Sequence[tuple[int, float | None]]


class Listed(NamedTuple):
    """An activity in a list; `works` are the numbers of the work items that it counts for."""

    id: int
    on: date
    title: str
    person: str
    works: tuple[int, ...]


class CountedFor(NamedTuple):
    """A work item that an activity counts for; `figure` is the key of the one that it feeds."""

    id: int
    ref: str
    title: str
    unit: str
    period: str
    state: str
    quantity: float | None
    figure: str
    year: int


@dataclass(frozen=True)
class Uses:
    """Where an activity counts: its work items, and its shares in the figures by their keys.

    `later` are the keys of figures that it will count in once the work is closed.
    """

    activity: Activity
    person: str
    works: tuple[CountedFor, ...]
    figures: dict[str, list[Share]]

    @property
    def later(self) -> list[str]:
        """Figures that wait for a closing."""
        waiting = (one.figure for one in self.works if one.figure and one.state not in DONE_STATES)
        return [key for key in dict.fromkeys(waiting) if key not in self.figures]


def record_activity(
    session: Session,
    hand: Hand,
    *,
    title: str,
    on: date,
    counts: Counts,
    words: str = "",
    again: bool = False,
) -> Activity:
    """Record what took place on the local day `on`, and report it on each work item, all or nothing.

    Work with a target is given the quantity named, otherwise 1: it took place once. Raises InputError
    without a title or a work item, for one named twice, for a quantity other than 1 where occasions are
    counted and for none where amounts are; RefusedError for work that is not the person's, a day that no
    report may have, work that one activity cannot settle twice, and for an activity of the same title
    and day that counts for one of the work items already, unless it took place `again`.
    """
    title = " ".join(title.split())
    if not title:
        raise InputError("activity_title")
    works = _works(session, counts)
    _check_once(session, works)
    if not again:
        _check_unknown(session, title, on, [work.id for work, _ in works])
    amounts = dict(counts)
    activity = Activity(title=title, on=on, person_id=hand.person.id, at=hand.at)
    session.add(activity)
    session.flush()
    said = f"{title}：{words.strip()}" if words.strip() else title
    for work, item in works:
        quantity = _quantity(work, item, amounts[work.id])
        feedback(session, work.id, hand, words=said, quantity=quantity, on=on, activity=activity.id)
    payload = {"title": title, "on": on.isoformat(), "works": [work.id for work, _ in works]}
    record(session, [Fact("activity.recorded", "activity", activity.id, hand.actor, payload)], at=hand.at)
    return activity


def finish_counted(
    session: Session, hand: Hand, numbers: Sequence[int], *, words: str, staff: Staff
) -> list[WorkItem]:
    """Report as done what an activity completes of these: work without a target, or with it reached.

    Raises RefusedError as `tasks.work.finish` does.
    """
    works = [session.get_one(WorkItem, number) for number in sorted(numbers)]
    complete = [work for work in works if work.target is None or work.done >= work.target]
    return [finish(session, work.id, hand, words=words, staff=staff) for work in complete]


def activities_in(session: Session, period: Period) -> list[Listed]:
    """The activities of a period, the newest first."""
    rows = session.execute(
        select(Activity.id, Activity.on, Activity.title, Person.name, Feedback.work_item_id)
        .join(Person, Person.id == Activity.person_id)
        .join(Feedback, Feedback.activity_id == Activity.id)
        .where(Activity.on.between(period.start, period.end))
        .order_by(Activity.on.desc(), Activity.id.desc(), Feedback.work_item_id)
    )
    found: dict[int, Listed] = {}
    for number, on, title, person, work in rows:
        before = found.get(number, Listed(number, on, title, person, ()))
        found[number] = before._replace(works=(*before.works, work))
    return list(found.values())


def uses_of(session: Session, number: int) -> Uses:
    """Where the activity with this number counts, and by which rule. Raises NotFoundError."""
    activity = session.get(Activity, number)
    if activity is None:
        raise NotFoundError("activity_unknown", number=number)
    rows = session.execute(
        select(
            WorkItem.id,
            Item.ref,
            Item.title,
            Unit.name,
            WorkItem.period,
            WorkItem.state,
            Feedback.quantity,
            Item.figure,
            Item.year,
        )
        .join(Feedback, Feedback.work_item_id == WorkItem.id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(Feedback.activity_id == number)
        .order_by(Item.position, WorkItem.id)
    )
    works = tuple(CountedFor(*row) for row in rows)
    figures: dict[str, list[Share]] = {}
    for year in sorted({work.year for work in works}):
        for key, shares in shares_of(session, activity, year=year).items():
            figures[key] = [*figures.get(key, ()), *shares]
    person = session.get_one(Person, activity.person_id)
    return Uses(activity, person.name, works, figures)


def _works(session: Session, counts: Counts) -> list[tuple[WorkItem, Item]]:
    """The work items in the order of their numbers: two recorders that share some queue up alike."""
    numbers = [number for number, _ in counts]
    if not numbers:
        raise InputError("activity_works")
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise InputError("activity_twice", id=twice)
    rows = session.execute(
        select(WorkItem, Item)
        .join(Item, Item.id == WorkItem.item_id)
        .where(WorkItem.id.in_(numbers))
        .order_by(WorkItem.id)
    )
    found = [(work, item) for work, item in rows]
    missing = sorted(set(numbers) - {work.id for work, _ in found})
    if missing:
        raise NotFoundError("work_unknown", id=missing[0])
    return found


def _check_once(session: Session, works: Sequence[tuple[WorkItem, Item]]) -> None:
    """One activity settles one period of an item, and either a work item or a part of it."""
    periods: dict[tuple[int, int], WorkItem] = {}
    for work, item in works:
        other = periods.setdefault((work.item_id, work.unit_id), work)
        if other is not work:
            raise RefusedError(
                "activity_two_periods", first=other.id, second=work.id, title=item.title, ref=item.ref
            )
    families: dict[int, WorkItem] = {}
    wholes = _wholes(session, [work for work, _ in works])
    for work, _ in works:
        other = families.setdefault(wholes.get(work.id, work.id), work)
        if other is not work:
            raise RefusedError("activity_family", first=other.id, second=work.id)


def _wholes(session: Session, works: Sequence[WorkItem]) -> dict[int, int]:
    """The work item that each part belongs to in the end, by the part's number."""
    above = {work.id: work.parent_id for work in works if work.parent_id is not None}
    asked = set(above.values())
    while asked:
        rows = session.execute(
            select(WorkItem.id, WorkItem.parent_id).where(
                WorkItem.id.in_(asked), WorkItem.parent_id.is_not(None)
            )
        )
        higher = {number: parent for number, parent in rows if parent is not None}
        asked = set(higher.values()) - above.keys()
        above |= higher
    found = {}
    for number in above:
        top = number
        while top in above:
            top = above[top]
        found[number] = top
    return found


def _check_unknown(session: Session, title: str, on: date, numbers: Sequence[int]) -> None:
    known = session.execute(
        select(Activity.id, func.min(Feedback.work_item_id))
        .join(Feedback, Feedback.activity_id == Activity.id)
        .where(Activity.on == on, Activity.title == title, Feedback.work_item_id.in_(numbers))
        .group_by(Activity.id)
        .order_by(Activity.id)
        .limit(1)
    ).first()
    if known is not None:
        raise RefusedError("activity_known", number=known[0], title=title, on=on, id=known[1])


def _quantity(work: WorkItem, item: Item, given: float | None) -> float | None:
    """What is added to a work item: what was said, or 1 where something is counted."""
    kind = kinds_by_key().get(item.figure)
    if work.target is None:
        return given
    if kind is not None and kind.counting is Counting.QUANTITY and given is None:
        raise InputError("activity_amount", id=work.id, unit=kind.unit)
    if kind is not None and kind.counting is Counting.CLOSED and given not in (None, 1):
        raise InputError("activity_once", id=work.id, quantity=f"{given:g}", figure=kind.label)
    return 1 if given is None else given
