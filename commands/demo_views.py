"""How a rehearsal looks on the terminal: its progress, and what it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from commands.desk import Desk

if TYPE_CHECKING:
    from flows.rehearsal.summary import Summary
    from flows.rehearsal.year import Script, Watch
    from flows.stories.step import Outcome

#: How the kinds of work items' ends are coloured.
ENDS = {
    "on_time": "green",
    "late": "yellow",
    "open": "blue",
    "overdue": "red",
    "cancelled": "bright_black",
}


class _Plain:
    """Progress in plain lines: one a month, one a flow."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.today: date | None = None

    def opened(self, ui_url: str) -> None:
        """Say where the year can be watched."""
        self.desk.tell("demo.server", url=ui_url)

    def day(self, day: date) -> None:
        """Remember the day; say when a month begins."""
        if self.today is None or self.today.month != day.month:
            self.desk.tell("demo.month", month=day.month)
        self.today = day

    def heard(self, outcome: Outcome) -> None:
        """Say what a flow did."""
        day = f"{self.today:%m-%d}" if self.today else ""
        waits = self.desk.say("demo.waits", words=outcome.waits_for) if outcome.waits_for else ""
        self.desk.tell("demo.flow", day=day, title=outcome.title + waits)


class _Bar(_Plain):
    """The same with a bar that runs through the year."""

    def __init__(self, desk: Desk, progress: Progress, task: TaskID) -> None:
        super().__init__(desk)
        self.progress, self.task = progress, task

    def day(self, day: date) -> None:
        """Move the bar by a day."""
        self.today = day
        done = day.timetuple().tm_yday
        self.progress.update(self.task, completed=done, description=day.isoformat())


@contextmanager
def watch_year(desk: Desk, script: Script) -> Generator[Watch]:
    """Somebody who looks on: with a bar on a terminal, in plain lines anywhere else."""
    if not desk.console.is_terminal:
        yield _Plain(desk)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=desk.console, transient=True) as progress:
        days = script.until.timetuple().tm_yday
        yield _Bar(desk, progress, progress.add_task(desk.say("demo_phase.server"), total=days))


def summary_json(summary: Summary) -> dict[str, object]:
    """The summary for programs; figures by their keys."""
    figures = {
        one.key: int(one.value) if one.value == int(one.value) else one.value for one in summary.figures
    }
    return asdict(summary) | {"figures": figures}


def show_summary(desk: Desk, home: Path, year: int, summary: Summary) -> None:
    """Print what the year came to, and where to look."""
    desk.console.print()
    seconds = f"{sum(summary.seconds.values()):.0f}"
    desk.console.print(Text(desk.say("demo.done", year=year, seconds=seconds), style="bold"))
    desk.tell("demo.items", categories=summary.categories, items=summary.items)
    _show_work_items(desk, summary.work_items)
    _show_mails(desk, summary.mails)
    _show_documents(desk, summary)
    figures = {one.label: f"{one.shown} {one.unit}" for one in summary.figures}
    _show_pairs(desk, "demo.figures", ("figure", "value"), figures)
    seconds_by_phase = {desk.say(f"demo_phase.{name}"): f"{one:.1f}" for name, one in summary.seconds.items()}
    _show_pairs(desk, "", ("phase", "seconds"), seconds_by_phase)
    verdict = desk.say("demo.chain_ok" if summary.chain_ok else "demo.chain_broken")
    desk.tell("demo.events", count=summary.events, verdict=verdict)
    desk.tell("demo.look")
    for key in ("look_up", "look_mail", "look_work", "look_documents"):
        desk.tell(f"demo.{key}", dir=home, year=year)


def _show_work_items(desk: Desk, counted: Mapping[str, int]) -> None:
    line = Text(desk.say("demo.work_items", total=counted["total"]) + "　")
    parts = [(name, style) for name, style in ENDS.items() if counted[name]]
    for name, style in parts:
        line.append(f"{desk.say(f'demo.{name}')} {counted[name]}　", style=style)
    desk.console.print(line)


def _show_mails(desk: Desk, mails: Mapping[str, int]) -> None:
    title = desk.say("demo.mails", count=sum(mails.values()))
    named = {desk.say(f"demo_letter.{letter}"): str(count) for letter, count in mails.items()}
    _show_pairs(desk, "", ("letter", "count"), named, title=title)


def _show_documents(desk: Desk, summary: Summary) -> None:
    editions = Counter(
        kind for kind, *_ in {(one.kind, one.period, one.unit, one.version) for one in summary.documents}
    )
    files = Counter(one.kind for one in summary.documents)
    title = desk.say("demo.documents", count=editions.total(), files=files.total())
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column(desk.say("demo.kind"))
    table.add_column(desk.say("demo.versions"), justify="right")
    table.add_column(desk.say("demo.files"), justify="right")
    table.add_column(desk.say("demo.folder"), no_wrap=True)
    for kind, count in files.items():
        cells = (desk.say(f"document.{kind}"), str(editions[kind]), str(count), f"documents/*/{kind}")
        table.add_row(*(Text(cell) for cell in cells))
    desk.console.print(table)


def _show_pairs(
    desk: Desk, title_key: str, heads: tuple[str, str], pairs: Mapping[str, str], *, title: str = ""
) -> None:
    shown = title or (desk.say(title_key) if title_key else None)
    table = Table(title=shown, title_justify="left", header_style="bold")
    table.add_column(desk.say(f"demo.{heads[0]}"))
    table.add_column(desk.say(f"demo.{heads[1]}"), justify="right")
    for name, value in pairs.items():
        table.add_row(Text(name), Text(value))
    desk.console.print(table)
