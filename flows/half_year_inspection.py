"""Every half-year: inspection, bulletin, rectification."""

from __future__ import annotations

from prefect import flow

from flows.form import Approver, AsOf, Home, InspectedHalf
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="半年检查",
    flow_run_name="半年检查 {period}",
    description="启动半年检查，编写检查通报并送审；批准后再运行一次，即下达整改任务。",
    persist_result=False,
)
def half_year_inspection(
    home: Home, period: InspectedHalf = "", approver: Approver = "", as_of: AsOf = ""
) -> Outcome:
    """Inspect a half-year."""
    return tell_in_prefect("half_year_inspection", home, as_of, period=period, approver=approver)
