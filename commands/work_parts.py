"""`duban work ask|contribute|split|evidence`: what others contribute, parts, and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import By
from commands.work_acting import (
    Files,
    Number,
    On,
    Quantity,
    Words,
    attach_all,
    do,
    keep_files,
    read_hand,
    shown_at,
    shown_size,
    tell_attached,
    tell_reused,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.tables import WorkItem
    from tasks.evidence import Shown, Used
    from tasks.part_words import PartWords
    from tasks.work import Hand


def ask(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="请其提供什么。 What to contribute.")],
    unit: Annotated[str, typer.Option("--unit", metavar="单位", help="配合单位。 Supporting unit.")],
    by: By = "",
) -> None:
    """牵头单位请配合单位提供情况。 Ask a supporting unit for a contribution."""
    from models.database import unit_of_work
    from models.tables import Person
    from tasks.contributions import ask_for
    from tasks.directory import find_unit

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        asked = ask_for(
            session, number, read_hand(session, desk, by), unit=find_unit(session, unit), words=words
        )
        supporting = find_unit(session, unit).name
        owner = session.get_one(Person, asked.owner_id).name if asked.owner_id else None
    if desk.json:
        desk.print_json({"id": number, "unit": supporting, "owner": owner, "words": asked.words})
    else:
        desk.tell("work_told.asked", id=number, unit=supporting, owner=owner or desk.say("work_told.nobody"))


def contribute(
    ctx: typer.Context,
    number: Number,
    words: Words,
    unit: Annotated[
        str,
        typer.Option("--unit", metavar="单位", help="代表哪个配合单位；只有一个时不必写。 For which unit."),
    ] = "",
    quantity: Quantity = None,
    on: On = "",
    file: Files = None,
    by: By = "",
) -> None:
    """配合单位提供情况，供牵头单位汇总。 Contribute as a supporting unit."""
    from commands.options import read_day
    from models.tables import Unit
    from tasks.contributions import contribute as give
    from tasks.directory import find_unit
    from tasks.work import find_work

    desk: Desk = ctx.obj
    speaking: list[str] = []

    def given(session: Session, hand: Hand) -> WorkItem:
        contribution = give(
            session,
            number,
            hand,
            words=words,
            quantity=quantity,
            on=read_day(on),
            unit=find_unit(session, unit) if unit else None,
        )
        speaking.append(session.get_one(Unit, contribution.unit_id).name)
        return find_work(session, number)

    def tell() -> None:
        desk.tell("work_told.contributed", id=number, unit=speaking[0])

    do(ctx, by, given, files=file or (), tell=tell)


def split(
    ctx: typer.Context,
    number: Number,
    part: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="题目;责任人;起;止[;单位]", help="一个分项，可写多个。 A part."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="分项表（csv），每行一项。 The parts as a CSV file.")
    ] = None,
    by: By = "",
) -> None:
    """把任务分解为若干分项，各有责任人和期限。 Split a work item into parts."""
    from commands.show import show_table
    from models.database import unit_of_work
    from models.tables import Item, Person, Unit
    from tasks.parts import split as split_up

    desk: Desk = ctx.obj
    words = _parts(part or [], file)
    with unit_of_work(desk.engine) as session:
        hand = read_hand(session, desk, by)
        calendar = desk.calendar(hand.today.year)
        made = split_up(session, number, hand, words, calendar=calendar)
        rows: list[dict[str, object]] = []
        for one in made:
            item = session.get_one(Item, one.item_id)
            rows.append(
                {
                    "id": one.id,
                    "ref": item.ref,
                    "title": item.title,
                    "unit": session.get_one(Unit, one.unit_id).name,
                    "owner": session.get_one(Person, one.owner_id).name if one.owner_id else None,
                    "start_on": one.start_on,
                    "due_on": one.due_on,
                    "state": one.state,
                }
            )
    show_table(desk, rows)
    if not desk.json:
        desk.tell("work_told.split", id=number, count=len(rows))


def evidence(
    ctx: typer.Context,
    number: Number,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="要上传的文件；不写则列出已有的。 Files.")
    ] = None,
    by: By = "",
) -> None:
    """上传佐证文件，或列出已有的佐证。 Attach evidence, or list what there is."""
    from models.database import reading, unit_of_work
    from tasks.evidence import evidence_of

    desk: Desk = ctx.obj
    if files:
        kept = keep_files(desk, files)
        with unit_of_work(desk.engine) as session:
            attached = attach_all(session, number, read_hand(session, desk, by), kept)
        if not desk.json:
            for one in attached:
                tell_attached(desk, number, one)
            return
    with reading(desk.engine) as session:
        found = evidence_of(session, number)
    _show_evidence(desk, found)


def _parts(part: list[str], file: Path | None) -> list[PartWords]:
    from tasks.part_words import read_part, read_parts

    words = [read_part(text, place) for place, text in enumerate(part, start=1)]
    return words + (read_parts(file) if file else [])


def _show_evidence(desk: Desk, found: list[Shown]) -> None:
    from commands.show import show_table

    if desk.json:
        desk.print_json(
            [
                one._asdict()
                | {
                    "at": one.at.astimezone(desk.clock.zone),
                    "reused": [_used(desk, used) for used in one.reused],
                }
                for one in found
            ]
        )
        return
    show_table(
        desk,
        [
            {
                "name": one.name,
                "kind": one.kind,
                "size": shown_size(one.size),
                "uploaded": shown_at(desk, one.at),
                "uploader": one.by,
            }
            for one in found
        ],
        headings={"name": "file"},
    )
    for used in {used: None for one in found for used in one.reused}:
        tell_reused(desk, used)


def _used(desk: Desk, used: Used) -> dict[str, object]:
    return used._asdict() | {"at": used.at.astimezone(desk.clock.zone)}


#: The commands by their names.
VERBS: dict[str, Callable[..., None]] = {
    "ask": ask,
    "contribute": contribute,
    "split": split,
    "evidence": evidence,
}
