"""When each flow runs by itself, in the bureau's time zone. The runs decide inside what is due.

Cron cannot say "the last workday": a flow is started on every day that may be the one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One flow's line: `cron` is empty for a flow that people start."""

    name: str
    cron: str = ""
    #: Whether a run that starts while another one is under way waits for it, or is dropped.
    waits: bool = True


TIMETABLE = (
    Entry("annual_plan"),
    Entry("monthly_calendar", "0 9 1-5,20-31 * *"),
    Entry("quarterly_checklist", "5 9 1-10 1,4,7,10 *"),
    Entry("half_year_inspection", "10 9 1-10 6,12 *"),
    Entry("half_year_report", "15 9 1-10 1,7 *"),
    Entry("daily_supervision", "30 8 * * *"),
    # Nobody is written to at night; a round that is late says what the one before would have said.
    Entry("mail_round", "*/5 7-19 * * *", waits=False),
)
