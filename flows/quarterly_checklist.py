"""Every quarter: a checklist for each branch."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, OrderNumber, Quarter
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="季度清单",
    flow_run_name="季度清单 {period}",
    description="编印一个季度的各支部工作清单和汇总表，并发送给支部书记。重复运行不会重复发送。",
    persist_result=False,
    timeout_seconds=3600,
)
def quarterly_checklist(
    period: Quarter = "", as_of: AsOf = "", home: Home = "", order: OrderNumber = 0
) -> Outcome:
    """Issue a quarter's checklists."""
    return tell_in_prefect("quarterly_checklist", home, as_of, order, period=period)
