"""The gates of approvals as Prefect's runs: one a step, whatever Prefect keeps or loses."""

from __future__ import annotations

from typing import Any

import pytest

from flows.gatekeeper import keep_gates
from flows.office import Office
from flows.timetable import flow_names
from models.errors import UnavailableError
from tests.fake_prefect import FakePrefect
from tests.gate_bureau import GateBureau
from tests.integration.told_bureau import LU, TODAY

pytest_plugins = ["tests.gate_bureau"]


@pytest.fixture
def office(gates: GateBureau) -> Office:
    return Office(gates.settings, gates.engine, gates.settings.clock().at(TODAY))


def waiting(prefect: FakePrefect) -> list[dict[str, Any]]:
    """The runs that are not over; each is suspended once it has begun."""
    runs = [run for run in prefect.by_key.values() if run["state"]["type"] in {"SCHEDULED", "PAUSED"}]
    for run in runs:
        prefect.put(run["id"], "PAUSED")
    return runs


def test_a_gate_whose_run_waits_keeps_it_whatever_restarts(gates: GateBureau, office: Office) -> None:
    prefect = FakePrefect()
    number = gates.submit()
    keep_gates(office, prefect)
    (run,) = waiting(prefect)

    for _ in range(3):
        keep_gates(office, prefect, look_after_runs=True)

    assert waiting(prefect) == [run]
    assert gates.gate(number).run == run["id"]


def test_a_gate_whose_run_is_lost_appears_anew_and_nobody_is_told_twice(
    gates: GateBureau, office: Office
) -> None:
    prefect = FakePrefect()
    number = gates.submit()
    keep_gates(office, prefect)
    (before,) = waiting(prefect)
    gates.hand_in(number, code="00000000")
    code, events = gates.code(number, LU), gates.verbs("approval_")

    prefect.lose_everything()
    prefect.registered.extend(flow_names())
    for _ in range(2):
        keep_gates(office, prefect, look_after_runs=True)

    (after,) = waiting(prefect)
    assert after["id"] == gates.gate(number).run != before["id"]
    assert (after["name"], after["tags"]) == (before["name"], before["tags"])
    assert gates.verbs("approval_") == events
    assert gates.hand_in(number, code=code).outcome == "decided"


def test_a_server_that_does_not_know_the_flow_is_a_passing_trouble(gates: GateBureau, office: Office) -> None:
    prefect = FakePrefect()
    gates.submit()
    prefect.lose_everything()

    with pytest.raises(UnavailableError, match="审批办理"):
        keep_gates(office, prefect)

    prefect.registered.extend(flow_names())
    keep_gates(office, prefect)
    assert len(waiting(prefect)) == 1
