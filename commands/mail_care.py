"""`duban mail retry|bounces|unblock`: what the coordinator does when mail does not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import By

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


def retry(
    ctx: typer.Context,
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="[序号]...", help="停发通知的序号，见 mail status。 Notices."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="全部停发和推迟的通知。 All of them.")] = False,
    letter: Annotated[
        str, typer.Option("--letter", metavar="通知", help="某一种通知，如 overdue。 One kind of letter.")
    ] = "",
    by: By = "",
) -> None:
    """重新投递停发、推迟的通知，并立即恢复使用邮件服务器。 Put notices back, use the server again."""
    from commands.options import read_person
    from models.database import unit_of_work
    from models.errors import InputError
    from models.journal import Fact, record
    from notifications import circuit, outbox

    desk: Desk = ctx.obj
    if not (numbers or every or letter):
        raise InputError("retry_what")
    at = desk.clock.now()
    with unit_of_work(desk.engine) as session:
        actor = read_person(session, desk, by).email
        back = outbox.put_back(session, *_which(session, numbers or [], letter), at=at)
        servers = [
            one.server
            for one in circuit.all_standing(session)
            if circuit.recover(session, one.server, at=at, actor=actor)
        ]
        if back:
            payload = {"count": len(back), "letter": letter, "notices": back[:100]}
            record(session, [Fact("mail.retried", "mail", None, actor, payload)], at=at)
    stayed = [one for one in numbers or [] if one not in back]
    if desk.json:
        desk.print_json({"notices": back, "not_stuck": stayed, "servers": servers})
        return
    desk.tell("mail.put_back", count=len(back))
    if stayed:
        desk.tell("mail.not_stuck", numbers="、".join(map(str, stayed)))
    for server in servers:
        desk.tell("mail.server_again", server=server)


def bounces(
    ctx: typer.Context,
    read: Annotated[
        bool, typer.Option("--read", help="先到退信信箱收取。 Read the mailbox of returns first.")
    ] = False,
) -> None:
    """查看退信：哪些邮箱收不到信，原因，是否已停发。 Addresses from which mail came back."""
    from commands.show import show_table
    from models.database import reading
    from notifications.bounces import read_bounces, troubles
    from notifications.reasons import words

    desk: Desk = ctx.obj
    got = read_bounces(desk.engine, desk.settings, clock=desk.clock) if read else None
    with reading(desk.engine) as session:
        found = troubles(session)
    rows: list[dict[str, object]] = [
        {
            "email": one.address,
            "blocked": one.suppressed,
            "status_code": one.status,
            "count": one.count,
            "last_at": one.last_at.astimezone(desk.clock.zone),
            "reason": one.words,
        }
        for one in found
    ]
    if desk.json:
        desk.print_json({"addresses": rows, "read": vars(got) if got else None})
    else:
        if got:
            desk.tell("mail.returns_read", reports=got.reports, replies=got.replies, aside=got.aside)
        shown = [
            row | {"blocked": desk.say(f"mail.blocked_{'yes' if row['blocked'] else 'no'}")} for row in rows
        ]
        if shown:
            show_table(desk, shown, title=desk.say("mail.bounces_title"))
        else:
            desk.tell("mail.no_bounces")
    if got and got.trouble:
        typer.echo(words(got.trouble, desk.lang), err=True)
        raise typer.Exit(1)


def unblock(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="邮箱", help="已核实可用的邮箱。 An address that works.")],
    by: By = "",
) -> None:
    """恢复向某邮箱发信，为其停发的通知重新投递。 Send to an address again, also what was kept back."""
    from commands.options import read_person
    from models.database import unit_of_work
    from notifications.bounces import unblock as clear

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        actor = read_person(session, desk, by).email
        back = clear(session, address, at=desk.clock.now(), actor=actor)
    if desk.json:
        desk.print_json({"address": address, "notices": back})
    else:
        desk.tell("mail.unblocked", address=address, count=len(back))


def _which(session: Session, numbers: list[int], letter: str) -> list[ColumnElement[bool]]:
    """The notices meant. Raises NotFoundError for numbers and letters that there are not."""
    from sqlalchemy import select

    from models.errors import NotFoundError
    from models.tables import Notice

    meant: list[ColumnElement[bool]] = []
    if numbers:
        known = set(session.scalars(select(Notice.id).where(Notice.id.in_(numbers))))
        missing = [one for one in numbers if one not in known]
        if missing:
            raise NotFoundError("notice_not_found", numbers="、".join(map(str, missing)))
        meant.append(Notice.id.in_(numbers))
    if letter:
        if session.scalar(select(Notice.id).where(Notice.letter == letter).limit(1)) is None:
            used = session.scalars(select(Notice.letter).distinct().order_by(Notice.letter))
            raise NotFoundError("letter_unknown", letter=letter, known=", ".join(used))
        meant.append(Notice.letter == letter)
    return meant
