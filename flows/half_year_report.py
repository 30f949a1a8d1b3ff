"""Every half-year: the report with its counted figures."""

from __future__ import annotations

from prefect import flow

from flows.form import Approver, AsOf, Home, OrderNumber, ReportedHalf
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="半年汇报",
    flow_run_name="半年汇报 {period}",
    description="起草半年工作汇报并送审，其中的数字都从记录中统计。",
    persist_result=False,
    timeout_seconds=1800,
)
def half_year_report(
    period: ReportedHalf = "",
    approver: Approver = "",
    as_of: AsOf = "",
    home: Home = "",
    order: OrderNumber = 0,
) -> Outcome:
    """Draft the half-year report."""
    return tell_in_prefect("half_year_report", home, as_of, order, period=period, approver=approver)
