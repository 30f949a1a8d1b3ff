"""A run holds its order: done after it, given back where it fails, with a letter that says what to do."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from flows.follow import do_order, do_owed
from flows.holding import give_up_crashing, holding, take_order
from flows.office import Office
from flows.stories.tell import tell_everybody
from models.database import reading
from models.errors import NotFoundError, RefusedError, UnavailableError
from models.settings import Settings
from models.tables import Notice, Order
from tasks.orders import Held, OrderState, Wanted, finish, place, take

MONDAY = date(2026, 3, 2)


@pytest.fixture
def office(organised: Engine, tmp_path: Path) -> Office:
    url = organised.url.render_as_string(hide_password=False)
    settings = Settings(home=tmp_path, database_url=url, lease_seconds=2)
    return Office(settings, organised, settings.clock().at(MONDAY))


def held(office: Office, flow: str = "monthly_calendar", **parameters: str | int) -> Held:
    """An order in the hands of a run."""
    found = take_order(office, flow, parameters or {"period": "2026-03"}, order=0, claim="run 1")
    assert found is not None
    return found


def order(office: Office) -> Order:
    with reading(office.engine) as session:
        found = session.scalars(select(Order)).one()
        session.expunge(found)
    return found


def letters(office: Office) -> list[dict[str, Any]]:
    """What the coordinator is told."""
    tell_everybody(office)
    with reading(office.engine) as session:
        found = select(Notice).where(Notice.letter == "run_failed").order_by(Notice.id)
        return [dict(one.facts) for one in session.scalars(found)]


def fail(office: Office, error: BaseException) -> None:
    with (
        pytest.raises(type(error)),
        holding(office, held(office), title="月度行事历 2026-03", link="http://127.0.0.1/r"),
    ):
        raise error


def test_what_ended_well_is_done_and_nobody_is_told(office: Office) -> None:
    with holding(office, held(office), title="月度行事历 2026-03"):
        assert take_order(office, "monthly_calendar", {"period": "2026-03"}, order=0, claim="run 2") is None

    assert order(office).state == OrderState.DONE
    assert letters(office) == []


def test_a_refusal_is_given_up_and_the_coordinator_told_what_to_do(office: Office) -> None:
    fail(office, RefusedError("plan_not_approved", year=2026, version=1, state="草稿"))

    assert order(office).state == OrderState.FAILED
    (letter,) = letters(office)
    assert letter["title"] == "月度行事历 2026-03"
    assert letter["reason"] == order(office).error
    assert (letter["again"], letter["link"]) == ("", "http://127.0.0.1/r")


def test_a_passing_failure_is_tried_again_and_told_once_a_day(office: Office) -> None:
    fail(office, UnavailableError("database_busy", seconds=30))
    first = order(office)
    assert first.state == OrderState.OWED
    assert first.not_before > office.settings.clock().now() + timedelta(seconds=30)
    assert letters(office)[0]["again"]
    fail(office, UnavailableError("database_busy", seconds=30))

    assert len(letters(office)) == 1


def test_a_program_error_is_told_in_words_and_raised_on(office: Office) -> None:
    fail(office, KeyError("unit"))

    (letter,) = letters(office)
    assert letter["reason"].startswith("程序出错（KeyError: 'unit'）。请运行 duban doctor")


def test_a_failure_of_who_was_replaced_is_told_to_nobody(office: Office) -> None:
    mine = held(office)
    later = office.settings.clock().now() + timedelta(minutes=5)

    def be_replaced_and_fail() -> None:
        with holding(office, mine, title="月度行事历 2026-03"):
            with office.write() as session:
                other = take(session, mine.id, claim="run 2", at=later, lease=timedelta(seconds=2))
                assert other is not None
                assert finish(session, other, at=later)
            raise RefusedError("plan_not_approved", year=2026, version=1, state="草稿")

    with pytest.raises(RefusedError):
        be_replaced_and_fail()

    assert order(office).state == OrderState.DONE
    assert letters(office) == []


def test_a_run_that_is_told_to_stop_leaves_its_order_to_the_next_at_once(office: Office) -> None:
    fail(office, KeyboardInterrupt())

    stopped = order(office)
    assert (stopped.state, stopped.attempts) == (OrderState.OWED, 0)
    assert letters(office) == []


def test_a_run_that_a_person_cancelled_is_not_started_again_and_the_coordinator_told(office: Office) -> None:
    mine = held(office)
    with (
        pytest.raises(KeyboardInterrupt),
        holding(office, mine, title="月度行事历 2026-03", is_cancelled=lambda: True),
    ):
        raise KeyboardInterrupt

    assert order(office).state == OrderState.DROPPED
    (letter,) = letters(office)
    assert (letter["title"], letter["again"]) == ("月度行事历 2026-03", "")
    assert letter["reason"].endswith(f"还要办请运行 duban order retry {mine.id}。")


def test_what_a_person_dropped_is_brought_back_by_people_and_not_by_the_clock(office: Office) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        holding(office, held(office), title="月度行事历 2026-03", is_cancelled=lambda: True),
    ):
        raise KeyboardInterrupt
    month = ("monthly_calendar", {"period": "2026-03"})

    assert take_order(office, *month, order=0, claim="run 2", by_clock=True) is None
    assert take_order(office, *month, order=0, claim="run 3") is not None
    assert order(office).error == ""


def test_mail_goes_on_whatever_was_cancelled(office: Office) -> None:
    """What has no period is not done once and for all."""
    mine = take_order(office, "mail_round", {}, order=0, claim="run 1")
    assert mine is not None
    with pytest.raises(KeyboardInterrupt), holding(office, mine, title="邮件", is_cancelled=lambda: True):
        raise KeyboardInterrupt

    assert take_order(office, "mail_round", {}, order=0, claim="run 2", by_clock=True) is not None


def test_a_cancelled_part_is_kept_for_its_whole_lacks_it(office: Office) -> None:
    part = Wanted("slips/2026-03/1", "monthly_calendar_part", {"period": "2026-03"}, whole="slips/2026-03")
    with office.write() as session:
        number = place(session, [part], at=office.settings.clock().now())[part.key]
    mine = take_order(office, "", {}, order=number, claim="run 1")
    assert mine is not None
    with pytest.raises(KeyboardInterrupt), holding(office, mine, title="一", is_cancelled=lambda: True):
        raise KeyboardInterrupt

    assert order(office).state == OrderState.FAILED
    assert "duban order drop" not in order(office).error


def test_a_long_run_keeps_its_order_beyond_the_lease(office: Office) -> None:
    mine = held(office)
    with reading(office.engine) as session:
        before = session.scalar(select(Order.lease_until))
    with holding(office, mine, title="月度行事历 2026-03"):
        renewed = _renewed(office, before)

    assert renewed > before
    assert order(office).state == OrderState.DONE


def _renewed(office: Office, before: Any) -> Any:  # noqa: ANN401  # an instant
    """The lease once it was made longer; that takes half a second."""
    while True:
        with reading(office.engine) as session:
            now = session.scalar(select(Order.lease_until))
        if now != before:
            return now


def test_what_is_refused_stops_only_itself(office: Office) -> None:
    wanted = [
        Wanted("a", "annual_plan", {"year": 2031}),
        Wanted("b", "daily_supervision", {"day": MONDAY.isoformat()}),
    ]
    with office.write() as session:
        place(session, wanted, at=office.settings.clock().now())

    titles = [outcome.title for outcome in do_owed(office)]

    assert titles == [f"每日督办 {MONDAY}"]
    with reading(office.engine) as session:
        states = dict(session.execute(select(Order.flow, Order.state)).tuples().all())
    assert states == {"annual_plan": "failed", "daily_supervision": "done"}
    assert [one["title"] for one in letters(office)] == ["年度计划 2031"]


def test_an_unknown_order_is_refused_in_words(office: Office) -> None:
    with pytest.raises(NotFoundError) as refused:
        do_order(office, 99)

    assert "99" in refused.value.sentence("zh")


def test_the_coordinator_is_told_of_runs_that_crash_again_and_again(office: Office) -> None:
    for _ in range(5):
        held(office)
        with office.write() as session:
            session.execute(
                update(Order).values(lease_until=office.settings.clock().now() - timedelta(seconds=1))
            )

    give_up_crashing(office)
    give_up_crashing(office)

    (letter,) = letters(office)
    assert (letter["title"], letter["again"]) == ("月度行事历 2026-03", "")
    assert letter["reason"].startswith("已经 5 次办到中途就中断")
