"""`duban collection`: what each of many people hands in, and who has not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import By

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tasks.collection_list import Line
    from tasks.collections import Opened
    from tasks.evidence import Kept
    from tasks.work import Hand

app = typer.Typer(name="collection", help="材料收集：谁交了，谁没交。 Collections.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="收集编号，见 duban collection list。 Collection number.")]
Audience = Annotated[
    str,
    typer.Option(
        "--from", metavar="范围", help="全体干部、全体党员、各科室、机构、角色、姓名，可并列。 From whom."
    ),
]


@app.callback()
def noun() -> None:
    """材料收集：谁交了，谁没交。 Collections."""


@app.command("open")
def open_(
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(help="收集什么。 What is collected.")],
    due: Annotated[str, typer.Option("--due", metavar="YYYY-MM-DD", help="截止日期。 Due date.")],
    audience: Audience,
    item: Annotated[str, typer.Option("--item", help="对应的计划事项编号。 Plan item.")] = "",
    words: Annotated[str, typer.Option("--words", help="填报要求。 What to heed.")] = "",
    by: By = "",
) -> None:
    """发起收集：每人交一份材料或一句话。 Ask each of many people for one thing."""
    from models.database import unit_of_work
    from models.periods import read_day
    from tasks.collections import open_collection

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        opened = open_collection(
            session,
            _hand(desk, session, by),
            title=title,
            due=read_day(due),
            audience=audience,
            item_ref=item,
            words=words,
        )
    _show_opened(desk, opened, "opened")


@app.command()
def add(
    ctx: typer.Context,
    number: Number,
    people: Annotated[list[str], typer.Argument(metavar="范围…", help="姓名、机构等。 Whom.")],
    by: By = "",
) -> None:
    """加入新来的人。 Ask people too who joined later."""
    from models.database import unit_of_work
    from tasks.collections import join

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        opened = join(session, number, _hand(desk, session, by), "、".join(people))
    _show_opened(desk, opened, "joined")


@app.command("hand-in")
def hand_in(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="一句话说明。 A sentence.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="材料文件。 The file.")] = None,
    of: Annotated[
        str, typer.Option("--by", metavar="姓名或邮箱", help="谁交的；默认为经办人本人。 Whose it is.")
    ] = "",
    by: By = "",
) -> None:
    """登记提交：一句话或一个文件即可；再交则替换。 Hand in a sentence or a file."""
    from models.database import unit_of_work
    from tasks.collections import find_collection
    from tasks.collections import hand_in as register
    from tasks.directory import find_person

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        hand = _hand(desk, session, by)
        person = find_person(session, of) if of else hand.person
        collection = find_collection(session, number)
        row = register(session, number, hand, of=person, words=words, kept=_keep(desk, file))
        late = row.handed_in_on is not None and row.handed_in_on > collection.due_on
        facts = {
            "number": number,
            "title": collection.title,
            "name": person.name,
            "day": row.handed_in_on,
            "late": late,
            "sha256": row.sha256,
        }
    if desk.json:
        desk.print_json(facts)
    else:
        desk.tell("collection.handed_in_late" if late else "collection.handed_in", **facts)


@app.command()
def excuse(
    ctx: typer.Context,
    number: Number,
    name: Annotated[str, typer.Argument(metavar="姓名或邮箱", help="免交的人。 Who is excused.")],
    reason: Annotated[str, typer.Argument(help="原因。 Why.")],
    by: By = "",
) -> None:
    """登记免予提交，写明原因。 Let somebody off, with the reason."""
    from models.database import unit_of_work
    from tasks.collections import excuse as let_off
    from tasks.directory import find_person

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        person = find_person(session, name)
        row = let_off(session, number, _hand(desk, session, by), of=person, reason=reason)
        facts = {"number": number, "name": person.name, "reason": row.excused}
    if desk.json:
        desk.print_json(facts)
    else:
        desk.tell("collection.let_off", **facts)


@app.command()
def show(ctx: typer.Context, number: Number) -> None:
    """一张表：谁交了、谁没交、覆盖率。 One list of all: who has, who has not."""
    from commands.show import show_table
    from models.database import reading
    from models.errors import NotFoundError
    from models.tables import Collection, Item
    from tasks.collection_list import count_of, joiners, list_lines

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        found = session.get(Collection, number)
        if found is None:
            raise NotFoundError("collection_unknown", number=number)
        lines = list_lines(session, number)
        item = session.get(Item, found.item_id) if found.item_id else None
        new = [one.name for one in joiners(session, found, lines, desk.clock.today())]
        session.expunge_all()
    count = count_of(lines)
    facts = {
        "number": number,
        "title": found.title,
        "words": found.words,
        "audience": found.audience,
        "due": found.due_on,
        "closed": found.closed_at is not None,
        "item": item.ref if item else "",
        "owed": count.owed,
        "handed_in": count.handed_in,
        "late": sum(line.stand(found.due_on) == "late" for line in lines),
        "open": count.open,
        "excused": count.excused,
        "coverage": count.coverage,
        "joiners": new,
    }
    if desk.json:
        desk.print_json(facts | {"people": [_line(desk, line, line.stand(found.due_on)) for line in lines]})
        return
    state = desk.say("collection.is_closed" if facts["closed"] else "collection.is_open")
    desk.tell("collection.head", **facts | {"state": state})
    if item:
        desk.tell("collection.item", ref=item.ref, title=item.title)
    if found.words:
        desk.console.print(found.words, markup=False, soft_wrap=True)
    desk.tell("collection.counts", **facts)
    show_table(desk, [_row(desk, line, line.stand(found.due_on)) for line in _open_first(lines)])
    if new:
        desk.tell("collection.joiners", names="、".join(new), number=number)


@app.command("list")
def list_(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="包括已结束的。 Closed ones too.")] = False,
) -> None:
    """列出正在进行的收集及覆盖率。 Open collections and how far each has come."""
    from commands.show import show_table
    from models.database import reading
    from tasks.collection_list import list_collections

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        rows = [
            {
                "number": one.collection.id,
                "title": one.collection.title,
                "audience": one.collection.audience,
                "due_on": one.collection.due_on,
                "owed": one.count.owed,
                "handed_in": one.count.handed_in,
                "still_open": one.count.open,
                "coverage": one.count.coverage if desk.json else f"{one.count.coverage}%",
            }
            | ({"closed": one.collection.closed_at is not None} if desk.json else {})
            for one in list_collections(session, every=every)
        ]
    show_table(desk, rows, headings={"number": "id", "title": "collected"})


@app.command()
def remind(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="附言。 Words.")] = "",
    by: By = "",
) -> None:
    """提醒未交的人；记录在案，有次数限制。 Remind who has not handed in."""
    from models.database import unit_of_work
    from tasks.collection_chase import remind as chase

    desk: Desk = ctx.obj
    calendar = desk.calendar(desk.clock.today().year)
    with unit_of_work(desk.engine) as session:
        summary = chase(
            session,
            number,
            _hand(desk, session, by),
            words=words,
            every=desk.settings.urge_workdays,
            calendar=calendar,
        )
    facts = {"number": number, "count": summary.count.open, "coverage": summary.count.coverage}
    if desk.json:
        desk.print_json(facts)
    else:
        desk.tell("collection.reminded", **facts)


@app.command()
def close(ctx: typer.Context, number: Number, by: By = "") -> None:
    """结束收集，列出未交的人。 Close it and name who has not handed in."""
    from models.database import unit_of_work
    from tasks.collection_list import count_of, list_lines
    from tasks.collections import close as end

    desk: Desk = ctx.obj
    with unit_of_work(desk.engine) as session:
        end(session, number, _hand(desk, session, by))
        lines = list_lines(session, number)
    count, uncovered = count_of(lines), [line.name for line in lines if line.owes]
    facts = {
        "number": number,
        "owed": count.owed,
        "handed_in": count.handed_in,
        "coverage": count.coverage,
        "uncovered": uncovered,
    }
    if desk.json:
        desk.print_json(facts)
        return
    desk.tell("collection.closed", **facts)
    if uncovered:
        desk.tell("collection.uncovered", names="、".join(uncovered))


def _hand(desk: Desk, session: Session, by: str) -> Hand:
    from commands.options import read_person
    from tasks.work import Hand

    return Hand(
        read_person(session, desk, by), desk.clock.now(), desk.clock.today(), desk.settings.coordinator
    )


def _keep(desk: Desk, file: Path | None) -> Kept | None:
    from tasks.evidence import keep_file

    if file is None:
        return None
    settings = desk.settings
    return keep_file(desk.home, file, limit_mib=settings.evidence_limit_mib, types=settings.evidence_types)


def _show_opened(desk: Desk, opened: Opened, key: str) -> None:
    facts = {
        "number": opened.collection.id,
        "title": opened.collection.title,
        "due": opened.collection.due_on,
        "asked": opened.count,
        "owed": opened.count - len(opened.excused),
    }
    if desk.json:
        desk.print_json(facts | {"excused": [vars(one) for one in opened.excused]})
        return
    desk.tell("collection.opened" if key == "opened" else "collection.joined", **facts)
    for one in opened.excused:
        desk.tell("collection.excused", name=one.name, reason=one.reason)


def _open_first(lines: list[Line]) -> list[Line]:
    """Who still owes it stands at the head of the list, by unit."""
    return sorted(lines, key=lambda line: not line.owes)


def _row(desk: Desk, line: Line, stand: str) -> dict[str, object]:
    said = "　".join(filter(None, (line.words, line.file, line.excused if stand == "excused" else "")))
    return {
        "listed_under": line.unit,
        "person": line.name,
        "stand": desk.say(f"hand_in.{stand}"),
        "handed_in_on": line.handed_in_on,
        "said": said,
    }


def _line(desk: Desk, line: Line, stand: str) -> dict[str, object]:
    at = line.handed_in_at.astimezone(desk.clock.zone) if line.handed_in_at else None
    return {
        "unit": line.unit,
        "name": line.name,
        "email": line.email,
        "stand": stand,
        "handed_in_on": line.handed_in_on,
        "handed_in_at": at,
        "words": line.words,
        "file": line.file,
        "sha256": line.sha256,
        "excused": line.excused,
    }
