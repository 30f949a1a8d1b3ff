"""The one clock: everything else is told what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

#: The hour at which a day given by `--as-of` is taken to be: the start of office hours.
OFFICE_OPENS = time(8, 30)


@dataclass(frozen=True)
class Clock:
    """The present, as an aware UTC instant and as a local date.

    A clock with `fixed` set stands still there; otherwise it follows the machine.
    """

    zone: ZoneInfo
    fixed: datetime | None = None

    def now(self) -> datetime:
        """The present instant in UTC."""
        return self.fixed or datetime.now(UTC)

    def today(self) -> date:
        """The present date in the bureau's time zone."""
        return self.now().astimezone(self.zone).date()

    def at(self, day: date, hour: time = OFFICE_OPENS) -> Clock:
        """A clock that stands still on `day` at the local time `hour`."""
        return Clock(self.zone, datetime.combine(day, hour, self.zone).astimezone(UTC))
