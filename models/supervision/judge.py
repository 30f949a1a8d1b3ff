"""The light of a work item on a day: the first rule of the table that holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import ge, gt, le, lt
from typing import NamedTuple

from models.supervision.facts import Asked, Counts, Numbers, Work
from models.supervision.pace import pace
from models.supervision.rules import Compared, Condition, LightRule, OneOf, Sign

_COMPARE = {Sign.OVER: gt, Sign.FROM: ge, Sign.UNDER: lt, Sign.UP_TO: le}


class Situation(NamedTuple):
    """A work item on a day, measured."""

    work: Work
    day: date
    numbers: Numbers


class Verdict(NamedTuple):
    """The light, the key of the rule that gave it, and the numbers that it used."""

    light: str
    rule: str
    numbers: Numbers


def measure(work: Work, day: date, calendar: Counts) -> Situation:
    """Take a work item's numbers on the morning of `day`.

    Only what is still being done has a pace. Reported work is as late as its report, ended work as
    its end: waiting for a reviewer makes nobody late.
    """
    until = day if work.active else work.submitted_on or day
    if work.ended:
        until = work.closed_on or day
    due, since = work.due_on, work.silent_since(day)
    kept = None
    if work.active:
        kept = pace(
            done=work.done,
            target=work.target,
            start_on=work.start_on,
            due_on=due,
            day=day,
            calendar=calendar,
        )
    numbers = Numbers(
        due_on=due,
        workdays_left=None if due is None else calendar.between(day, due),
        days_late=0 if due is None else max((until - due).days, 0),
        target=work.target,
        done=work.done,
        behind=None if kept is None else kept.behind,
        days_silent=max((day - since).days, 0),
    )
    return Situation(work, day, numbers)


def judge(rules: Sequence[LightRule], situation: Situation) -> Verdict:
    """The verdict of the first rule that holds; the last of a checked table always does."""
    for rule in rules:
        if all(holds(one, situation) for one in rule.when):
            return Verdict(rule.light.value, rule.key, situation.numbers)
    raise AssertionError("a rule table ends with a rule that always holds")


def holds(condition: Condition, situation: Situation) -> bool:
    """Whether a condition holds. A number that there is none of compares with nothing."""
    work, numbers = situation.work, situation.numbers
    if isinstance(condition, OneOf):
        return (work.state if condition.asked is Asked.STATE else work.kind) in condition.words
    if isinstance(condition, Compared):
        number = {
            Asked.TARGET: work.target,
            Asked.WORKDAYS_LEFT: numbers.workdays_left,
            Asked.DAYS_LATE: numbers.days_late,
            Asked.BEHIND: numbers.behind,
            Asked.DAYS_SILENT: numbers.days_silent,
        }[condition.asked]
        return number is not None and bool(_COMPARE[condition.sign](number, condition.number))
    fact = {
        Asked.STAR: work.star,
        Asked.HIDDEN: work.hidden,
        Asked.DATED: work.due_on is not None,
        Asked.REPORTED: work.reported_on is not None,
        Asked.EXTENSION: work.waits,
        Asked.STARTED: work.started(situation.day),
    }[condition.asked]
    return fact is condition.wanted
