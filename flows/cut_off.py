"""Runs that were cut off on this machine: their process is gone, and it never said that it ended.

Only runs of this `duban up` and of those before it on this machine are known so: of a worker elsewhere
nobody can tell from here whether it lives.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.api import Api
from flows.server import is_alive, noted

#: A run may be under way for so long before the number of its process is known.
KNOWN_WITHIN = timedelta(seconds=30)

Run = Mapping[str, Any]


def cut_off(home: Path, api: Api, runs: Sequence[Run], *, at: datetime) -> list[str]:
    """The ids of those of the runs that were cut off."""
    workers = _workers_here(home)
    gone = {
        str(one["id"]): one["state"]["id"]
        for one in runs
        if one["state"]["type"] == "RUNNING"
        and since(one) < at - KNOWN_WITHIN
        and (one.get("labels") or {}).get("prefect.worker.name") in workers
        and _is_gone(one.get("infrastructure_pid"))
    }
    # A process says how it ended before it is gone: whoever ended meanwhile has another state by now.
    again = api.runs(list(gone))
    return [run for run, state in gone.items() if run in again and again[run]["state"]["id"] == state]


def since(run: Run) -> datetime:
    """Since when the run is in its state."""
    return datetime.fromisoformat(run["state"]["timestamp"])


def _workers_here(home: Path) -> set[str]:
    """What the workers are called that the `duban up` of this relay keeps going.

    Other machines may go by our name, as containers do: their processes are none of ours.
    """
    running = noted(home)
    if running is None or running.parts.get("relay") != os.getpid():
        return set()
    return {worker_name(part) for part in running.parts if part.startswith("worker-")}


def worker_name(part: str) -> str:
    """What Prefect calls the worker that is this part of `duban up`."""
    return f"{socket.gethostname()}-{part.removeprefix('worker-')}"


def _is_gone(process: str | None) -> bool:
    return bool(process and process.isdecimal() and not is_alive(int(process)))
