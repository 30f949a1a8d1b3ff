"""One of several writers on one database (approval_writers.py): `python -m benchmarks.approval_writer URL`.

Reads its clicks as a line of JSON, says that it is ready, waits for a line, and answers with what each
click was told: `accepted`, `repeated`, a refusal's name, or the exception that a person would have seen.
"""

from __future__ import annotations

import json
import sys

from benchmarks.approvals_desk import Desk
from models.approval.commands import Approve, Command, Reject
from models.approval.refusals import ApprovalRefusedError


def main() -> None:
    """Do what standard input says."""
    desk = Desk(sys.argv[1])
    clicks = json.loads(sys.stdin.readline())
    with desk.engine.connect():
        """Open the connection before the clock runs."""
    print(json.dumps("ready"), flush=True)
    sys.stdin.readline()
    answers = [_click(desk, number, person, verb, key) for number, person, verb, key in clicks]
    print(json.dumps(answers), flush=True)
    desk.close()


def _click(desk: Desk, number: int, person: int, verb: str, key: str) -> str:
    command: Command = Approve(person, "同意") if verb == "approve" else Reject(person, "不同意")
    try:
        return "repeated" if desk.do(number, command, key).repeated else "accepted"
    except ApprovalRefusedError as refused:
        return str(refused.refusal)
    except Exception as error:  # noqa: BLE001  # whatever a person would have been shown is counted
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
