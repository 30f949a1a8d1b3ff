"""How results look on the terminal: tables, problems, outcomes; or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from commands.desk import Desk
from models.column_widths import fit, squeezed

if TYPE_CHECKING:
    from flows.stories.step import Outcome
    from models.proposal import Problem

#: What stands in a cell, and in which style.
Cell = tuple[str, str]
NO_HEADINGS: Mapping[str, str] = MappingProxyType({})
#: The colours of the lights on a terminal.
LIGHTS = {
    "grey": "bright_black",
    "green": "green",
    "blue": "blue",
    "yellow": "yellow",
    "orange": "dark_orange",
    "red": "red",
    "waiting": "magenta",
}

#: Columns that stay on one line however narrow the terminal is.
_SHORT = frozenset({"id", "ref", "period", "due_on", "first_due", "light", "version", "count"})
#: The least width of a column in characters, and of those that want room.
LEAST = 8
_WIDE = {"title": 12, "flow": 16, "question": 16, "reading": 16, "problem": 16}


def whole(number: object) -> object:
    """A whole number without a decimal point; anything else as it is."""
    return int(number) if isinstance(number, float) and number == int(number) else number


def show_table(
    desk: Desk,
    rows: Sequence[Mapping[str, object]],
    *,
    title: str = "",
    headings: Mapping[str, str] = NO_HEADINGS,
) -> None:
    """Print rows as a table, or as JSON.

    Headings come from the catalogue (`column.<key>`), under another key where `headings` names one.
    """
    if desk.json:
        desk.print_json(list(rows))
        return
    if not rows:
        desk.tell("show.nothing")
        return
    names = [desk.say(f"column.{headings.get(key, key)}") for key in rows[0]]
    cells = [[_cell(desk, key, value) for key, value in row.items()] for row in rows]
    natural = _natural(names, cells)
    least = [
        width if key in _SHORT else _WIDE.get(key, LEAST) for key, width in zip(rows[0], natural, strict=True)
    ]
    print_table(desk, names, cells, least=least, title=title)


def _cell(desk: Desk, key: str, value: object) -> Cell:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M"), ""
    text = "" if value is None else str(value)
    if key == "light":
        return desk.say(f"light.{text}"), LIGHTS.get(text, "")
    return (desk.say(f"state.{text}") if key == "state" else text), ""


def _natural(names: Sequence[str], cells: Sequence[Sequence[Cell]]) -> list[int]:
    """The width in terminal cells that each column's longest line needs."""
    from rich.cells import cell_len

    columns = zip(*(names, *([text for text, _ in row] for row in cells)), strict=True)
    return [max(cell_len(line) for text in column for line in text.split("\n")) for column in columns]


def print_table(
    desk: Desk, names: Sequence[str], cells: Sequence[Sequence[Cell]], *, least: Sequence[int], title: str
) -> None:
    """Print a grid; in a narrow terminal one without rules. Nothing is ever cut off."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    natural, count, width = _natural(names, cells), len(names), desk.console.width
    widths, lines = fit(natural, least, width - 3 * count - 1), True
    if widths is None:
        room = width - count + 1
        widths, lines = fit(natural, least, room) or squeezed(natural, room), False
    table = Table(
        header_style="bold",
        box=box.HEAVY_HEAD if lines else None,
        padding=(0, 1, 0, 1) if lines else (0, 1, 0, 0),
        pad_edge=lines,
    )
    for name, wide in zip(names, widths, strict=True):
        table.add_column(_folded(name, wide), width=wide, overflow="fold")
    for row in cells:
        table.add_row(
            *(Text(_folded(text, wide), style=style) for (text, style), wide in zip(row, widths, strict=True))
        )
    if title:
        desk.console.print(Text(title, style="italic"), soft_wrap=True)
    desk.console.print(table)


def _folded(text: str, width: int) -> str:
    """Chinese breaks after any character; what has no wide characters is left to break at its spaces."""
    from rich.cells import cell_len, chop_cells

    if cell_len(text) == len(text):
        return text
    return "\n".join(piece for line in text.split("\n") for piece in chop_cells(line, width) or [""])


def show_problems(desk: Desk, problems: Sequence[Problem]) -> None:
    """Print what the reader has to say about a file, errors first."""
    if not problems:
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(title=desk.say("show.problems", count=len(problems)), title_justify="left")
    for key in ("file", "sheet", "row", "column", "problem"):
        table.add_column(desk.say(f"column.{key}"), overflow="fold")
    for one in sorted(problems, key=lambda problem: not problem.error):
        style = "red" if one.error else "yellow"
        cells = (one.file, one.sheet, str(one.row or ""), one.column)
        table.add_row(*(Text(cell) for cell in cells), Text(one.message, style=style))
    desk.console.print(table)


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """What a flow did, for programs."""
    return {
        "title": outcome.title,
        "words": outcome.words,
        "tables": [{"title": table.title, "rows": table.rows} for table in outcome.tables],
        "files": [str(file) for file in outcome.files],
        "waits_for": outcome.waits_for,
        "aside": outcome.aside,
    }


def show_outcome(desk: Desk, outcome: Outcome) -> None:
    """Print what a flow did, its tables, its files and what it waits for."""
    if desk.json:
        desk.print_json(outcome_json(outcome))
        return
    from rich.text import Text

    desk.console.print(Text(outcome.title, style="bold"))
    for words in outcome.words:
        desk.console.print(Text(f"  {words}"))
    for shown in outcome.tables:
        if shown.rows:
            names = list(shown.rows[0])
            cells = [[(text, "") for text in row.values()] for row in shown.rows]
            title = shown.title if shown.title != outcome.title else ""
            print_table(desk, names, cells, least=[LEAST] * len(names), title=title)
    if outcome.files:
        folder = outcome.files[0].parent.parent
        desk.tell("show.files", count=len(outcome.files), folder=folder)
    if outcome.aside:
        desk.tell("show.aside")
        for words in outcome.aside:
            desk.console.print(Text(f"  {words}"), soft_wrap=True)
    if outcome.waits_for:
        desk.console.print(Text(outcome.waits_for, style="yellow"))
