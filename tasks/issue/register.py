"""The register of unannounced items (不事先通知事项登记表): for the coordinator, told to nobody.

They stand in no calendar, list of changes or letter that those inspected may see.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.tables import Publication
from tasks.issue.calendar_paper import put_list
from tasks.issue.changes import body_of
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.month import Announced, row_lines
from tasks.issue.paper import Paper
from tasks.issue.text import chinese_date, period_words, words

KIND = DocumentKind.REGISTER


def register_drafts(session: Session, month: Announced) -> list[Draft]:
    """The month's register if anything unannounced is due, or was in an earlier version; one SELECT."""
    known = select(Publication.id).where(Publication.kind == KIND, Publication.period == month.period.key)
    if not month.unannounced and session.scalar(known.limit(1)) is None:
        return []
    title = words("register.title", period=period_words(month.period))

    def render(edition: Edition) -> Iterable[Sheet]:
        return (Sheet("docx", title, "docx", _paper(month, title, edition)),)

    return [Draft(KIND, month.period, title, body_of(row_lines(month, month.unannounced)), render)]


def _paper(month: Announced, title: str, edition: Edition) -> bytes:
    signer = month.office.signer
    paper = Paper(title, author=signer, at=month.at, landscape=True)
    day = chinese_date(month.today)
    paper.title(title, below=words("register.below", office=signer, date=day, version=edition.version))
    paper.note(words("register.note"))
    put_list(paper, month, month.unannounced)
    paper.changes(edition.changes, version=edition.version)
    return paper.to_bytes()
