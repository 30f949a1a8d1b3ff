"""Orders of flows: placed once, run by one at a time, taken over from who stopped, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from models.database import reading, unit_of_work
from tasks.idle_orders import Startable, crashing, give_up, release, startable
from tasks.orders import (
    RETRY_MINUTES,
    Held,
    OrderState,
    Wanted,
    drop,
    finish,
    give_back,
    list_orders,
    place,
    place_anew,
    renew,
    reorder,
    states_of,
    take,
    take_again,
    withdraw,
)
from tests.side_by_side import at_once

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LEASE = timedelta(seconds=120)
FLOWS = ("monthly_calendar", "annual_plan", "slips")
MONTH = Wanted("event-7/monthly_calendar", "monthly_calendar", {"period": "2026-03"})


def placed(database: Engine, *wanted: Wanted) -> dict[str, int]:
    with unit_of_work(database) as session:
        return place(session, wanted or [MONTH], at=NOW)


def taken(database: Engine, number: int, claim: str, at: datetime = NOW) -> Held | None:
    with unit_of_work(database) as session:
        return take(session, number, claim=claim, at=at, lease=LEASE)


def waiting(database: Engine, at: datetime, waited: timedelta = timedelta(0)) -> list[tuple[int, str]]:
    with reading(database) as session:
        return [(one.id, one.lost) for one in startable(session, FLOWS, at=at, waited=waited, most=10)]


def test_the_same_order_is_placed_once(database: Engine) -> None:
    assert placed(database) == placed(database, MONTH, MONTH)
    assert len(waiting(database, NOW)) == 1


def test_one_takes_an_order_and_nobody_else_until_the_lease_is_over(database: Engine) -> None:
    number = placed(database)[MONTH.key]

    first = taken(database, number, "a")
    second = taken(database, number, "b", NOW + LEASE)
    third = taken(database, number, "c", NOW + LEASE + timedelta(seconds=1))

    assert first is not None
    assert (first.flow, first.parameters, first.attempt) == ("monthly_calendar", {"period": "2026-03"}, 1)
    assert second is None
    assert third is not None
    assert third.attempt == 2


def test_one_run_of_a_kind_and_period_at_a_time_whoever_ordered_it(database: Engine) -> None:
    """A follow-up waits for what a person started meanwhile, and a person's run for a follow-up."""
    number = placed(database)[MONTH.key]
    month = Wanted("monthly_calendar/2026-03", "monthly_calendar", {"period": "2026-03"})
    april = Wanted("monthly_calendar/2026-04", "monthly_calendar", {"period": "2026-04"})

    def again(wanted: Wanted) -> Held | None:
        with unit_of_work(database) as session:
            return take_again(session, wanted, claim=wanted.key, at=NOW, lease=LEASE)

    mine = again(month)
    assert mine is not None
    assert again(april) is not None
    assert taken(database, number, "follow-up") is None
    assert waiting(database, NOW) == []

    with unit_of_work(database) as session:
        finish(session, mine, at=NOW)

    assert waiting(database, NOW) == [(number, "")]
    assert taken(database, number, "follow-up") is not None
    assert again(month) is None


def test_who_was_replaced_finishes_nothing(database: Engine) -> None:
    number = placed(database)[MONTH.key]
    first = taken(database, number, "a")
    later = NOW + LEASE + timedelta(seconds=1)
    second = taken(database, number, "b", later)
    assert first is not None
    assert second is not None

    with unit_of_work(database) as session:
        assert not renew(session, first, at=later, lease=LEASE)
        assert not finish(session, first, at=later)
        assert renew(session, second, at=later, lease=LEASE)
        assert finish(session, second, at=later)
    assert taken(database, number, "d", later + LEASE * 2) is None
    assert waiting(database, later + LEASE * 2) == []


def test_an_order_that_nobody_takes_is_found_after_a_while_and_one_that_was_left_at_once(
    database: Engine,
) -> None:
    numbers = placed(database, MONTH, Wanted("event-8/annual_plan", "annual_plan"))
    taken(database, numbers[MONTH.key], "a")
    wait = timedelta(seconds=60)

    assert waiting(database, NOW + timedelta(seconds=59), wait) == []
    assert waiting(database, NOW + wait, wait) == [(numbers["event-8/annual_plan"], "")]
    found = waiting(database, NOW + LEASE * 2, wait)
    assert found == [(numbers[MONTH.key], "a"), (numbers["event-8/annual_plan"], "")]


