"""Quiet hours: mail leaves in working hours of workdays; what comes at other times waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.settings import Settings
from models.workdays import Calendar


@dataclass(frozen=True)
class Hours:
    """Between which local times of a workday mail may leave; all day where it closes before it opens."""

    zone: ZoneInfo
    calendar: Calendar
    opens: time
    closes: time

    def leave(self, at: datetime, hour: time | None = None) -> datetime:
        """The first instant from `at` (UTC) on at which mail may leave, also UTC.

        With `hour` not before that local time of the day, as far as it lies in working hours; an hour
        that is past is now.
        """
        opens, closes = (self.opens, self.closes) if self.opens < self.closes else (time.min, time.max)
        local = at.astimezone(self.zone)
        day = local.date()
        start = opens if hour is None or not opens <= hour < closes else hour
        if not self.calendar.is_workday(day) or local.time() >= closes:
            return self._instant(self.calendar.later(day + timedelta(days=1)), start)
        return max(at, self._instant(day, start))

    def again(self, at: datetime, then: datetime) -> datetime:
        """When what was tried at `at` may be tried again, not before `then`.

        In working hours, unless this try was not either: then it may not wait for them.
        """
        return self.leave(then) if self.leave(at) == at else then

    def _instant(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


def working_hours(settings: Settings, calendar: Calendar) -> Hours:
    """The working hours of the settings, in the bureau's zone."""
    opens, closes = time.fromisoformat(settings.mail_opens), time.fromisoformat(settings.mail_closes)
    return Hours(settings.zone, calendar, opens, closes)
