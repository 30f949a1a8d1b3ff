"""The documents of a period: collect, write, have approved where needed, tell who gets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.office import Office
from flows.stories.step import Outcome, Step, Table
from flows.stories.tell import send_mail, tell_everybody, trouble_words
from models.errors import NotFoundError
from models.messages import Lang, say
from models.periods import Period
from models.tables import Inspection, Publication
from models.workdays import Calendar
from tasks.approvals.ask import ask, end_approval
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Subject
from tasks.directory import find_coordinator, find_person
from tasks.inspect import open_inspection, release_inspection
from tasks.issue.bulletin import issue_bulletin
from tasks.issue.calendar import issue_calendar
from tasks.issue.checklist import issue_checklist
from tasks.issue.publish import Issued
from tasks.issue.report import issue_report

#: Writes the documents of a period inside a session.
Issue = Callable[[Session, Calendar], Sequence[Issued]]


def monthly_calendar(step: Step, office: Office, *, period: Period, actor: str = "SYSTEM") -> Outcome:
    """Issue a month's work calendar, its member edition and a reminder slip for every branch."""

    def issue(session: Session, calendar: Calendar) -> Sequence[Issued]:
        at = office.clock.now()
        return issue_calendar(session, office.settings, calendar, period, at=at, actor=actor)

    return _issue(step, office, period, issue, story="monthly_calendar")


def quarterly_checklist(step: Step, office: Office, *, period: Period, actor: str = "SYSTEM") -> Outcome:
    """Issue a quarter's checklist for every branch, and the matrix of all."""

    def issue(session: Session, calendar: Calendar) -> Sequence[Issued]:
        at = office.clock.now()
        return issue_checklist(
            session, office.settings, calendar, period, at=at, today=office.clock.today(), actor=actor
        )

    return _issue(step, office, period, issue, story="quarterly_checklist")


def half_year_inspection(
    step: Step, office: Office, *, period: Period, approver: str = "", actor: str = "SYSTEM"
) -> Outcome:
    """Open the half-year's inspection; write the bulletin for approval; findings become work."""
    lang = office.lang
    step(say("step.open_inspection", lang), lambda: _open(office, period, actor))
    if _is_approved(office, period):
        return _follow_approval(step, office, period, actor)

    def issue(session: Session, calendar: Calendar) -> Sequence[Issued]:
        today, at = office.clock.today(), office.clock.now()
        settings = office.settings
        return [issue_bulletin(session, settings, calendar, period, at=at, today=today, actor=actor)]

    return _issue(step, office, period, issue, story="half_year_inspection", approver=approver)


def _is_approved(office: Office, period: Period) -> bool:
    """Whether the bulletin is out while its inspection is still open: all that is left is to close it."""
    with office.read() as session:
        issued = select(Publication.id).where(
            Publication.kind == "bulletin", Publication.period == period.key, Publication.state == "issued"
        )
        still_open = select(Inspection.id).where(
            Inspection.period == period.key, Inspection.released_at.is_(None)
        )
        return session.scalar(issued) is not None and session.scalar(still_open) is not None


def _follow_approval(step: Step, office: Office, period: Period, actor: str) -> Outcome:
    """Close the inspection and tell who gets the bulletin; writing it anew would ask for approval again."""
    lang = office.lang
    step(say("step.release_inspection", lang), lambda: _release(office, period, actor))
    told = step(say("step.tell", lang), lambda: tell_everybody(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    title = say("story.half_year_inspection", lang, period=period.key)
    words = [
        say("story.notices", lang, notices=told.notices, sent=sent.sent),
        *trouble_words(told, sent, lang),
    ]
    return Outcome(f"half-year-inspection-{period.key.lower()}-released", title, words)


def half_year_report(
    step: Step, office: Office, *, period: Period, approver: str = "", actor: str = "SYSTEM"
) -> Outcome:
    """Write the half-year report with its counted figures, and ask for its approval."""

    def issue(session: Session, calendar: Calendar) -> Sequence[Issued]:
        today, at = office.clock.today(), office.clock.now()
        settings = office.settings
        return [issue_report(session, settings, calendar, period, at=at, today=today, actor=actor)]

    return _issue(step, office, period, issue, story="half_year_report", approver=approver)


def _issue(
    step: Step, office: Office, period: Period, issue: Issue, *, story: str, approver: str = ""
) -> Outcome:
    lang = office.lang
    calendar = office.calendar([period.start.year])
    issued = step(say(f"step.{story}", lang), lambda: _write(office, issue, calendar))
    waiting = [one for one in issued if one.state != "issued"]
    if waiting:
        step(say("step.ask_approval", lang), lambda: _ask(office, waiting, approver))
    told = step(say("step.tell", lang), lambda: tell_everybody(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    words = [say("story.issued", lang, fresh=sum(one.fresh for one in issued), count=len(issued))]
    words += [change for one in issued if one.fresh for change in one.changes]
    words.append(say("story.notices", lang, notices=told.notices, sent=sent.sent))
    words += trouble_words(told, sent, lang)
    waits = say("story.waits_document", lang, title=waiting[0].title) if waiting else ""
    files = [office.settings.home / file["path"] for one in issued for file in one.files]
    title = say(f"story.{story}", lang, period=period.key)
    key = f"{story.replace('_', '-')}-{period.key.lower()}"
    return Outcome(key, title, words, [_table(key, title, issued, lang=lang)], files, waits)


def _write(office: Office, issue: Issue, calendar: Calendar) -> Sequence[Issued]:
    with office.write() as session:
        return issue(session, calendar)


def _ask(office: Office, waiting: Sequence[Issued], approver: str) -> None:
    with office.write() as session:
        chosen = find_person(session, approver) if approver else None
        coordinator = find_coordinator(session, office.settings.coordinator)
        if coordinator is None:
            raise NotFoundError("coordinator_unknown")
        staff = office.staff(session)
        for one in waiting:
            publication = session.get_one(Publication, one.publication_id)
            publication.state = "draft"
            _end_older(session, publication, staff, office.settings.lang)
            subject = Subject("publication", one.publication_id, one.title, one.kind)
            ask(session, subject, staff, by=coordinator, approver=chosen)


def _end_older(session: Session, publication: Publication, staff: Staff, lang: Lang) -> None:
    """Nobody needs to decide on a draft that a newer one has replaced."""
    older = select(Publication.id).where(
        Publication.kind == publication.kind,
        Publication.period == publication.period,
        Publication.unit_id == publication.unit_id,
        Publication.version < publication.version,
    )
    reason = say("approval.newer_document", lang, version=publication.version)
    for number in session.scalars(older):
        end_approval(session, "publication", number, staff, reason=reason)


def _open(office: Office, period: Period, actor: str) -> None:
    with office.write() as session:
        open_inspection(session, period, actor=actor, at=office.clock.now())


def _release(office: Office, period: Period, actor: str) -> None:
    with office.write() as session:
        release_inspection(session, period, actor=actor, at=office.clock.now())


def _table(key: str, title: str, issued: Sequence[Issued], *, lang: Lang) -> Table:
    rows = [
        {
            say("column.document", lang): one.title,
            say("column.version", lang): str(one.version),
            say("column.files", lang): "\n".join(Path(f["path"]).name for f in one.files),
        }
        for one in issued
    ]
    return Table(key, title, rows)
