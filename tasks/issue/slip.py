"""The reminder slip (党建工作提醒单) of each branch: numbered in the year, kept through versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.periods import Period
from models.settings import Settings
from models.tables import Publication
from tasks.issue.changes import Line, body_of
from tasks.issue.ledger import Row, Stand, Work, rows_of, supported_by
from tasks.issue.month import Month, when_words
from tasks.issue.office import Place, template_of_home
from tasks.issue.paper import Paper
from tasks.issue.publish import Draft, Edition, Sheet
from tasks.issue.tables import Grid
from tasks.issue.text import day_and_weekday, oneline, period_words, short_date, words

KIND = "slip"
_WIDTHS = (12.0, 70.0, 42.0, 32.0)


@dataclass(frozen=True)
class Slip:
    """What a branch is reminded of in a month, and under which number of the year."""

    month: Month
    branch: Place
    number: int
    due: tuple[Row, ...]
    carried: tuple[Row, ...]
    supports: tuple[Row, ...]

    @property
    def reference(self) -> str:
        """党提〔2026〕第3号."""
        return words("slip.number", year=self.month.year, number=self.number)


def slip_drafts(session: Session, settings: Settings, month: Month) -> list[Draft]:
    """A draft for each branch that has something to do, or was sent a slip for this month before."""
    numbers = _numbers(session, month.year)
    owed, supported = _owed(month), _supported(session, month)
    last = max(numbers.values(), default=0)
    drafts = []
    for branch in month.office.branches:
        number = numbers.get((month.period.key, branch.id))
        if number is None:
            if not owed[branch.id] and not supported[branch.id]:
                continue
            number = last = last + 1
        slip = _slip(month, branch, number, owed[branch.id], supported[branch.id])
        drafts.append(_draft(slip, settings.home))
    return drafts


def _numbers(session: Session, year: int) -> dict[tuple[str, int], int]:
    """The numbers already given in the year, by (period, branch)."""
    rows = session.execute(
        select(Publication.period, Publication.unit_id, Publication.body["number"].as_integer()).where(
            Publication.kind == KIND, Publication.period.like(f"{year}-%")
        )
    )
    return {(period, unit): number for period, unit, number in rows}


def _owed(month: Month) -> dict[int, list[Work]]:
    """What each branch and its groups owe, hidden items left out."""
    found: dict[int, list[Work]] = defaultdict(list)
    for work in month.works:
        branch = month.office.branch_of(work.unit_id)
        if branch is not None and not work.hidden and work.stand(month.period) is not Stand.RUNNING:
            found[branch].append(work)
    return found


def _supported(session: Session, month: Month) -> dict[int, list[Work]]:
    """What others lead this month and each branch supports."""
    helpers = supported_by(session, month.period)
    found: dict[int, list[Work]] = defaultdict(list)
    for work in month.works:
        branches = {month.office.branch_of(unit) for unit in helpers.get(work.id, ())}
        for branch in branches - {None, month.office.branch_of(work.unit_id)}:
            if branch is not None:
                found[branch].append(work)
    return found


def _slip(month: Month, branch: Place, number: int, owed: Sequence[Work], supported: Sequence[Work]) -> Slip:
    rows = rows_of(owed, month.period)
    return Slip(
        month,
        branch,
        number,
        due=tuple(row for row in rows if row.stand is Stand.DUE),
        carried=tuple(row for row in rows if row.stand is Stand.CARRIED),
        supports=rows_of(supported, month.period),
    )


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
            slip.month.office.unit_words(row.unit_ids),
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
