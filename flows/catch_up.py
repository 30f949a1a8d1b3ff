"""What came due while the machine was off is done when it is back."""

from __future__ import annotations

from contextlib import suppress

from flows.due import TIMED, due_today
from flows.office import Office
from flows.run import run_flow
from flows.stories.step import Outcome
from models.clock import OFFICE_OPENS
from models.errors import DubanError
from tasks.supervise import last_supervised


def catch_up(office: Office) -> list[Outcome]:
    """Run today's supervision and every document that is due, unless they are done; nothing at night.

    A refusal stops only the flow that it concerns, and shows in its run.
    """
    now = office.clock.now().astimezone(office.settings.zone)
    if now.time() < OFFICE_OPENS:
        return []
    with office.read() as session:
        last = last_supervised(session)
    missed = ["daily_supervision"] if last is None or last < now.date() else []
    missed += [name for name in TIMED if due_today(office, name)]
    outcomes = []
    for name in missed:
        with suppress(DubanError):
            outcomes.append(run_flow(office, name))
    return outcomes
