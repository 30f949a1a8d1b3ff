"""Every hour: the cockpit's pages, for those who look on."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, OrderNumber
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="督办看板",
    flow_run_name="督办看板",
    description="更新督办看板：亮灯、待办、行事历、清单矩阵、检查对比、统计数字、邮件台账。只读数据，可随时运行。",
    persist_result=False,
    timeout_seconds=900,
)
def cockpit(as_of: AsOf = "", home: Home = "", order: OrderNumber = 0) -> Outcome:
    """Draw the cockpit anew."""
    return tell_in_prefect("cockpit", home, as_of, order)
