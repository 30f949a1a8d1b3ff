"""What duban can be ordered to do: each flow by its name and a few small words from a form or command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from flows.due import due_today
from flows.held_up import held_up
from flows.office import Office
from flows.stories import annual_plan as year_story
from flows.stories import daily_supervision as day_story
from flows.stories import documents
from flows.stories.step import Outcome, Step
from flows.stories.tell import read_returned, returned_words, send_mail, tell_everybody, trouble_words
from models import periods
from models.messages import say
from models.periods import read_period


def annual_plan(
    step: Step,
    office: Office,
    *,
    year: int = 0,
    file: str = "",
    approver: str = "",
    source_document: str = "",
) -> Outcome:
    """The year's plan as far as it goes now; this year's by default."""
    return year_story.annual_plan(
        step,
        office,
        year=year or office.clock.today().year,
        file=Path(file) if file else None,
        approver=approver,
        source_document=source_document,
    )


def monthly_calendar(step: Step, office: Office, *, period: str = "") -> Outcome:
    """A month's calendar; the one that is due today by default."""
    return _document(step, office, "monthly_calendar", period)


def quarterly_checklist(step: Step, office: Office, *, period: str = "") -> Outcome:
    """A quarter's checklists; the one that is due today by default."""
    return _document(step, office, "quarterly_checklist", period)


def half_year_inspection(step: Step, office: Office, *, period: str = "", approver: str = "") -> Outcome:
    """A half-year's inspection; the one that is due today by default."""
    return _document(step, office, "half_year_inspection", period, approver=approver)


def half_year_report(step: Step, office: Office, *, period: str = "", approver: str = "") -> Outcome:
    """A half-year's report; the one that is due today by default."""
    return _document(step, office, "half_year_report", period, approver=approver)


def daily_supervision(step: Step, office: Office, *, day: str = "") -> Outcome:
    """A day's supervision, and the calendar files as they stand after it; today's by default."""
    meant = read_day(day) or office.clock.today()
    outcome = day_supervised(step, office, meant)
    step(say("step.feeds", office.lang), lambda: day_story.write_calendars(office.on(meant)))
    return outcome


def day_supervised(step: Step, office: Office, meant: date) -> Outcome:
    """A day's supervision. What the clock approved goes on at once."""
    approved = day_story.climb_ladders(step, office, day=meant)
    outcome = day_story.daily_supervision(step, office, day=meant)
    for number in approved:
        flow, parameters = held_up(office.on(meant), number)
        ORDERS[flow](step, office.on(meant), **parameters)
    return outcome


def mail_round(step: Step, office: Office) -> Outcome:
    """Tell what happened since the last round, and send what waits."""
    lang = office.lang
    returned = step(say("step.bounces", lang), lambda: read_returned(office))
    told = step(say("step.tell", lang), lambda: tell_everybody(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    count = told.notices
    words = [say("story.notices", lang, notices=count, sent=sent.sent)] if count or sent.sent else []
    words += returned_words(returned, lang) + trouble_words(told, sent, lang)
    title = say("up.mail_round" if sent.sent else "up.mail_round_quiet", lang, sent=sent.sent)
    return Outcome("mail-round", title, words)


ORDERS: dict[str, Callable[..., Outcome]] = {
    "annual_plan": annual_plan,
    "monthly_calendar": monthly_calendar,
    "quarterly_checklist": quarterly_checklist,
    "half_year_inspection": half_year_inspection,
    "half_year_report": half_year_report,
    "daily_supervision": daily_supervision,
    "mail_round": mail_round,
}


def read_day(text: str) -> date | None:
    """A day given as 2026-03-31; None for nothing. Raises InputError."""
    return periods.read_day(text) if text else None


def _document(step: Step, office: Office, name: str, period: str, **more: str) -> Outcome:
    chosen = read_period(period) if period else due_today(office, name)
    if chosen is None:
        lang = office.lang
        title = say("up.not_due", lang, flow=say(f"flow.{name}", lang), day=office.clock.today())
        return Outcome(name.replace("_", "-"), title, [])
    story: Callable[..., Outcome] = getattr(documents, name)
    return story(step, office, period=chosen, **more)
