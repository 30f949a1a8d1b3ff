"""The ladder of reminders: on which rung a work item stands on a day."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from models.supervision.facts import Track, Work, Workdays
from models.supervision.judge import Situation
from models.supervision.rules import ABSENT, SILENT, Ladder


class Chain(NamedTuple):
    """Who is there above a work item: the owner's absence without a substitute, and the unit's head.

    `absence` is the absence's id and `absent_until` its last day; `head` says that the unit has a head
    who is not the owner, `head_there` that this head is not away without a substitute too.
    """

    absence: int | None = None
    absent_until: date | None = None
    head: bool = True
    head_there: bool = True


class Told(NamedTuple):
    """A rung to be told to a track; it belongs to a due date, or to the day since which it is silent."""

    track: Track
    rung: str
    anchor: date


def climbs(work: Work, day: date) -> bool:
    """Whether the ladder is climbed at all: its owner owes it, it has begun, no extension is asked."""
    begun = work.started(day) or (work.due_on is not None and work.due_on <= day)
    return work.owed and begun and not work.waits


def climb(ladder: Ladder, situation: Situation, chain: Chain, calendar: Workdays) -> list[Told]:
    """The rung on which each track stands on the day; nothing on a rest day.

    While the owner is away without a substitute everything pauses, and whoever is above is told once of
    what the ladder would have said by the owner's return.
    """
    work, day, numbers = situation
    if not calendar.is_workday(day) or not climbs(work, day):
        return []
    since = work.silent_since(day)
    anchor = work.due_on or since
    if chain.absence is not None:
        if not _speaks_by(ladder, situation, chain, calendar):
            return []
        above = Track.HEAD if chain.head and chain.head_there else Track.LEADER
        return [Told(above, f"{ABSENT}-{chain.absence}", anchor)]
    told = []
    for track in Track:
        if track is Track.HEAD and not chain.head:
            continue
        again = ladder.silent(track)
        if again and numbers.days_silent > again:
            told.append(Told(track, f"{SILENT}-{(numbers.days_silent - 1) // again}", since))
        elif not again and numbers.workdays_left is not None:
            reached = [name for at, name in ladder.steps(track) if numbers.workdays_left <= -at]
            told += [Told(track, name, anchor) for name in reached[-1:]]
    return told


def _speaks_by(ladder: Ladder, situation: Situation, chain: Chain, calendar: Workdays) -> bool:
    """Whether the ladder's first rung is reached before the owner is back."""
    if situation.work.due_on is None or ladder.first is None or chain.absent_until is None:
        return False
    return calendar.between(chain.absent_until, situation.work.due_on) <= -ladder.first
