"""Issue the quarterly checklists (季度党建工作清单): one for each branch, one matrix of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.errors import InputError
from models.messages import say
from models.periods import Period
from models.settings import Settings
from models.workdays import Calendar
from tasks.issue.changes import Line, body_of
from tasks.issue.checklist_matrix import matrix_draft
from tasks.issue.checklist_paper import checklist_paper, checklist_sheet
from tasks.issue.ledger import Stand, Work, works_of
from tasks.issue.marks import marks
from tasks.issue.office import Office, Place, open_office
from tasks.issue.publish import Draft, Edition, Issued, Sheet, publish_all
from tasks.issue.quarter import Checklist, Quarter
from tasks.issue.tally import Tally, grouped, tally, tally_quota
from tasks.issue.text import oneline, period_words, short_date, words

KIND = "checklist"


def issue_checklist(
    session: Session,
    settings: Settings,
    calendar: Calendar,  # noqa: ARG001  # every document of a period is issued alike
    period: Period,
    *,
    at: datetime,
    today: date,
    actor: str,
) -> tuple[Issued, ...]:
    """Write the matrix of all branches, then the checklist of each, as things stand on `today`.

    The first result is the matrix. Raises InputError unless `period` is a quarter. Six SELECTs,
    whatever the number of branches and work items.
    """
    if "-Q" not in period.key:
        raise InputError(
            "document_period", period=period.key, document=say("document.checklist", "zh"), wanted="2026-Q1"
        )
    quarter = collect_quarter(session, settings, period, today=today, at=at)
    drafts = [matrix_draft(quarter), *(_draft(quarter, one) for one in quarter.checklists)]
    return publish_all(session, drafts, home=settings.home, at=at, actor=actor)


def collect_quarter(
    session: Session, settings: Settings, period: Period, *, today: date, at: datetime
) -> Quarter:
    """Everything that the documents of a quarter speak of; hidden items are left out."""
    office = open_office(session, settings, period)
    by_branch: dict[int, list[Work]] = defaultdict(list)
    others: list[Work] = []
    for work in works_of(session, period):
        branch = office.branch_of(work.unit_id)
        if work.hidden:
            continue
        if branch is None:
            others.append(work)
        else:
            by_branch[branch].append(work)
    checklists = tuple(checklist_of(office, place, by_branch[place.id]) for place in office.branches)
    return Quarter(period, office, checklists, tuple(others), today, at, settings.home)


def checklist_of(office: Office, branch: Place, works: Iterable[Work]) -> Checklist:
    """Sort a branch's work items into the three parts of its checklist."""
    period = office.period
    plain, quota, running = [], [], []
    for work in works:
        if work.target is not None:
            quota.append(work)
        elif work.stand(period) is Stand.RUNNING:
            running.append(work)
        else:
            plain.append(work)
    return Checklist(
        branch,
        tuple(tally(group, period) for group in grouped(plain)),
        tuple(tally_quota(group) for group in grouped(quota, by_period=True)),
        tuple(running),
    )


def _draft(quarter: Quarter, checklist: Checklist) -> Draft:
    name = words("checklist.name", period=period_words(quarter.period), unit=checklist.branch.name)

    def render(edition: Edition) -> Iterable[Sheet]:
        return (
            Sheet("docx", name, "docx", checklist_paper(quarter, checklist, edition)),
            Sheet("xlsx", name, "xlsx", checklist_sheet(quarter, checklist, name, edition)),
        )

    body = body_of(tuple(_lines(quarter, checklist)))
    return Draft(KIND, quarter.period, name, body, render, unit_id=checklist.branch.id)


def _lines(quarter: Quarter, checklist: Checklist) -> Iterable[Line]:
    for one in checklist.plain:
        yield Line(f"plain/{one.first.ref}", oneline(one.first.title), _value(quarter, one, "value"))
    for one in checklist.quotas:
        key = f"quota/{one.first.ref}/{one.first.period}"
        value = _value(quarter, one, "value_quota")
        yield Line(key, f"{oneline(one.first.title)}（{one.first.period}）", value)
    for work in checklist.running:
        due = short_date(work.due_on, quarter.period.start.year) if work.due_on else words("calendar.long")
        state = quarter.state_words(work)
        value = words("checklist.value_running", due=due, state=state)
        yield Line(f"running/{work.ref}/{work.period}/{work.unit_id}", oneline(work.title), value)


def _value(quarter: Quarter, one: Tally, key: str) -> str:
    said = marks(one.works, year=quarter.period.start.year, today=quarter.today)
    return "，".join((words(f"checklist.{key}", **_amounts(one)), *said))


def _amounts(one: Tally) -> dict[str, str]:
    from_tally = {
        "due": one.due,
        "carried": one.carried,
        "done": one.done,
        "left": one.left,
        "target": one.due,
    }
    return {name: f"{value:g}" for name, value in from_tally.items()}
