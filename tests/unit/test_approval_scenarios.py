"""Every row of the table of approval scenarios by the bare rules, in every order that it allows."""

from __future__ import annotations

import pytest

from tests.approval_rows import Scenario, scenarios
from tests.approval_scenarios import PureStage, play

#: The ids of the specification, of which every one has a row.
SPECIFIED = {
    "M": 16, "D": 10, "R": 8, "W": 6, "T": 6, "A": 4, "C": 5, "I": 3, "P": 4, "B": 3, "V": 2, "X": 3,
}  # fmt: skip


def test_the_table_has_every_scenario_of_the_specification() -> None:
    specified = {
        f"{letter}{number:02}" for letter, last in SPECIFIED.items() for number in range(1, last + 1)
    }

    found = [row.id for row in scenarios()]

    assert {one[:3] for one in found} == specified
    assert len(set(found)) == len(found)
    assert all(row.title["zh"] and row.title["en"] for row in scenarios())


@pytest.mark.parametrize(
    "scenario", [row for row in scenarios() if row.only != "database"], ids=lambda row: row.id
)
def test_a_scenario_ends_as_its_row_says(scenario: Scenario) -> None:
    for acts in scenario.orders():
        play(scenario, PureStage(), acts)
