"""The timetable is registered at the Prefect server, in a process of its own: that takes Prefect itself."""

from __future__ import annotations

from threading import Event

from flows.api import Api
from flows.leash import start_child, stop_children
from flows.office import Office
from flows.server import client_environment, part_log
from flows.timetable import flow_names
from models.errors import UnavailableError
from models.settings import Settings

#: How often is looked whether it is done, in seconds.
LOOK_EVERY = 0.1


def register(settings: Settings, api_url: str, stopped: Event, *, as_of: str = "") -> None:
    """Register everything, unless `stopped` meanwhile; `as_of` is the day that is simulated.

    Raises UnavailableError where it fails.
    """
    home, log = settings.home.resolve(), part_log(settings, "deploy")
    words = (str(home), *filter(None, (as_of,)))
    child = start_child("flows.deploy", *words, environ=client_environment(home, api_url), log=log)
    while child.poll() is None and not stopped.wait(LOOK_EVERY):
        """It takes some seconds."""
    failed = bool(child.poll())
    stop_children([child])
    if failed and not stopped.is_set():
        raise UnavailableError("up_deploy_failed", log=log)


def register_lost(office: Office, api: Api, stopped: Event) -> bool:
    """Register everything anew where the server knows it no more, as after the loss of its database.

    Gives whether it was lost. Raises what `register` raises.
    """
    if api.knows(flow_names()):
        return False
    as_of = office.clock.today().isoformat() if office.clock.fixed else ""
    register(office.settings, api.url, stopped, as_of=as_of)
    return True
