"""Which flow an approval holds up: an approved plan goes into force, a bulletin into rectification."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.office import Office
from models.approval.state import Status
from models.documents import DocumentKind
from models.tables import Approval, Inspection, Plan, Publication


def held_up(office: Office, number: int) -> tuple[str, dict[str, str | int]]:
    """The flow that goes on now that this approval moved, and with what: often just telling who is next."""
    with office.read() as session:
        approval = session.get_one(Approval, number)
        return _waiting_flow(session, approval) if approval.status == Status.APPROVED else ("mail_round", {})


def _waiting_flow(session: Session, approval: Approval) -> tuple[str, dict[str, str | int]]:
    """The flow that waited for an approval; what is only to be told needs no more than a mail round."""
    if approval.subject == "plan":
        plan = session.get_one(Plan, approval.subject_id)
        newer = select(Plan.id).where(Plan.year == plan.year, Plan.version > plan.version)
        # A newer version has a submission and an approval of its own to wait for.
        return ("annual_plan", {"year": plan.year}) if session.scalar(newer) is None else ("mail_round", {})
    if approval.subject == "publication":
        publication = session.get_one(Publication, approval.subject_id)
        inspected = select(Inspection.id).where(
            Inspection.period == publication.period, Inspection.released_at.is_(None)
        )
        if publication.kind == DocumentKind.BULLETIN and session.scalar(inspected) is not None:
            return "half_year_inspection", {"period": publication.period}
        # What is out needs no more than to be told; its own flow would write it anew.
        return "mail_round", {}
    return "mail_round", {}
