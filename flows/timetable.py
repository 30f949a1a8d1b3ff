"""When each flow runs by itself, in the bureau's time zone. The runs decide inside what is due.

Cron cannot say "the last workday": a flow is started on every day that may be the one.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.messages import say

#: The work pool from which workers take runs.
POOL = "duban"


@dataclass(frozen=True)
class Entry:
    """One flow's line: `cron` is empty for a flow that people or events start.

    At most `at_once` runs are under way at a time; 0 means no limit.
    """

    name: str
    cron: str = ""
    at_once: int = 1
    #: Whether a run that starts while another one is under way waits for it, or is dropped.
    waits: bool = True


TIMETABLE = (
    Entry("annual_plan"),
    Entry("monthly_calendar", "0 9 1-5,20-31 * *"),
    Entry("monthly_calendar_part", at_once=0),
    Entry("quarterly_checklist", "5 9 1-10 1,4,7,10 *"),
    Entry("quarterly_checklist_part", at_once=0),
    Entry("half_year_inspection", "10 9 1-10 6,12 *"),
    Entry("half_year_report", "15 9 1-10 1,7 *"),
    Entry("rectification"),
    Entry("daily_supervision", "30 8 * * *"),
    # `duban up` delivers mail within seconds; the round is there for when its part stands still.
    Entry("mail_round", "*/30 7-19 * * *", waits=False),
    Entry("approval_gate", at_once=0),
    # The next hour's look sees all that a look that was dropped would have seen.
    Entry("cockpit", "50 8-18 * * *", waits=False),
)


def flow_names() -> list[str]:
    """What the flows and their deployments are called at Prefect."""
    return [say(f"flow.{entry.name}", "zh") for entry in TIMETABLE]
