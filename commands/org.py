"""`duban org`: the organisation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.desk import Desk

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
        )
    if desk.json:
        desk.print_json(
            {
                "imported": True,
                "units": done.units,
                "people": done.people,
                "absences": done.absences,
                "changes": done.changes,
                "problems": [vars(one) for one in found.problems],
            }
        )
    else:
        key = "org.imported" if done.changes else "org.unchanged"
        desk.tell(key, units=done.units, people=done.people, absences=done.absences, changes=done.changes)


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
