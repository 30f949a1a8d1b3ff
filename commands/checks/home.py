"""Whether the home directory is there, its settings can be read and the year's holidays are known."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from commands.checks.check import Check, Mark
from commands.desk import Desk
from models.errors import DubanError
from models.settings import read_settings
from models.supervision.read import read_supervision
from models.workdays import load_calendar


def check_settings(desk: Desk) -> Check:
    """`duban.toml`, the environment and `supervision.toml` can be read and say nothing impossible."""
    file = desk.home / "duban.toml"
    try:
        read_supervision(read_settings(desk.home, os.environ).supervision)
    except DubanError as error:
        return Check("settings", Mark.BAD, error.sentence(desk.lang), desk.say("doctor.settings_remedy"))
    if not file.exists():
        return Check("settings", Mark.WARN, desk.say("doctor.settings_none"), desk.say("doctor.init"))
    return Check("settings", Mark.GOOD, str(file))


def check_home(desk: Desk) -> Check:
    """The home directory is there and can be written to."""
    if not desk.home.is_dir():
        shown = desk.say("doctor.home_none", folder=desk.home)
        return Check("home", Mark.BAD, shown, desk.say("doctor.init"))
    return check_writable(desk, "home", desk.home)


def check_writable(desk: Desk, name: str, folder: Path) -> Check:
    """Whether a file can be made in `folder`, or in the nearest parent that is there."""
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    try:
        with tempfile.NamedTemporaryFile(dir=there):
            return Check(name, Mark.GOOD, str(folder))
    except OSError as error:
        shown = desk.say("doctor.not_writable", folder=there, reason=error.strerror or error)
        return Check(name, Mark.BAD, shown, desk.say("doctor.writable_remedy", folder=there))


def check_holidays(desk: Desk) -> Iterator[Check]:
    """The yearly notice on holidays and make-up workdays is known for this year and the next."""
    year = desk.clock.today().year
    file = desk.settings.holidays
    try:
        calendar = load_calendar([year], file)
    except DubanError as error:
        yield Check("holidays", Mark.BAD, error.sentence(desk.lang), desk.say("doctor.settings_remedy"))
        return
    for one in (year, year + 1):
        if one in calendar.announced:
            yield Check("holidays", Mark.GOOD, str(one))
        else:
            shown = desk.say("doctor.holidays_unknown", year=one)
            yield Check("holidays", Mark.WARN, shown, desk.say("doctor.holidays_remedy", file=file))
