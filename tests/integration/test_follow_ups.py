"""What follows from what happened is ordered once, whoever looks, however often."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from flows.follow_ups import FOLLOW_UPS, place_follow_ups
from models.database import reading, unit_of_work
from models.journal import Fact, record
from models.settings import Settings
from models.tables import Inspection, Order

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def happen(database: Engine, *facts: Fact, at: datetime = NOW) -> None:
    with unit_of_work(database) as session:
        record(session, facts, at=at)


def placed(database: Engine, settings: Settings) -> int:
    with unit_of_work(database) as session:
        return place_follow_ups(session, settings, at=NOW)


def orders(database: Engine) -> list[tuple[str, dict[str, Any]]]:
    with reading(database) as session:
        return [(one.flow, dict(one.parameters)) for one in session.scalars(select(Order).order_by(Order.id))]


def plan(verb: str, year: int = 2026, **more: object) -> Fact:
    return Fact(f"plan.{verb}", "plan", 1, "SYSTEM", {"year": year, "version": 1, **more})


def test_an_approved_plan_goes_into_force_and_its_running_month_is_issued(
    database: Engine, settings: Settings
) -> None:
    happen(database, plan("approved"))
    assert placed(database, settings) == 1
    happen(database, plan("activated", items=72))
    assert placed(database, settings) == 1
    assert placed(database, settings) == 0

    assert orders(database) == [
        ("annual_plan", {"year": 2026}),
        ("monthly_calendar", {"period": "2026-03"}),
    ]


@pytest.mark.parametrize(
    ("at", "first"),
    [
        (datetime(2025, 12, 30, 1, tzinfo=UTC), "2026-01"),
        (datetime(2025, 12, 31, 17, tzinfo=UTC), "2026-01"),  # already January in Shanghai
        (datetime(2026, 11, 30, 15, 59, tzinfo=UTC), "2026-11"),
    ],
)
def test_a_plan_that_comes_early_begins_with_its_first_month(
    database: Engine, settings: Settings, at: datetime, first: str
) -> None:
    happen(database, plan("activated", items=72), at=at)
    placed(database, settings)

    assert orders(database) == [("monthly_calendar", {"period": first})]


def test_a_plan_of_a_past_year_issues_nothing(database: Engine, settings: Settings) -> None:
    happen(database, plan("activated", items=72), at=datetime(2027, 2, 1, tzinfo=UTC))

    assert placed(database, settings) == 0


def test_a_superior_document_amends_the_plan_in_force_only(in_force: Engine, settings: Settings) -> None:
    placed(in_force, settings)  # what happened until now
    before = len(orders(in_force))
    happen(
        in_force,
        plan("imported", source_document=""),
        plan("imported", year=2031, source_document="工委〔2026〕12号"),
        plan("imported", source_document="工委〔2026〕12号"),
    )
    placed(in_force, settings)

    assert orders(in_force)[before:] == [("annual_plan", {"year": 2026})]


def test_a_bulletin_leads_to_rectification_while_its_inspection_is_open(
    database: Engine, settings: Settings
) -> None:
    bulletin = Fact(
        "publication.issued", "publication", 9, "SYSTEM", {"kind": "bulletin", "period": "2026-H1"}
    )
    happen(database, bulletin)
    assert placed(database, settings) == 0
    with unit_of_work(database) as session:
        session.add(Inspection(period="2026-H1", state="open", created_at=NOW))
    happen(database, bulletin)
    placed(database, settings)
    happen(database, Fact("inspection.released", "inspection", 1, "SYSTEM", {"period": "2026-H1"}))
    placed(database, settings)

    assert orders(database) == [
        ("half_year_inspection", {"period": "2026-H1"}),
        ("rectification", {"period": "2026-H1"}),
    ]


def test_a_thousand_decided_extensions_make_one_round_of_mail(database: Engine, settings: Settings) -> None:
    happen(database, *(Fact("work_item.extended", "work_item", n, "SYSTEM", {}) for n in range(500)))
    placed(database, settings)
    happen(database, *(Fact("work_item.extension_refused", "work_item", n, "SYSTEM", {}) for n in range(500)))
    placed(database, settings)

    assert orders(database) == [("mail_round", {})]


def test_what_happened_before_an_upgrade_is_over(database: Engine, settings: Settings) -> None:
    happen(database, plan("approved"))
    with unit_of_work(database) as session:  # as the migration leaves it
        session.execute(text("UPDATE cursor SET event_id = 1 WHERE name = 'follow_ups'"))

    assert placed(database, settings) == 0


def test_every_follow_up_names_a_flow_and_an_event_of_its_own() -> None:
    events = [line.event for line in FOLLOW_UPS]

    assert len(set(events)) == len(events)
    assert all(event.startswith("duban.") for event in events)
