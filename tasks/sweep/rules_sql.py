"""The rule table as SQL: what `models.supervision` decides for one work item, for all at once.

`facts` is a selectable with the columns of `tasks.sweep.judged`; a `place` is the position of a rule or
a ladder in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    Integer,
    String,
    and_,
    case,
    cast,
    literal,
    not_,
    null,
    or_,
    true,
)

from models.supervision.facts import Asked, Track
from models.supervision.looks import fixed
from models.supervision.pace import WHOLE
from models.supervision.rules import (
    SILENT,
    Compared,
    Condition,
    Flag,
    Ladder,
    LightRule,
    OneOf,
    Sign,
    Supervision,
)

Column = ColumnElement[Any]
Yes = ColumnElement[bool]

_COMPARE: dict[Sign, Callable[[Column, float], Yes]] = {
    Sign.OVER: lambda one, number: one > number,
    Sign.FROM: lambda one, number: one >= number,
    Sign.UNDER: lambda one, number: one < number,
    Sign.UP_TO: lambda one, number: one <= number,
}


def rule_place(table: Supervision, facts: FromClause) -> Column:
    """The place of the first rule that holds."""
    *above, _ = table.lights
    whens = [(_all(rule.when, facts), place) for place, rule in enumerate(above)]
    return _first(whens, otherwise=len(above))


def ladder_place(table: Supervision, facts: FromClause) -> Column:
    """The place of the first ladder whose class takes the item."""
    *above, _ = table.ladders
    whens = [(_takes(ladder, facts), place) for place, ladder in enumerate(above)]
    return _first(whens, otherwise=len(above))


def rung_name(ladder: Ladder, track: Track, facts: FromClause) -> Column:
    """The name of the rung on which a track of the ladder stands; NULL for none."""
    again = ladder.silent(track)
    if again:
        number = cast((facts.c.days_silent - literal(1)) // literal(again), String)
        return case((facts.c.days_silent > again, literal(f"{SILENT}-") + number))
    whens = [(facts.c.workdays_left <= -at, name) for at, name in reversed(ladder.steps(track))]
    return _first(whens) if whens else cast(null(), String)


def left_turn(table: Supervision, facts: FromClause, climbing: Column) -> Column:
    """The next number of workdays left at which an answer or a rung changes.

    `climbing` is the place of the ladder that is being climbed.
    """
    turns: dict[int, list[Yes]] = {}
    for rule, one in _comparisons(table, Asked.WORKDAYS_LEFT):
        turns.setdefault(one.falling_turn, []).append(_all(fixed(rule), facts))
    for place, ladder in enumerate(table.ladders):
        for at in {at for rung in ladder.rungs for at in rung.at}:
            turns.setdefault(-at, []).append(climbing == place)
    falling = sorted(turns.items(), reverse=True)
    return _first((and_(facts.c.workdays_left > turn, or_(*here)), turn) for turn, here in falling)


def late_turn(table: Supervision, facts: FromClause) -> Column:
    """The next number of days overdue at which an answer changes."""
    return _growing(table, Asked.DAYS_LATE, facts.c.days_late, facts)


def silent_turn(table: Supervision, facts: FromClause) -> Column:
    """The next number of silent days at which an answer changes."""
    return _growing(table, Asked.DAYS_SILENT, facts.c.days_silent, facts)


def silent_rung_turn(table: Supervision, facts: FromClause, climbing: Column) -> Column:
    """The next number of silent days at which a rung comes."""
    before = case((facts.c.days_silent > 0, facts.c.days_silent - literal(1)), else_=literal(0))
    whens = [
        (climbing == place, (before // literal(again) + literal(1)) * literal(again) + literal(1))
        for place, ladder in enumerate(table.ladders)
        for again in sorted({ladder.silent(track) for track in Track} - {0})[:1]
    ]
    return case(*whens) if whens else cast(null(), Integer)


def behind_turn(table: Supervision, facts: FromClause) -> Column:
    """The least percentage that the work is not behind yet, and may be before its window ends."""
    turns: dict[float, list[Yes]] = {}
    for rule, one in _comparisons(table, Asked.BEHIND):
        turns.setdefault(float(one.number), []).append(_all(fixed(rule), facts))
    whens = [
        (and_(facts.c.behind <= number, facts.c.share + number <= WHOLE, or_(*here)), number)
        for number, here in sorted(turns.items())
    ]
    return _first(whens) if whens else cast(null(), Float)


def by_ladder(table: Supervision, climbing: Column, value: Callable[[Ladder], Column]) -> Column:
    """The value of the ladder that is being climbed; NULL where none is."""
    return case(*((climbing == place, value(one)) for place, one in enumerate(table.ladders)))


def _growing(table: Supervision, asked: Asked, number: Column, facts: FromClause) -> Column:
    turns: dict[int, list[Yes]] = {}
    for rule, one in _comparisons(table, asked):
        turns.setdefault(one.turn, []).append(_all(fixed(rule), facts))
    return _first((and_(number < turn, or_(*here)), turn) for turn, here in sorted(turns.items()))


def _comparisons(table: Supervision, asked: Asked) -> list[tuple[LightRule, Compared]]:
    return [(rule, one) for rule in table.lights for one in rule.compared(asked)]


def _takes(ladder: Ladder, facts: FromClause) -> Yes:
    asked: list[Yes] = []
    if ladder.star is not None:
        asked.append(facts.c.star if ladder.star else not_(facts.c.star))
    for column, words in (
        (facts.c.kind, ladder.kinds),
        (facts.c.category, ladder.categories),
        (facts.c.origin, ladder.origins),
    ):
        if words:
            asked.append(one_of(column, words))
    return and_(true(), *asked)


def _all(conditions: Sequence[Condition], facts: FromClause) -> Yes:
    return and_(true(), *(_holds(one, facts) for one in conditions))


def _holds(condition: Condition, facts: FromClause) -> Yes:
    column: Column = facts.c[condition.asked.value]
    if isinstance(condition, OneOf):
        return one_of(column, condition.words)
    if isinstance(condition, Flag):
        return column if condition.wanted else not_(column)
    return _COMPARE[condition.sign](column, condition.number)


def one_of(column: Column, words: Sequence[str]) -> Yes:
    """The column holds one of a few words; spelt out, for statements that are compiled once."""
    return or_(*(column == word for word in words))


def _first(whens: Iterable[tuple[Yes, object]], otherwise: object = None) -> Column:
    """The value of the first condition that holds, or else the last one; NULL where there is none."""
    every = [(here, literal(value)) for here, value in whens]
    if not every:
        return cast(null(), Integer) if otherwise is None else literal(otherwise)
    return case(*every) if otherwise is None else case(*every, else_=literal(otherwise))
