"""Work of a month in a process of its own: `python -m benchmarks.month_once WHAT URL HOME PART_BRANCHES`.

WHAT is `month` (head, parts and letters), `head`, or `parts` (those that nobody else takes). Prints `ready`,
waits for a line, then prints JSON: seconds, peak in MiB, and what was issued.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from sqlalchemy import func, select

from benchmarks.memory import peak_mib
from benchmarks.scale_bureau import MONTH, office_of
from flows.holding import holding, take_order
from flows.office import Office
from flows.orders import ORDERS, work_on
from flows.run import run_flow
from flows.stories.step import plainly
from models.tables import Notice, Order, Publication
from tasks.orders import OrderState

FLOW = "monthly_calendar"


def main(what: str, url: str, home: str, part_branches: str) -> None:
    """Do it, and say what it took."""
    office = office_of(url, Path(home), part_branches=int(part_branches))
    print("ready", flush=True)
    sys.stdin.readline()
    began = perf_counter()
    _WORK[what](office)
    seconds = perf_counter() - began
    with office.read() as session:
        counts = {
            "documents": session.scalar(select(func.count(Publication.id))),
            "letters": session.scalar(select(func.count(Notice.id))),
        }
    print(json.dumps({"seconds": seconds, "peak": peak_mib(), **counts}), flush=True)


def _month(office: Office) -> None:
    run_flow(office, FLOW, period=MONTH.key)


def _head(office: Office) -> None:
    ORDERS[FLOW](plainly, office, period=MONTH.key)


def _parts(office: Office) -> None:
    """Take one order after another, as long as there are any."""
    owed = select(Order.id).where(Order.state == OrderState.OWED).order_by(Order.id).limit(1)
    while True:
        with office.read() as session:
            number = session.scalar(owed)
        if number is None:
            return
        held = take_order(office, "", {}, order=number, claim=str(uuid4()))
        if held is not None:
            with holding(office, held, title=held.key):
                work_on(plainly, office, held)


_WORK = {"month": _month, "head": _head, "parts": _parts}

if __name__ == "__main__":
    main(*sys.argv[1:])
