"""`duban mail digest|preference|ledger`: what a person will be told, how, and what was spared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import By

if TYPE_CHECKING:
    from models.tables import MailPreference

Name = Annotated[str, typer.Argument(metavar="姓名或邮箱", help="谁的。 Whose.")]


def digest(
    ctx: typer.Context,
    name: Name,
    day: Annotated[
        str, typer.Option("--day", metavar="YYYY-MM-DD", help="按这一天看，默认今天。 As of this day.")
    ] = "",
) -> None:
    """预览某人的下一封每日摘要；只看不发。 Show what a person's next digest would say."""
    from commands.options import read_day
    from models.database import reading
    from notifications.digest import next_digest
    from notifications.letters import render
    from tasks.directory import find_person

    desk: Desk = ctx.obj
    today = read_day(day) or desk.clock.today()
    clock = desk.clock.at(today) if day else desk.clock
    with reading(desk.engine) as session:
        person = find_person(session, name)
        facts = next_digest(session, desk.settings, at=clock.now(), today=today, person_id=person.id)
    letter = render("digest", desk.settings.lang, facts) if facts else None
    if desk.json:
        shown = vars(letter) if letter else {}
        desk.print_json({"name": person.name, "day": today.isoformat(), **shown})
    elif letter is None:
        desk.tell("digest_command.nothing", name=person.name)
    else:
        desk.console.print(letter.subject, markup=False, style="bold", soft_wrap=True)
        desk.console.print(letter.text, markup=False, soft_wrap=True)


def preference(
    ctx: typer.Context,
    name: Name,
    at: Annotated[
        str | None, typer.Option("--at", metavar="HH:MM", help="摘要时间，如 09:00。 Hour of the digest.")
    ] = None,
    weekly: Annotated[
        str, typer.Option("--weekly", metavar="周几", help="每周一封，如 周一 或 1。 Once a week.")
    ] = "",
    daily: Annotated[bool, typer.Option("--daily", help="每个工作日一封。 Every workday.")] = False,
    budget: Annotated[
        int | None, typer.Option("--budget", min=0, help="每周最多几封，0 为不限。 Mails a week at most.")
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="恢复统一设置。 As for everybody.")] = False,
    by: By = "",
) -> None:
    """查看或设置某人的收信时间、频次和每周限额。 Show or set how a person gets mail."""
    from commands.options import read_person
    from models.database import unit_of_work
    from models.errors import InputError
    from models.tables import MailPreference
    from notifications.preference import read_weekday, set_preference
    from tasks.directory import find_coordinator, find_person

    desk: Desk = ctx.obj
    if sum((bool(weekly), daily, default)) > 1:
        raise InputError("preference_contradicts")
    changes = at is not None or bool(weekly) or daily or budget is not None or default
    with unit_of_work(desk.engine) as session:
        person = find_person(session, name)
        wish = session.get(MailPreference, person.id)
        if changes:
            wish = set_preference(
                session,
                person,
                desk.settings,
                by=read_person(session, desk, by),
                coordinator=find_coordinator(session, desk.settings.coordinator),
                at=desk.clock.now(),
                hour=at,
                weekday=read_weekday(weekly) if weekly else None,
                daily=daily,
                budget=budget,
                forget=default,
            )
    _show_preference(desk, person.name, wish)


def ledger(
    ctx: typer.Context,
    period: Annotated[
        str, typer.Option("--period", metavar="期间", help="如 2026-H1、2026-03；默认今年。 A period.")
    ] = "",
) -> None:
    """减负账本：发了多少、合并多少、少发多少，附可引用的一段话。 What was sent, merged and spared."""
    from commands.show import show_table
    from models.database import reading
    from models.periods import read_period
    from notifications.ledger import read_ledger

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        today = desk.clock.today()
        found = read_ledger(session, desk.settings, read_period(period or str(today.year)), today=today)
    texts = {"paragraph": found.paragraph(desk.lang), "sources": found.sources(desk.lang)}
    if desk.json:
        desk.print_json({**found.numbers(), **texts})
        return
    rows: list[dict[str, object]] = [
        vars(one) | {"letter": desk.say(f"letter.{one.letter}")} for one in found.letters
    ]
    total = {"sent": found.sent, "merged": found.told, "dropped": found.dropped}
    show_table(
        desk,
        [*rows, {"letter": desk.say("mail_ledger.total"), **total}],
        title=desk.say("mail_ledger.title", **found.span(desk.lang)),
    )
    for text in texts.values():
        desk.console.print(text, markup=False, soft_wrap=True)


def _show_preference(desk: Desk, name: str, wish: MailPreference | None) -> None:
    settings = desk.settings
    hour = (wish.digest_at if wish else "") or settings.digest_at
    weekday = wish.weekday if wish else None
    own = wish.budget if wish else None
    budget = settings.mail_budget if own is None else own
    if desk.json:
        desk.print_json({"name": name, "digest_at": hour, "weekday": weekday, "budget": budget})
        return
    day = desk.say(f"weekday.{weekday}") if weekday else ""
    rhythm = desk.say("digest_command.weekly", day=day) if weekday else desk.say("digest_command.daily")
    most = desk.say("digest_command.budget_some", count=budget) if budget else ""
    desk.tell("digest_command.title", name=name)
    shown = {"hour": hour, "rhythm": rhythm, "budget": most or desk.say("digest_command.budget_none")}
    for key, value in shown.items():
        fact = desk.say("show.fact", name=desk.say(f"digest_command.{key}"), value=value)
        desk.console.print(f"  {fact}", markup=False, soft_wrap=True)
