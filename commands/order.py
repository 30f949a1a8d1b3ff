"""`duban order`: the runs that are owed, under way or given up; do those again, or drop them."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.desk import Desk

app = typer.Typer(
    name="order",
    help="查看待办、在办、未办成的流程，重办或撤下未办成的。 Runs that are owed, under way or given up.",
    no_args_is_help=True,
)


@app.command("list")
def list_(
    ctx: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="包括已办成和已撤下的。 Also what is done or dropped.")
    ] = False,
) -> None:
    """列出没有办成的流程。 What is not done."""
    from commands.show import show_table
    from flows.orders import order_title
    from models.database import reading
    from tasks.orders import list_orders

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        found = list_orders(session, every=every)
    zone = desk.clock.zone
    # A table would read a `state` as that of a work item.
    state = "state" if desk.json else "order_state"
    rows: list[dict[str, object]] = [
        {
            "id": one.id,
            "flow": order_title(one.flow, one.parameters, desk.lang),
            state: desk.say(f"order_state.{one.state}"),
            "at": f"{one.created_at.astimezone(zone):%m-%d %H:%M}",
            "reason": one.error,
        }
        for one in found
    ]
    show_table(desk, rows)


@app.command()
def retry(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="编号，见 duban order list。 Its number.")],
) -> None:
    """重办一项没有办成的流程；服务运行时由后台接办，否则当即办理。 Do again what was given up."""
    from commands.show import show_outcome
    from flows.follow import do_order
    from models.errors import NotFoundError
    from tasks.orders import reorder

    desk: Desk = ctx.obj
    with desk.office.write() as session:
        if not reorder(session, number, at=desk.settings.clock().now()):
            raise NotFoundError("order_unknown", number=number)
    show_outcome(desk, do_order(desk.office, number))


@app.command()
def drop(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="编号，见 duban order list。 Its number.")],
) -> None:
    """撤下一项没有办成、也不必再办的流程，如填错的表单。 Nobody wants any more what was given up."""
    from flows.orders import order_title
    from models.errors import NotFoundError
    from tasks.orders import drop as drop_order
    from tasks.orders import find_order

    desk: Desk = ctx.obj
    with desk.office.write() as session:
        order = find_order(session, number)
        if order is None or not drop_order(session, number, at=desk.settings.clock().now()):
            raise NotFoundError("order_undroppable", number=number)
    title = order_title(order.flow, order.parameters, desk.lang)
    desk.tell("order.dropped", title=title, number=number)
