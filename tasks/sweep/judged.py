"""Every work item that needs a look, judged in one SELECT: numbers, rule, rungs, and the next look.

Each step reads the one before it through a fence, because both databases would otherwise put a step's
expressions into the next wherever they are used, and compute them again and again.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Float,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
)

from models.lifecycle import DONE_STATES, OWED_STATES, ExtensionState, State
from models.supervision.facts import Track
from models.supervision.pace import WHOLE
from models.supervision.rules import ABSENT, Ladder, Supervision
from models.tables import Extension, Item, Unit, WorkdayCount, WorkItem
from tasks.sweep import rules_sql
from tasks.sweep.stage import AWAY
from tasks.sweep.words import Words, words_of

Column = ColumnElement[Any]

#: Later than any look: what is never looked at again stands there until it is put away.
NEVER = date(9999, 12, 31)
#: The values that the SELECT takes: the day; how many workdays lie on or before it, and before it; whether
#: it is worked; on a rest day the next workday, else `NEVER`; the last day that the calendar knows.
DAY = bindparam("day", type_=Date)
TODAY = bindparam("today", type_=Integer)
YESTERDAY = bindparam("yesterday", type_=Integer)
WORKED = bindparam("worked", type_=Boolean)
TELL_NEXT = bindparam("tell_next", type_=Date)
HORIZON = bindparam("horizon", type_=Date)

_OWED = tuple(one.value for one in OWED_STATES)
_ENDED = tuple(one.value for one in (*DONE_STATES, State.CANCELLED))


@lru_cache(maxsize=8)
def judged(table: Supervision, dialect: str) -> Select[Any]:
    """The SELECT, with the columns of `tasks.sweep.stage.STAGE` in order."""
    words = words_of(dialect)
    raw = _fenced(_raw(words), "raw")
    facts = _fenced(_measured(raw, words), "facts")
    ruled = _fenced(_ruled(table, facts), "ruled")
    return _looked(table, ruled, words)


def _fenced(step: Select[Any], name: str) -> FromClause:
    return step.offset(literal_column("0")).subquery(name)


def _raw(words: Words) -> Select[Any]:
    """The rows with what is joined to them."""
    work, item, unit = WorkItem.__table__.c, Item.__table__.c, Unit.__table__.c
    due, start = WorkdayCount.__table__.alias("due_day"), WorkdayCount.__table__.alias("start_day")
    away, head_away = AWAY.alias("away"), AWAY.alias("head_away")
    asked = Extension.__table__
    waiting = and_(
        asked.c.work_item_id == work.id,
        asked.c.state == literal_column(f"'{ExtensionState.ASKED.value}'"),
        asked.c.late.is_(False),
    )
    begun = words.greatest(work.start_on, words.utc_day(work.assigned_at))
    joined = (
        WorkItem.__table__.join(Item.__table__, item.id == work.item_id)
        .join(Unit.__table__, unit.id == work.unit_id)
        .outerjoin(asked, waiting)
        .outerjoin(due, due.c.day == work.due_on)
        .outerjoin(start, start.c.day == work.start_on)
        .outerjoin(away, away.c.person_id == work.owner_id)
        .outerjoin(head_away, head_away.c.person_id == unit.head_id)
    )
    return (
        select(
            work.id,
            work.light.label("was"),
            work.state,
            item.kind,
            item.key.label("star"),
            item.hidden,
            item.category,
            item.origin,
            work.start_on,
            work.due_on,
            work.submitted_on,
            work.closed_on,
            work.reported_on,
            work.target,
            work.done,
            func.coalesce(
                work.reported_on, begun, work.start_on, words.utc_day(work.assigned_at), DAY, type_=Date
            ).label("since"),
            asked.c.id.is_not(None).label("extension"),
            due.c.number.label("due_number"),
            case(
                (
                    work.start_on.is_not(None),
                    # What began before the calendar begins is counted from there.
                    func.coalesce(
                        start.c.number - case((start.c.worked, literal(1)), else_=literal(0)), literal(0)
                    ),
                )
            ).label("before_number"),
            away.c.absence_id,
            away.c.ends_number,
            and_(
                unit.head_id.is_not(None), or_(work.owner_id.is_(None), unit.head_id != work.owner_id)
            ).label("head"),
            head_away.c.person_id.is_(None).label("head_there"),
        )
        .select_from(joined)
        .where(work.look_on <= DAY)
    )


def _measured(raw: FromClause, words: Words) -> Select[Any]:
    """The numbers, as `models.supervision.judge.measure` takes them."""
    one = raw.c
    owed = rules_sql.one_of(one.state, _OWED)
    ended = rules_sql.one_of(one.state, _ENDED)
    active = or_(owed, one.state == State.SCHEDULED.value)
    until = case(
        (active, DAY),
        (ended, func.coalesce(one.closed_on, DAY, type_=Date)),
        else_=func.coalesce(one.submitted_on, DAY, type_=Date),
    )
    late = words.days_between(until, one.due_on)
    silent = words.days_between(DAY, one.since)
    window = one.due_number - one.before_number
    passed = YESTERDAY - one.before_number
    elapsed = case((passed < 0, literal(0)), (passed > window, window), else_=passed)
    share = literal(WHOLE, Float) * one.done / one.target
    paced = and_(active, one.target > 0, window > 0)
    return select(
        *(column for column in one if column.key != "closed_on"),
        active.label("active"),
        owed.label("owed"),
        ended.label("ended"),
        or_(one.start_on.is_(None), one.start_on <= DAY).label("started"),
        one.due_on.is_not(None).label("dated"),
        one.reported_on.is_not(None).label("reported"),
        (one.due_number - TODAY).label("workdays_left"),
        case((late > 0, late), else_=literal(0)).label("days_late"),
        case((silent > 0, silent), else_=literal(0)).label("days_silent"),
        window.label("window"),
        elapsed.label("elapsed"),
        case((paced, share)).label("share"),
        case((paced, literal(WHOLE, Float) * elapsed / window - share)).label("behind"),
    )


def _ruled(table: Supervision, facts: FromClause) -> Select[Any]:
    """The place of the rule that holds, and of the ladder that is climbed; -1 for none."""
    one = facts.c
    begun = or_(one.started, one.due_on <= DAY)
    climbs = and_(one.owed, begun, ~one.extension)
    place = rules_sql.ladder_place(table, facts)
    return select(
        *one,
        rules_sql.rule_place(table, facts).label("rule_place"),
        case((climbs, place), else_=literal(-1)).label("ladder"),
        case((and_(climbs, one.absence_id.is_(None)), place), else_=literal(-1)).label("climbing"),
    )


def _looked(table: Supervision, ruled: FromClause, words: Words) -> Select[Any]:
    """Light, rungs and the next look."""
    one = ruled.c
    speaks = rules_sql.by_ladder(table, one.ladder, lambda ladder: _speaks(ladder, ruled))
    absent = literal(f"{ABSENT}-") + cast(one.absence_id, String)
    away = and_(WORKED, one.absence_id.is_not(None), speaks)
    above = and_(one.head, one.head_there)
    rungs = {track: _standing(table, track, ruled) for track in Track}
    first = table.lights
    return select(
        one.id,
        one.was,
        case(*((one.rule_place == n, literal(rule.light.value)) for n, rule in enumerate(first))),
        case(*((one.rule_place == n, literal(rule.key)) for n, rule in enumerate(first))),
        one.due_on,
        one.workdays_left,
        one.days_late,
        one.target,
        one.done,
        one.behind,
        one.days_silent,
        one.since,
        case((~one.ended, func.nullif(_next(table, ruled, words), literal(NEVER, Date), type_=Date))),
        case((WORKED, rungs[Track.OWNER])),
        case((and_(away, above), absent), (and_(WORKED, one.head), rungs[Track.HEAD])),
        case((and_(away, ~above), absent), (WORKED, rungs[Track.LEADER])),
    )


def _standing(table: Supervision, track: Track, ruled: FromClause) -> Column:
    """The rung on which a track stands."""

    def name(ladder: Ladder) -> Column:
        return rules_sql.rung_name(ladder, track, ruled)

    return rules_sql.by_ladder(table, ruled.c.climbing, name)


def _speaks(ladder: Ladder, ruled: FromClause) -> ColumnElement[bool]:
    """The ladder's first rung is reached before the absent owner is back."""
    if ladder.first is None:
        return literal(False)  # noqa: FBT003  # SQL's false
    return ruled.c.ends_number - ruled.c.due_number >= ladder.first


