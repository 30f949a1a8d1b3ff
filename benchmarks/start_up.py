"""How long everyday commands take to start, beside importing the command-line library and rich alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.bureau import rehearsed
from benchmarks.figure import Figure

BOUND = 2.5
ROUNDS = 15
#: The day after which the example bureau has a table's worth of open work.
DAY = date(2026, 1, 7)
ROOT = Path(__file__).resolve().parent.parent
#: What any Typer program imports before it can print its help (typer.rich_utils) or one table.
LIBRARIES = "import typer, typer.rich_utils, rich.console, rich.table"
#: The command as its console script runs it, and a look at what it imported.
DUBAN = "import sys; from cli import main; sys.argv[0] = 'duban'; sys.exit(main())"
NO_PREFECT = (
    "import sys, atexit; atexit.register(lambda: 'prefect' in sys.modules and __import__('os')._exit(9))"
)
COMMANDS = {"--help": ("--help",), "work list": ("work", "list", "--year", "2026")}


def run(short: bool) -> Iterator[Figure]:  # noqa: FBT001  # every benchmark is called alike
    """A figure a command; raises AssertionError when one of them imports Prefect."""
    with TemporaryDirectory() as folder:
        rehearsed(Path(folder), DAY).engine.dispose()
        for words in COMMANDS.values():
            done = _python(f"{NO_PREFECT}; {DUBAN}", "--home", folder, *words)
            assert done.returncode == 0, f"duban {' '.join(words)} imports Prefect or fails: {done.stderr!r}"
        seconds: dict[str, list[float]] = {name: [] for name in ("libraries", *COMMANDS)}
        for _ in range(3 if short else ROUNDS):
            seconds["libraries"].append(_time(LIBRARIES))
            for name, words in COMMANDS.items():
                seconds[name].append(_time(DUBAN, "--home", folder, *words))
    for name in COMMANDS:
        baseline = median(seconds["libraries"])
        yield Figure(f"start_up duban {name}", median(seconds[name]), baseline, BOUND, short=short)


def _time(code: str, *words: str) -> float:
    began = perf_counter()
    done = _python(code, *words)
    seconds = perf_counter() - began
    assert done.returncode == 0, done.stderr
    return seconds


def _python(code: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, check=False, cwd=ROOT, env=environ
    )
