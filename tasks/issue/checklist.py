"""The quarterly checklists (季度党建工作清单) of branches; only what concerns them is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.periods import Period
from models.settings import Settings
from models.tables import Item, Unit, WorkItem
from tasks.issue.changes import Line, body_of
from tasks.issue.checklist_paper import checklist_paper, checklist_sheet
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.ledger import Stand, Work, concerns, works_where
from tasks.issue.marks import marks
from tasks.issue.places import Place, belonging
from tasks.issue.quarter import Checklist, Quarter, open_quarter
from tasks.issue.tally import Tally, grouped, tally, tally_quota
from tasks.issue.text import oneline, period_words, short_date, words

KIND = DocumentKind.CHECKLIST


def checklist_drafts(
    session: Session,
    settings: Settings,
    period: Period,
    branches: Sequence[int],
    *,
    today: date,
    at: datetime,
) -> list[Draft]:
    """The checklist of each of these branches, as things stand on `today`; a fixed number of SELECTs."""
    quarter = open_quarter(session, settings, period, today=today, at=at)
    return [_draft(quarter, one) for one in collect_checklists(session, period, branches)]


def collect_checklists(session: Session, period: Period, branches: Sequence[int]) -> list[Checklist]:
    """What these branches and their groups owe, in the branches' order; unannounced items are left out."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.parent_id)
        .where(Unit.id.in_(branches))
        .order_by(Unit.position, Unit.id)
    )
    places = [Place(*row) for row in rows]
    answers = dict(session.execute(belonging(period, branches)).tuples().all())
    own = WorkItem.unit_id.in_(belonging(period, branches).with_only_columns(Unit.id))
    by_branch: dict[int, list[Work]] = defaultdict(list)
    for work in works_where(session, and_(concerns(period), Item.hidden.is_(False), own)):
        by_branch[answers[work.unit_id]].append(work)
    return [checklist_of(period, place, by_branch[place.id]) for place in places]


def checklist_of(period: Period, branch: Place, works: Iterable[Work]) -> Checklist:
    """Sort a branch's work items into the three parts of its checklist."""
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
