"""The example bureau some way into its year, as the benchmarks need it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flows.office import Office
from flows.rehearsal.stopwatch import Stopwatch
from flows.rehearsal.year import Script, play
from flows.stories.step import Outcome
from tasks.read_plan.organisation import read_organisation

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
YEAR = 2026


class _Nobody:
    """Nobody looks on."""

    def opened(self, ui_url: str) -> None:
        """No server runs."""

    def day(self, day: date) -> None:
        """A day begins."""

    def heard(self, outcome: Outcome) -> None:
        """A flow ran."""


def rehearsed(home: Path, until: date) -> Office:
    """The example bureau's office on the evening of `until`, after a rehearsal without Prefect."""
    home.mkdir(parents=True, exist_ok=True)
    organisation = read_organisation(EXAMPLES / "org_2026.xlsx")
    script = Script(organisation, EXAMPLES / "plan_2026.xlsx", YEAR, until)
    return play(home, script, _Nobody(), Stopwatch())