def test_what_its_holder_left_is_owed_again_and_a_living_holder_keeps_it(database: Engine) -> None:
    number = placed(database)[MONTH.key]
    taken(database, number, "a")

    with unit_of_work(database) as session:
        release(session, number, "a", at=NOW)
    assert taken(database, number, "b") is None
    with unit_of_work(database) as session:
        release(session, number, "a", at=NOW + LEASE * 2)
    assert taken(database, number, "b", NOW + LEASE * 2) is not None


def test_a_passing_failure_is_tried_again_later_and_later_then_given_up(database: Engine) -> None:
    number, at, waits = placed(database)[MONTH.key], NOW, []
    for attempt in range(len(RETRY_MINUTES) + 1):
        held = taken(database, number, f"run {attempt}", at)
        assert held is not None
        with unit_of_work(database) as session:
            again = give_back(session, held, error="database is locked", at=at, passing=True)
        if again is None:
            break
        assert taken(database, number, "too early", again - timedelta(seconds=1)) is None
        waits.append((again - at) // timedelta(minutes=1))
        at = again

    assert tuple(waits) == RETRY_MINUTES
    assert waiting(database, at + timedelta(days=1)) == []


def test_a_refusal_is_given_up_at_once_until_somebody_orders_it_again(database: Engine) -> None:
    number = placed(database)[MONTH.key]
    held = taken(database, number, "a")
    assert held is not None
    with unit_of_work(database) as session:
        assert give_back(session, held, error="没有协调人", at=NOW, passing=False) is None
        assert reorder(session, number, at=NOW)

    again = taken(database, number, "b")
    assert again is not None
    assert again.attempt == 1
    with unit_of_work(database) as session:
        assert not reorder(session, number, at=NOW)


def test_what_waits_to_be_tried_again_is_had_at_once_by_whoever_asks(database: Engine) -> None:
    number = placed(database)[MONTH.key]
    held = taken(database, number, "a")
    assert held is not None
    with unit_of_work(database) as session:
        assert give_back(session, held, error="database is busy", at=NOW, passing=True)
    assert taken(database, number, "b") is None

    with unit_of_work(database) as session:
        assert reorder(session, number, at=NOW)
    assert taken(database, number, "b") is not None


def test_what_people_start_runs_as_often_as_they_like_but_not_twice_at_a_time(database: Engine) -> None:
    with unit_of_work(database) as session:
        first = take_again(session, MONTH, claim="a", at=NOW, lease=LEASE)
        assert first is not None
        assert take_again(session, MONTH, claim="b", at=NOW, lease=LEASE) is None
        same = take_again(session, MONTH, claim="a", at=NOW, lease=LEASE)
        finish(session, first, at=NOW)
        otherwise = replace(MONTH, parameters={"period": "2026-03", "approver": "周立诚"})
        after = take_again(session, otherwise, claim="b", at=NOW, lease=LEASE)

    assert same is not None
    assert after is not None
    assert (after.id, after.attempt) == (first.id, 1)
    assert after.parameters == otherwise.parameters


def test_the_parts_of_a_whole_are_counted(database: Engine) -> None:
    parts = [Wanted(f"part {n}", "slips", {"part": n}, whole="m/2026-03", units=[n, 9]) for n in (1, 2, 3)]
    numbers = placed(database, *parts)
    held = taken(database, numbers["part 2"], "a")
    assert held is not None
    assert held.units == (2, 9)
    with unit_of_work(database) as session:
        finish(session, held, at=NOW)

    with reading(database) as session:
        assert states_of(session, "m/2026-03") == {OrderState.OWED: 2, OrderState.DONE: 1}


@pytest.mark.parametrize("writers", [4])
def test_of_many_who_reach_for_an_order_one_gets_it(database: Engine, writers: int) -> None:
    number = placed(database)[MONTH.key]

    held = at_once([partial(taken, database, number, f"run {n}") for n in range(writers)])

    assert len([one for one in held if one is not None]) == 1


def test_parts_ordered_anew_are_owed_again_whoever_is_at_them(database: Engine) -> None:
    parts = [Wanted(f"part {n}", "slips", {"part": n}, whole="m/v1", units=[n]) for n in (1, 2, 3)]
    numbers = placed(database, *parts)
    done, running = (taken(database, numbers[f"part {n}"], "a") for n in (1, 2))
    assert done is not None
    assert running is not None
    with unit_of_work(database) as session:
        finish(session, done, at=NOW)

    with unit_of_work(database) as session:
        changed = [*parts[:1], Wanted("part 2", "slips", {"part": 2}, whole="m/v1", units=[2, 3])]
        ids = place_anew(session, "m/v1", changed, at=NOW)

    assert ids == [numbers["part 1"], numbers["part 2"]]
    with unit_of_work(database) as session:
        assert states_of(session, "m/v1") == {OrderState.OWED: 2}
        assert not finish(session, running, at=NOW)
    again = taken(database, numbers["part 2"], "b")
    assert again is not None
    assert (again.units, again.attempt) == ((2, 3), 1)


def test_what_was_withdrawn_is_owed_by_nobody_and_what_was_done_stays_known(database: Engine) -> None:
    wholes = ["m/2026-02/v1", "m/2026-02/v2", "m/2026-03/v1"]
    parts = [Wanted(f"{whole}/{n}", "slips", whole=whole) for whole in wholes for n in (1, 2)]
    numbers = placed(database, *parts)
    done = taken(database, numbers["m/2026-02/v1/1"], "a")
    assert done is not None

    with unit_of_work(database) as session:
        finish(session, done, at=NOW)
        withdraw(session, "m/2026-02/v", but="m/2026-02/v2")

    with reading(database) as session:
        left = [states_of(session, whole) for whole in wholes]
    assert left == [{OrderState.DONE: 1}, {OrderState.OWED: 2}, {OrderState.OWED: 2}]


def test_who_stops_without_a_word_every_time_is_not_started_for_ever(database: Engine) -> None:
    number, at = placed(database)[MONTH.key], NOW
    found: list[Startable] = []
    for count in range(1 + len(RETRY_MINUTES)):
        assert found == []
        assert taken(database, number, f"run {count}", at)
        at += LEASE + timedelta(seconds=1)
        with reading(database) as session:
            found = crashing(session, at=at)
    assert [(one.id, one.attempts) for one in found] == [(number, 5)]

    with unit_of_work(database) as session:
        assert give_up(session, number, error="it crashes", at=at)
        assert not give_up(session, number, error="it crashes", at=at)
        (left,) = list_orders(session)

    assert (left.state, left.error) == (OrderState.FAILED, "it crashes")
    assert taken(database, number, "run 6", at) is None
    assert waiting(database, at) == []


def test_an_order_that_somebody_works_on_is_not_given_up_under_their_hands(database: Engine) -> None:
    number = placed(database)[MONTH.key]
    held = taken(database, number, "a")
    assert held is not None

    with unit_of_work(database) as session:
        assert not give_up(session, number, error="cancelled", at=NOW)
        assert finish(session, held, at=NOW)


def test_what_nobody_wants_any_more_is_dropped_and_not_placed_again_but_can_be_retried(
    database: Engine,
) -> None:
    number = placed(database)[MONTH.key]
    held = taken(database, number, "a")
    assert held is not None
    with unit_of_work(database) as session:
        under_way = drop(session, number, at=NOW)
        give_back(session, held, error="no such month", at=NOW, passing=False)
        given_up = drop(session, number, at=NOW)
        placed_again = place(session, [MONTH], at=NOW)
        shown, every = list_orders(session), list_orders(session, every=True)
        retried = reorder(session, number, at=NOW)

    assert (under_way, given_up) == (False, True)
    assert placed_again == {MONTH.key: number}
    assert shown == []
    assert [(one.state, one.error) for one in every] == [(OrderState.DROPPED, "no such month")]
    assert retried
    assert waiting(database, NOW) == [(number, "")]
    with unit_of_work(database) as session:
        assert drop(session, number, at=NOW)
    assert waiting(database, NOW) == []


def test_a_part_cannot_be_dropped_for_its_whole_would_wait_for_ever(database: Engine) -> None:
    part = replace(MONTH, whole="monthly_calendar/2026-03")
    number = placed(database, part)[part.key]
    held = taken(database, number, "a")
    assert held is not None
    with unit_of_work(database) as session:
        give_back(session, held, error="", at=NOW, passing=False)
        assert not drop(session, number, at=NOW)
