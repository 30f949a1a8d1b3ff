"""Every day: lights, reminders, the mail that follows."""

from __future__ import annotations

from prefect import flow

from flows.form import AsOf, Day, Home, OrderNumber
from flows.prefect_run import tell_in_prefect
from flows.stories.step import Outcome


@flow(
    name="每日督办",
    flow_run_name="每日督办 {day}",
    description="办理一天的督办：更新亮灯，提醒将到期和已逾期的任务，月末小结，并发送邮件。",
    persist_result=False,
    timeout_seconds=1800,
)
def daily_supervision(day: Day = "", as_of: AsOf = "", home: Home = "", order: OrderNumber = 0) -> Outcome:
    """Supervise one day."""
    return tell_in_prefect("daily_supervision", home, as_of, order, day=day)
