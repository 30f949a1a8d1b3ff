"""A year, day by day: what the clock does, what people do, what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import select

from flows.due import TIMED, due_today
from flows.follow import do_owed
from flows.held_up import held_up
from flows.office import Office
from flows.orders import day_supervised
from flows.rehearsal.acts import at_minute, work_through
from flows.rehearsal.agenda import Agenda
from flows.rehearsal.approver import clear_desk
from flows.rehearsal.coordinator import Occasion, open_occasions, plan_occasions, settle_plan
from flows.rehearsal.inspectors import enter_findings, inspection_to_visit
from flows.rehearsal.stage import clear_stage, set_stage
from flows.rehearsal.stopwatch import Stopwatch
from flows.rehearsal.summary import Summary, summarise
from flows.run import Word, run_flow
from flows.server import prefect_server
from flows.stories.daily_supervision import write_calendars
from flows.stories.step import Outcome, plainly
from flows.stories.tell import send_mail, tell_everybody
from models import periods
from models.messages import Lang
from models.periods import Period, read_period
from models.proposal import OrganisationFile
from models.supervision.read import read_supervision
from models.tables import Plan, Publication
from models.workdays import Calendar, load_calendar

#: The hours of a day, in minutes after midnight.
APPROVER, COORDINATOR, INSPECTOR, EVENING = 8 * 60 + 20, 9 * 60 + 10, 15 * 60, 18 * 60
#: What the clock would have started before the plan was in force, and of which period.
MISSED: dict[str, Callable[[date], Period]] = {
    "monthly_calendar": lambda day: periods.month(day.year, day.month),
    "quarterly_checklist": lambda day: periods.quarter(day.year, (day.month + 2) // 3),
}


class Watch(Protocol):
    """Who looks on while the year goes by."""

    def opened(self, ui_url: str) -> None:
        """The Prefect server answers at this address until the year is over."""
        ...

    def day(self, day: date) -> None:
        """A day begins."""
        ...

    def heard(self, outcome: Outcome) -> None:
        """A flow ran."""
        ...


@dataclass(frozen=True)
class Script:
    """What is rehearsed: a plan on an organisation for a year, as far as `until`."""

    organisation: OrganisationFile
    plan: Path
    year: int
    until: date
    lang: Lang = "zh"


def rehearse(home: Path, script: Script, watch: Watch) -> Summary:
    """Run a year in `home`, which starts empty, against a Prefect server of its own.

    Raises RefusedError when `home` is not the rehearsal's to empty, and what reading and storing
    the files raises.
    """
    stopwatch = Stopwatch()
    clear_stage(home, script.lang)
    with stopwatch.phase("server"), prefect_server(home, port=0) as server:
        watch.opened(server.ui_url)
        office = play(home, script, watch, stopwatch)
    with stopwatch.phase("summary"):
        summary = summarise(office, script.year, today=script.until)
    office.engine.dispose()
    return replace(summary, seconds=stopwatch.rounded())


def play(home: Path, script: Script, watch: Watch, stopwatch: Stopwatch) -> Office:
    """The year itself, in an empty `home`: with flow runs where a server runs for it, else without."""
    with stopwatch.phase("prepare"):
        first = load_calendar([script.year]).later(date(script.year, 1, 1))
        office = set_stage(home, script.lang, script.organisation, first)
    _Year(office, script, watch, stopwatch).go(first)
    return office


@dataclass
class _Year:
    """The year under way."""

    office: Office
    script: Script
    watch: Watch
    stopwatch: Stopwatch
    calendar: Calendar = field(init=False)
    agenda: Agenda = field(init=False)
    #: What will occur; nobody can say before the plan is in force.
    occasions: list[Occasion] | None = None
    #: The half-year whose bulletin must be written again because findings came in.
    visited: str = ""

    def __post_init__(self) -> None:
        self.calendar = self.office.calendar([self.script.year])
        rules = read_supervision(self.office.settings.supervision)
        self.agenda = Agenda(self.calendar, rules.leader_after)

    def go(self, first: date) -> None:
        """From the plan's arrival on the `first` day to the evening of the last day."""
        for number in range((self.script.until - first).days + 1):
            day = first + timedelta(days=number)
            self.watch.day(day)
            if day == first:
                self._receive_plan(day)
            self._day(day)
        with self.stopwatch.phase("days"):
            evening = at_minute(self.office, self.script.until, EVENING)
            tell_everybody(evening)
            write_calendars(evening)
            send_mail(evening)

    def _receive_plan(self, day: date) -> None:
        office = self.office.on(day)
        self._run(office, "annual_plan", year=self.script.year, file=self.script.plan)
        with self.stopwatch.phase("people"):
            asked = settle_plan(at_minute(self.office, day, COORDINATOR), self.script.year)
        if asked:
            self._run(office, "annual_plan", year=self.script.year)

    def _day(self, day: date) -> None:
        worked = self.calendar.is_workday(day)
        if worked:
            with self.stopwatch.phase("people"):
                desk = at_minute(self.office, day, APPROVER)
                self.agenda.add(clear_desk(desk, self.calendar, follow=self._follow), after=day)
        with self.stopwatch.phase("days"):
            day_supervised(plainly, self.office.on(day), day)
        if worked:
            self._issue(day)
            with self.stopwatch.phase("people"):
                self._work(day)
        self._do_owed(self.office.on(day))

    def _issue(self, day: date) -> None:
        """Start what the timetable starts, and what the coordinator orders by hand."""
        office = self.office.on(day)
        if self.occasions is None and self._in_force():
            self.occasions = plan_occasions(office, self.script.year, self.calendar)
            for name, period in MISSED.items():
                self._order(office, name, period(day).key)
        if self.visited:
            self._run(office, "half_year_inspection", period=self.visited)
            self.visited = ""
        for name in TIMED:
            if due_today(office, name):
                self._run(office, name)
        if day == self._report_day():
            self._order(office, "half_year_report", periods.half(self.script.year, 2).key)

    def _work(self, day: date) -> None:
        morning = at_minute(self.office, day, COORDINATOR)
        if self.occasions:
            open_occasions(morning, self.script.year, self.occasions, self.calendar)
        with self.office.read() as session:
            self.agenda.take_up(session, day)
        follow_ups = work_through(self.office, day, self.agenda.acts_of(day), self.calendar)
        self.agenda.add(follow_ups, after=day)
        afternoon = at_minute(self.office, day, INSPECTOR)
        period = inspection_to_visit(afternoon, self.calendar)
        if period and enter_findings(afternoon, read_period(period), self.calendar):
            self.visited = period

    def _report_day(self) -> date:
        """The last workday but one: the second half-year's report is signed within the year."""
        return self.calendar.add(self.calendar.last_workday(periods.year(self.script.year).end), -1)

    def _in_force(self) -> bool:
        with self.office.read() as session:
            active = select(Plan.id).where(Plan.year == self.script.year, Plan.activated_at.is_not(None))
            return session.scalar(active) is not None

    def _order(self, office: Office, name: str, period: str) -> None:
        """Run a document's flow unless the document is there."""
        with office.read() as session:
            there = select(Publication.id).where(
                Publication.kind == TIMED[name].kind, Publication.period == period
            )
            issued = session.scalar(there) is not None
        if not issued:
            self._run(office, name, period=period)

    def _run(self, office: Office, name: str, **parameters: Word) -> None:
        with self.stopwatch.phase("flows"):
            self.watch.heard(run_flow(office, name, **parameters))

    def _follow(self, office: Office, approval: int) -> None:
        flow, _ = held_up(office, approval)
        if flow != "mail_round":  # the day's own round tells everybody
            self._do_owed(office)

    def _do_owed(self, office: Office) -> None:
        """What follows from what happened, as the relay would start it."""
        with self.stopwatch.phase("flows"):
            for outcome in do_owed(office):
                self.watch.heard(outcome)
