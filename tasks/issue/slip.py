"""The reminder slip (党建工作提醒单) of a branch: what it says, and the sheet of paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.periods import Period
from models.settings import Settings
from tasks.issue.changes import Line, body_of
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.ledger import Stand
from tasks.issue.month import when_words
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.rows import Row
from tasks.issue.slip_facts import Slip, collect_slips
from tasks.issue.tables import Grid
from tasks.issue.text import day_and_weekday, oneline, period_words, short_date, words

KIND = DocumentKind.SLIP
_WIDTHS = (12.0, 70.0, 42.0, 32.0)


def slip_drafts(
    session: Session, settings: Settings, period: Period, branches: Sequence[int], *, at: datetime
) -> list[Draft]:
    """A draft for each of these branches that has a number for the month; a fixed number of SELECTs."""
    slips = collect_slips(session, settings, period, branches, at=at)
    return [_draft(slip, settings.home) for slip in slips]


def _draft(slip: Slip, home: Path) -> Draft:
    name = words("slip.name", period=period_words(slip.month.period), unit=slip.branch.name)
    body = body_of(tuple(_lines(slip)), (slip.month.office.contact,)) | {"number": slip.number}
    return Draft(
        KIND,
        slip.month.period,
        f"{name}{slip.reference}",
        body,
        lambda edition: (Sheet("docx", name, "docx", slip_paper(slip, edition, home)),),
        unit_id=slip.branch.id,
    )


def _lines(slip: Slip) -> Iterable[Line]:
    parts = (("due", slip.due), ("carried", slip.carried), ("support", slip.supports))
    for part, rows in parts:
        for row in rows:
            yield Line(
                f"{part}/{row.first.ref}/{row.first.period}/{row.first.unit_id}",
                oneline(row.first.title),
                when_words(slip.month, row),
            )


def slip_paper(slip: Slip, edition: Edition, home: Path) -> bytes:
    """The slip on one sheet, with a line to sign on."""
    month = slip.month
    paper = Paper(
        slip.reference, author=month.office.signer, at=month.at, template=template_of_home(home, KIND)
    )
    paper.title(words("slip.title"), below=slip.reference)
    paper.address(words("slip.address", unit=slip.branch.name))
    paper.body(words("slip.intro", month=month.period.start.month))
    paper.heading(words("slip.due"))
    if slip.due:
        paper.table(_grid(slip, slip.due))
    else:
        paper.body(words("slip.none"))
    if slip.carried:
        paper.heading(words("slip.carried"))
        paper.table(_grid(slip, slip.carried))
    if slip.supports:
        paper.heading(words("slip.support"))
        paper.table(_support_grid(slip))
    paper.changes(edition.changes, version=edition.version)
    paper.body(words("slip.extension"))
    if month.office.contact:
        paper.body(month.office.contact)
    paper.signature(month.office.signer, month.today)
    paper.line(words("slip.receipt"), centred=True)
    return paper.to_bytes()


def _grid(slip: Slip, rows: Sequence[Row]) -> Grid:
    shown = [
        (str(n), row.first.marked_title, _when(row, slip.month.period), row.first.standard)
        for n, row in enumerate(rows, start=1)
    ]
    return Grid(tuple(words("slip.heads").split("|")), _WIDTHS, shown, (0, 2), size=12)


def _support_grid(slip: Slip) -> Grid:
    shown = [
        (
            str(n),
            row.first.marked_title,
            _when(row, slip.month.period),
            slip.month.office.unit_words(row.crowd),
        )
        for n, row in enumerate(slip.supports, start=1)
    ]
    return Grid(tuple(words("slip.support_heads").split("|")), _WIDTHS, shown, (0, 2), size=12)


def _when(row: Row, period: Period) -> str:
    if row.due_on is None:
        return ""
    year = period.start.year
    if row.stand is not Stand.DUE:
        return words("calendar.since", date=short_date(row.due_on, year))
    first = row.first.first_due_on
    put_off = (words("mark.put_off", first=short_date(first, year)),) if first else ()
    return "\n".join((day_and_weekday(row.due_on, year), *put_off))
