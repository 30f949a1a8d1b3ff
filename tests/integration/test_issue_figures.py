"""The ten figures, counted from what was really closed and reported."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import periods
from models.database import unit_of_work
from models.tables import Feedback
from tasks.figures import by_key, compute_figures
from tasks.rates import rates_by_unit
from tests.integration.documents_bureau import Bureau

pytest_plugins = ["tests.integration.documents_bureau"]
H1, YEAR = periods.half(2026, 1), periods.year(2026)


def test_units_that_lead_together_count_once(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "24", "组织全体干部集中学习一天")
        march, april = periods.month(2026, 3), periods.month(2026, 4)
        events = [
            bureau.close(session, bureau.owe(session, "24", unit, month, due=month.end), day)
            for unit, month, day in (
                ("机关党委", march, date(2026, 3, 6)),
                ("办公室", march, date(2026, 3, 6)),
                ("机关党委", april, date(2026, 4, 3)),
            )
        ]

        figure = by_key(compute_figures(session, year=2026, period=H1))["集中学习次"]

        assert (figure.value, figure.shown) == (2, "2")
        assert figure.work_items == (1, 2, 3)
        assert figure.events == tuple(events)


def test_each_branch_counts_its_own_party_days(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        month = periods.month(2026, 3)
        for unit in ("第一党支部", "第二党支部"):
            bureau.close(session, bureau.owe(session, "40", unit, month, due=month.end), date(2026, 3, 20))
        bureau.owe(session, "40", "第一党支部", periods.month(2026, 4), due=date(2026, 4, 20))

        figure = by_key(compute_figures(session, year=2026, period=H1))["主题党日次"]

        assert figure.value == 2


def test_items_with_a_target_count_what_was_reported_in_the_period(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "51", "开展廉政警示教育", kind="quota")
        bureau.item(session, "66", "落实挂钩村产业帮扶资金", kind="quota")
        lessons = bureau.owe(session, "51", "机关党委", YEAR, due=date(2026, 12, 31), target=4)
        first = bureau.report(session, lessons, date(2026, 2, 10), quantity=1)
        second = bureau.report(session, lessons, date(2026, 6, 30), quantity=1)
        bureau.report(session, lessons, date(2026, 7, 1), quantity=2)
        bureau.close(session, lessons, date(2026, 7, 1))
        aid = bureau.owe(session, "66", "办公室", periods.quarter(2026, 1), due=date(2026, 3, 31), target=3)
        bureau.report(session, aid, date(2026, 3, 2), quantity=2.5)

        half = by_key(compute_figures(session, year=2026, period=H1))
        year = by_key(compute_figures(session, year=2026, period=YEAR))

        assert (half["廉政教育次"].value, year["廉政教育次"].value) == (2, 4)
        assert half["廉政教育次"].events == (first, second)
        assert half["帮扶万元"].shown == "2.5"


def test_contributions_and_parts_do_not_count_beside_the_lead(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "51", "开展廉政警示教育", kind="quota")
        bureau.item(session, "24", "组织全体干部集中学习一天")
        lessons = bureau.owe(session, "51", "机关党委", YEAR, due=date(2026, 12, 31), target=4)
        bureau.report(session, lessons, date(2026, 2, 10), quantity=1)
        bureau.report(session, lessons, date(2026, 2, 11), quantity=2)
        contributed = session.scalars(select(Feedback).where(Feedback.on == date(2026, 2, 11))).one()
        contributed.unit_id = bureau.units["办公室"].id
        study = bureau.owe(session, "24", "机关党委", periods.month(2026, 3), due=date(2026, 3, 6))
        part = bureau.owe(session, "24", "办公室", periods.month(2026, 4), due=date(2026, 3, 5))
        part.parent_id = study.id
        bureau.close(session, part, date(2026, 3, 5))

        half = by_key(compute_figures(session, year=2026, period=H1))
        rates = rates_by_unit(session, H1, today=date(2026, 6, 1))

        assert (half["廉政教育次"].value, half["集中学习次"].value) == (1, 0)
        assert set(rates) == {study.unit_id}


def test_what_several_units_lead_counts_in_one_half_only(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "24", "组织全体干部集中学习一天")
        june = periods.month(2026, 6)
        for unit, day in (("机关党委", date(2026, 6, 30)), ("办公室", date(2026, 7, 1))):
            bureau.close(session, bureau.owe(session, "24", unit, june, due=june.end), day)

        counted = [
            by_key(compute_figures(session, year=2026, period=period))["集中学习次"]
            for period in (H1, periods.half(2026, 2), YEAR)
        ]

        assert [one.value for one in counted] == [1, 0, 1]
        assert [one.work_items for one in counted] == [(1,), (), (1, 2)]


def test_the_plan_figures_leave_out_what_is_no_part_of_the_plan(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "1", "制定安排意见", category="制度建设")
        bureau.item(session, "2", "开展主题党日活动")
        bureau.item(session, "整改2026H1-01", "整改", category="检查整改")
        bureau.items["整改2026H1-01"].origin = "finding"

        figures = by_key(compute_figures(session, year=2026, period=H1))

        assert (figures["N类"].value, figures["M项"].value) == (2, 2)
        assert figures["M项"].events == (1,)


def test_there_are_always_ten_figures(bureau: Bureau) -> None:
    with Session(bureau.engine) as session:
        figures = compute_figures(session, year=2026, period=H1)

    assert [figure.value for figure in figures] == [0] * 10
    assert all(figure.rule for figure in figures)
