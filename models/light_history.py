"""What the lights showed on an earlier day, as SQL over the changes of lights that are kept."""

from __future__ import annotations

from sqlalchemy import Date, and_, bindparam, func, or_, select

from models.lifecycle import OPEN_STATES
from models.tables import Item, LightChange, WorkItem

#: The earlier day, in its evening.
SINCE = bindparam("since", type_=Date)
#: Work that is counted where many read: hidden work is nobody's business there, and parts are counted in
#: what they are parts of.
COUNTED = and_(Item.hidden.is_(False), WorkItem.parent_id.is_(None))
#: The first change of each light after the day: before it the light was what that change says.
_FIRST = (
    select(func.min(LightChange.id).label("id"))
    .where(LightChange.on > SINCE)
    .group_by(LightChange.work_item_id)
    .subquery()
)
CHANGED = (
    select(LightChange.work_item_id, LightChange.was).join(_FIRST, _FIRST.c.id == LightChange.id).subquery()
)
#: The light of a work item on that day; to be joined with `CHANGED`.
LIGHT_THEN = func.coalesce(CHANGED.c.was, WorkItem.light)
#: Whether a work item is under way now or was on that day.
UNDER_WAY = or_(
    WorkItem.state.in_(OPEN_STATES),
    WorkItem.closed_on > SINCE,
    and_(WorkItem.closed_on.is_(None), CHANGED.c.was.is_not(None)),
)
