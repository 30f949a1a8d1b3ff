"""Where the time goes: seconds of the real clock by phase; an inner phase stops the outer one."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stopwatch:
    """Counts seconds for one phase at a time."""

    seconds: dict[str, float] = field(default_factory=dict)
    _phase: str = ""
    _since: float = 0.0

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Count for `name` until the block ends, then again for the phase before."""
        before = self._switch(name)
        try:
            yield
        finally:
            self._switch(before)

    def rounded(self) -> dict[str, float]:
        """Seconds by phase to one decimal, in the order in which the phases first ended."""
        return {name: round(value, 1) for name, value in self.seconds.items()}

    def _switch(self, name: str) -> str:
        now, before = time.monotonic(), self._phase
        if before:
            self.seconds[before] = self.seconds.get(before, 0.0) + now - self._since
        self._phase, self._since = name, now
        return before
