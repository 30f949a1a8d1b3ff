"""What starts after a decision."""

from __future__ import annotations

from flows.held_up import held_up
from flows.office import Office
from flows.run import run_flow
from flows.server import running_server
from flows.stories.step import Outcome


def follow_decision(office: Office, number: int) -> Outcome | None:
    """Run the flow that an approval was holding up, or tell who is next.

    It runs after the decision's own transaction, so a failure here loses nothing: the same flow run
    again goes on from there. Where `duban up` runs, its own mail rounds do the telling.
    """
    flow, parameters = held_up(office, number)
    if flow == "mail_round" and running_server(office.settings.home) is not None:
        return None
    outcome = run_flow(office, flow, **parameters)
    return outcome if outcome.words or flow != "mail_round" else None
