"""Every half-year: inspection, bulletin, rectification."""

from __future__ import annotations

from prefect import flow

from flows.form import Approver, AsOf, Home, InspectedHalf, OrderNumber
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="半年检查",
    flow_run_name="半年检查 {period}",
    description="启动半年检查，编写检查通报并送审；批准后自动下达整改任务，再运行不会重新编写。",
    persist_result=False,
    timeout_seconds=1800,
)
def half_year_inspection(
    period: InspectedHalf = "",
    approver: Approver = "",
    as_of: AsOf = "",
    home: Home = "",
    order: OrderNumber = 0,
) -> Outcome:
    """Inspect a half-year."""
    return tell_in_prefect("half_year_inspection", home, as_of, order, period=period, approver=approver)
