"""How work stands, as conditions in SQL: whoever counts it for documents, letters or pages counts alike."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from models.lifecycle import DONE_STATES, ExtensionState, State
from models.periods import Period
from models.tables import Extension, Item, WorkItem

#: The work items whose due date was put off; `late` is 1 where that was asked after the date had passed:
#: then the first date still decides whether the work was done on time.
PUT_OFF = (
    select(
        Extension.work_item_id.label("work_item_id"),
        func.max(case((Extension.late, 1), else_=0)).label("late"),
    )
    .where(Extension.state == ExtensionState.GRANTED)
    .group_by(Extension.work_item_id)
    .subquery("put_off")
)
#: The date by which work is judged; to be joined with `PUT_OFF`.
JUDGED_BY = case((PUT_OFF.c.late == 1, WorkItem.original_due_on), else_=WorkItem.due_on)
#: The conditions that a work item was put off, and that it was closed after its date; the same.
WAS_PUT_OFF = PUT_OFF.c.work_item_id.is_not(None)
DONE_LATE = and_(WorkItem.state.in_(DONE_STATES), WorkItem.closed_on > JUDGED_BY)
#: Work that the plan still wants: what it withdrew counts where it is done.
IN_FORCE = and_(
    WorkItem.state != State.CANCELLED,
    or_(Item.withdrawn_at.is_(None), WorkItem.state.in_(DONE_STATES)),
)


def due_in(period: Period) -> ColumnElement[bool]:
    """The condition that a work item is due in a period."""
    return WorkItem.due_on.between(period.start, period.end)


def overdue_on(day: date) -> ColumnElement[bool]:
    """The condition that a work item's date had passed by a day and it is still open."""
    return and_(WorkItem.state.not_in(DONE_STATES), WorkItem.due_on < day)
