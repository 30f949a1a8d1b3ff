"""Every flow by the name under which it can be ordered."""

from __future__ import annotations

from prefect import Flow

from flows.annual_plan import annual_plan
from flows.approval_gate import approval_gate
from flows.cockpit import cockpit
from flows.daily_supervision import daily_supervision
from flows.half_year_inspection import half_year_inspection
from flows.half_year_report import half_year_report
from flows.mail_round import mail_round
from flows.monthly_calendar import monthly_calendar
from flows.monthly_calendar_part import monthly_calendar_part
from flows.quarterly_checklist import quarterly_checklist
from flows.quarterly_checklist_part import quarterly_checklist_part
from flows.rectification import rectification
from flows.stories.step import Outcome

FLOWS: dict[str, Flow[..., Outcome]] = {
    "annual_plan": annual_plan,
    "monthly_calendar": monthly_calendar,
    "monthly_calendar_part": monthly_calendar_part,
    "quarterly_checklist": quarterly_checklist,
    "quarterly_checklist_part": quarterly_checklist_part,
    "half_year_inspection": half_year_inspection,
    "half_year_report": half_year_report,
    "rectification": rectification,
    "daily_supervision": daily_supervision,
    "mail_round": mail_round,
    "approval_gate": approval_gate,
    "cockpit": cockpit,
}
