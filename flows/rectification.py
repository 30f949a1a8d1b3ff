"""After an inspection: what was found is put right."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, InspectedHalf, OrderNumber
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="整改督办",
    flow_run_name="整改督办 {period}",
    description="检查通报印发后，落实每个问题的整改责任人并通知，汇总整改进展。重复运行不会重复通知。",
    persist_result=False,
    timeout_seconds=900,
)
def rectification(
    period: InspectedHalf = "", as_of: AsOf = "", home: Home = "", order: OrderNumber = 0
) -> Outcome:
    """Have what was found put right."""
    return tell_in_prefect("rectification", home, as_of, order, period=period)
