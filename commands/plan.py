"""`duban plan`: the year's plan from the sheet to the approver."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.desk import Desk
from commands.options import Year

app = typer.Typer(name="plan", help="年度计划。 The year's plan.", no_args_is_help=True)


@app.callback()
def noun() -> None:
    """年度计划。 The year's plan."""


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="工作清单：xlsx、csv 或 docx。 The plan file.")],
    year: Year = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看不存。 Show only.")] = False,
    source: Annotated[str, typer.Option("--source", help="变更依据的来文字号。 Source document.")] = "",
) -> None:
    """读取工作清单，形成新的计划版本。 Read the sheet as a new version of the plan."""
    from commands.plan_views import difference_json, proposal_json, show_proposal, show_stored
    from tasks.read_plan.plan import read_plan

    desk: Desk = ctx.obj
    of = year or desk.clock.today().year
    if dry_run:
        proposal = read_plan(file, year=of, limit_mib=desk.settings.import_limit_mib, lang=desk.lang)
        if desk.json:
            desk.print_json(proposal_json(proposal))
        else:
            show_proposal(desk, proposal)
        return
    from commands.options import coordinator_address
    from commands.show import show_problems
    from flows.office import Office
    from flows.stories.annual_plan import import_plan
    from tasks.confirm_plan import warnings

    office = Office(desk.settings, desk.engine, desk.clock, desk.lang)
    actor = coordinator_address(desk)
    stored = import_plan(office, year=of, file=file, source_document=source, actor=actor)
    if desk.json:
        desk.print_json(difference_json(stored.plan, stored.difference, fresh=stored.fresh))
        return
    show_problems(desk, stored.problems)
    for words in warnings(stored.plan, office.calendar([of]), desk.lang):
        desk.console.print(words, markup=False, soft_wrap=True)
    show_stored(desk, stored)


@app.command()
def show(
    ctx: typer.Context,
    year: Year = None,
    version: Annotated[
        int | None, typer.Option("--version", help="第几版，默认最新。 Which version.")
    ] = None,
) -> None:
    """显示计划：原文、理解、责任单位和责任人。 Show the plan and how it was read."""
    from commands.plan_views import plan_rows
    from commands.show import show_table
    from models.database import reading
    from tasks.store_plan import find_plan

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        plan = find_plan(session, year or desk.clock.today().year, version)
        rows = plan_rows(session, plan)
    state = desk.say(f"plan_state.{plan.state}")
    title = desk.say("plan.title", title=plan.title, version=plan.version, state=state)
    show_table(desk, rows, title=title)


@app.command()
def check(
    ctx: typer.Context,
    year: Year = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="写成可填写的确认表。 Write a sheet.")] = None,
) -> None:
    """列出待确认的时间和责任人。 List what must be confirmed."""
    from commands.show import show_table
    from models.database import reading
    from tasks.check_sheet import write_check_sheet
    from tasks.confirm_plan import questions, warnings
    from tasks.store_plan import find_plan

    desk: Desk = ctx.obj
    of = year or desk.clock.today().year
    with reading(desk.engine) as session:
        plan = find_plan(session, of)
        asked = questions(plan, desk.lang)
        warned = warnings(plan, desk.calendar(of), desk.lang)
    if xlsx is not None:
        write_check_sheet(xlsx, plan.title, asked, desk.lang)
    rows = [{"ref": q.ref, "title": q.title, "phrase": q.phrase, "question": q.words} for q in asked]
    if desk.json:
        desk.print_json({"questions": rows, "warnings": warned})
        return
    if rows:
        show_table(desk, rows, title=desk.say("plan.questions", count=len(rows)))
    else:
        desk.tell("plan.nothing_asked")
    for words in warned:
        desk.console.print(words, markup=False, soft_wrap=True)
    if xlsx is not None:
        desk.tell("plan.sheet_written", file=xlsx)


@app.command()
def confirm(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="事项编号；与 --xlsx 二选一。 Item number.")] = "",
    phrase: Annotated[str, typer.Option("--phrase", help="改写开展时间，如“每季度”。 New time.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="改定牵头单位。 Lead units.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="改定责任人或职务。 Owner.")] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="填好的确认表。 The edited sheet.")] = None,
    every: Annotated[bool, typer.Option("--all", help="其余按理解确认。 Accept all readings.")] = False,
    year: Year = None,
) -> None:
    """确认一项、一张确认表，或全部按理解确认。 Settle one item, a sheet, or all."""
    from commands.options import read_person
    from models.database import unit_of_work
    from tasks.check_sheet import read_check_sheet
    from tasks.confirm_plan import Answer, confirm_plan, questions
    from tasks.store_plan import find_plan

    desk: Desk = ctx.obj
    if not (ref or xlsx or every):
        raise typer.BadParameter(desk.say("plan.confirm_what"))
    of = year or desk.clock.today().year
    calendar = desk.calendar(of)
    with unit_of_work(desk.engine) as session:
        plan = find_plan(session, of)
        answers = [Answer(ref, phrase, unit, owner)] if ref else []
        if xlsx is not None:
            answers += read_check_sheet(xlsx)
        if every:
            answered = {answer.ref for answer in answers}
            answers += [Answer(q.ref) for q in questions(plan, desk.lang) if q.ref not in answered]
        by = read_person(session, desk, "")
        settled = confirm_plan(session, plan, answers, calendar=calendar, actor=by.email, at=desk.clock.now())
        remaining = len(questions(plan, desk.lang))
    if desk.json:
        shown = [{"ref": one.ref, "kind": one.kind, "reading": one.reading} for one in settled]
        desk.print_json({"confirmed": shown, "remaining": remaining})
        return
    for one in settled:
        desk.tell("plan.confirmed", ref=one.ref, title=one.title, reading=one.reading)
    desk.tell("plan.remaining" if remaining else "plan.all_confirmed", count=remaining)


@app.command()
def submit(
    ctx: typer.Context,
    year: Year = None,
    approver: Annotated[str, typer.Option("--approver", help="审批人姓名或邮箱。 Approver.")] = "",
) -> None:
    """提交审批；已批准的则生效、下达。 Submit for approval; go on if approved."""
    from commands.show import show_outcome
    from flows.office import Office
    from flows.run import run_flow

    desk: Desk = ctx.obj
    office = Office(desk.settings, desk.engine, desk.clock, desk.lang)
    of = year or desk.clock.today().year
    show_outcome(desk, run_flow(office, "annual_plan", year=of, approver=approver))


@app.command()
def diff(
    ctx: typer.Context,
    year: Year = None,
    version: Annotated[
        int | None, typer.Option("--version", help="第几版，默认最新。 Which version.")
    ] = None,
) -> None:
    """与前一版相比：新增、调整、撤销。 What differs from the version before."""
    from commands.plan_views import difference_json, show_difference
    from models.database import reading
    from tasks.compare_plans import compare
    from tasks.store_plan import find_plan

    desk: Desk = ctx.obj
    of = year or desk.clock.today().year
    with reading(desk.engine) as session:
        plan = find_plan(session, of, version)
        before = find_plan(session, of, plan.version - 1) if plan.version > 1 else None
    difference = compare(before, plan)
    if desk.json:
        desk.print_json(difference_json(plan, difference, fresh=True))
    else:
        show_difference(desk, plan, difference)
