"""Requests for later due dates that wait for a decision, and those that were overtaken meanwhile."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.journal import SYSTEM, Fact, record
from models.lifecycle import OWED_STATES, ExtensionState
from models.messages import say
from models.tables import LOOK_NOW, Extension, WorkItem
from tasks.approvals.ask import end_approval
from tasks.approvals.staff import Staff


def waiting_extension(session: Session, work_id: int) -> Extension | None:
    """The request that waits for a decision on a work item; there is at most one."""
    return session.scalar(
        select(Extension).where(
            Extension.work_item_id == work_id, Extension.state == ExtensionState.ASKED.value
        )
    )


def end_overtaken(session: Session, staff: Staff, *, work_id: int | None = None) -> list[int]:
    """End the requests that nothing is left to decide of; gives the numbers of their work items.

    A request is overtaken once its work is not owed any more (reported, closed, cancelled) or is due on
    another day than the one from which it was to be moved. Called wherever that may happen, and daily;
    `work_id` looks at one work item only. Doing it again changes nothing.
    """
    query = (
        select(Extension, WorkItem)
        .join(WorkItem, WorkItem.id == Extension.work_item_id)
        .where(Extension.state == ExtensionState.ASKED.value)
        .where(
            or_(
                WorkItem.state.not_in(OWED_STATES),
                WorkItem.due_on.is_distinct_from(Extension.from_due_on),
            )
        )
        .order_by(Extension.id)
    )
    if work_id is not None:
        query = query.where(WorkItem.id == work_id)
    session.flush()
    overtaken = session.execute(query).tuples().all()
    if not overtaken:
        return []
    reason = say("extension.overtaken", staff.settings.lang)
    facts = []
    for extension, work in overtaken:
        end_approval(session, "extension", extension.id, staff, reason=reason)
        extension.state, extension.decided_at = ExtensionState.WITHDRAWN.value, staff.now
        if work.look_on is not None:
            work.look_on = LOOK_NOW
        payload = {"state": work.state, "period": work.period, "extension": extension.id}
        facts.append(Fact("work_item.extension_withdrawn", "work_item", work.id, SYSTEM, payload, reason))
    record(session, facts, at=staff.now)
    return [work.id for _, work in overtaken]
