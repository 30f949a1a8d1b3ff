"""`duban tick`: one day's supervision."""

from __future__ import annotations

import typer

from commands.desk import Desk


def tick(ctx: typer.Context) -> None:
    """办理一天的督办：亮灯、提醒、催办、发信。 Do one day's supervision."""
    from commands.show import show_outcome
    from flows.office import Office
    from flows.run import run_flow

    desk: Desk = ctx.obj
    office = Office(desk.settings, desk.engine, desk.clock, desk.lang)
    show_outcome(desk, run_flow(office, "daily_supervision", day=desk.clock.today()))
