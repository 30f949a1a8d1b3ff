"""The settings of one bureau: `duban.toml` in its home, overridden by the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
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
#: Settings that take one of a few words.
_CHOICES = {"lang": get_args(Lang), "report_shift": get_args(Shift), "activity_shift": get_args(Shift)}


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
    #: Remind this many workdays before the due date.
    remind_workdays: int = 3
    #: A light turns blue this many workdays before the due date.
    blue_workdays: int = 7
    #: Overdue up to this many calendar days is orange, then red.
    orange_days: int = 7
    #: The leader in charge is told after this many workdays overdue.
    escalate_workdays: int = 5
    #: Work that was due before its owner was told gets this many workdays from then on.
    grace_workdays: int = 5
    #: An overdue item is named again to its owner after this many workdays.
    repeat_workdays: int = 5
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
