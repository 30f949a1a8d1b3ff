"""What duban can be ordered to do: each flow by its name and a few small words from a form or command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from flows.due import TIMED, due_today
from flows.held_up import held_up
from flows.office import Office
from flows.stories import annual_plan as year_story
from flows.stories import branch_documents, documents
from flows.stories import daily_supervision as day_story
from flows.stories.cockpit import cockpit
from flows.stories.rectification import rectification as rectification_story
from flows.stories.step import Outcome, Step
from flows.stories.tell import read_returned, returned_words, send_mail, tell_everybody, trouble_words
from models import periods
from models.messages import Lang, say
from models.periods import read_period
from tasks.orders import ABOUT, Held
from tasks.rectify import newest_inspection

Parameters = Mapping[str, str | int]


def annual_plan(
    step: Step,
    office: Office,
    *,
    year: int,
    file: str = "",
    approver: str = "",
    source_document: str = "",
) -> Outcome:
    """The year's plan as far as it goes now."""
    return year_story.annual_plan(
        step,
        office,
        year=year,
        file=Path(file) if file else None,
        approver=approver,
        source_document=source_document,
    )


def monthly_calendar(step: Step, office: Office, *, period: str) -> Outcome:
    """A month's calendar and slips."""
    return branch_documents.monthly_calendar(step, office, period=read_period(period))


def quarterly_checklist(step: Step, office: Office, *, period: str) -> Outcome:
    """A quarter's checklists."""
    return branch_documents.quarterly_checklist(step, office, period=read_period(period))


def documents_part(step: Step, office: Office, *, flow: str, period: str, **part: Any) -> Outcome:  # noqa: ANN401  # an order's
    """The slips or checklists of a part of the branches."""
    return branch_documents.documents_part(step, office, flow, period=read_period(period), **part)


def half_year_inspection(step: Step, office: Office, *, period: str, approver: str = "") -> Outcome:
    """A half-year's inspection."""
    return documents.half_year_inspection(step, office, period=read_period(period), approver=approver)


def half_year_report(step: Step, office: Office, *, period: str, approver: str = "") -> Outcome:
    """A half-year's report."""
    return documents.half_year_report(step, office, period=read_period(period), approver=approver)


def rectification(step: Step, office: Office, *, period: str) -> Outcome:
    """What an inspection found is put right."""
    return rectification_story(step, office, period=read_period(period))


def daily_supervision(step: Step, office: Office, *, day: str) -> Outcome:
    """A day's supervision, and the calendar files as they stand after it."""
    meant = periods.read_day(day)
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
    "monthly_calendar_part": partial(documents_part, flow="monthly_calendar_part"),
    "quarterly_checklist": quarterly_checklist,
    "quarterly_checklist_part": partial(documents_part, flow="quarterly_checklist_part"),
    "half_year_inspection": half_year_inspection,
    "half_year_report": half_year_report,
    "rectification": rectification,
    "daily_supervision": daily_supervision,
    "mail_round": mail_round,
    "cockpit": cockpit,
}
#: After these the cockpit is drawn anew where there is a UI to show it in.
THEN_COCKPIT = frozenset({"daily_supervision"})

#: What a flow is about is filled in where nothing is said.
_FILLED: dict[str, Callable[[Office], tuple[str, str | int | None]]] = {
    "annual_plan": lambda office: ("year", office.clock.today().year),
    "daily_supervision": lambda office: ("day", office.clock.today().isoformat()),
    "rectification": lambda office: ("period", _newest_inspection(office)),
}


def complete(office: Office, name: str, given: Parameters) -> dict[str, str | int] | None:
    """The words of an order with what is left out filled in: this year, today, the period that is due.

    None where nothing is due. Raises InputError for words that mean nothing.
    """
    said = {key: value for key, value in given.items() if value}
    if name in TIMED and not said.get("period"):
        due = due_today(office, name)
        return None if due is None else said | {"period": due.key}
    if name in _FILLED:
        key, value = _FILLED[name](office)
        return None if value is None and not said.get(key) else {key: value or ""} | said
    return said


def carry_out(step: Step, office: Office, name: str, given: Parameters) -> Outcome:
    """Do what a flow is for, as far as it is due today."""
    words = complete(office, name, given)
    return not_due(office, name) if words is None else ORDERS[name](step, office, **words)


def work_on(step: Step, office: Office, held: Held) -> Outcome:
    """Do what an order says; a part is about some branches."""
    more = {"branches": held.units} if held.units else {}
    return ORDERS[held.flow](step, office, **held.parameters, **more)


def not_due(office: Office, name: str) -> Outcome:
    """What is said where a document has no period that is due today."""
    lang = office.lang
    title = say("up.not_due", lang, flow=say(f"flow.{name}", lang), day=office.clock.today())
    return Outcome(name.replace("_", "-"), title, [])


def order_key(name: str, words: Parameters) -> str:
    """What an order is about, in one word: `monthly_calendar/2026-03`."""
    about = next((str(words[key]) for key in ABOUT if words.get(key)), "now")
    return f"{name}/{about}"


def order_title(name: str, words: Parameters, lang: Lang) -> str:
    """The same as people call it: 月度行事历 2026-03; a part has a title of its own."""
    about = next((str(words[key]) for key in ABOUT if words.get(key)), "")
    return " ".join(filter(None, (say(f"flow.{name}", lang), about, str(words.get("title", "")))))


def _newest_inspection(office: Office) -> str | None:
    with office.read() as session:
        return newest_inspection(session)
