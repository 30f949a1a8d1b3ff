"""How much of an item is owed, done, carried over and left in a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from models.figures import amount
from models.lifecycle import DONE_STATES
from models.periods import Period
from tasks.issue.ledger import Stand, Work
from tasks.issue.marks import marks, shade
from tasks.issue.text import short_date, words


@dataclass(frozen=True)
class Tally:
    """One item of one unit (or of several together): periods or, for a quota, quantities.

    `left` is what was due or carried over and is not done; of a quota what the target still lacks.
    """

    works: tuple[Work, ...]
    due: float
    carried: float
    done: float

    @property
    def first(self) -> Work:
        """The work item that speaks for all."""
        return self.works[0]

    @property
    def owed(self) -> float:
        """What was to be done: due and carried over, or the target."""
        return self.due + self.carried

    @property
    def left(self) -> float:
        """What remains; doing more than the target leaves nothing."""
        return max(self.owed - self.done, 0)

    @property
    def share(self) -> str:
        """已办／应办."""
        return f"{amount(self.done)}/{amount(self.owed)}"

    def term(self, year: int) -> str:
        """The due dates in words: one date, or first to last."""
        dates = sorted({work.due_on for work in self.works if work.due_on})
        if not dates:
            return words("calendar.long")
        if len(dates) == 1:
            return short_date(dates[0], year)
        first, last = short_date(dates[0], year), short_date(dates[-1], year)
        return words("checklist.several", first=first, last=last, count=len(dates))

    def marked_term(self, year: int, today: date) -> str:
        """The same, and below it what was made up, put off, or missed."""
        return "\n".join((self.term(year), *marks(self.works, year=year, today=today)))

    @property
    def shade(self) -> str:
        """The colour behind its cell."""
        return shade(self.works)


def tally(works: Sequence[Work], period: Period) -> Tally:
    """Count work items of one item without a target."""
    due = sum(work.stand(period) is Stand.DUE for work in works)
    carried = sum(work.stand(period) is Stand.CARRIED for work in works)
    done = sum(work.state in DONE_STATES for work in works)
    return Tally(tuple(works), due, carried, done)


def tally_quota(works: Sequence[Work]) -> Tally:
    """Add up targets and quantities of one item with a target."""
    target = sum(work.target or 0 for work in works)
    return Tally(tuple(works), target, 0, sum(work.done for work in works))


def grouped(works: Iterable[Work], *, by_period: bool = False) -> list[list[Work]]:
    """Work items of one item together (of one period, if asked), in plan order."""
    groups: dict[tuple[int, str], list[Work]] = {}
    for work in works:
        groups.setdefault((work.item_id, work.period if by_period else ""), []).append(work)
    return sorted(groups.values(), key=lambda group: (group[0].position, group[0].item_id, group[0].period))
