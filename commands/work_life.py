"""`duban work diagram`, `urge`, `archive`: the life of work items as a picture, urging, filing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.desk import Desk
from commands.options import By
from commands.work_acting import Number, read_hand
from commands.work_show import show
from models import periods

if TYPE_CHECKING:
    from models.work_diagram_path import WorkPath

Drawing = Literal["table", "mermaid", "svg"]


def diagram(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Argument(help="任务编号；不填则画通用流程。 Work item number; none: the chain.")
    ] = None,
    form: Annotated[
        Drawing, typer.Option("--format", help="表格、Mermaid 文本或图片。 Table, Mermaid text or picture.")
    ] = "table",
    to: Annotated[Path | None, typer.Option("--to", help="写入文件。 Write to a file.")] = None,
) -> None:
    """画出任务办理流程；给出编号则标出该任务走过的环节。 Draw the life of work items, or one's way."""
    from models import work_diagram
    from models.files import write_atomically
    from models.work_diagram_svg import svg

    desk: Desk = ctx.obj
    path = _path(desk, number) if number is not None else None
    drawn = {
        "table": work_diagram.table,
        "mermaid": work_diagram.mermaid,
        "svg": svg,
    }[form](desk.lang, path)
    if to is not None:
        write_atomically(to.absolute(), drawn.encode())
    if desk.json:
        desk.print_json(
            {"id": number, "format": form, "file": to and str(to), "drawing": None if to else drawn}
            | ({"state": path.state, "stations": _stations(path)} if path else {})
        )
    elif to is not None:
        desk.tell("work_life.drawn", file=to)
    else:
        typer.echo(drawn.rstrip())


def _path(desk: Desk, number: int) -> WorkPath:
    from models.database import reading
    from notifications.wording import period
    from tasks.history import story_of

    with reading(desk.engine) as session:
        story = story_of(session, number, desk.clock.today())
        title = desk.say(
            "work_life.title",
            ref=story.item.ref,
            star="★" if story.item.key else "",
            title=story.item.title,
            unit=story.unit.name,
            period=period(story.work.period, lang=desk.lang),
        )
        return story.path(desk.clock.zone, title)


def _stations(path: WorkPath) -> list[dict[str, object]]:
    """The stations that were passed, with first and last day and how often."""
    from models.lifecycle import Stage

    passed = [(stage, path.passed(stage)) for stage in Stage]
    return [
        {"stage": stage, "first": one.first, "last": one.last, "times": one.times, "by": one.by or None}
        for stage, one in passed
        if one
    ]


def urge(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="催办的话，可不填。 In words, may be left out.")] = "",
    by: By = "",
) -> None:
    """催办责任人，记录在案；有次数限制，通知随即发出。 Urge the owner, on the record."""
    from models.database import unit_of_work
    from tasks.urge import urge as urge_owner

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        hand = read_hand(session, desk, by)
        calendar = desk.calendar(hand.today.year)
        done = urge_owner(
            session, number, hand, words=words, calendar=calendar, workdays=desk.settings.urge_workdays
        )
        facts = {
            "id": done.work.id,
            "state": done.work.state,
            "owner": done.owner.name,
            "reader": done.reader.name,
            "due_on": done.work.due_on,
        }
    if desk.json:
        desk.print_json(facts)
    else:
        key = "work_life.urged" if done.reader is done.owner else "work_life.urged_substitute"
        desk.tell(key, **facts)


def archive(
    ctx: typer.Context,
    year: Annotated[
        int, typer.Option("--year", min=periods.YEARS[0], max=periods.YEARS[-1], help="计划年度。 Plan year.")
    ],
    closed_only: Annotated[
        bool, typer.Option("--closed-only", help="只归档已销号的，未办结的留待以后。 Only what is closed.")
    ] = False,
    by: By = "",
) -> None:
    """归档一个年度的任务，形成归档目录；归档后不再变动。 File a year's closed work for good."""
    from models.database import unit_of_work
    from tasks.archive import archive_year
    from tasks.archive_list import Filing

    desk: Desk = ctx.obj
    filing = Filing(desk.home, desk.lang, desk.clock.zone)
    with unit_of_work(desk.engine) as session:
        hand = read_hand(session, desk, by)
        filed = archive_year(session, year, hand, filing, closed_only=closed_only)
    facts = {"year": year, "count": filed.works, "open": filed.left_open, "file": filed.file}
    if desk.json:
        desk.print_json(facts | {"file": filed.file and str(filed.file)})
        return
    desk.tell("work_life.filed" if filed.works else "work_life.filed_nothing", **facts)
    if filed.left_open:
        desk.tell("work_life.filed_open", **facts)


#: The commands of this file and of `work show`, by name.
VERBS: dict[str, Callable[..., None]] = {"show": show, "diagram": diagram, "urge": urge, "archive": archive}
