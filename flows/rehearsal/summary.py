"""What a rehearsal came to: counted from the record, nothing is remembered on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from flows.office import Office
from models import periods
from models.journal import verify
from models.lifecycle import DONE_STATES, State
from models.tables import Item, Notice, Publication, Unit, WorkItem
from tasks.figures import LISTED, CountedFigure, compute_figures


@dataclass(frozen=True)
class Document:
    """One file of an issued document; `path` is absolute, `unit` empty for the whole bureau."""

    kind: str
    period: str
    unit: str
    version: int
    title: str
    path: str


@dataclass(frozen=True)
class Summary:
    """The year in numbers. `work_items` by how they ended, `mails` by letter, `seconds` by phase."""

    items: int
    categories: int
    work_items: dict[str, int]
    mails: dict[str, int]
    documents: list[Document]
    figures: tuple[CountedFigure, ...]
    events: int
    chain_ok: bool
    seconds: dict[str, float] = field(default_factory=dict)


def summarise(office: Office, year: int, *, today: date) -> Summary:
    """Count the year as it stands on the evening of `today`."""
    with office.read() as session:
        items, categories = session.execute(
            select(func.count(Item.id), func.count(Item.category.distinct())).where(
                Item.year == year, Item.withdrawn_at.is_(None), Item.origin.in_(LISTED)
            )
        ).one()
        verdict = verify(session)
        return Summary(
            items=items,
            categories=categories,
            work_items=_work_items(session, year, today),
            mails=_mails(session),
            documents=_documents(office, session),
            figures=compute_figures(session, year=year, period=periods.year(year)),
            events=verdict.count,
            chain_ok=verdict.broken_at is None,
        )


def _work_items(session: Session, year: int, today: date) -> dict[str, int]:
    """Work items by how they ended: on time, late, cancelled; open: overdue or due later."""
    end = case(
        (WorkItem.state == State.CANCELLED.value, "cancelled"),
        (WorkItem.closed_on > WorkItem.due_on, "late"),
        (WorkItem.state.in_(DONE_STATES), "on_time"),
        (WorkItem.due_on <= today, "overdue"),
        else_="open",
    )
    counted = dict.fromkeys(("on_time", "late", "open", "overdue", "cancelled"), 0)
    rows = session.execute(
        select(end, func.count())
        .join(Item, Item.id == WorkItem.item_id)
        .where(Item.year == year)
        .group_by(end)
    )
    counted |= {row[0]: row[1] for row in rows}
    return {"total": sum(counted.values())} | counted


def _mails(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Notice.letter, func.count())
        .where(Notice.state == "sent")
        .group_by(Notice.letter)
        .order_by(Notice.letter)
    )
    return {row[0]: row[1] for row in rows}


def _documents(office: Office, session: Session) -> list[Document]:
    rows = session.execute(
        select(Publication, Unit.name)
        .outerjoin(Unit, Unit.id == Publication.unit_id)
        .where(Publication.issued_at.is_not(None))
        .order_by(Publication.id)
    )
    return [
        Document(
            one.kind,
            one.period,
            unit or "",
            one.version,
            one.title,
            str(office.settings.home / file["path"]),
        )
        for one, unit in rows
        for file in one.files
    ]
