"""A process that looks for work again and again until it is told to stop."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from threading import Event

from models.errors import DubanError
from models.messages import Lang


def stop_signal() -> Event:
    """Set when this process is told to stop, by Ctrl-C or SIGTERM."""
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def look_until(stopped: Event, look: Callable[[], str], *, every: float, longest: float, lang: Lang) -> None:
    """Call `look` every so many seconds; it gives what troubles it in words, or raises a refusal.

    After trouble the next look comes later and later, up to `longest`. An outage is said on standard
    error once, however long it lasts.
    """
    rest, said = every, ""
    while not stopped.wait(rest):
        try:
            trouble = look()
        except DubanError as error:
            trouble = error.sentence(lang)
        rest = min(rest * 2, longest) if trouble else every
        if trouble and trouble != said:
            sys.stderr.write(f"{trouble}\n")
            sys.stderr.flush()
        said = trouble
