"""When a work item must be looked at again, if nothing else happens to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import floor

from models.supervision.facts import Asked, Track, Workdays
from models.supervision.judge import Situation, holds
from models.supervision.ladder import Chain, climbs
from models.supervision.pace import WHOLE
from models.supervision.rules import Compared, Condition, Ladder, LightRule, Supervision

#: What changes with the day alone.
MOVING = frozenset({Asked.STARTED, Asked.WORKDAYS_LEFT, Asked.DAYS_LATE, Asked.BEHIND, Asked.DAYS_SILENT})
_DAY = timedelta(days=1)


def fixed(rule: LightRule) -> list[Condition]:
    """The conditions of a rule that the day alone does not change."""
    return [one for one in rule.when if one.asked not in MOVING]


def next_look(table: Supervision, situation: Situation, chain: Chain, calendar: Workdays) -> date | None:
    """The first later day on which the verdict or a rung may differ; None when no day brings anything.

    It may be too early, never too late. Ended work is never looked at again.
    """
    work, day, _ = situation
    if work.ended:
        return None
    days = []
    if not work.started(day):
        # What is due before it is to be begun is chased from its due date on.
        days += [one for one in (work.start_on, work.due_on) if one is not None and one > day]
    for rule in table.lights:
        if all(holds(one, situation) for one in fixed(rule)):
            days += _turns(rule, situation, calendar)
    if climbs(work, day):
        ladder = table.ladder_of(work)
        if chain.absence is None:
            days += _rungs(ladder, situation, calendar)
        if not calendar.is_workday(day):
            days.append(calendar.add(day, 1))  # what cannot be told today is told then
    return min(days, default=None)


def _turns(rule: LightRule, situation: Situation, calendar: Workdays) -> Iterator[date]:
    """The later days on which one of the rule's comparisons changes its answer."""
    work, day, numbers = situation
    for one in rule.compared(Asked.WORKDAYS_LEFT):
        yield from _left(one.falling_turn, situation, calendar)
    for one in rule.compared(Asked.DAYS_LATE):
        grows = work.active or work.submitted_on is None
        if work.due_on is not None and grows and one.turn > numbers.days_late:
            yield work.due_on + one.turn * _DAY
    for one in rule.compared(Asked.DAYS_SILENT):
        if one.turn > numbers.days_silent:
            yield work.silent_since(day) + one.turn * _DAY
    for one in rule.compared(Asked.BEHIND):
        yield from _behind(one, situation, calendar)


def _left(turn: int, situation: Situation, calendar: Workdays) -> Iterator[date]:
    """The day on which only `turn` workdays are left."""
    left = situation.numbers.workdays_left
    if left is not None and left > turn:
        yield calendar.add(situation.day, left - turn)


def _behind(one: Compared, situation: Situation, calendar: Workdays) -> Iterator[date]:
    """The day on which so much of the window has passed that the work may be so far behind."""
    work, day, numbers = situation
    if numbers.behind is None or work.start_on is None or work.due_on is None or not work.target:
        return
    before = work.start_on - _DAY
    window = calendar.between(before, work.due_on)
    elapsed = min(max(calendar.between(before, day - _DAY), 0), window)
    share = one.number + WHOLE * work.done / work.target
    if numbers.behind > one.number or share > WHOLE:
        return
    passed = max(floor(share * window / WHOLE), elapsed + 1)
    if passed <= window:
        last = calendar.add(before, passed)
        yield last + _DAY


def _rungs(ladder: Ladder, situation: Situation, calendar: Workdays) -> Iterator[date]:
    """The days of the next rungs."""
    work, day, numbers = situation
    for track in Track:
        for at, _ in ladder.steps(track):
            yield from _left(-at, situation, calendar)
        again = ladder.silent(track)
        if again:
            passed = max(numbers.days_silent - 1, 0) // again
            yield work.silent_since(day) + ((passed + 1) * again + 1) * _DAY
