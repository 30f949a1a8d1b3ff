"""Where people open what Prefect shows: addresses for mails, logs and artifacts."""

from __future__ import annotations

from flows.server import running_server
from models.errors import UnavailableError
from models.settings import Settings


def ui_address(settings: Settings) -> str:
    """Where the UI is opened: as the settings say, else where `duban up` serves it; empty without either."""
    if settings.ui_url or settings.prefect_url:
        return (settings.ui_url or settings.prefect_url.removesuffix("/api")).rstrip("/")
    server = running_server(settings.home)
    return server.ui_url if server else ""


def api_address(settings: Settings) -> str:
    """Where programs reach Prefect: the server that others run, else the home's own.

    Raises UnavailableError where there is none.
    """
    server = None if settings.prefect_url else running_server(settings.home)
    if not settings.prefect_url and server is None:
        raise UnavailableError("prefect_url_missing")
    return settings.prefect_url.rstrip("/") if server is None else server.api_url


def run_page(settings: Settings, run: str) -> str:
    """The page of a flow run; empty where nobody serves the UI."""
    ui = ui_address(settings)
    return f"{ui}/runs/flow-run/{run}" if ui and run else ""
