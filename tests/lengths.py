"""No module grows past 400 lines unnoticed: exceptions are named here, with a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT = 400
#: Path → why it may be longer.
EXCEPTIONS: dict[str, str] = {}


def main() -> int:
    """Print every tracked module that is too long; 1 if there is one."""
    files = subprocess.run(["git", "ls-files", "*.py"], check=True, capture_output=True, text=True)
    long = {
        name: lines
        for name in files.stdout.split()
        if name not in EXCEPTIONS
        and Path(name).exists()
        and "migrations/versions" not in name
        and (lines := len(Path(name).read_text("utf-8").splitlines())) > LIMIT
    }
    for name, lines in long.items():
        sys.stderr.write(f"{name}: {lines} lines, the limit is {LIMIT}; look for the second idea in it\n")
    return 1 if long else 0


if __name__ == "__main__":
    raise SystemExit(main())
