"""How invented people go about their work: pure, and the same for the same work item every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random
from typing import TypeVar

from models import periods
from models.workdays import Calendar

Key = TypeVar("Key")


class Temper(StrEnum):
    """How one piece of work goes."""

    #: Done well before it is due.
    EARLY = "early"
    #: Done on the last day, or the one before.
    PUNCTUAL = "punctual"
    #: Done a few days late, after reminders.
    LATE = "late"
    #: Nothing is heard until the leader in charge is told.
    SILENT = "silent"
    #: Nothing is heard at all.
    IDLE = "idle"


class Verb(StrEnum):
    """What a person does with a work item."""

    ACCEPT = "accept"
    FEEDBACK = "feedback"
    FINISH = "finish"
    #: The coordinator gives it back.
    RETURN = "return"


#: Habits of people: out of a hundred pieces of work, how many go how.
HABITS: dict[str, dict[Temper, int]] = {
    "diligent": {Temper.EARLY: 62, Temper.PUNCTUAL: 36, Temper.LATE: 2},
    "steady": {Temper.EARLY: 30, Temper.PUNCTUAL: 63, Temper.LATE: 6, Temper.SILENT: 1},
    "busy": {Temper.EARLY: 10, Temper.PUNCTUAL: 68, Temper.LATE: 15, Temper.SILENT: 6, Temper.IDLE: 1},
}
#: How many of a hundred people have which habit.
PEOPLE = {"diligent": 35, "steady": 45, "busy": 20}
#: Shares of work, out of a hundred: signed for first; reported on half way; short of its target if late.
SIGNED, REPORTED, SHORT = 70, 35, 25
#: Out of a hundred, work that the coordinator gives back, and ★ work that the approver gives back.
REVIEWED_BACK, APPROVED_BACK = 3, 8
#: Work that takes at least so many days is reported on at each quarter's end.
LONG_DAYS = 75
#: A target up to this is reached one by one, a larger one in so many instalments.
ONE_BY_ONE, INSTALMENTS = 6, 3


@dataclass(frozen=True)
class Work:
    """What a person must know of a work item to go about it. Dates are local."""

    number: int
    owner: int
    assigned_on: date
    start_on: date | None
    due_on: date | None
    target: float | None


@dataclass(frozen=True)
class Act:
    """One thing done with a work item on a day; `quantity` is what a report adds to its target."""

    day: date
    number: int
    verb: Verb
    quantity: float | None = None


def temper_of(work: Work) -> Temper:
    """How this piece of work goes: the owner's habit, and chance."""
    habit = _choose(Random(f"person {work.owner}"), PEOPLE)  # noqa: S311  # invented people
    return _choose(_chance(work, "temper"), HABITS[habit])


def script(work: Work, calendar: Calendar, *, escalate_workdays: int) -> list[Act]:
    """Everything that the owner will do with a work item of his, day by day, in order."""
    temper = temper_of(work)
    rng = _chance(work, "days")
    last = _last_day(work, temper, rng, calendar=calendar, patience=escalate_workdays)
    begin = calendar.later(max(work.assigned_on, work.start_on or work.assigned_on))
    if temper is Temper.SILENT:
        begin = last
    acts = list(_reports(work, begin, last, temper=temper, rng=rng, calendar=calendar))
    if work.due_on is not None and temper is not Temper.IDLE:
        acts.append(Act(last, work.number, Verb.FINISH))
    first = calendar.add(begin, rng.randint(0, 3))
    signs = temper not in {Temper.SILENT, Temper.IDLE} and rng.randrange(100) < SIGNED
    if signs and acts and first < acts[0].day:
        acts.insert(0, Act(first, work.number, Verb.ACCEPT))
    return acts


def again(number: int, returned_on: date, calendar: Calendar) -> Act:
    """What an owner does with work that came back: finishes it again within a few days."""
    rng = Random(f"again {number} {returned_on}")  # noqa: S311  # invented people
    return Act(calendar.add(returned_on, rng.randint(1, 3)), number, Verb.FINISH)


def review(number: int, finished_on: date, calendar: Calendar) -> Act | None:
    """What the coordinator does with finished work: a little of it goes back."""
    if not comes_back(f"review {number}", REVIEWED_BACK):
        return None
    return Act(calendar.add(finished_on, 1), number, Verb.RETURN)


def comes_back(what: str, share: int) -> bool:
    """Whether `what` is among the `share` of a hundred that is not good enough."""
    return Random(what).randrange(100) < share  # noqa: S311  # invented people


def _last_day(work: Work, temper: Temper, rng: Random, *, calendar: Calendar, patience: int) -> date:
    """The day on which the work is finished (or would be): never before it began."""
    earliest = calendar.later(max(calendar.add(work.assigned_on, 1), work.start_on or work.assigned_on))
    if work.due_on is None:
        return periods.year(earliest.year).end
    workdays = {
        Temper.EARLY: -rng.randint(2, 8),
        Temper.PUNCTUAL: -rng.randint(0, 1),
        Temper.LATE: rng.randint(1, 6),
        Temper.SILENT: patience + rng.randint(2, 6),
        Temper.IDLE: 0,
    }
    day = calendar.earlier(calendar.add(work.due_on, workdays[temper]))
    return calendar.later(max(day, earliest))


def _reports(
    work: Work, begin: date, last: date, *, temper: Temper, rng: Random, calendar: Calendar
) -> Iterator[Act]:
    """Progress reports between the beginning and the last day."""
    if temper is Temper.IDLE:
        return
    if work.target is not None:
        parts = instalments(work.target)
        if temper is Temper.LATE and len(parts) > 1 and rng.randrange(100) < SHORT:
            parts = parts[:-1]
        for day, part in zip(_spread(begin, last, len(parts), calendar), parts, strict=True):
            yield Act(day, work.number, Verb.FEEDBACK, quantity=part)
    elif (last - begin).days >= LONG_DAYS:
        for month in range(begin.month // 3 * 3 + 3, 13, 3):
            day = calendar.earlier(periods.month(begin.year, month).end)
            if begin < day < last:
                yield Act(day, work.number, Verb.FEEDBACK)
    elif (last - begin).days > 1 and rng.randrange(100) < REPORTED:
        yield Act(calendar.later(begin + (last - begin) / 2), work.number, Verb.FEEDBACK)


def instalments(target: float) -> list[float]:
    """A target as the quantities in which it is reported."""
    if target <= 0:
        return []
    if target == int(target) and target <= ONE_BY_ONE:
        return [1.0] * int(target)
    part = round(target / INSTALMENTS, 1)
    return [part] * (INSTALMENTS - 1) + [round(target - part * (INSTALMENTS - 1), 2)]


def _spread(begin: date, last: date, count: int, calendar: Calendar) -> Sequence[date]:
    """`count` workdays evenly between two days, the last of them on `last`."""
    span = last - begin
    return [min(calendar.later(begin + span * (n + 1) / count), last) for n in range(count)]


def _chance(work: Work, what: str) -> Random:
    return Random(f"{what} {work.number}")  # noqa: S311  # invented people, not secrets


def _choose(rng: Random, shares: dict[Key, int]) -> Key:
    return rng.choices(list(shares), weights=list(shares.values()))[0]
