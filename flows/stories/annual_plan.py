"""The year's plan from the coordinator's sheet to work items that everybody was told of."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from flows.office import Office
from flows.stories.step import Outcome, Step, Table
from flows.stories.tell import send_mail, tell_everybody, trouble_words
from models.errors import NotFoundError
from models.lifecycle import PlanState
from models.messages import Lang, say
from models.tables import Person, Plan
from tasks.confirm_plan import Question, questions
from tasks.directory import find_coordinator, find_person
from tasks.expand import Expanded, assign, expand
from tasks.extensions import end_overtaken
from tasks.plan_sheet import keep_plan_sheet
from tasks.plan_steps import activate_plan, set_deadlines, submit_plan
from tasks.read_plan.plan import read_plan
from tasks.store_plan import Stored, find_plan, store_plan
from tasks.unannounced import UNANNOUNCED_KIND

_UNDECIDED = frozenset({PlanState.DRAFT, PlanState.RETURNED, PlanState.SUBMITTED})


def annual_plan(
    step: Step,
    office: Office,
    *,
    year: int,
    file: Path | None = None,
    approver: str = "",
    source_document: str = "",
    actor: str = "SYSTEM",
) -> Outcome:
    """Take the year's plan as far as it goes now: to open questions, to the approver, or into force.

    Run again after each human step it goes on where it stood; run twice it changes nothing.
    """
    lang = office.lang
    if file is not None:
        step(
            say("step.read_plan", lang),
            lambda: import_plan(office, year=year, file=file, source_document=source_document, actor=actor),
        )
    waiting = step(say("step.check_plan", lang), lambda: open_questions(office, year))
    if waiting:
        return _asks(year, waiting, lang)
    plan = step(say("step.submit_plan", lang), lambda: submit(office, year, approver=approver, actor=actor))
    if plan.state == PlanState.SUBMITTED.value:
        told = step(say("step.tell", lang), lambda: tell_everybody(office))
        sent = step(say("step.send", lang), lambda: send_mail(office))
        waits = say("story.waits_approval", lang, year=year)
        return _outcome(year, lang, words=trouble_words(told, sent, lang), waits_for=waits)
    step(say("step.activate_plan", lang), lambda: put_in_force(office, year, actor=actor))
    step(say("step.set_deadlines", lang), lambda: set_year_deadlines(office, year, actor=actor))
    expanded = step(say("step.expand", lang), lambda: expand_year(office, year, actor=actor))
    assigned = step(say("step.assign", lang), lambda: assign_year(office, year, actor=actor))
    told = step(say("step.tell", lang), lambda: tell_everybody(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    words = [
        say(
            "story.expanded",
            lang,
            added=expanded.added,
            moved=expanded.moved + expanded.revived + expanded.handed_over,
            cancelled=expanded.cancelled,
        ),
        say("story.assigned", lang, count=assigned),
        say("story.sent", lang, sent=sent.sent),
        *trouble_words(told, sent, lang),
    ]
    return _outcome(year, lang, words=words, waits_for="")


def import_plan(office: Office, *, year: int, file: Path, source_document: str, actor: str) -> Stored:
    """Read the sheet and keep it as the next version."""
    settings = office.settings
    proposal = read_plan(file, year=year, limit_mib=settings.import_limit_mib, lang=office.lang)
    with office.write() as session:
        return store_plan(
            session,
            proposal,
            settings=settings,
            calendar=office.calendar([year]),
            actor=actor,
            at=office.clock.now(),
            source_document=source_document,
        )


def open_questions(office: Office, year: int) -> list[Question]:
    """What the coordinator must confirm before the newest version can be submitted."""
    with office.read() as session:
        return questions(find_plan(session, year), office.lang)


def submit(office: Office, year: int, *, approver: str, actor: str) -> Plan:
    """Send a draft through its approval, a returned one again; a plan further on stays where it is.

    Those who decide get it as a sheet, which is written before others have to wait.
    """
    with office.read() as session:
        plan = find_plan(session, year)
        if PlanState(plan.state) in _UNDECIDED:
            keep_plan_sheet(session, plan, office.settings)
    with office.write() as session:
        plan = find_plan(session, year)
        if PlanState(plan.state) in _UNDECIDED:
            plan.files = keep_plan_sheet(session, plan, office.settings)
            title = say("approval.plan_title", office.settings.lang, title=plan.title, version=plan.version)
            chosen = find_person(session, approver) if approver else None
            by = _asker(session, office, actor)
            submit_plan(session, plan, office.staff(session), title=title, by=by, approver=chosen)
        return plan


def put_in_force(office: Office, year: int, *, actor: str) -> bool:
    """Activate the newest version if it is approved. Raises RefusedError if it is not."""
    with office.write() as session:
        return activate_plan(session, find_plan(session, year), actor=actor, at=office.clock.now())


def set_year_deadlines(office: Office, year: int, *, actor: str) -> int:
    """Put due dates on the workdays that are known now."""
    with office.write() as session:
        return set_deadlines(
            session,
            find_plan(session, year),
            calendar=office.calendar([year]),
            actor=actor,
            at=office.clock.now(),
        )


def expand_year(office: Office, year: int, *, actor: str) -> Expanded:
    """Expand the plan in force into work items."""
    with office.write() as session:
        done = expand(session, find_plan(session, year), actor=actor, at=office.clock.now())
        end_overtaken(session, office.staff(session))
        return done


def assign_year(office: Office, year: int, *, actor: str) -> int:
    """Hand the year's work to its owners."""
    today = office.clock.today()
    grace_until = office.calendar([today.year]).add(today, office.settings.grace_workdays)
    with office.write() as session:
        return assign(
            session,
            find_plan(session, year),
            actor=actor,
            at=office.clock.now(),
            today=today,
            grace_until=grace_until,
            contributions=office.settings.contributions,
        )


def _asker(session: Session, office: Office, actor: str) -> Person:
    if actor != "SYSTEM":
        return find_person(session, actor)
    coordinator = find_coordinator(session, office.settings.coordinator)
    if coordinator is None:
        raise NotFoundError("coordinator_unknown")
    return coordinator


def _asks(year: int, waiting: list[Question], lang: Lang) -> Outcome:
    """What is asked; of what is made without notice the coordinator alone reads."""
    rows = [
        {
            say("column.ref", lang): one.ref,
            say("column.title", lang): one.title,
            say("column.phrase", lang): one.phrase,
            say("column.question", lang): one.words,
        }
        for one in waiting
        if one.item.kind != UNANNOUNCED_KIND
    ]
    aside = [f"{one.ref}　{one.title}：{one.words}" for one in waiting if one.item.kind == UNANNOUNCED_KIND]
    table = Table(f"annual-plan-{year}-questions", say("story.questions", lang, count=len(waiting)), rows)
    waits = say("story.waits_questions", lang, count=len(waiting))
    title = say("story.annual_plan", lang, year=year)
    return Outcome(f"annual-plan-{year}", title, [], [table], [], waits, aside=aside)


def _outcome(year: int, lang: Lang, *, words: list[str], waits_for: str) -> Outcome:
    title = say("story.annual_plan", lang, year=year)
    return Outcome(f"annual-plan-{year}", title, words, waits_for=waits_for)
