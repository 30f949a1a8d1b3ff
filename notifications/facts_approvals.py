"""What approvers and askers are told: what waits for a decision, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from models.tables import Approval, Plan, PlanItem, Publication
from notifications.facts_documents import attached, file_names
from notifications.telling import Audience, Draft, News, Nobody, Telling, Who
from notifications.work_rows import MOST_ROWS

#: What is decided on a work item is told by its own letter, closed or returned, with the opinion.
_TOLD_ELSEWHERE = "work_item"


def asked(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft | Nobody]:
    """One letter per approver with everything that was asked since the last telling and still waits."""
    found = [one for one in _approvals(telling, news) if one.state == "waiting"]
    yield from _letters(telling, found, news, audiences[0])


def decided(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One letter per asker, and one to the coordinator, with everything that was decided since."""
    found = [one for one in _approvals(telling, news) if one.subject != _TOLD_ELSEWHERE]
    yield from _letters(telling, found, news, audiences[0])


def _approvals(telling: Telling, news: Sequence[News]) -> list[Approval]:
    ids = [one.subject_id for one in news]
    return list(telling.session.scalars(select(Approval).where(Approval.id.in_(ids)).order_by(Approval.id)))


def _letters(
    telling: Telling, found: Sequence[Approval], news: Sequence[News], audience: Audience
) -> Iterator[Draft | Nobody]:
    readers: dict[int, list[tuple[int, Approval]]] = {}
    for approval in found:
        people = _readers(telling, audience, approval)
        if not people:
            yield Nobody(audience.letter, approval.title)
        for reader, principal in people.items():
            readers.setdefault(reader, []).append((principal, approval))
    papers, plans = _papers(telling, found), _plans(telling, found)
    events = {one.subject_id: one.id for one in news}
    for reader, theirs in readers.items():
        first = theirs[0][1]
        paths = [path for _, one in theirs for path in attached(papers.get(one.id, ()), audience.files)]
        yield Draft(
            letter=audience.letter,
            person_id=reader,
            dedupe=f"{audience.letter}:{first.id}:{reader}",
            event_id=events[first.id],
            facts={
                "rows": [_row(telling, one, plans.get(one.id)) for _, one in theirs[:MOST_ROWS]],
                "total": len(theirs),
                "more": max(0, len(theirs) - MOST_ROWS),
                "files": file_names(paths),
            },
            on_behalf=tuple(dict.fromkeys(who for who, _ in theirs if who != reader)),
            thread=f"approval-{first.id}" if len(theirs) == 1 else "",
            attachments=tuple(paths),
        )


def _readers(telling: Telling, audience: Audience, approval: Approval) -> dict[int, int]:
    """Who reads, and for whom: who acts for the approver today may decide as well."""
    asker = telling.roster.by_address.get(approval.asked_by)
    meant = {
        Who.APPROVER: (approval.approver_id,),
        Who.ASKER: (asker,) if asker else (),
        Who.COORDINATOR: telling.roster.coordinator(),
    }
    found: dict[int, int] = {}
    for person_id in (one for who in audience.who for one in meant[who]):
        found.setdefault(telling.roster.addressee(person_id), person_id)
    return found


def _row(telling: Telling, approval: Approval, plan: Mapping[str, object] | None) -> dict[str, object]:
    return {
        "id": approval.id,
        "title": approval.title,
        "subject": approval.subject,
        "asked_by": telling.name_of(approval.asked_by),
        "asked_on": _local(telling, approval.asked_at),
        "state": approval.state,
        "decided_by": telling.name_of(approval.decided_by),
        "decided_on": _local(telling, approval.decided_at),
        "opinion": approval.opinion,
        "plan": plan,
    }


def _local(telling: Telling, at: datetime | None) -> str:
    return at.astimezone(telling.settings.zone).date().isoformat() if at else ""


def _papers(telling: Telling, found: Sequence[Approval]) -> dict[int, list[dict[str, str]]]:
    """The files of the documents to be decided on, by approval."""
    documents = {one.subject_id: one.id for one in found if one.subject == "publication"}
    rows = telling.session.execute(
        select(Publication.id, Publication.files).where(Publication.id.in_(list(documents)))
    )
    return {documents[row.id]: row.files for row in rows}


def _plans(telling: Telling, found: Sequence[Approval]) -> dict[int, dict[str, object]]:
    """Year, version, number of categories and items of the plans to be decided on, by approval."""
    plans = {one.subject_id: one.id for one in found if one.subject == "plan"}
    rows = telling.session.execute(
        select(
            Plan.id,
            Plan.year,
            Plan.version,
            func.count(func.distinct(PlanItem.category)).label("categories"),
            func.count(PlanItem.id).label("total"),
        )
        .join(PlanItem, PlanItem.plan_id == Plan.id)
        .where(Plan.id.in_(list(plans)))
        .group_by(Plan.id, Plan.year, Plan.version)
    ).mappings()
    return {plans[row["id"]]: dict(row) for row in rows}
