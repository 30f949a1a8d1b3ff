"""Expand the plan of a database in a process of its own: prints seconds and the peak of its memory.

`python -m benchmarks.expand_once URL` prints e.g. `9.31 102.4` (MiB).
"""

from __future__ import annotations

import sys
from time import perf_counter

from benchmarks.big_plan import AT, YEAR
from benchmarks.memory import peak_mib
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
    print(f"{seconds:.4f} {peak_mib():.1f}")


if __name__ == "__main__":
    main(sys.argv[1])
