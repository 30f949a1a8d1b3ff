"""`duban phrases`: how time phrases are understood, one a line, before any plan is imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk
from commands.options import Year
from commands.show import whole
from models.errors import InputError, NotFoundError
from models.schedule import Kind

if TYPE_CHECKING:
    from models.schedule import Schedule

_ENCODINGS = ("utf-8-sig", "gb18030")


def phrases(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="每行一个时间短语的文本文件，- 为标准输入。 One phrase a line."),
    ],
    year: Year = None,
) -> None:
    """看系统怎样理解时间短语。 Show how time phrases are understood."""
    from tasks.read_plan.phrases import read_phrase

    desk: Desk = ctx.obj
    plan_year = year or desk.clock.today().year
    readings = [read_phrase(line, year=plan_year) for line in _lines(file)]
    if desk.json:
        desk.print_json([as_json(reading) for reading in readings])
        return
    from commands.show import show_table

    show_table(desk, [_row(desk, reading) for reading in readings])
    desk.tell(
        "phrases.counted",
        count=len(readings),
        year=plan_year,
        asked=sum(reading.confirm for reading in readings),
    )


def as_json(reading: Schedule) -> dict[str, object]:
    """One reading as scripts get it: dates in ISO form, whole quantities without decimals."""
    target = reading.target
    # What could not be read has no period of its own: its year's end only stands in until confirmed.
    slots = () if reading.kind is Kind.MISSING else reading.slots
    return {
        "phrase": reading.phrase,
        "kind": reading.kind.value,
        "confirm": reading.confirm,
        "reading": reading.reading,
        "target": [whole(one) for one in target] if isinstance(target, tuple) else whole(target),
        "periods": [
            {
                "key": slot.key,
                "start": slot.start.isoformat() if slot.start else None,
                "due": slot.due.isoformat() if slot.due else None,
            }
            for slot in slots
        ],
    }


def _row(desk: Desk, reading: Schedule) -> dict[str, object]:
    dues = [slot.due for slot in reading.slots if slot.due]
    return {
        "phrase": reading.phrase,
        "phrase_kind": desk.say(f"phrase_kind.{reading.kind}"),
        "periods": len(reading.slots) or "",
        "first_due": dues[0] if dues else "",
        "last_due": dues[-1] if dues else "",
        "confirm": "？" if reading.confirm else "",
        "reading": reading.reading,
    }


def _lines(file: str) -> list[str]:
    """The lines without their ends; a blank line is a blank cell and stays."""
    text = _text(_content(file), file).replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def _content(file: str) -> bytes:
    if file == "-":
        return typer.get_binary_stream("stdin").read()
    try:
        return Path(file).read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError("phrases_missing", file=file) from error
    except OSError as error:
        raise InputError("phrases_unreadable", file=file, reason=error.strerror) from error


def _text(content: bytes, file: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("phrases_not_text", file=file)
