"""What starts after a decision."""

from __future__ import annotations

from flows.held_up import held_up
from flows.office import Office
from flows.run import run_flow
from flows.stories.step import Outcome


def follow_decision(office: Office, number: int) -> Outcome | None:
    """Run the flow that an approval was holding up; nothing where it is not approved, or held up none.

    It runs after the decision's own transaction, so a failure here loses nothing: the same flow run
    again goes on from there.
    """
    flow, parameters = held_up(office, number)
    return run_flow(office, flow, **parameters) if flow else None
