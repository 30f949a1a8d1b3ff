"""`duban activity`: what took place once and counts for several work items and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import By, read_day, read_person
from commands.show import show_table, whole

if TYPE_CHECKING:
    from tasks.activities import CountedFor, Uses

_HEADINGS = {
    "on": "held_on",
    "title": "activity_title",
    "person": "recorded_by",
    "works": "counted_works",
}

app = typer.Typer(name="activity", help="活动：一次填报，多处使用。 Activities.", no_args_is_help=True)


@app.callback()
def noun() -> None:
    """活动：一次填报，多处使用。 Activities."""


@app.command()
def add(
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(help="活动名称。 What took place.")],
    works: Annotated[
        list[str],
        typer.Option("--for", metavar="编号[:数量]", help="计入的任务，可写多个。 Work items it counts for."),
    ],
    on: Annotated[str, typer.Option("--on", help="开展日期，默认今天。 Day.")] = "",
    words: Annotated[str, typer.Option("--words", help="补充说明。 More words.")] = "",
    finish: Annotated[
        bool, typer.Option("--finish", help="完成的任务一并报结。 Report as done what it completes.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="确是另一次同名活动。 Took place again.")] = False,
    by: By = "",
) -> None:
    """登记一次活动，同时反馈到多项任务。 Record an activity once for several work items."""
    from models.database import unit_of_work
    from tasks.activities import finish_counted, record_activity, uses_of
    from tasks.work import Hand

    desk: Desk = ctx.obj
    counts = [_count(one) for one in works]
    with unit_of_work(desk.engine) as session:
        person = read_person(session, desk, by)
        hand = Hand(
            person,
            desk.clock.now(),
            desk.clock.today(),
            desk.settings.coordinator,
            desk.settings.report_back_days,
        )
        day = read_day(on) or desk.clock.today()
        activity = record_activity(
            session, hand, title=title, on=day, counts=counts, words=words, again=again
        )
        numbers = [number for number, _ in counts]
        done = []
        if finish:
            staff = desk.office.staff(session)
            done = finish_counted(session, hand, numbers, words=activity.title, staff=staff)
        session.flush()
        finished = {one.id: one.state for one in done}
        uses = uses_of(session, activity.id)
        if desk.json:
            desk.print_json(_facts(desk, uses) | {"finished": sorted(finished)})
            return
        desk.tell("activity.recorded", number=activity.id, title=activity.title, on=day, count=len(counts))
        _tell_works(desk, uses.works)
        for number, state in finished.items():
            desk.tell("activity.finished", id=number, state=desk.say(f"state.{state}"))
        _tell_figures(desk, uses)


@app.command("list")
def list_(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="周期，默认今年。 Period.")] = "",
) -> None:
    """列出登记的活动，最近的在前。 List activities, the newest first."""
    from models import periods
    from models.database import reading
    from tasks.activities import activities_in

    desk: Desk = ctx.obj
    within = periods.read_period(period) if period else periods.year(desk.clock.today().year)
    with reading(desk.engine) as session:
        found = activities_in(session, within)
    if desk.json:
        desk.print_json([one._asdict() for one in found])
        return
    rows = [one._asdict() | {"works": "、".join(map(str, one.works))} for one in found]
    show_table(desk, rows, headings=_HEADINGS)


@app.command()
def show(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="活动编号，见 duban activity list。 Activity number.")],
) -> None:
    """显示一次活动计入了哪些任务、哪些统计数字。 Show where an activity counts, and by which rule."""
    from models.database import reading
    from tasks.activities import uses_of

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        uses = uses_of(session, number)
        if desk.json:
            desk.print_json(_facts(desk, uses))
            return
        activity = uses.activity
        desk.tell("activity.show", number=number, title=activity.title)
        at = activity.at.astimezone(desk.clock.zone).strftime("%Y-%m-%d %H:%M")
        desk.tell("activity.show_facts", on=activity.on, person=uses.person, at=at)
        desk.tell("activity.works")
        _tell_works(desk, uses.works)
        _tell_figures(desk, uses)


def _count(words: str) -> tuple[int, float | None]:
    """A work item's number, and the quantity behind a colon. Raises InputError."""
    from models.errors import InputError

    number, colon, quantity = words.replace("：", ":").partition(":")
    try:
        return int(number), float(quantity) if colon else None
    except ValueError as error:
        raise InputError("activity_for", words=words) from error


def _tell_works(desk: Desk, works: tuple[CountedFor, ...]) -> None:
    for one in works:
        done = desk.say(f"state.{one.state}")
        if one.quantity is not None:
            done = desk.say("activity.quantity", quantity=whole(one.quantity), state=done)
        desk.tell(
            "activity.counts_for",
            id=one.id,
            ref=one.ref,
            title=one.title,
            unit=one.unit,
            period=one.period,
            done=done,
        )


def _tell_figures(desk: Desk, uses: Uses) -> None:
    from models.figures import amount, kinds_by_key

    kinds = kinds_by_key()
    if not uses.figures and not uses.later:
        desk.tell("activity.no_figures")
        return
    desk.tell("activity.figures")
    for key, shares in uses.figures.items():
        kind = kinds[key]
        counted = [one for one in shares if one.amount]
        for one in counted:
            rule = one.also.rule(desk.lang) if one.also else kind.own_rule(desk.lang)
            desk.tell(
                "activity.figure", label=kind.label, amount=amount(one.amount), unit=kind.unit, rule=rule
            )
        if not counted:
            desk.tell("activity.figure_known", label=kind.label)
    for key in uses.later:
        desk.tell("activity.figure_later", label=kinds[key].label)


def _facts(desk: Desk, uses: Uses) -> dict[str, object]:
    from models.figures import kinds_by_key

    kinds, activity = kinds_by_key(), uses.activity
    return {
        "number": activity.id,
        "title": activity.title,
        "on": activity.on,
        "at": activity.at.astimezone(desk.clock.zone),
        "person": uses.person,
        "works": [one._asdict() for one in uses.works],
        "figures": [
            {
                "figure": key,
                "label": kinds[key].label,
                "amount": whole(one.amount),
                "work": one.deed.work,
                "rule": one.also.rule(desk.lang) if one.also else kinds[key].own_rule(desk.lang),
            }
            for key, shares in uses.figures.items()
            for one in shares
        ],
        "later": uses.later,
    }
