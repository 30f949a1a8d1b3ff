"""The examples that come with the product read without a hitch and show every kind of item."""

from __future__ import annotations

from pathlib import Path

from models.figures import figure_of
from models.schedule import Kind
from tasks.read_plan.organisation import read_organisation
from tasks.read_plan.plan import read_plan

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def test_the_example_organisation_has_no_problems() -> None:
    found = read_organisation(EXAMPLES / "org_2026.xlsx")

    assert (len(found.units), len(found.people), len(found.absences)) == (31, 60, 6)
    assert found.problems == ()


def test_the_example_plan_has_no_problems() -> None:
    proposal = read_plan(EXAMPLES / "plan_2026.xlsx", year=2026)

    assert (len(proposal.categories), len(proposal.items)) == (8, 68)
    assert sum(item.schedule.confirm for item in proposal.items) == 6
    assert proposal.problems == ()


def test_the_example_plan_shows_every_kind_of_time() -> None:
    proposal = read_plan(EXAMPLES / "plan_2026.xlsx", year=2026)

    assert {item.schedule.kind for item in proposal.items} == set(Kind)


def test_the_example_plan_feeds_every_figure_of_the_report() -> None:
    proposal = read_plan(EXAMPLES / "plan_2026.xlsx", year=2026)

    fed = {figure_of(item.title, standard=item.standard, remark=item.remark) for item in proposal.items}
    assert fed == {
        *("", "研究意识形态次", "集中学习次", "专题党课次", "专题研讨次"),
        *("主题党日次", "帮扶万元", "廉政教育次", "节假日廉政提醒次"),
    }


def test_the_example_plan_names_units_of_the_example_organisation() -> None:
    units = {unit.name for unit in read_organisation(EXAMPLES / "org_2026.xlsx").units}

    proposal = read_plan(EXAMPLES / "plan_2026.xlsx", year=2026)

    named = {name for item in proposal.items for name in (*item.lead_units, *item.supporting_units)}
    assert named - units == {"各科室", "各党支部"}
