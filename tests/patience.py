"""How long tests wait for what other processes do."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

#: Seconds until a test gives up. They are spent only where something never comes: a machine whose cores
#: others use takes many times as long as a quiet one, and that is no fault of ours.
PATIENCE = 480


def eventually(look: Callable[[], Any]) -> Any:  # noqa: ANN401  # what was looked for
    """What is there at last: schedules and runs take the server a while, and it may be busy (503)."""
    until, never = monotonic() + PATIENCE, Event()
    while not (found := look()):
        assert monotonic() < until, "waited in vain"
        never.wait(0.3)
    return found
