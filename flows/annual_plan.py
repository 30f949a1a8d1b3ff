"""Every year: the plan from the sheet to work that everybody was told of."""

from __future__ import annotations

from prefect import flow

from flows.form import Approver, AsOf, Home, OrderNumber, PlanFile, Source, Year
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="年度计划",
    flow_run_name="年度计划 {year}",
    description="读取年度清单，核对、送审；批准后展开任务、分派责任人并通知。每办完一步再运行一次，即接着往下办。",
    persist_result=False,
    timeout_seconds=1800,
)
def annual_plan(
    *,
    year: Year = 0,
    file: PlanFile = "",
    approver: Approver = "",
    source_document: Source = "",
    as_of: AsOf = "",
    home: Home = "",
    order: OrderNumber = 0,
) -> Outcome:
    """Take the plan from the sheet to assigned work."""
    return tell_in_prefect(
        "annual_plan",
        home,
        as_of,
        order,
        year=year,
        file=file,
        approver=approver,
        source_document=source_document,
    )
