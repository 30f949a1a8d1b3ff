"""`duban status`: how everything is doing, in one screen."""

from __future__ import annotations

import typer

from commands.desk import Desk


def status(ctx: typer.Context) -> None:
    """一屏看清运行情况：服务、督办、邮件、待审批、未办成的流程。 How everything is doing."""
    from commands.checks.running import look_around
    from commands.checks.table import tell_checks
    from flows.server import rehearsed_day
    from models.periods import read_day

    desk: Desk = ctx.obj
    day = rehearsed_day(desk.home)
    if day and not desk.clock.fixed:
        # What `duban up` rehearses is measured by the day that it rehearses.
        desk.clock = desk.clock.at(read_day(day))
    tell_checks(desk, look_around(desk), section="status")
