"""How a flow is started from a command: in the running Prefect server's sight, or plainly without one."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from flows.office import Office
from flows.orders import ORDERS
from flows.server import Server, prefect_environment, running_server
from flows.stories.step import Outcome, plainly

Word = str | int | date | Path


def run_flow(office: Office, name: str, **parameters: Word) -> Outcome:
    """Do what the flow `name` is for (see `flows.orders`) and give its outcome; refusals are raised.

    While `duban up` runs for this home it is a real flow run that shows in the UI, at the same
    simulated day as the office's clock; otherwise the story is told without Prefect.
    """
    given = {key: _public(value) for key, value in parameters.items()}
    server = running_server(office.settings.home)
    if server is None:
        return ORDERS[name](plainly, office, **given)
    return _in_prefect(server, office, name, given)


def _in_prefect(server: Server, office: Office, name: str, given: dict[str, str | int]) -> Outcome:
    home = office.settings.home.resolve()
    if "prefect" not in sys.modules:
        # Read once, at the import. What a run logs is for the UI: the terminal belongs to the command.
        os.environ.update(prefect_environment(home, server))
        os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
    from prefect.settings import (  # noqa: PLC0415  # costs seconds
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    from flows.all_flows import FLOWS  # noqa: PLC0415  # the same
    from flows.prefect_run import send_what_is_left  # noqa: PLC0415  # the same

    as_of = office.clock.today().isoformat() if office.clock.fixed else ""
    # Nobody watches for heartbeats, and waiting for the thread that gives them costs a second a run.
    with temporary_settings({PREFECT_API_URL: server.api_url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        try:
            return FLOWS[name](home=str(home), as_of=as_of, **given)
        finally:
            send_what_is_left()


def _public(value: Word) -> str | int:
    """A parameter as it is stored and shown: words and numbers only."""
    if isinstance(value, Path):
        return str(value.resolve())
    return value.isoformat() if isinstance(value, date) else value
