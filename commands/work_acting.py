"""What the commands on work items share: who acts, one transaction, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.show import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.tables import WorkItem
    from tasks.evidence import Attached, Kept, Used
    from tasks.work import Hand

Number = Annotated[int, typer.Argument(help="任务编号，见 duban work list。 Work item number.")]
Words = Annotated[str, typer.Argument(help="进展、意见或原因。 In words.")]
Quantity = Annotated[float | None, typer.Option("--quantity", help="本次完成数量。 Quantity.")]
On = Annotated[
    str, typer.Option("--on", metavar="日期", help="开展日期，默认今天。 Day of what is reported.")
]
Files = Annotated[
    list[Path] | None, typer.Option("--file", help="佐证文件，可写多个。 Evidence, any number.")
]

#: What events say about contributions and parts, and the sentence that tells it.
_TELLING = {
    "waived": "work_told.waived",
    "cancelled_parts": "work_told.parts_cancelled",
    "open_parts": "work_told.parts_left",
}


def read_hand(session: Session, desk: Desk, by: str) -> Hand:
    """Who acts now, with what the bureau's settings allow. Raises NotFoundError, RefusedError."""
    from commands.options import read_person
    from tasks.work import Hand

    settings = desk.settings
    return Hand(
        read_person(session, desk, by),
        desk.clock.now(),
        desk.clock.today(),
        settings.coordinator,
        settings.report_back_days,
    )


def do(
    ctx: typer.Context,
    by: str,
    act: Callable[[Session, Hand], WorkItem],
    *,
    files: Sequence[Path] = (),
    paced: bool = False,
    tell: Callable[[], None] | None = None,
) -> None:
    """Do one verb on behalf of a person, in one transaction, and say what came of it.

    `files` are kept and attached with it; what it brought about is told below its first line, and for
    a report (`paced`) how the work keeps its pace. `tell` says the first line in other words.
    """
    from models.database import unit_of_work

    desk: Desk = ctx.obj
    kept = keep_files(desk, files)
    with unit_of_work(desk.engine) as session:
        hand = read_hand(session, desk, by)
        work = act(session, hand)
        attached = attach_all(session, work.id, hand, kept)
        facts = {"id": work.id, "state": work.state, "done": whole(work.done), "target": whole(work.target)}
        more = _brought_about(session, work, hand.at)
    if desk.json:
        evidence = [_fact(desk, one) for one in attached]
        desk.print_json(facts | more | ({"evidence": evidence} if evidence else {}))
        return
    if tell is not None:
        tell()
    else:
        key = "now" if facts["target"] is None else "now_counted"
        desk.tell(
            f"work_told.reported_{key}" if paced else f"work.{key}",
            **facts | {"state": desk.say(f"state.{facts['state']}")},
        )
    if paced:
        _tell_pace(desk, work)
    _tell_brought_about(desk, more)
    for one in attached:
        tell_attached(desk, work.id, one)


def keep_files(desk: Desk, files: Sequence[Path]) -> list[Kept]:
    """Keep files as evidence in the home. Raises NotFoundError, InputError."""
    from tasks.evidence import keep_file

    limit, types = desk.settings.evidence_limit_mib, desk.settings.evidence_types
    return [keep_file(desk.home, file, limit_mib=limit, types=types) for file in files]


def attach_all(session: Session, number: int, hand: Hand, kept: Sequence[Kept]) -> list[Attached]:
    """Attach kept files to a work item."""
    from tasks.evidence import attach

    return [attach(session, number, hand, one) for one in kept]


def tell_attached(desk: Desk, number: int, one: Attached) -> None:
    """Say what was attached, when it was uploaded, and where the same file was used before."""
    name, size = one.evidence.name, shown_size(one.evidence.size)
    key = "attached_before" if one.again else "attached"
    desk.tell(f"work_told.{key}", id=number, name=name, size=size, at=shown_at(desk, one.evidence.at))
    for used in one.reused:
        tell_reused(desk, used)


def tell_reused(desk: Desk, used: Used) -> None:
    """Point out where the same file was attached before."""
    facts = used._asdict() | {"at": shown_at(desk, used.at)}
    desk.tell("work_told.reused", **facts)


def shown_at(desk: Desk, at: datetime) -> str:
    """An instant to the minute, as it is called in the bureau's zone."""
    return at.astimezone(desk.clock.zone).strftime("%Y-%m-%d %H:%M")


def shown_size(size: int) -> str:
    """A size in bytes as people read it."""
    if size < 1 << 10:
        return f"{size} B"
    return f"{size / (1 << 10):.0f} KiB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MiB"


def _fact(desk: Desk, one: Attached) -> dict[str, object]:
    return {
        "name": one.evidence.name,
        "kind": one.evidence.kind,
        "size": one.evidence.size,
        "sha256": one.evidence.sha256,
        "at": one.evidence.at.astimezone(desk.clock.zone),
        "reused": [used._asdict() | {"at": used.at.astimezone(desk.clock.zone)} for used in one.reused],
    }


def _brought_about(session: Session, work: WorkItem, at: datetime) -> dict[str, object]:
    """How far its parts are, and what the step did to contributions and parts, as its events say."""
    import json

    from sqlalchemy import select

    from models.tables import Event
    from tasks.unfinished import parts_done

    more: dict[str, object] = {}
    parts = parts_done(session, work.id)
    if parts.total:
        more["parts"] = parts._asdict()
    payloads = session.scalars(
        select(Event.payload).where(Event.subject == "work_item", Event.subject_id == work.id, Event.at == at)
    )
    for payload in payloads:
        more |= {key: value for key, value in json.loads(payload).items() if key in _TELLING}
    return more


def _tell_brought_about(desk: Desk, more: dict[str, object]) -> None:
    parts = more.get("parts")
    if isinstance(parts, dict):
        desk.tell("work_told.parts", **parts)
    for key, sentence in _TELLING.items():
        names = more.get(key)
        if isinstance(names, list):
            desk.tell(sentence, names="、".join(names))


def _tell_pace(desk: Desk, work: WorkItem) -> None:
    """What is done of the target beside the workdays that have passed."""
    from models.supervision.pace import pace

    today = desk.clock.today()
    reached = pace(
        done=work.done,
        target=work.target,
        start_on=work.start_on,
        due_on=work.due_on,
        day=today,
        calendar=desk.calendar(today.year),
    )
    if reached is not None:
        done, target = whole(work.done), whole(work.target)
        percent, elapsed = round(reached.done), round(reached.elapsed)
        desk.tell("work_told.pace", done=done, target=target, percent=percent, elapsed=elapsed)
