"""`duban org`: the organisation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.desk import Desk
from commands.options import By

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.absences import Recorded
    from tasks.hand_over import HandedOver
    from tasks.successors import Unowned

app = typer.Typer(name="org", help="机构和人员。 The organisation.", no_args_is_help=True)


@app.callback()
def noun() -> None:
    """机构和人员。 The organisation."""


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="机构人员表 xlsx。 The organisation workbook.")],
) -> None:
    """导入机构、人员和请假抽调；有错误则不改动任何内容。 Import the organisation, all or nothing."""
    from commands.show import show_problems
    from models.database import unit_of_work
    from models.errors import InputError
    from tasks.import_organisation import import_organisation
    from tasks.read_plan.organisation import read_organisation

    desk: Desk = ctx.obj
    found = read_organisation(file, limit_mib=desk.settings.import_limit_mib, lang=desk.lang)
    if not desk.json:
        show_problems(desk, found.problems)
    if found.errors:
        if desk.json:
            desk.print_json({"imported": False, "problems": [vars(one) for one in found.problems]})
        raise InputError("organisation_errors", file=file.name, count=len(found.errors))
    with unit_of_work(desk.engine) as session:
        done = import_organisation(
            session,
            found,
            actor="SYSTEM",
            at=desk.clock.now(),
            today=desk.clock.today(),
            lang=desk.settings.lang,
        )
        # What was handed over is read while the session still holds it.
        moved = [_handed_over(one) for one in done.succeeded.moved]
        unowned = [_unowned(one) for one in done.succeeded.unowned]
    if desk.json:
        desk.print_json(
            {
                "imported": True,
                "units": done.units,
                "people": done.people,
                "absences": done.absences,
                "changes": done.changes,
                "handed_over": moved,
                "unowned": unowned,
                "problems": [vars(one) for one in found.problems],
            }
        )
        return
    key = "org.imported" if done.changes else "org.unchanged"
    desk.tell(key, units=done.units, people=done.people, absences=done.absences, changes=done.changes)
    for one in moved:
        _tell_handed_over(desk, one)
    _tell_approvals(desk, moved)
    for left in unowned:
        desk.tell("moves.unowned", **left)


@app.command()
def show(ctx: typer.Context) -> None:
    """列出机构、负责人和分管领导。 List units, heads and leaders in charge."""
    from commands.show import show_table
    from models.database import reading
    from tasks.directory import load_directory

    desk: Desk = ctx.obj
    today = desk.clock.today()
    with reading(desk.engine) as session:
        directory = load_directory(session, today, today)
        rows = []
        for unit in sorted(directory.units.values(), key=lambda one: one.position):
            head = directory.by_id.get(unit.head_id or 0)
            leader = directory.by_id.get(directory.leader_in_charge(unit) or 0)
            rows.append(
                {
                    "code": unit.code,
                    "unit": unit.name,
                    "unit_kind": unit.kind,
                    "head": head.name if head else "",
                    "leader": leader.name if leader else "",
                    "until": str(unit.ends_on or ""),
                }
            )
    show_table(desk, rows)


@app.command("hand-over")
def hand_over_(
    ctx: typer.Context,
    giver: Annotated[str, typer.Argument(metavar="移交人", help="姓名或邮箱，可已离任。 Who hands over.")],
    taker: Annotated[str, typer.Argument(metavar="接手人", help="姓名或邮箱。 Who takes over.")],
    unit: Annotated[str, typer.Option("--unit", help="只移交一个单位的任务。 One unit's only.")] = "",
    item: Annotated[
        list[int] | None, typer.Option("--item", help="只移交这些任务编号，可写多个。 These only.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="移交原因，如岗位调整。 Why.")] = "",
    by: By = "",
) -> None:
    """移交未办结的任务，双方收到移交清单；审批席位另行改派。 Hand open work over, with a list to both."""
    from commands.work_acting import read_hand
    from models.database import unit_of_work
    from tasks.directory import find_person, find_unit
    from tasks.hand_over import find_anybody, hand_over

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        done = hand_over(
            session,
            find_anybody(session, giver),
            find_person(session, taker),
            read_hand(session, desk, by),
            reason=reason,
            unit=find_unit(session, unit) if unit else None,
            works=item or (),
        )
        facts = _handed_over(done)
    if desk.json:
        desk.print_json(facts)
    else:
        _tell_handed_over(desk, facts)
        _tell_approvals(desk, [facts])


@app.command()
def absence(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="姓名或邮箱", help="谁不在岗。 Who is away.")],
    start: Annotated[str, typer.Option("--from", metavar="日期", help="第一天。 First day.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="日期", help="最后一天。 Last day.")] = "",
    substitute: Annotated[
        str, typer.Option("--substitute", metavar="姓名或邮箱", help="谁代办。 Who acts.")
    ] = "",
    kind: Annotated[str, typer.Option("--kind", help="请假、抽调、出差等。 What kind.")] = "请假",
    reason: Annotated[str, typer.Option("--reason", help="事由。 Why.")] = "",
    back: Annotated[
        bool,
        typer.Option("--end", help="今天提前返岗；同时写 --from 则撤销那一天开始的。 Back today, or undone."),
    ] = False,
    by: By = "",
) -> None:
    """登记请假、抽调和代办人；--end 登记提前返岗。 Record an absence and who acts, or an early return."""
    from commands.options import read_day
    from commands.work_acting import read_hand
    from models.database import unit_of_work
    from models.errors import InputError
    from tasks.absences import end_absence, record_absence
    from tasks.directory import find_person

    desk: Desk = ctx.obj
    first, last = read_day(start), read_day(end)
    if last is not None if back else first is None or last is None:
        raise InputError("absence_what")
    with unit_of_work(desk.engine) as session:
        hand, person = read_hand(session, desk, by), find_person(session, name)
        acting = find_person(session, substitute) if substitute else None
        if first is None or last is None:
            ended = end_absence(session, person, hand, starts_on=first)
            facts: dict[str, object] = {"name": person.name, "start": ended.starts_on, "on": hand.today}
        else:
            done = record_absence(
                session,
                person,
                hand,
                starts_on=first,
                ends_on=last,
                substitute=acting,
                kind=kind,
                reason=reason,
            )
            facts = {"name": person.name, "kind": kind, "start": first, "end": last, "reason": reason}
            facts |= {"substitute": acting.name if acting else "", "notes": list(_notes(desk, done))}
    if desk.json:
        desk.print_json(facts)
    elif back:
        desk.tell("absence.back" if ended.starts_on < hand.today else "absence.undone", **facts)
    else:
        desk.tell("absence.recorded" if substitute else "absence.recorded_alone", **facts)
        for note in _notes(desk, done):
            desk.console.print(note, markup=False, soft_wrap=True)


def _notes(desk: Desk, done: Recorded) -> Iterator[str]:
    """What is wrong with the substitute for a part of the time, in words."""
    for one in done.pointed:
        facts = {"substitute": one.substitute, "start": one.start, "end": one.end, "next": one.next}
        yield desk.say(f"absence.{one.snag}", **facts)


def _handed_over(done: HandedOver) -> dict[str, Any]:
    return {
        "from": done.giver.name,
        "to": done.taker.name,
        "unit": done.unit.name if done.unit else "",
        "count": done.count,
        "contributions": done.contributions,
        "approvals": list(done.approvals),
        "event": done.event,
    }


def _unowned(one: Unowned) -> dict[str, Any]:
    return {"name": one.person.name, "count": one.works}


def _tell_handed_over(desk: Desk, done: dict[str, Any]) -> None:
    """A line for what went over; the approvals that wait for the giver are told apart."""
    if done["event"] is None:
        desk.tell("moves.handed_over_nothing", giver=done["from"])
        return
    facts = {
        "giver": done["from"],
        "taker": done["to"],
        "unit": done["unit"] or desk.say("moves.everywhere"),
        "count": done["count"],
        "contributions": done["contributions"],
    }
    desk.tell("moves.handed_over" if done["count"] else "moves.contributions_only", **facts)
    if done["count"] and done["contributions"]:
        desk.tell("moves.contributions", count=done["contributions"])


def _tell_approvals(desk: Desk, handed: Sequence[dict[str, Any]]) -> None:
    for giver, numbers in {one["from"]: one["approvals"] for one in handed if one["event"]}.items():
        if numbers:
            desk.tell("moves.approvals", name=giver, numbers="、".join(map(str, numbers)))
