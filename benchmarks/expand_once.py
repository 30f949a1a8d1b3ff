"""Expand the plan of a database in a process of its own: prints seconds and the peak of its memory.

`python -m benchmarks.expand_once URL` prints e.g. `9.31 102.4` (MiB).
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from time import perf_counter

from benchmarks.big_plan import AT, YEAR
from models.database import open_database, unit_of_work
from tasks.expand import expand
from tasks.store_plan import find_plan


def main(url: str) -> None:
    """Expand, and say what it took; the plan is loaded before the clock runs."""
    engine = open_database(url)
    with unit_of_work(engine) as session:
        plan = find_plan(session, YEAR)
        began = perf_counter()
        expanded = expand(session, plan, actor="SYSTEM", at=AT)
        session.commit()
        seconds = perf_counter() - began
    assert expanded.added
    print(f"{seconds:.4f} {_peak():.1f}")


def _peak() -> float:
    """The largest resident size of this process, in MiB.

    Linux hands the parent's peak on to a child's getrusage, so the kernel's own record comes first.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main(sys.argv[1])
