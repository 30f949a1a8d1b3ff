"""`duban up`: everything runs: the Prefect server with its UI, and the flows at their times."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from flows.server import Server

Port = Annotated[int, typer.Option("--port", help="界面的端口；被占用时另选一个。 Port of the UI.")]


def up(ctx: typer.Context, port: Port = 4200) -> None:
    """启动全部服务：网页界面和定时流程；按 Ctrl-C 停止。 Run the server, its UI and the schedules."""
    from flows.server import prefect_server, running_server
    from models.errors import RefusedError, UnavailableError

    desk: Desk = ctx.obj
    desk.engine.dispose()
    if running := running_server(desk.home):
        raise RefusedError("up_already", url=running.ui_url, pid=running.started_by)
    desk.tell("up.starting")
    stopped = ""
    with _until_told_to_stop(), prefect_server(desk.home, port) as server, _flows(desk, server):
        _tell_ready(desk, server)
        stopped = _first_to_stop(server)
    if stopped:
        raise UnavailableError("up_stopped", part=desk.say(f"up.{stopped}"), log=desk.home / "logs")
    desk.tell("up.stopped")


@contextmanager
def _until_told_to_stop() -> Generator[None]:
    """Leave the block on Ctrl-C or a SIGTERM; while it is being left, further ones are not heard."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signal module's form
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _flows(desk: Desk, server: Server) -> Generator[None]:
    """The timetable, served in a child process."""
    from flows.leash import start_child, stop_child
    from flows.server import prefect_environment

    environ = prefect_environment(desk.home, server)
    child = start_child(
        "flows.serve", str(desk.home.resolve()), environ=environ, log=desk.home / "logs" / "flows.log"
    )
    try:
        yield
    finally:
        desk.tell("up.stopping")
        stop_child(child)


def _tell_ready(desk: Desk, server: Server) -> None:
    from flows.timetable import TIMETABLE

    if desk.json:
        desk.print_json({"ui": server.ui_url, "api": server.api_url, "home": str(desk.home)})
    desk.tell("up.ready", url=server.ui_url)
    desk.tell("up.home", home=desk.home, logs=desk.home / "logs")
    desk.tell("up.timetable", timezone=desk.settings.timezone)
    for entry in TIMETABLE:
        desk.tell("up.line", flow=desk.say(f"flow.{entry.name}"), when=desk.say(f"timetable.{entry.name}"))
    desk.tell("up.how_to_stop")


def _first_to_stop(server: Server) -> str:
    """Which part stopped by itself; there is no other way out than that and a signal."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    return "server" if ended is not None and ended.si_pid == server.pid else "flows"
