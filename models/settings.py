"""The settings of one bureau: `duban.toml` in its home, overridden by the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.clock import Clock
from models.errors import InputError
from models.messages import Lang

#: Where a due date on a rest day goes: to the workday before or after it.
Shift = Literal["earlier", "later"]

#: Largest number that a setting takes: days beyond it would leave the calendar.
MOST = 9999
#: Which supporting units must contribute before the lead can close: those of ★ items, all, none.
Contributions = Literal["key", "all", "none"]
#: Settings that are a time of day.
_TIMES = frozenset({"digest_at", "mail_opens", "mail_closes"})
#: Settings that take one of a few words.
_CHOICES = {
    "contributions": get_args(Contributions),
    "lang": get_args(Lang),
    "report_shift": get_args(Shift),
    "activity_shift": get_args(Shift),
}


@dataclass(frozen=True)
class Settings:
    """What the bureau decided once; read at the edge and handed down.

    Days are workdays unless a name says otherwise.
    """

    home: Path
    database_url: str = ""
    smtp_url: str = ""
    lang: Lang = "zh"
    timezone: str = "Asia/Shanghai"
    #: Name of the bureau as it stands at the head of documents; the root unit's name if empty.
    bureau: str = ""
    #: The coordinator (name or address): gets progress, problems and replies.
    coordinator: str = ""
    #: Who decides on plans, closings and documents in the last instance (name or address); empty: as
    #: the definitions say.
    approver: str = ""
    #: Sender of all mail.
    mail_from: str = "duban@localhost"
    #: Due dates on rest days: reports go earlier, activities later.
    report_shift: Shift = "earlier"
    activity_shift: Shift = "later"
    #: An item whose title or standard holds one of these words is an activity.
    activity_words: tuple[str, ...] = (
        "活动",
        "会议",
        "党课",
        "学习",
        "培训",
        "慰问",
        "植树",
        "祭扫",
        "谈话",
        "党日",
        "召开",
    )
    #: Work that was due before its owner was told gets this many workdays from then on.
    grace_workdays: int = 5
    #: An extension is asked at least so many workdays before the due date, so many times at most, each
    #: for so many calendar days at most.
    extension_workdays_before: int = 3
    extension_times: int = 2
    extension_days: int = 30
    #: The same owner is urged by hand about the same work once in so many workdays.
    urge_workdays: int = 1
    #: What was done may be reported so many calendar days later; the instant of reporting is always shown.
    report_back_days: int = 7
    #: Which supporting units must contribute before the lead can close.
    contributions: Contributions = "key"
    #: Largest evidence file in MiB, and the kinds of files that are taken.
    evidence_limit_mib: int = 20
    evidence_types: tuple[str, ...] = (
        "pdf",
        "docx",
        "xlsx",
        "pptx",
        "doc",
        "xls",
        "ppt",
        "wps",
        "et",
        "ofd",
        "jpg",
        "jpeg",
        "png",
        "txt",
        "csv",
        "zip",
    )
    #: Who has not handed in is named so many calendar days before a collection's period ends.
    uncovered_days: int = 30
    #: When digests are written, and between which times of a workday mail may leave.
    digest_at: str = "08:30"
    mail_opens: str = "08:00"
    mail_closes: str = "18:00"
    #: Mails to one person in a week that may not be exceeded by what can wait; 0: no limit.
    mail_budget: int = 3
    #: Where mail comes back to: `maildir:DIR` or `imaps://user:password@host/INBOX`; empty: nowhere.
    bounces: str = ""
    #: How long an approval code is valid, in hours from when it may leave by mail.
    code_hours: int = 24
    #: A Prefect server that others run, as http://host:4200/api; empty: the one that `duban up` starts.
    prefect_url: str = ""
    #: Where people open Prefect's pages, for links in mails; empty: where `duban up` serves them.
    ui_url: str = ""
    #: Documents of more branches than this are written in parts, each a run of its own.
    part_branches: int = 5000
    #: Who stops working on an order is replaced after so many seconds.
    lease_seconds: int = 120
    #: Largest unpacked size of an imported file, in MiB.
    import_limit_mib: int = 64
    #: Rules of the shipped catalogue that are switched on, by key.
    rules: tuple[str, ...] = ()

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force: the configured one, or SQLite in the home."""
        return self.database_url or f"sqlite:///{self.home / 'duban.db'}"

    @property
    def smtp(self) -> str:
        """The mail URL in force: the configured one, or the built-in mailbox in the home."""
        return self.smtp_url or f"maildir:{self.home / 'mailbox'}"

    @property
    def definitions(self) -> Path:
        """The folder of the bureau's own approval definitions; it need not be there."""
        return self.home / "approvals"

    @property
    def supervision(self) -> Path:
        """The bureau's own rules of lights and reminders; the file need not be there."""
        return self.home / "supervision.toml"

    @property
    def holidays(self) -> Path:
        """The bureau's own rest days and make-up days; the file need not be there."""
        return self.home / "holidays.csv"

    @property
    def zone(self) -> ZoneInfo:
        """The bureau's time zone."""
        return ZoneInfo(self.timezone)

    def clock(self) -> Clock:
        """A clock that follows the machine, in the bureau's time zone."""
        return Clock(self.zone)


def read_settings(home: Path, environ: Mapping[str, str]) -> Settings:
    """Settings from `home/duban.toml`, each overridden by `DUBAN_<NAME>`.

    Raises InputError that names the file or variable, the setting and what it must be.
    """
    settings = Settings(home=home)
    file = home / "duban.toml"
    if file.exists():
        try:
            given = tomllib.loads(file.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError("settings_unreadable", file=file, reason=error) from error
        known = {one.name for one in fields(Settings)} - {"home"}
        for name, value in given.items():
            if name not in known:
                raise InputError("setting_unknown", source=file, name=name)
            settings = _with(settings, name, value, source=str(file))
    for one in fields(Settings):
        text = environ.get(f"DUBAN_{one.name.upper()}")
        if text and one.name != "home":
            settings = _with(settings, one.name, text, source=f"DUBAN_{one.name.upper()}")
    return settings


def _with(settings: Settings, name: str, value: Any, *, source: str) -> Settings:  # noqa: ANN401
    try:
        meant = _meant(getattr(settings, name), value)
        if name == "timezone":
            ZoneInfo(meant)
        if name in _TIMES:
            meant = f"{time.fromisoformat(meant):%H:%M}"
        if meant not in _CHOICES.get(name, (meant,)):
            raise ValueError(meant)
    except (ValueError, TypeError, OSError, ZoneInfoNotFoundError) as error:
        raise InputError("setting_wrong", source=source, name=name, value=value) from error
    return replace(settings, **{name: meant})


def _meant(present: object, value: Any) -> Any:  # noqa: ANN401  # as the setting's own type says
    """The value as the type of the present one; whole numbers from zero to `MOST`."""
    if isinstance(present, tuple):
        words = value.split(",") if isinstance(value, str) else map(str, value)
        return tuple(word.strip() for word in words if word.strip())
    if not isinstance(present, int):
        return _text(value)
    if isinstance(value, bool | float) or not 0 <= int(value) <= MOST:
        raise ValueError(value)
    return int(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
