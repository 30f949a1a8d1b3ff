"""Pace (序时进度): what is done of the target, beside the workdays of the window that have passed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from models.supervision.facts import Counts

#: A whole in per cent.
WHOLE = 100.0
_DAY = timedelta(days=1)


class Pace(NamedTuple):
    """Shares in percent: of the target that is done, of the window's workdays that have passed."""

    done: float
    elapsed: float

    @property
    def behind(self) -> float:
        """Percentage points behind; negative when ahead."""
        return self.elapsed - self.done


def pace(
    *,
    done: float,
    target: float | None,
    start_on: date | None,
    due_on: date | None,
    day: date,
    calendar: Counts,
) -> Pace | None:
    """The pace on the morning of `day`: the day itself has not passed yet.

    None without a target, a window or a workday in it. Both ends of the window belong to it; after its
    end all of it has passed.
    """
    if not target or target < 0 or start_on is None or due_on is None:
        return None
    before = start_on - _DAY
    window = calendar.between(before, due_on)
    if window <= 0:
        return None
    elapsed = min(max(calendar.between(before, day - _DAY), 0), window)
    return Pace(WHOLE * done / target, WHOLE * elapsed / window)
