"""`duban work`: work items, on behalf of a named person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import By, Year
from commands.show import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from models.tables import WorkItem
    from tasks.work import Hand

app = typer.Typer(name="work", help="工作任务。 Work items.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="任务编号，见 duban work list。 Work item number.")]
Words = Annotated[str, typer.Argument(help="进展、意见或原因。 In words.")]


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
    wanted += [("state = ?", _state(state))] if state else []
    wanted += [("ref = ?", ref)] if ref else []
    day = read_day(until)
    wanted += [("due_on <= ?", day.isoformat())] if day else []
    where = " AND ".join(condition for condition, _ in wanted)
    if not state and not every:
        where += " AND state NOT IN ('closed', 'cancelled')"
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


def _state(words: str) -> str:
    """A state from its code or its name in either language. Raises InputError."""
    from models.errors import InputError
    from models.lifecycle import State
    from models.messages import say

    names = {state.value: (say(f"state.{state}", "zh"), say(f"state.{state}", "en")) for state in State}
    for state, said in names.items():
        if words in (state, *said):
            return state
    raise InputError(
        "state_unknown", state=words, known="、".join(f"{zh}（{en}）" for zh, en in names.values())
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
def show(ctx: typer.Context, number: Number) -> None:
    """显示一项任务和它的经过。 Show one work item and its history."""
    import json

    from rich.text import Text
    from sqlalchemy import select, text

    from models.database import reading
    from models.errors import NotFoundError
    from models.tables import Event, Person

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        row = (
            session.execute(text("SELECT * FROM work_list WHERE id = :id"), {"id": number}).mappings().first()
        )
        if row is None:
            raise NotFoundError("work_unknown", id=number)
        events = session.scalars(
            select(Event).where(Event.subject == "work_item", Event.subject_id == number).order_by(Event.id)
        ).all()
        names = dict(session.execute(select(Person.email, Person.name)).tuples().all())
    history = [
        {
            "at": one.at.astimezone(desk.clock.zone).isoformat(timespec="minutes"),
            "actor": one.actor,
            "verb": one.verb,
            "payload": json.loads(one.payload),
            "reason": one.reason,
            "event": one.id,
        }
        for one in events
    ]
    facts = {key: whole(value) for key, value in row.items()}
    if desk.json:
        desk.print_json(facts | {"history": history})
        return
    desk.console.print(Text(f"{facts['ref']}　{facts['title']}", style="bold"), soft_wrap=True)
    for key in ("id", "unit", "period", "owner", "state", "light", "start_on", "due_on", "original_due_on"):
        shown = desk.say(f"{key}.{facts[key]}") if key in {"state", "light"} else facts[key]
        fact = desk.say("show.fact", name=desk.say(f"column.{key}"), value="" if shown is None else shown)
        desk.console.print(f"  {fact}", markup=False, soft_wrap=True)
    if facts["target"] is not None:
        desk.tell("work.progress", done=facts["done"], target=facts["target"])
    for one in history:
        at = one["at"].replace("T", " ")[:16]
        step = desk.say(f"work_step.{one['verb'].removeprefix('work_item.')}")
        said = "  ".join(_said(one["payload"], one["reason"]))
        actor = names.get(one["actor"], one["actor"])
        desk.console.print(f"  {at}  {actor}  {step}  {said}".rstrip(), markup=False, soft_wrap=True)


def _said(payload: dict[str, object], reason: str) -> list[str]:
    """What a person gave with a step: the quantity, the words, the file, the reason."""
    quantity = payload.get("quantity")
    given = [f"+{whole(quantity)}" if quantity else "", payload.get("words"), payload.get("name"), reason]
    return list(dict.fromkeys(str(one) for one in given if one))


@app.command()
def accept(ctx: typer.Context, number: Number, by: By = "") -> None:
    """签收。 Sign for a work item."""
    from tasks import work

    _do(ctx, by, lambda session, hand: work.accept(session, number, hand))


@app.command()
def feedback(
    ctx: typer.Context,
    number: Number,
    words: Words,
    quantity: Annotated[float | None, typer.Option("--quantity", help="本次完成数量。 Quantity.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="佐证文件。 Evidence.")] = None,
    by: By = "",
) -> None:
    """反馈进展，可附数量和佐证。 Report progress."""
    from tasks import work
    from tasks.evidence import keep_file

    desk: Desk = ctx.obj

    def report(session: Session, hand: Hand) -> WorkItem:
        done = work.feedback(session, number, hand, words=words, quantity=quantity)
        if file is not None:
            kept = keep_file(desk.home, file)
            work.attach(session, number, hand, name=kept.name, sha256=kept.sha256, size=kept.size)
        return done

    _do(ctx, by, report)


@app.command()
def finish(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="完成情况。 What was done.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="未达目标的原因。 Why short of the target.")] = "",
    by: By = "",
) -> None:
    """报结；★事项转审批，其余即行销号。 Report as done."""
    from tasks import work

    def done(session: Session, hand: Hand) -> WorkItem:
        staff = ctx.obj.office.staff(session)
        return work.finish(session, number, hand, words=words, staff=staff, reason=reason)

    _do(ctx, by, done)


@app.command("return")
def return_(ctx: typer.Context, number: Number, words: Words, by: By = "") -> None:
    """退回重办，写明原因。 Give it back to the owner."""
    from tasks import work

    def back(session: Session, hand: Hand) -> WorkItem:
        return work.send_back(session, number, hand, words=words, staff=ctx.obj.office.staff(session))

    _do(ctx, by, back)


@app.command()
def cancel(ctx: typer.Context, number: Number, reason: Words, by: By = "") -> None:
    """取消任务，写明原因。 Drop a work item."""
    from tasks import work

    _do(ctx, by, lambda session, hand: work.cancel(session, number, hand, reason=reason))


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
    from models.workdays import load_calendar
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
            calendar=load_calendar([occurred.year], desk.home / "holidays.csv"),
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


def _do(ctx: typer.Context, by: str, act: Callable[[Session, Hand], WorkItem]) -> None:
    """Do one verb on behalf of a person, in one transaction, and say what came of it."""
    from commands.options import read_person
    from models.database import unit_of_work
    from tasks.work import Hand

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        person = read_person(session, desk, by)
        hand = Hand(person, desk.clock.now(), desk.clock.today(), desk.settings.coordinator)
        work = act(session, hand)
        facts = {"id": work.id, "state": work.state, "done": whole(work.done), "target": whole(work.target)}
    if desk.json:
        desk.print_json(facts)
    else:
        key = "work.now" if facts["target"] is None else "work.now_counted"
        desk.tell(key, **facts | {"state": desk.say(f"state.{facts['state']}")})
