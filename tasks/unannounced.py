"""What is about unannounced work: nothing of it is said where everybody may look."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.documents import OPEN
from models.following import Happened
from models.schedule import Kind
from models.tables import Approval, Extension, Item, WorkItem

#: The plan's items that become it: what has no date is made without notice.
UNANNOUNCED_KIND = Kind.UNSCHEDULED.value
#: The approvals that are about it: its closing, its extensions.
UNANNOUNCED_APPROVALS = (
    select(Approval.id)
    .outerjoin(Extension, and_(Approval.subject == "extension", Extension.id == Approval.subject_id))
    .join(
        WorkItem,
        or_(
            and_(Approval.subject == "work_item", WorkItem.id == Approval.subject_id),
            WorkItem.id == Extension.work_item_id,
        ),
    )
    .join(Item, Item.id == WorkItem.item_id)
    .where(Item.hidden)
)
_WORKS = select(WorkItem.id).join(Item, Item.id == WorkItem.item_id).where(Item.hidden)
#: Where they are looked up, by what an event is about.
_ABOUT = {"work_item": (_WORKS, WorkItem.id), "approval": (UNANNOUNCED_APPROVALS, Approval.id)}


def without_unannounced(session: Session, happened: Sequence[Happened]) -> list[Happened]:
    """The events of which everybody may hear; at most two SELECTs."""
    hidden = set[tuple[str, int]]()
    for subject, (statement, number) in _ABOUT.items():
        numbers = {one.subject_id for one in happened if one.subject == subject}
        if numbers:
            found = session.scalars(statement.where(number.in_(numbers)))
            hidden |= {(subject, one) for one in found}
    return [
        one
        for one in happened
        if (one.subject, one.subject_id) not in hidden
        and (one.subject != "publication" or one.payload.get("kind") in OPEN)
    ]
