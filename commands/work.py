"""`duban work`: work items, on behalf of a named person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from commands import work_extend, work_feeds, work_life, work_parts
from commands.desk import Desk
from commands.options import By, Year
from commands.show import whole
from commands.work_acting import Files, Number, On, Quantity, Words, do

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.messages import Lang
    from models.tables import WorkItem
    from tasks.work import Hand

app = typer.Typer(name="work", help="工作任务。 Work items.", no_args_is_help=True)


@app.callback()
def noun() -> None:
    """工作任务。 Work items."""


@app.command("list")
def list_(
    ctx: typer.Context,
    year: Year = None,
    unit: Annotated[str, typer.Option("--unit", help="责任单位全称。 Unit.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="责任人姓名或邮箱。 Owner.")] = "",
    state: Annotated[str, typer.Option("--state", help="状态，如 已交办、已销号。 State.")] = "",
    ref: Annotated[str, typer.Option("--ref", help="事项编号。 Item number.")] = "",
    until: Annotated[str, typer.Option("--until", help="到期日不晚于。 Due until.")] = "",
    every: Annotated[bool, typer.Option("--all", help="包括已销号、已取消的。 Closed ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="最多几行，0 为不限。 Most rows.")] = 50,
) -> None:
    """列出任务；默认只列未办结的，按到期日排列。 List open work by due date."""
    from commands.options import read_day
    from commands.show import show_table
    from models.quick import select_rows

    desk: Desk = ctx.obj
    wanted: list[tuple[str, object]] = [("year = ?", year or desk.clock.today().year)]
    wanted += [("unit = ?", unit)] if unit else []
    wanted += [("? IN (owner, owner_email)", owner)] if owner else []
    wanted += [("state = ?", _state(state, desk.lang))] if state else []
    wanted += [("ref = ?", ref)] if ref else []
    day = read_day(until)
    wanted += [("due_on <= ?", day.isoformat())] if day else []
    where = " AND ".join(condition for condition, _ in wanted)
    if not state and not every:
        where += " AND state NOT IN ('closed', 'archived', 'cancelled')"
    columns = "id, ref, title, unit, period, owner, start_on, due_on, closed_on, state, light, target, done"
    # Only the fixed conditions above stand in the text; every value is bound.
    sql = f"SELECT {columns} FROM work_list WHERE {where} ORDER BY due_on IS NULL, due_on, id"  # noqa: S608
    rows = select_rows(desk.settings, sql, [value for _, value in wanted])
    if not rows:
        _check_names(desk, owner=owner, unit=unit)
    shown = rows if desk.json or not limit else rows[:limit]
    for row in shown:
        row["target"], row["done"] = whole(row["target"]), whole(row["done"])
    if desk.json:
        desk.print_json(shown)
        return
    hide = {"start_on", "closed_on", "target", "done"}
    show_table(desk, [{key: row[key] for key in row if key not in hide} for row in shown])
    if len(shown) < len(rows):
        desk.tell("work.more", shown=len(shown), count=len(rows))


def _state(words: str, lang: Lang) -> str:
    """A state from its code or its name in either language. Raises InputError."""
    from models.errors import InputError
    from models.lifecycle import State
    from models.messages import say

    names = {state.value: (say(f"state.{state}", "zh"), say(f"state.{state}", "en")) for state in State}
    for state, said in names.items():
        if words in (state, *said):
            return state
    raise InputError(
        "state_unknown",
        state=words,
        known=("; " if lang == "en" else "；").join(said[lang == "en"] for said in names.values()),
    )


def _check_names(desk: Desk, *, owner: str, unit: str) -> None:
    """Say which name is a misspelling before an empty list says that nothing is owed."""
    from models.errors import NotFoundError
    from models.quick import select_rows

    if owner and not select_rows(desk.settings, "SELECT 1 FROM person WHERE ? IN (name, email)", [owner]):
        raise NotFoundError("person_unknown", name=owner)
    if unit and not select_rows(desk.settings, "SELECT 1 FROM unit WHERE name = ?", [unit]):
        raise NotFoundError("unit_unknown", name=unit)


@app.command()
def accept(ctx: typer.Context, number: Number, by: By = "") -> None:
    """签收。 Sign for a work item."""
    from tasks import work

    do(ctx, by, lambda session, hand: work.accept(session, number, hand))


@app.command()
def feedback(
    ctx: typer.Context,
    number: Number,
    words: Words,
    quantity: Quantity = None,
    on: On = "",
    file: Files = None,
    by: By = "",
) -> None:
    """反馈进展，可附数量和佐证。 Report progress."""
    from commands.options import read_day
    from tasks import work

    def report(session: Session, hand: Hand) -> WorkItem:
        return work.feedback(session, number, hand, words=words, quantity=quantity, on=read_day(on))

    do(ctx, by, report, files=file or (), paced=True)


@app.command()
def finish(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="完成情况。 What was done.")] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="未达目标、配合或分项未完的原因。 Why though something is open.")
    ] = "",
    by: By = "",
) -> None:
    """报结；★事项转审批，其余即行销号。 Report as done."""
    from tasks import work

    def done(session: Session, hand: Hand) -> WorkItem:
        staff = ctx.obj.office.staff(session)
        return work.finish(session, number, hand, words=words, staff=staff, reason=reason)

    do(ctx, by, done)


@app.command("return")
def return_(ctx: typer.Context, number: Number, words: Words, by: By = "") -> None:
    """退回重办，写明原因。 Give it back to the owner."""
    from tasks import work

    def back(session: Session, hand: Hand) -> WorkItem:
        return work.send_back(session, number, hand, words=words, staff=ctx.obj.office.staff(session))

    do(ctx, by, back)


@app.command()
def cancel(ctx: typer.Context, number: Number, reason: Words, by: By = "") -> None:
    """取消任务，写明原因。 Drop a work item."""
    from tasks import work

    def drop(session: Session, hand: Hand) -> WorkItem:
        staff = ctx.obj.office.staff(session)
        return work.cancel(session, number, hand, reason=reason, staff=staff)

    do(ctx, by, drop)


@app.command("open")
def open_(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="事项编号。 Item number.")],
    on: Annotated[str, typer.Option("--on", help="发生日期，默认今天。 Day of the occurrence.")] = "",
    due: Annotated[str, typer.Option("--due", help="完成期限；能推算的可不填。 Due date.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="只发给一个单位。 One unit only.")] = "",
    words: Annotated[str, typer.Option("--words", help="事由，如来文字号。 What occurred.")] = "",
    year: Year = None,
    by: By = "",
) -> None:
    """发起没有固定时间的任务：会后7日内、不定期、待通知等。 Open occasional work."""
    from commands.options import read_day, read_person
    from commands.show import show_table
    from models.database import unit_of_work
    from models.tables import Unit
    from tasks.directory import find_unit
    from tasks.open_work import open_work

    desk: Desk = ctx.obj
    occurred = read_day(on) or desk.clock.today()
    with unit_of_work(desk.engine) as session:
        person = read_person(session, desk, by)
        opened = open_work(
            session,
            year=year or occurred.year,
            ref=ref,
            occurred_on=occurred,
            calendar=desk.calendar(occurred.year),
            actor=person.email,
            at=desk.clock.now(),
            due_on=read_day(due),
            unit=find_unit(session, unit) if unit else None,
            words=words,
        )
        units = {one.unit_id: session.get_one(Unit, one.unit_id).name for one in opened}
        rows = [
            {
                "id": one.id,
                "ref": ref,
                "unit": units[one.unit_id],
                "period": one.period,
                "due_on": one.due_on,
                "state": one.state,
            }
            for one in opened
        ]
    show_table(desk, rows)


#: Verbs in modules of their own.
_VERBS: dict[str, Callable[..., None]] = {
    **work_life.VERBS,
    **work_parts.VERBS,
    "extend": work_extend.extend,
    "feeds": work_feeds.feeds,
}
for name, verb in _VERBS.items():
    app.command(name)(verb)
