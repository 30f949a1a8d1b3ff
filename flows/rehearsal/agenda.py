"""The diary of all invented people: what each of them will do on which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.rehearsal.tempers import Act, Work, script
from models.lifecycle import State
from models.tables import WorkItem
from models.workdays import Calendar


@dataclass
class Agenda:
    """Acts by day. Work items are taken up once, on the day on which their owners hear of them."""

    calendar: Calendar
    escalate_workdays: int
    _days: dict[date, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _newest: int = 0

    def take_up(self, session: Session, today: date) -> None:
        """Think through the work items that were handed out since the last time."""
        rows = session.execute(
            select(
                WorkItem.id,
                WorkItem.owner_id,
                WorkItem.start_on,
                WorkItem.due_on,
                WorkItem.target,
            )
            .where(
                WorkItem.id > self._newest,
                WorkItem.owner_id.is_not(None),
                WorkItem.state == State.ASSIGNED.value,
            )
            .order_by(WorkItem.id)
        )
        for number, owner, start_on, due_on, target in rows:
            self._newest = number
            work = Work(number, owner or 0, today, start_on, due_on, target)
            self.add(script(work, self.calendar, escalate_workdays=self.escalate_workdays), after=today)

    def add(self, acts: Iterable[Act], *, after: date) -> None:
        """Put acts on their days; what can no longer be done in time is done on the next workday."""
        tomorrow = self.calendar.add(after, 1)
        for act in acts:
            self._days[max(act.day, tomorrow)].append(act)

    def acts_of(self, day: date) -> list[Act]:
        """What is done on `day`, in a lively order that keeps each work item's own order."""
        acts = self._days.pop(day, [])
        turns = sorted({act.number for act in acts})
        Random(day.toordinal()).shuffle(turns)  # noqa: S311  # invented people
        place = {number: n for n, number in enumerate(turns)}
        return sorted(acts, key=lambda act: place[act.number])
