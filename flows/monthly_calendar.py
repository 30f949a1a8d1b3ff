"""Every month: the work calendar and its reminder slips."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, Month, OrderNumber
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="月度行事历",
    flow_run_name="月度行事历 {period}",
    description="编印一个月的工作行事历、公开版和各支部提醒单，并发送给有关人员。重复运行不会重复发送。",
    persist_result=False,
    timeout_seconds=3600,
)
def monthly_calendar(
    period: Month = "", as_of: AsOf = "", home: Home = "", order: OrderNumber = 0
) -> Outcome:
    """Issue a month's calendar and slips."""
    return tell_in_prefect("monthly_calendar", home, as_of, order, period=period)
