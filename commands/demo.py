"""`duban demo`: a whole year in a few minutes, with the same flows and verbs that a bureau uses."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from models.errors import InputError

if TYPE_CHECKING:
    from flows.rehearsal.year import Script

#: The examples of a checkout; an installed duban has none.
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
ORG, PLAN = "org_2026.xlsx", "plan_2026.xlsx"
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def demo(
    ctx: typer.Context,
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="演练用的目录，空目录或上次演练用过的。 Where to.")
    ] = Path("demo"),
    org: Annotated[
        Path | None, typer.Option("--org", metavar="FILE", help="机构人员表，默认用示例。 Organisation.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="工作清单，默认用示例。 Plan.")
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="计划年度，默认看文件名，否则今年。 Plan year.")
    ] = None,
) -> None:
    """用几分钟演练一整年：同样的流程、文书和信件，时钟和人员是模拟的。 Rehearse a whole year."""
    from commands.demo_views import show_summary, summary_json, watch_year
    from flows.rehearsal.year import rehearse

    desk: Desk = ctx.obj
    # A rehearsal has its own database and mailbox, whatever the bureau's real ones are.
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        del os.environ[name]
    home = directory.expanduser().absolute()
    script = _script(desk, _given(org, ORG), _given(plan, PLAN), year)
    desk.tell("demo.begins", year=script.year, plan=script.plan.name, org=script.organisation.source)
    desk.tell("demo.place", dir=home)
    with watch_year(desk, script) as watch:
        summary = rehearse(home, script, watch)
    if desk.json:
        desk.print_json(summary_json(summary))
    else:
        show_summary(desk, home, script.year, summary)


def _given(file: Path | None, example: str) -> Path:
    """The file given, else the example of that name. Raises InputError when it is not there."""
    if file is None and not (EXAMPLES / example).exists():
        raise InputError("demo_files")
    chosen = (file or EXAMPLES / example).expanduser()
    if not chosen.is_file():
        raise InputError("demo_file_missing", file=chosen)
    return chosen


def _script(desk: Desk, org: Path, plan: Path, year: int | None) -> Script:
    """Both files, read once before anything is emptied or started. Raises InputError."""
    from commands.show import show_problems
    from flows.rehearsal.year import Script
    from models import periods
    from models.settings import Settings
    from tasks.read_plan.organisation import read_organisation
    from tasks.read_plan.plan import read_plan

    named = _YEAR.search(plan.stem)
    of = year or (int(named[0]) if named else desk.clock.today().year)
    limit = Settings(Path()).import_limit_mib
    organisation = read_organisation(org, limit_mib=limit, lang=desk.lang)
    if organisation.errors:
        show_problems(desk, organisation.errors)
        raise InputError("organisation_errors", file=org.name, count=len(organisation.errors))
    if not read_plan(plan, year=of, limit_mib=limit, lang=desk.lang).items:
        raise InputError("plan_empty", file=plan.name)
    return Script(organisation, plan, of, until=periods.year(of).end, lang=desk.lang)
