"""`duban deploy`: register the flows at a Prefect server that others run."""

from __future__ import annotations

import os

import typer

from commands.desk import Desk


def deploy(ctx: typer.Context) -> None:
    """向 Prefect 服务登记全部流程、时间和触发；再次运行即更新。 Register flows, schedules, triggers."""
    from flows.links import api_address
    from flows.server import client_environment

    desk: Desk = ctx.obj
    url = api_address(desk.settings)
    # Prefect reads them when it is imported.
    os.environ.update(client_environment(desk.home, url))
    from flows.deploy import deploy_alone

    names = deploy_alone(str(desk.home), desk.clock.today().isoformat() if desk.clock.fixed else "")
    if desk.json:
        desk.print_json({"api": url, "deployments": names})
    else:
        desk.tell("up.deployed", count=len(names), url=url, names="、".join(names))
