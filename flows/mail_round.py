"""Every few minutes: tell what happened, send what waits."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Home, OrderNumber
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="邮件投递",
    flow_run_name="邮件投递",
    description="把新发生的事项拟成通知，并发送待发邮件。",
    persist_result=False,
    timeout_seconds=900,
)
def mail_round(as_of: AsOf = "", home: Home = "", order: OrderNumber = 0) -> Outcome:
    """Tell and send."""
    return tell_in_prefect("mail_round", home, as_of, order)
