"""Issue the calendar of a month (工作行事历) and the slips that go with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from models import periods
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
from tasks.issue.ledger import cancelled_of, rows_of, works_of
from tasks.issue.month import Month, row_lines
from tasks.issue.office import local_day, open_office
from tasks.issue.publish import Draft, Edition, Issued, Sheet, publish_all
from tasks.issue.register import register_drafts
from tasks.issue.slip import slip_drafts
from tasks.issue.text import period_words, words

KIND = "calendar"


def issue_calendar(
    session: Session, settings: Settings, calendar: Calendar, period: Period, *, at: datetime, actor: str
) -> tuple[Issued, ...]:
    """Write the calendar of the month `period` and a slip for each branch with something to do.

    The first result is the calendar (docx, xlsx, ics and the member edition), the others are the
    slips in the branches' order, then the register of unannounced items, if there are any: they stand
    nowhere else, and nobody is told of it. Whatever says nothing new keeps its version. About ten SELECTs,
    whatever the number of branches and work items. Raises InputError unless `period` is a month.
    """
    if period != periods.month(period.start.year, period.start.month):
        document = say("document.calendar", "zh")
        raise InputError("document_period", period=period.key, document=document, wanted="2026-03")
    month = collect_month(session, settings, calendar, period, at=at)
    drafts = [
        _calendar_draft(month),
        *slip_drafts(session, settings, month),
        *register_drafts(session, month),
    ]
    return publish_all(session, drafts, home=settings.home, at=at, actor=actor)


def collect_month(
    session: Session, settings: Settings, calendar: Calendar, period: Period, *, at: datetime
) -> Month:
    """Everything that the documents of a month speak of."""
    known = works_of(session, period)
    works = tuple(work for work in known if not work.hidden)
    return Month(
        period=period,
        office=open_office(session, settings, period),
        days=notable_days(calendar, period),
        works=works,
        cancelled=tuple(work for work in cancelled_of(session, period) if not work.hidden),
        rows=rows_of(works, period),
        unannounced=rows_of((work for work in known if work.hidden), period),
        today=local_day(at, settings),
        at=at,
        home=settings.home,
    )


def _calendar_draft(month: Month) -> Draft:
    title = words("calendar.title", period=period_words(month.period))
    return Draft(
        KIND,
        month.period,
        title,
        body_of(row_lines(month, month.rows), (notable_words(month.days), month.office.signer)),
        lambda edition: _render(month, title, edition),
    )


def _render(month: Month, title: str, edition: Edition) -> Iterable[Sheet]:
    member = words("member.title", period=period_words(month.period))
    return (
        Sheet("docx", title, "docx", calendar_paper(month, title, edition)),
        Sheet("xlsx", title, "xlsx", calendar_sheet(month, title, edition)),
        Sheet("member", member, "docx", member_paper(month, member)),
        Sheet("ics", title, "ics", feed_bytes(month, edition)),
    )
