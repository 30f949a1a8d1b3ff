"""`duban audit`: prove that the record was not changed."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.desk import Desk

app = typer.Typer(name="audit", help="事件台账。 The event log.", no_args_is_help=True)


@app.callback()
def noun() -> None:
    """事件台账。 The event log."""


@app.command()
def verify(
    ctx: typer.Context,
    head: Annotated[
        str, typer.Option("--head", help="另存的台账指纹；不在链上说明末尾被截断。 A head kept elsewhere.")
    ] = "",
) -> None:
    """逐条核对台账，指出第一条不符的记录；再重演每件审批，核对每次亮灯。 Walk the chain, replay approvals."""
    from sqlalchemy import select

    from models.database import reading
    from models.errors import RefusedError
    from models.journal import verify as walk
    from models.tables import Event
    from tasks.approvals.rebuild import check
    from tasks.sweep.fingerprint import check as check_lights

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        verdict = walk(session)
        differing = check(session) if verdict.broken_at is None else []
        lights = check_lights(session) if verdict.broken_at is None else []
        known = not head or session.scalar(select(Event.id).where(Event.hash == head)) is not None
    if desk.json:
        found = {"head_known": known, "approvals_differing": differing, "lights_differing": lights}
        desk.print_json(vars(verdict) | found)
    if verdict.broken_at is not None:
        why = desk.say(f"audit.{verdict.why}")
        raise RefusedError("audit_broken", event=verdict.broken_at, why=why, good=verdict.count)
    if not known:
        raise RefusedError("audit_truncated", head=head, count=verdict.count)
    if differing:
        raise RefusedError("audit_approvals", numbers="、".join(map(str, differing)))
    if lights:
        raise RefusedError("audit_lights", numbers="、".join(map(str, lights)))
    if not desk.json:
        desk.tell("audit.fits", count=verdict.count, head=verdict.head)


@app.command()
def log(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", help="最近几条。 The last ones.")] = 30,
) -> None:
    """列出最近的事件。 List the latest events."""
    from sqlalchemy import select

    from commands.show import show_table
    from models.database import reading
    from models.tables import Event

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        found = session.scalars(select(Event).order_by(Event.id.desc()).limit(limit)).all()
    rows = [
        {
            "event": one.id,
            "at": one.at.astimezone(desk.clock.zone),
            "actor": one.actor,
            "verb": one.verb,
            "subject": f"{one.subject} {one.subject_id or ''}".strip(),
            "payload": one.payload,
        }
        for one in reversed(found)
    ]
    show_table(desk, rows)
