"""No module grows past 400 lines unnoticed; a file of tests is a list and may reach 650."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT, TESTS_LIMIT = 400, 650


def main() -> int:
    """Print every tracked module that is too long; 1 if there is one."""
    files = subprocess.run(["git", "ls-files", "*.py"], check=True, capture_output=True, text=True)
    long = {
        name: lines
        for name in files.stdout.split()
        if Path(name).exists()
        and "migrations/versions" not in name
        and (lines := len(Path(name).read_text("utf-8").splitlines())) > _limit(name)
    }
    for name, lines in long.items():
        sys.stderr.write(
            f"{name}: {lines} lines, the limit is {_limit(name)}; look for the second idea in it\n"
        )
    return 1 if long else 0


def _limit(name: str) -> int:
    return TESTS_LIMIT if name.startswith("tests/") else LIMIT


if __name__ == "__main__":
    raise SystemExit(main())
