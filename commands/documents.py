"""The documents of a period: calendar, checklist, inspection with its findings, report."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.desk import Desk
from commands.options import By

Period = Annotated[str, typer.Argument(help="周期，如 2026-03、2026-Q1、2026-H1。 Period.")]
Approver = Annotated[str, typer.Option("--approver", help="审批人姓名或邮箱。 Approver.")]


def calendar(ctx: typer.Context, period: Period) -> None:
    """编印一个月的工作行事历和各支部提醒单。 Issue a month's calendar and slips."""
    _run(ctx, "monthly_calendar", period)


def checklist(ctx: typer.Context, period: Period) -> None:
    """编印一个季度的工作清单。 Issue a quarter's checklists."""
    _run(ctx, "quarterly_checklist", period)


def inspection(ctx: typer.Context, period: Period, approver: Approver = "") -> None:
    """开展半年检查，编写通报；批准后整改任务自动下达。 Inspect a half-year."""
    _run(ctx, "half_year_inspection", period, approver=approver)


def report(ctx: typer.Context, period: Period, approver: Approver = "") -> None:
    """起草半年工作汇报，数字均有出处。 Draft the half-year report."""
    _run(ctx, "half_year_report", period, approver=approver)


def finding(
    ctx: typer.Context,
    period: Period,
    unit: Annotated[str, typer.Argument(help="被检查的单位。 The unit.")],
    words: Annotated[str, typer.Argument(help="发现的问题或亮点。 What was found.")],
    rectify_by: Annotated[str, typer.Option("--by", help="整改期限。 Rectify by.")] = "",
    merit: Annotated[bool, typer.Option("--merit", help="这是亮点，不需整改。 A merit.")] = False,
    person: By = "",
) -> None:
    """登记一条检查发现。 Record a finding."""
    from commands.options import read_day, read_person
    from models.database import unit_of_work
    from models.periods import read_period
    from tasks.inspect import open_inspection, record_finding

    desk: Desk = ctx.obj
    found_on, half = desk.clock.today(), read_period(period)
    with unit_of_work(desk.engine) as session:
        by = read_person(session, desk, person)
        if half.start <= found_on:
            open_inspection(session, half, actor=by.email, at=desk.clock.now())
        found = record_finding(
            session,
            half,
            unit,
            words,
            kind="merit" if merit else "problem",
            rectify_by=read_day(rectify_by),
            by=by,
            calendar=desk.calendar(found_on.year),
            at=desk.clock.now(),
            today=found_on,
        )
        facts = {"number": found.finding.number, "unit": unit, "words": found.finding.words}
    if desk.json:
        desk.print_json(facts)
    else:
        desk.tell("documents.finding", **facts)


def _run(ctx: typer.Context, name: str, period: str, *, approver: str = "") -> None:
    from commands.show import show_outcome
    from flows.office import Office
    from flows.run import run_flow
    from models.periods import read_period

    desk: Desk = ctx.obj
    office = Office(desk.settings, desk.engine, desk.clock, desk.lang)
    more = {"approver": approver} if approver else {}
    show_outcome(desk, run_flow(office, name, period=read_period(period).key, **more))
