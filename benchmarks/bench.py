"""Run the benchmarks: `python -m benchmarks.bench [--only NAME] [--short]`.

Each measures ours and its baseline in turn in the same run and quotes medians. Prints one line a
figure and writes them all to `benchmarks/results.json`; ends with 1 when a bound does not hold.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from benchmarks.figure import Figure

#: Name → module with `run(short) -> figures`.
BENCHMARKS = {
    "start_up": "benchmarks.start_up",
    "read_plan": "benchmarks.read_plan_figures",
    "expand": "benchmarks.expand",
    "daily_supervision": "benchmarks.daily_supervision",
    "sweep": "benchmarks.sweep",
    "deliver": "benchmarks.deliver",
    "month": "benchmarks.month",
    "month_workers": "benchmarks.month_workers",
    "approvals": "benchmarks.approvals",
    "approval_verbs": "benchmarks.approval_verbs",
    "approval_inbox": "benchmarks.approval_inbox",
    "approval_writers": "benchmarks.approval_writers",
    "follow_up": "benchmarks.follow_up",
    "prefect_month": "benchmarks.prefect_month",
}
RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, help="one benchmark")
    parser.add_argument("--short", action="store_true", help="small sizes: shows that they run")
    asked = parser.parse_args()
    figures = []
    for name in [asked.only] if asked.only else BENCHMARKS:
        run: Callable[[bool], Iterable[Figure]] = import_module(BENCHMARKS[name]).run
        for figure in run(asked.short):
            print(figure.line(), flush=True)
            figures.append(figure)
    RESULTS.write_text(json.dumps([one.as_json() for one in figures], indent=2) + "\n", "utf-8")
    return 1 if any(one.verdict == "FAILS" for one in figures) else 0


if __name__ == "__main__":
    raise SystemExit(main())
