"""`duban approval code`: who has which approval code, and sending one anew; digits are never shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from commands.approval_acting import Number, office_of
from commands.desk import Desk

if TYPE_CHECKING:
    from tasks.approvals.send_code import Standing


def code(
    ctx: typer.Context,
    number: Number,
    to: Annotated[
        str,
        typer.Option(
            "--as", metavar="姓名或邮箱", help="给谁发一个新的；不填只看情况。 To whom; else only shown."
        ),
    ] = "",
) -> None:
    """看谁有审批码；加 --as 给此人发新码，只发邮件，不显示。 Show approval codes, or mail a new one."""
    desk: Desk = ctx.obj
    _send(desk, number, to) if to else _show(desk, number)


def _show(desk: Desk, number: int) -> None:
    from commands.show import show_table
    from models.database import reading
    from tasks.approvals.guesses import lock_of
    from tasks.approvals.send_code import standings
    from tasks.approvals.store import fetch

    at = desk.clock.now()
    with reading(desk.engine) as session:
        found = standings(session, desk.settings, number, today=desk.clock.today(), at=at)
        locked, title = lock_of(session, number, at), fetch(session, number).title
    rows = [_row(desk, one) for one in found]
    if desk.json:
        desk.print_json({"id": number, "locked_until": locked and _local(desk, locked), "codes": rows})
        return
    show_table(desk, rows, title=desk.say("approval_code.title", id=number, name=title))
    if locked:
        desk.tell("approval_code.locked", until=f"{_local(desk, locked):%Y-%m-%d %H:%M}")


def _row(desk: Desk, one: Standing) -> dict[str, object]:
    state = one.state or "none"
    return {
        "name": one.name,
        "step": one.step_name,
        "code_state": state if desk.json else desk.say(f"code_state.{state}"),
        "code_until": one.expires_at and _local(desk, one.expires_at),
        "code_sent_at": one.sent_at and _local(desk, one.sent_at),
    }


def _send(desk: Desk, number: int, to: str) -> None:
    from commands.options import coordinator_address
    from commands.show import show_outcome
    from flows.follow import follow_decision
    from tasks.approvals.codes import issuer_of
    from tasks.approvals.send_code import send_code
    from tasks.directory import find_person

    office, actor, at = office_of(desk), coordinator_address(desk), desk.clock.now()
    with office.write() as session:
        person = find_person(session, to)
        gate, issued = send_code(
            session, desk.settings, number, person, actor=actor, today=desk.clock.today(), at=at
        )
        name = person.name
    leaves = issuer_of(desk.settings, at).hours.leave(at)
    outcome = follow_decision(office, number)
    if desk.json:
        desk.print_json(
            {
                "id": number,
                "person": name,
                "step": gate.step_name,
                "expires_at": _local(desk, issued.expires_at),
                "leaves_at": _local(desk, leaves),
            }
        )
        return
    until = f"{_local(desk, issued.expires_at):%Y-%m-%d %H:%M}"
    desk.tell("approval_code.sent", id=number, name=name, step=gate.step_name, until=until)
    if leaves > at:
        desk.tell("approval_code.leaves", at=f"{_local(desk, leaves):%Y-%m-%d %H:%M}")
    if outcome is not None:
        show_outcome(desk, outcome)


def _local(desk: Desk, at: datetime) -> datetime:
    return at.astimezone(desk.clock.zone)
