"""The relay against a Prefect that is played here: nothing is lost, nothing doubled, no trouble spreads."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from flows.holding import holding, take_order
from flows.office import Office
from flows.relay import Relay
from flows.restart import end_dead_runs, start_owed
from models.errors import InputError, RefusedError, UnavailableError
from models.secret import KEY_FILE
from models.settings import Settings
from models.tables import Event, Order
from tasks.orders import OrderState, Wanted, find_order, place, reorder
from tests.fake_prefect import FakePrefect
from tests.gate_bureau import GateBureau

pytest_plugins = ["tests.gate_bureau"]

MONDAY = date(2026, 3, 2)


@pytest.fixture
def office(organised: Engine, tmp_path: Path) -> Office:
    url = organised.url.render_as_string(hide_password=False)
    settings = Settings(home=tmp_path, database_url=url)
    return Office(settings, organised, settings.clock().at(MONDAY))


def owed(office: Office) -> int:
    """An order that has waited in vain for its trigger."""
    wanted = Wanted("monthly_calendar/2026-03", "monthly_calendar", {"period": "2026-03"})
    with office.write() as session:
        at = office.settings.clock().now() - timedelta(minutes=1)
        return place(session, [wanted], at=at)[wanted.key]


def sweep(office: Office, prefect: FakePrefect) -> int:
    """How many runs there are after the sweep has looked twice."""
    start_owed(office, prefect)
    start_owed(office, prefect)
    return len(prefect.by_key)


@pytest.mark.parametrize("ended", [KeyboardInterrupt(), RefusedError("coordinator_unknown")])
def test_an_order_that_is_owed_anew_gets_a_run_at_once(office: Office, ended: BaseException) -> None:
    """Whether its run was told to stop, or what it was refused for is mended and somebody orders it again."""
    number, prefect = owed(office), FakePrefect()
    assert sweep(office, prefect) == 1
    (run,) = prefect.by_key.values()
    held = take_order(office, "", {}, order=number, claim=run["id"])
    assert held is not None
    with pytest.raises(type(ended)), holding(office, held, title="月度行事历 2026-03"):
        raise ended
    prefect.put(run["id"], "FAILED")

    with office.write() as session:
        reorder(session, number, at=office.settings.clock().now())

    assert sweep(office, prefect) == 2


def test_what_a_person_cancels_before_it_begins_is_given_up_until_somebody_orders_it_again(
    office: Office,
) -> None:
    number, prefect = owed(office), FakePrefect()
    assert sweep(office, prefect) == 1
    (run,) = prefect.by_key.values()
    prefect.put(run["id"], "CANCELLED")

    assert sweep(office, prefect) == 1
    with office.read() as session:
        order = find_order(session, number)
        told = session.scalars(select(Event.reason).where(Event.verb == "run.failed")).all()
    assert order is not None
    assert order.state == OrderState.DROPPED
    assert f"duban order retry {number}" in order.error
    assert told == [order.error]

    with office.write() as session:
        reorder(session, number, at=office.settings.clock().now())
    assert sweep(office, prefect) == 2


def test_a_cancelled_run_that_had_no_time_to_say_so_is_not_started_again(office: Office) -> None:
    """It took an order of its own, and was killed before it could give it back."""
    prefect = FakePrefect()
    run = prefect.start("月度行事历", {})
    held = take_order(office, "monthly_calendar", {"period": "2026-03"}, order=0, claim=run)
    assert held is not None
    with office.write() as session:
        past = office.settings.clock().now() - timedelta(seconds=1)
        session.execute(update(Order).values(lease_until=past))
    prefect.put(run, "CANCELLED")

    assert sweep(office, prefect) == 1
    with office.read() as session:
        order = find_order(session, held.id)
    assert order is not None
    assert order.state == OrderState.DROPPED


def test_what_prefect_cancels_itself_for_want_of_room_is_started_again(office: Office) -> None:
    owed(office)
    prefect = FakePrefect()
    sweep(office, prefect)
    (run,) = prefect.by_key.values()
    prefect.put(run["id"], "CANCELLED", message="Deployment concurrency limit reached.")

    assert sweep(office, prefect) == 2


def test_what_troubles_the_gates_holds_up_nothing_else(gates: GateBureau) -> None:
    gates.submit()
    (gates.settings.home / KEY_FILE).write_bytes(b"cut off")
    office = Office(gates.settings, gates.engine, gates.settings.clock().at(MONDAY))
    owed(office)
    prefect = FakePrefect()

    with pytest.raises(InputError):
        Relay(office, prefect).round()

    assert "月度行事历" in [run["deployment_id"] for run in prefect.by_key.values()]


def test_flows_that_are_not_registered_yet_are_waited_for(office: Office) -> None:
    owed(office)

    with pytest.raises(UnavailableError) as refused:
        sweep(office, FakePrefect(registered=[]))

    assert "还没有在 Prefect 登记" in refused.value.sentence("zh")
    assert sweep(office, FakePrefect()) == 1


def test_only_our_own_runs_of_which_nothing_is_heard_are_ended(office: Office) -> None:
    prefect = FakePrefect()
    lost, at_work, showing, others = (
        prefect.start(flow, {}) for flow in ("月度行事历", "月度行事历", "每日督办", "nightly-backup")
    )
    for run in (lost, at_work, showing, others):
        prefect.put(run, "RUNNING", office.settings.clock().now() - timedelta(days=1))
    assert take_order(office, "monthly_calendar", {"period": "2026-03"}, order=0, claim=at_work)
    done = take_order(office, "daily_supervision", {"day": "2026-03-02"}, order=0, claim=showing)
    assert done is not None
    with holding(office, done, title="每日督办"):
        pass

    end_dead_runs(office, prefect)

    states = {run["id"]: run["state"]["type"] for run in prefect.by_key.values()}
    assert [run for run, state in states.items() if state != "RUNNING"] == [lost]
