"""`duban mail`: send what is owed, see what became of it, read the built-in mailbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import mail_care, mail_digest
from commands.desk import Desk

if TYPE_CHECKING:
    from notifications.mailbox import Mail
    from notifications.telling import Skipped

app = typer.Typer(name="mail", help="邮件通知。 Mail.", no_args_is_help=True)

#: How many people who were not told are named on the terminal.
_NAMED = 10


@app.callback()
def noun() -> None:
    """邮件通知。 Mail."""


@app.command()
def send(ctx: typer.Context) -> None:
    """生成并发送通知。 Write the notices that are due and send them."""
    from notifications.audience import tell_on
    from notifications.post import deliver
    from notifications.reasons import words

    desk: Desk = ctx.obj
    told = tell_on(desk.engine, desk.settings, at=desk.clock.now(), today=desk.clock.today())
    done = deliver(desk.engine, desk.settings, clock=desk.clock)
    trouble = words(done.trouble, desk.lang) if done.trouble else ""
    until = done.rests_until.astimezone(desk.clock.zone) if done.rests_until else None
    counts = {"sent": done.sent, "deferred": done.deferred, "parked": done.parked}
    if desk.json:
        skipped = [vars(one) for one in told.skipped]
        desk.print_json(
            {"notices": told.notices, **counts, "trouble": trouble, "skipped": skipped}
            | {"rests_until": until}
        )
    else:
        desk.tell("mail.told", notices=told.notices, **counts)
        _show_skipped(desk, told.skipped)
    if trouble:
        typer.echo(desk.say("mail.trouble", reason=trouble), err=True)
        if until:
            typer.echo(desk.say("mail.rests", until=f"{until:%m-%d %H:%M:%S}"), err=True)
        raise typer.Exit(1)


@app.command()
def status(ctx: typer.Context) -> None:
    """查看发件箱、邮件服务器和退信。 What waits, was sent or is parked; the server; dead addresses."""
    from commands.show import show_table
    from models.database import reading
    from notifications.blocked import suppressed
    from notifications.circuit import all_standing
    from notifications.outbox import count_by_letter, parked
    from notifications.reasons import words

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        counts = [vars(one) for one in count_by_letter(session)]
        stuck = [vars(one) | {"reason": words(one.reason, desk.lang)} for one in parked(session)]
        zone = desk.clock.zone
        servers = [
            vars(one)
            | {"trouble": words(one.trouble, desk.lang), "open_until": one.open_until.astimezone(zone)}
            for one in all_standing(session)
        ]
        blocked = [{"email": address, "reason": why} for address, why in suppressed(session).items()]
    if desk.json:
        desk.print_json({"letters": counts, "parked": stuck, "servers": servers, "blocked": blocked})
        return
    for one in servers:
        _show_server(desk, one)
    if counts:
        _show_counts(desk, counts)
    else:
        desk.tell("mail.empty")
    if stuck:
        rows = [row | {"letter": desk.say(f"letter.{row['letter']}")} for row in stuck]
        show_table(desk, rows, title=desk.say("mail.parked_title"))
        desk.tell("mail.how_to_retry")
    if blocked:
        show_table(desk, blocked, title=desk.say("mail.blocked_title"))


@app.command()
def test(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="邮箱", help="发往哪个邮箱。 Where to send it.")],
) -> None:
    """立即发送一封测试邮件。 Send a test mail right now."""
    from models.database import reading, unit_of_work
    from notifications.channel import mailbox_directory
    from notifications.circuit import recover
    from notifications.post import send_test

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        server = send_test(session, desk.settings, address, clock=desk.clock)
    with unit_of_work(desk.engine) as session:
        recover(session, server, at=desk.clock.now())
    if desk.json:
        desk.print_json({"address": address, "server": server})
    else:
        inside = mailbox_directory(desk.settings.smtp) is not None
        desk.tell("mail.tested_inside" if inside else "mail.tested", address=address, server=server)


@app.command("list")
def list_(
    ctx: typer.Context,
    to: Annotated[
        str, typer.Option("--to", metavar="邮箱", help="只看发给某个邮箱的。 To this address.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多显示多少封。 Most mails.")] = 50,
) -> None:
    """列出内置信箱收到的邮件，新的在前。 List the built-in mailbox, newest first."""
    from commands.show import show_table
    from notifications.mailbox import count_mailbox, read_mailbox

    desk: Desk = ctx.obj
    directory = _mailbox(desk)
    mails = read_mailbox(directory, to=to, limit=limit)
    lines = [_line(desk, mail) for mail in mails]
    if desk.json:
        desk.print_json(lines)
        return
    if not mails:
        desk.tell("mail.mailbox_empty")
        return
    show_table(desk, [{key: value for key, value in line.items() if key != "sender"} for line in lines])
    desk.tell("mail.listed", count=count_mailbox(directory), shown=len(mails))


@app.command()
def read(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="序号", help="序号，见 duban mail list。 Its number.")],
) -> None:
    """阅读内置信箱的一封邮件。 Read one mail of the built-in mailbox."""
    from notifications.mailbox import read_mail

    desk: Desk = ctx.obj
    content = read_mail(_mailbox(desk), number)
    line = _line(desk, content.mail)
    if desk.json:
        desk.print_json(line | {"text": content.text, "files": list(content.files)})
        return
    heads = {"from": line["sender"], "to": line["to"], "date": line["date"], "subject": line["subject_line"]}
    for key, value in heads.items():
        desk.console.print(
            desk.say("show.fact", name=desk.say(f"mail.{key}"), value=value), markup=False, soft_wrap=True
        )
    if content.files:
        named = "、".join(content.files)
        desk.console.print(
            desk.say("show.fact", name=desk.say("mail.files"), value=named), markup=False, soft_wrap=True
        )
    desk.console.print()
    desk.console.print(content.text, markup=False, soft_wrap=True)


@app.command()
def preview(
    ctx: typer.Context,
    letter: Annotated[
        str, typer.Argument(metavar="通知", help="如 assigned、overdue；all 为全部。 Which letter.")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="目录", help="写成文件，而不是显示。 Write files.")
    ] = None,
) -> None:
    """用虚构的数据预览一种通知。 Show a letter filled with invented facts."""
    from models.errors import NotFoundError
    from notifications.letters import render
    from notifications.samples import SAMPLES

    desk: Desk = ctx.obj
    chosen = list(SAMPLES) if letter == "all" else [letter]
    if letter not in {"all", *SAMPLES}:
        raise NotFoundError("letter_unknown", letter=letter, known=", ".join(SAMPLES))
    rendered = {name: render(name, desk.lang, SAMPLES[name]) for name in chosen}
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        for name, one in rendered.items():
            (to / f"{name}.html").write_text(one.html, "utf-8")
            (to / f"{name}.txt").write_text(f"{one.subject}\n\n{one.text}", "utf-8")
        desk.tell("mail.written", count=2 * len(rendered), directory=to)
    if desk.json:
        desk.print_json({name: vars(one) for name, one in rendered.items()})
    elif to is None:
        for one in rendered.values():
            desk.console.print(one.subject, markup=False, style="bold", soft_wrap=True)
            desk.console.print(one.text, markup=False, soft_wrap=True)


for verb in (
    mail_care.retry,
    mail_care.bounces,
    mail_care.unblock,
    mail_digest.digest,
    mail_digest.preference,
    mail_digest.ledger,
):
    app.command()(verb)


def _show_counts(desk: Desk, counts: list[dict[str, Any]]) -> None:
    from commands.show import show_table

    total = {key: sum(row[key] for row in counts) for key in counts[0] if key != "letter"}
    named = [row | {"letter": desk.say(f"letter.{row['letter']}")} for row in counts]
    rows = [*named, {"letter": desk.say("mail.total"), **total}]
    show_table(desk, rows, title=desk.say("mail.status_title"))


def _show_server(desk: Desk, server: dict[str, Any]) -> None:
    until = server["open_until"]
    facts = {"server": server["server"], "failures": server["failures"], "reason": server["trouble"]}
    desk.tell("mail.server_rests", until=f"{until:%m-%d %H:%M:%S}", **facts)


def _show_skipped(desk: Desk, skipped: tuple[Skipped, ...]) -> None:
    for one in skipped[:_NAMED]:
        reason, letter = desk.say(f"mail.skip_{one.reason}"), desk.say(f"letter.{one.letter}")
        desk.tell("mail.skipped", name=one.name, letter=letter, reason=reason)
    if len(skipped) > _NAMED:
        desk.tell("mail.skipped_more", count=len(skipped) - _NAMED)


def _mailbox(desk: Desk) -> Path:
    """The built-in mailbox. Raises NotFoundError where an external server is in use."""
    from models.errors import NotFoundError
    from notifications.channel import mailbox_directory

    directory = mailbox_directory(desk.settings.smtp)
    if directory is None:
        raise NotFoundError("mail_no_mailbox")
    return directory


def _line(desk: Desk, mail: Mail) -> dict[str, object]:
    at = mail.date.astimezone(desk.clock.zone).isoformat(sep=" ", timespec="minutes") if mail.date else ""
    return {
        "number": mail.number,
        "date": at,
        "to": mail.to,
        "sender": mail.sender,
        "subject_line": mail.subject,
    }
