"""`duban work feeds`: the calendar files that people and units subscribe to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from notifications.calendars import Feed


def feeds(
    ctx: typer.Context,
    person: Annotated[
        str, typer.Option("--person", metavar="姓名或邮箱", help="只列这个人的。 One person's.")
    ] = "",
    unit: Annotated[str, typer.Option("--unit", metavar="单位", help="只列这个单位的。 One unit's.")] = "",
) -> None:
    """更新每人、每单位的日历文件（.ics），列出位置。 Write the calendar feeds and say where they are."""
    from commands.show import show_table
    from models.database import reading
    from models.errors import NotFoundError
    from notifications.calendars import write_feeds
    from tasks.directory import find_person, find_unit

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        wanted = {("person", find_person(session, person).email)} if person else set()
        wanted |= {("unit", find_unit(session, unit).code)} if unit else set()
        written = write_feeds(session, desk.settings, today=desk.clock.today())
    shown = [one for one in written if not wanted or (one.kind, one.key) in wanted]
    if wanted and not shown:
        raise NotFoundError("feed_none", of="、".join(filter(None, (person, unit))))
    if desk.json:
        desk.print_json([_facts(desk, one) for one in shown])
        return
    show_table(desk, [{"feed_of": one.of, "file": one.path.as_posix()} for one in shown])
    desk.tell("feeds.written", count=len(written), new=_changed(written), folder=desk.home / "calendars")


def _facts(desk: Desk, feed: Feed) -> dict[str, object]:
    return {
        "kind": feed.kind,
        "of": feed.of,
        "file": str(desk.home / feed.path),
        "changed": feed.changed,
    }


def _changed(written: list[Feed]) -> int:
    return sum(one.changed for one in written)
