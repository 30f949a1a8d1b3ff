"""What a set-based step changes on work items, row by row: from what to what, and in which event.

The rows are written before the step changes anything, because afterwards nobody knows what was; how
many there are decides whether there is an event at all, so they get theirs at the end.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from models.database import affected
from models.journal import set_digest
from models.lifecycle import MOVABLE_STATES, State
from models.tables import LOOK_NOW, Event, WorkChange, WorkItem

_COLUMNS = ("event_id", "work_item_id", "kind", "was", "now")


class Change(StrEnum):
    """What happened to a work item; what `was` and `now` hold."""

    #: Due dates; the same twice where only the start or the nominal date moved.
    MOVED = "moved"
    #: The plan's new due date, and the later one that stays because it was granted.
    KEPT = "kept"
    #: The keys of periods, where work with one date was put into another period.
    PERIOD = "period"
    #: Targets.
    RETARGETED = "retargeted"
    #: States.
    CANCELLED = "cancelled"
    REVIVED = "revived"
    #: Owners' ids.
    HANDED_OVER = "handed_over"


class Changes:
    """The changes of one step, in the caller's transaction, which must be the only writer."""

    def __init__(self, session: Session) -> None:
        """Begin a step: everything noted from here on belongs to it."""
        self.session = session
        self._after = session.scalar(select(func.max(WorkChange.id))) or 0
        #: Every change has an event: until its own is recorded, the newest stands in.
        self._event = session.scalar(select(func.max(Event.id)))

    def note(
        self,
        kind: Change | ColumnElement[str],
        was: ColumnElement[str],
        now: ColumnElement[str],
        rows: Select[tuple[WorkItem]],
    ) -> int:
        """Write one change for every work item that `rows` selects; gives how many."""
        what = literal(kind.value) if isinstance(kind, Change) else kind
        chosen = rows.with_only_columns(literal(self._event), WorkItem.id, what, was, now)
        written = insert(WorkChange).from_select(_COLUMNS, chosen)
        # SQLAlchemy forgets how many rows an INSERT wrote unless it is told.
        return affected(self.session.execute(written.execution_options(preserve_rowcount=True)))

    def of(self, *kinds: Change) -> Select[tuple[int]]:
        """The ids of the work items with such changes, as a subquery."""
        return select(WorkChange.work_item_id).where(
            WorkChange.id > self._after, WorkChange.kind.in_([kind.value for kind in kinds])
        )

    def digest(self) -> str:
        """The fingerprint of the work items that changed."""
        rows = select(WorkChange.work_item_id).where(WorkChange.id > self._after).distinct()
        return set_digest(self.session.scalars(rows.order_by(WorkChange.work_item_id)))

    def belong_to(self, event: int) -> None:
        """Give the changes their event."""
        self.session.execute(
            update(WorkChange)
            .where(WorkChange.id > self._after)
            .values(event_id=event)
            .execution_options(synchronize_session=False)
        )

    def change(self, *kinds: Change, **values: object) -> None:
        """Put new values on the work items with such changes; lights and calendars look at them again."""
        self.session.execute(
            update(WorkItem)
            .where(WorkItem.id.in_(self.of(*kinds)))
            .values(look_on=LOOK_NOW, sequence=WorkItem.sequence + 1, **values)
            .execution_options(synchronize_session=False)
        )

    def cancel(self, rows: Select[tuple[WorkItem]]) -> int:
        """Cancel the work items that `rows` selects, and what is still open of their parts."""
        count, found = 0, self._note_cancelled(rows)
        parts = select(WorkItem).where(
            WorkItem.parent_id.in_(self.of(Change.CANCELLED)), WorkItem.state.in_(MOVABLE_STATES)
        )
        while found:
            count += found
            self.session.execute(
                update(WorkItem)
                .where(WorkItem.id.in_(self.of(Change.CANCELLED)), WorkItem.state != State.CANCELLED.value)
                .values(state=State.CANCELLED.value, look_on=LOOK_NOW, sequence=WorkItem.sequence + 1)
                .execution_options(synchronize_session=False)
            )
            found = self._note_cancelled(parts)
        return count

    def _note_cancelled(self, rows: Select[tuple[WorkItem]]) -> int:
        return self.note(Change.CANCELLED, in_words(WorkItem.state), literal(State.CANCELLED.value), rows)

    def clip_parts(self) -> int:
        """Bring parts of what was moved back inside their parent's time."""
        parent = aliased(WorkItem)
        limit = select(parent.due_on).where(parent.id == WorkItem.parent_id).scalar_subquery()
        outside = select(WorkItem).where(
            WorkItem.parent_id.in_(self.of(Change.MOVED)),
            WorkItem.state.in_(MOVABLE_STATES),
            WorkItem.due_on > limit,
        )
        count = 0
        while found := self.note(Change.MOVED, in_words(WorkItem.due_on), in_words(limit), outside):
            count += found
            self.session.execute(
                update(WorkItem)
                .where(WorkItem.id.in_(self.of(Change.MOVED)), WorkItem.due_on > limit)
                .values(
                    due_on=limit,
                    start_on=case((WorkItem.start_on > limit, limit), else_=WorkItem.start_on),
                    look_on=LOOK_NOW,
                    sequence=WorkItem.sequence + 1,
                )
                .execution_options(synchronize_session=False)
            )
        return count


def in_words(value: SQLColumnExpression[object]) -> ColumnElement[str]:
    """A value as `was` and `now` hold it: days in ISO form, nothing for none."""
    return func.coalesce(cast(value, Text), "")
