"""The documents of a half-year: collect, write, have approved, tell who gets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.office import Office
from flows.stories.issued import conclude
from flows.stories.step import Outcome, Step
from flows.stories.tell import send_mail, tell_everybody, trouble_words
from models.documents import DocumentKind
from models.errors import NotFoundError
from models.messages import Lang, say
from models.periods import Period
from models.tables import Publication
from tasks.approvals.ask import ask, end_approval
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Subject
from tasks.directory import find_coordinator, find_person
from tasks.inspect import open_inspection, release_inspection
from tasks.issue.bulletin import bulletin_drafts
from tasks.issue.draft import Draft
from tasks.issue.prepare import DRAFT, UNISSUED
from tasks.issue.publish import Issued, issue
from tasks.issue.report import report_drafts

#: Reads what is to be written in a period, and decided upon.
Collect = Callable[[Session], list[Draft]]


def half_year_inspection(
    step: Step, office: Office, *, period: Period, approver: str = "", actor: str = "SYSTEM"
) -> Outcome:
    """Open the half-year's inspection; write the bulletin for approval; findings become work."""
    lang = office.lang
    step(say("step.open_inspection", lang), lambda: _open(office, period, actor))
    if _is_out(office, period):
        return _follow_approval(step, office, period, actor)

    def collect(session: Session) -> list[Draft]:
        today, at = office.clock.today(), office.clock.now()
        return bulletin_drafts(session, office.settings, period, today=today, at=at)

    story = "half_year_inspection"
    return _submit(step, office, period, collect, story=story, approver=approver, actor=actor)


def _is_out(office: Office, period: Period) -> bool:
    """Whether the bulletin is issued, and no newer draft of it waits."""
    with office.read() as session:
        newest = (
            select(Publication.state)
            .where(Publication.kind == DocumentKind.BULLETIN, Publication.period == period.key)
            .order_by(Publication.version.desc())
            .limit(1)
        )
        return session.scalar(newest) == "issued"


def _follow_approval(step: Step, office: Office, period: Period, actor: str) -> Outcome:
    """Close the inspection and tell who gets the bulletin, as often as it takes.

    Written anew its figures would have moved, and it would be sent for approval again.
    """
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

    def collect(session: Session) -> list[Draft]:
        today, at = office.clock.today(), office.clock.now()
        return report_drafts(session, office.settings, period, today=today, at=at)

    return _submit(step, office, period, collect, story="half_year_report", approver=approver, actor=actor)


def _submit(
    step: Step, office: Office, period: Period, collect: Collect, *, story: str, approver: str, actor: str
) -> Outcome:
    lang = office.lang
    issued = step(say(f"step.{story}", lang), lambda: _write(office, collect, actor))
    waiting = [one for one in issued if one.state != "issued"]
    if waiting:
        step(say("step.ask_approval", lang), lambda: _ask(office, waiting, approver))
    waits = say("story.waits_document", lang, title=waiting[0].title) if waiting else ""
    return conclude(step, office, period, issued, story=story, waits_for=waits)


def _write(office: Office, collect: Collect, actor: str) -> Sequence[Issued]:
    home, at = office.settings.home, office.clock.now()
    return issue(office.engine, collect, home=home, at=at, actor=actor, needs_approval=True)


def _ask(office: Office, waiting: Sequence[Issued], approver: str) -> None:
    with office.write() as session:
        chosen = find_person(session, approver) if approver else None
        coordinator = find_coordinator(session, office.settings.coordinator)
        if coordinator is None:
            raise NotFoundError("coordinator_unknown")
        staff = office.staff(session)
        for one in waiting:
            publication = session.get_one(Publication, one.publication_id)
            if publication.state not in UNISSUED:
                continue  # decided on meanwhile
            publication.state = DRAFT
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
