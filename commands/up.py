"""`duban up`: everything runs: the Prefect server with its UI, workers, the relay of events, the mail."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import time
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from flows.server import Server

Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="界面的端口；被占用时另选一个。 Port of the UI.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="PART",
        help="只启动这些部分，可重复：server、worker、relay、mail、shelf。 Only these parts.",
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="办理进程数。 Worker processes.")]


def up(ctx: typer.Context, port: Port = 4200, only: Only = None, workers: Workers = 1) -> None:
    """启动全部服务并保持运行；按 Ctrl-C 停止。 Run everything, keep it going; Ctrl-C stops."""
    from flows.upkeep import PARTS, Upkeep

    desk: Desk = ctx.obj
    parts = [part for part in PARTS if part in (only or PARTS)]
    if wrong := set(only or ()) - set(PARTS):
        raise typer.BadParameter(desk.say("up.no_such_part", part="、".join(wrong), parts="、".join(PARTS)))
    desk.engine.dispose()
    with _told_to_stop() as stopped:
        as_of = desk.clock.today().isoformat() if desk.clock.fixed else ""
        upkeep = Upkeep(desk.settings, parts, workers, port, _teller(desk), as_of)
        desk.tell("up.starting")
        upkeep.run(stopped, lambda server: _tell_ready(desk, server, parts))
    desk.tell("up.stopped")


@contextmanager
def _told_to_stop() -> Generator[Event]:
    """Set on Ctrl-C or a SIGTERM; the way it was before is restored afterwards."""
    stopped = Event()

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signal module's form
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _teller(desk: Desk) -> Callable[..., None]:
    """Says what happens to a part, with the time of day."""

    def tell(key: str, *, part: str, **facts: object) -> None:
        kind, _, number = part.partition("-")
        named = desk.say(f"up_part.{kind}") + (f" {number}" if number else "")
        # Parts die at the machine's time, whatever day is rehearsed.
        now = desk.settings.clock().now().astimezone(desk.clock.zone)
        desk.tell(f"up.{key}", time=f"{now:%H:%M:%S}", part=named, **facts)

    return tell


def _tell_ready(desk: Desk, server: Server, parts: list[str]) -> None:
    from flows.links import ui_address
    from flows.timetable import TIMETABLE

    ui = ui_address(desk.settings) or server.ui_url
    if desk.json:
        desk.print_json(
            {"ui": ui, "api": server.api_url, "home": str(desk.home), "parts": dict(server.parts)}
        )
    desk.tell("up.ready", url=ui)
    if "worker" in parts:
        desk.tell("up.cockpit", url=f"{ui}{_front_path(desk, server)}")
    desk.tell("up.home", home=desk.home, logs=desk.home / "logs")
    for part in parts:
        desk.tell(
            "up.part", part=desk.say(f"up_part.{part}"), does=desk.say(f"up_does.{part}", **_facts(desk))
        )
    if "worker" in parts:
        desk.tell("up.timetable", timezone=desk.settings.timezone)
        for entry in TIMETABLE:
            when = desk.say(f"timetable.{entry.name}")
            desk.tell("up.line", flow=desk.say(f"flow.{entry.name}"), when=when)
    if desk.clock.fixed and "relay" in parts:
        _rehearse(desk)
    desk.tell("up.how_to_stop")


def _rehearse(desk: Desk) -> None:
    """The timetable follows the machine's clock: what the rehearsed day owes is ordered here."""
    from flows.catch_up import place_missed

    place_missed(desk.office, since=time.min)
    desk.engine.dispose()
    desk.tell("up.rehearses", day=desk.clock.today().isoformat())


def _front_path(desk: Desk, server: Server) -> str:
    """The cockpit's front page itself; the list of its versions as long as there is none."""
    from flows.api import Api
    from flows.links import api_address
    from flows.stories.cockpit import FRONT_KEY, FRONT_PATH
    from models.errors import UnavailableError

    wanted = {"artifacts": {"key": {"any_": [FRONT_KEY]}}}
    with suppress(UnavailableError):
        api = Api(server.api_url if server.port else api_address(desk.settings))
        for one in api.post("/artifacts/latest/filter", wanted):
            return f"/artifacts/artifact/{one['latest_id']}"
    return FRONT_PATH


def _facts(desk: Desk) -> dict[str, object]:
    from notifications.channel import mailbox_directory, read_channel

    box = mailbox_directory(desk.settings.smtp)
    way = desk.say("up.built_in_mailbox", directory=box) if box else read_channel(desk.settings.smtp).name
    return {"way": way}
