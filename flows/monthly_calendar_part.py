"""Every month, where branches are very many: the reminder slips of some of them."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, Month, OrderNumber, PartNumber, PartTitle
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="提醒单分片",
    flow_run_name="提醒单 {period} {title}",
    description="支部很多时，月度行事历分片编印各支部提醒单；由“月度行事历”自动启动，各片并行，某片没办成只重办该片。",
    persist_result=False,
    timeout_seconds=3600,
)
def monthly_calendar_part(
    *,
    period: Month = "",
    part: PartNumber = 0,
    title: PartTitle = "",
    as_of: AsOf = "",
    home: Home = "",
    order: OrderNumber = 0,
) -> Outcome:
    """Issue the slips of a part of the branches; which ones stands in the order."""
    return tell_in_prefect("monthly_calendar_part", home, as_of, order, period=period, part=part, title=title)
