"""Every quarter, where branches are very many: the checklists of some of them."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, OrderNumber, PartNumber, PartTitle, Quarter
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="季度清单分片",
    flow_run_name="季度清单 {period} {title}",
    description="支部很多时，季度清单分片编印各支部清单；由“季度清单”自动启动，各片并行，某片没办成只重办该片。",
    persist_result=False,
    timeout_seconds=3600,
)
def quarterly_checklist_part(
    *,
    period: Quarter = "",
    part: PartNumber = 0,
    title: PartTitle = "",
    as_of: AsOf = "",
    home: Home = "",
    order: OrderNumber = 0,
) -> Outcome:
    """Issue the checklists of a part of the branches; which ones stands in the order."""
    return tell_in_prefect(
        "quarterly_checklist_part", home, as_of, order, period=period, part=part, title=title
    )
