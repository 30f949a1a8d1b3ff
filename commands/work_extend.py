"""`duban work extend`: ask for a later due date, or take the request back."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.desk import Desk
from commands.options import By
from commands.work_acting import Number


def extend(
    ctx: typer.Context,
    number: Number,
    until: Annotated[str, typer.Option("--until", metavar="日期", help="申请的新期限。 New date.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="延期原因。 Why.")] = "",
    progress: Annotated[str, typer.Option("--progress", help="目前进展。 How far it is.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="撤回申请。 Take it back.")] = False,
    by: By = "",
) -> None:
    """申请延期，由单位负责人签署、分管领导决定；--withdraw 撤回。 Ask for a later due date."""
    from commands.options import read_day
    from commands.work_acting import read_hand
    from models.database import unit_of_work
    from models.errors import InputError
    from tasks.approvals.subject import approval_of
    from tasks.extend import ask_extension, withdraw_extension

    desk: Desk = ctx.obj
    day = read_day(until)
    if withdraw == (day is not None):
        raise InputError("extension_what")
    with unit_of_work(desk.engine) as session:
        hand, staff = read_hand(session, desk, by), desk.office.staff(session)
        if day is None:
            extension = withdraw_extension(session, number, hand, staff=staff)
        else:
            extension = ask_extension(
                session, number, hand, until=day, reason=reason, progress=progress, staff=staff
            )
        facts = {
            "id": number,
            "extension": extension.id,
            "state": extension.state,
            "due": extension.from_due_on,
            "until": extension.to_due_on,
            "late": extension.late,
            "approval": approval_of(session, "extension", extension.id),
        }
    if desk.json:
        desk.print_json(facts)
    elif withdraw:
        desk.tell("extension.withdrawn", **facts)
    else:
        desk.tell("extension.asked_late" if extension.late else "extension.asked", **facts)
        if day != extension.to_due_on:
            desk.tell("extension.moved", asked=day, until=extension.to_due_on)
