"""The calendar of a month (工作行事历), and the register of what is not announced in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from models import periods
from models.documents import DocumentKind
from models.errors import InputError
from models.messages import say
from models.periods import Period
from models.settings import Settings
from models.workdays import Calendar
from tasks.issue.calendar_feed import feed_bytes
from tasks.issue.calendar_paper import calendar_paper, member_paper
from tasks.issue.calendar_sheet import calendar_sheet
from tasks.issue.changes import body_of
from tasks.issue.days import notable_days, notable_words
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.ledger import Work, cancelled_of, concerns, works_of
from tasks.issue.month import Announced, open_month, row_lines
from tasks.issue.register import register_drafts
from tasks.issue.rows import rows_where
from tasks.issue.text import period_words, words

KIND = DocumentKind.CALENDAR
#: So many work items are listed one by one; of more the rows alone, because nobody reads such a list and
#: everybody has a calendar file of his own.
MOST_LISTED = 20_000


def check_month(period: Period) -> None:
    """Raise InputError unless `period` is a month."""
    if period != periods.month(period.start.year, period.start.month):
        document = say("document.calendar", "zh")
        raise InputError("document_period", period=period.key, document=document, wanted="2026-03")


def calendar_drafts(
    session: Session,
    settings: Settings,
    calendar: Calendar,
    period: Period,
    *,
    at: datetime,
    listed: int = MOST_LISTED,
) -> list[Draft]:
    """The calendar of the month `period` (docx, xlsx, ics and the member edition), and the register.

    The register of unannounced items comes if there are any: they stand nowhere else, and nobody is told
    of it. At most `listed` work items stand one by one. A fixed number of SELECTs that give few rows,
    whatever the number of branches. Raises InputError unless `period` is a month.
    """
    check_month(period)
    month = collect_month(session, settings, calendar, period, at=at, listed=listed)
    return [_calendar_draft(month), *register_drafts(session, month)]


def collect_month(
    session: Session,
    settings: Settings,
    calendar: Calendar,
    period: Period,
    *,
    at: datetime,
    listed: int = MOST_LISTED,
) -> Announced:
    """Everything that the calendar of a month speaks of."""
    month = open_month(session, settings, period, at=at)
    known = rows_where(session, concerns(period), period)
    rows = tuple(row for row in known if not row.first.hidden)
    few = sum(row.count for row in rows) <= listed
    return Announced(
        month.period,
        month.office,
        month.today,
        month.at,
        month.home,
        days=notable_days(calendar, period),
        rows=rows,
        unannounced=tuple(row for row in known if row.first.hidden),
        works=_announced(works_of(session, period)) if few else None,
        cancelled=_announced(cancelled_of(session, period)) if few else (),
    )


def _announced(works: Iterable[Work]) -> tuple[Work, ...]:
    return tuple(work for work in works if not work.hidden)


def _calendar_draft(month: Announced) -> Draft:
    title = words("calendar.title", period=period_words(month.period))
    return Draft(
        KIND,
        month.period,
        title,
        body_of(row_lines(month, month.rows), (notable_words(month.days), month.office.signer)),
        lambda edition: _render(month, title, edition),
    )


def _render(month: Announced, title: str, edition: Edition) -> Iterable[Sheet]:
    member = words("member.title", period=period_words(month.period))
    yield Sheet("docx", title, "docx", calendar_paper(month, title, edition))
    yield Sheet("xlsx", title, "xlsx", calendar_sheet(month, title, edition))
    yield Sheet("member", member, "docx", member_paper(month, member))
    if month.works is not None:
        yield Sheet("ics", title, "ics", feed_bytes(month, month.works, edition))
