"""The coordinator's desk: the global options, and how results are shown."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from models.clock import Clock
from models.messages import Lang, say
from models.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Engine

    from flows.office import Office
    from models.workdays import Calendar


@dataclass
class Desk:
    """What every command needs, read once from the global options and the environment."""

    settings: Settings
    clock: Clock
    lang: Lang
    json: bool

    @property
    def home(self) -> Path:
        """The home directory: database, config, mailbox, documents."""
        return self.settings.home

    @cached_property
    def console(self) -> Console:
        """Where people read: standard output, or standard error when that belongs to `--json`."""
        from rich.console import Console

        return Console(stderr=self.json, highlight=False, emoji=False)

    @cached_property
    def engine(self) -> Engine:
        """The database, migrated; raises UnavailableError when it cannot be reached."""
        from models.migrate import ready_database

        return ready_database(self.settings)

    @cached_property
    def office(self) -> Office:
        """The office in which flows and verbs do their work; opens the database."""
        from flows.office import Office

        return Office(self.settings, self.engine, self.clock, self.lang)

    def calendar(self, *years: int) -> Calendar:
        """The workdays of these years with the bureau's overrides."""
        from models.workdays import load_calendar

        return load_calendar(years, self.settings.holidays)

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of the catalogue in the user's language."""
        return say(key, self.lang, **facts)

    def tell(self, key: str, /, **facts: object) -> None:
        """Print a sentence for people; facts are shown as they are, never as markup."""
        self.console.print(self.say(key, **facts), markup=False, soft_wrap=True)

    def print_json(self, value: object) -> None:
        """Print the machine-readable result: the only thing on standard output."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: object) -> str:
    """Instants to the minute with their offset, everything else as it is written."""
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)