def _next(table: Supervision, ruled: FromClause, words: Words) -> Column:
    """The earliest of all days on which something may differ."""
    one = ruled.c
    never = literal(NEVER, Date)
    workday = WorkdayCount.__table__.alias("workday")

    def worked_on(number: Column) -> Column:
        """The workday with a number."""
        # In the index's own words, else SQLite does not see that it fits.
        return (
            select(workday.c.day).where(workday.c.number == number, text("workday.worked")).scalar_subquery()
        )

    def after(day: Column, turn: Column) -> Column:
        return func.coalesce(words.plus_days(day, turn), never, type_=Date)

    left = rules_sql.left_turn(table, ruled, one.climbing)
    by_workdays = func.coalesce(worked_on(one.due_number - left), never, type_=Date)
    beyond = case((and_(one.due_on.is_not(None), one.due_number.is_(None)), HORIZON), else_=never)
    step = words.whole((rules_sql.behind_turn(table, ruled) + one.share) * one.window / literal(WHOLE, Float))
    passed = words.greatest(step, one.elapsed + literal(1))
    by_pace = case(
        (
            rules_sql.behind_turn(table, ruled).is_not(None),
            case((passed <= one.window, after(worked_on(one.before_number + passed), literal(1)))),
        )
    )
    grows = or_(one.active, one.submitted_on.is_(None))
    late = case((grows, rules_sql.late_turn(table, ruled)))
    return words.least(
        case(
            (and_(one.start_on > DAY, one.due_on > DAY, one.due_on < one.start_on), one.due_on),
            (one.start_on > DAY, one.start_on),
            else_=never,
        ),
        by_workdays,
        beyond,
        func.coalesce(by_pace, never, type_=Date),
        after(one.due_on, late),
        after(one.since, rules_sql.silent_turn(table, ruled)),
        after(one.since, rules_sql.silent_rung_turn(table, ruled, one.climbing)),
        case((one.ladder >= 0, TELL_NEXT), else_=never),
    )
