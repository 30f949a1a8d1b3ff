"""How a flow is started from a command: in the running Prefect server's sight, or plainly without one."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from uuid import uuid4

from flows.hand_outs import work_off
from flows.holding import holding, take_order
from flows.office import Office
from flows.orders import Parameters, carry_out, order_title, work_on
from flows.server import Server, client_environment, running_server
from flows.stories.step import Outcome, plainly
from models.messages import say

Word = str | int | date | Path


def run_flow(office: Office, name: str, **parameters: Word) -> Outcome:
    """Do what the flow `name` is for (see `flows.orders`) and give its outcome; refusals are raised.

    While a server runs for this home it is a real flow run that shows in the UI, at the same
    simulated day as the office's clock; otherwise the story is told without Prefect.
    """
    given = {key: _public(value) for key, value in parameters.items()}
    server = running_server(office.settings.home)
    if server is not None:
        return _in_prefect(server, office, name, given)
    return work_off(office, carry_out(plainly, office, name, given))


def run_order(office: Office, order: int, name: str, parameters: Parameters) -> Outcome:
    """The same for the order with this number, unless it is done or in other hands: that is said then."""
    server = running_server(office.settings.home)
    if server is not None:
        return _in_prefect(server, office, name, {**parameters, "order": order})
    title = order_title(name, parameters, office.lang)
    held = take_order(office, name, parameters, order=order, claim=str(uuid4()))
    if held is None:
        return Outcome(name.replace("_", "-"), say("up.in_other_hands", office.lang, title=title), [])
    with holding(office, held, title=title):
        return work_off(office, work_on(plainly, office, held))


def _in_prefect(server: Server, office: Office, name: str, given: Parameters) -> Outcome:
    home = office.settings.home.resolve()
    if "prefect" not in sys.modules:
        # Read once, at the import. What a run logs is for the UI: the terminal belongs to the command.
        os.environ.update(client_environment(home, server.api_url))
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
