"""How results look on the terminal: tables, problems, outcomes; or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from commands.desk import Desk

if TYPE_CHECKING:
    from flows.stories.step import Outcome
    from models.proposal import Problem

#: The colours of the lights on a terminal.
LIGHTS = {
    "grey": "bright_black",
    "green": "green",
    "blue": "blue",
    "yellow": "yellow",
    "orange": "dark_orange",
    "red": "red",
}

#: Columns that stay on one line however narrow the terminal is.
_SHORT = frozenset(
    {"id", "ref", "period", "due_on", "first_due", "state", "light", "owner", "version", "count"}
)
#: Columns that want room, with their least width in characters.
_WIDE = {"title": 18, "question": 24, "reading": 24, "problem": 24}


def show_table(desk: Desk, rows: Sequence[Mapping[str, object]], *, title: str = "") -> None:
    """Print rows as a table with headings from the catalogue (`column.<key>`), or as JSON."""
    if desk.json:
        desk.print_json(list(rows))
        return
    if not rows:
        desk.tell("show.nothing")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold")
    for key in rows[0]:
        heading = desk.say(f"column.{key}")
        if key in _SHORT:
            table.add_column(heading, no_wrap=True)
        else:
            table.add_column(heading, overflow="fold", min_width=_WIDE.get(key))
    for row in rows:
        cells = []
        for key, value in row.items():
            text = "" if value is None else str(value)
            if key == "light":
                cells.append(Text(desk.say(f"light.{text}"), style=LIGHTS.get(text, "")))
            elif key == "state":
                cells.append(Text(desk.say(f"state.{text}")))
            else:
                cells.append(Text(text))
        table.add_row(*cells)
    desk.console.print(table)


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


def show_outcome(desk: Desk, outcome: Outcome) -> None:
    """Print what a flow did, its tables, its files and what it waits for."""
    if desk.json:
        desk.print_json(
            {
                "title": outcome.title,
                "words": outcome.words,
                "tables": [{"title": table.title, "rows": table.rows} for table in outcome.tables],
                "files": [str(file) for file in outcome.files],
                "waits_for": outcome.waits_for,
            }
        )
        return
    from rich.table import Table
    from rich.text import Text

    desk.console.print(Text(outcome.title, style="bold"))
    for words in outcome.words:
        desk.console.print(Text(f"  {words}"))
    for shown in outcome.tables:
        if shown.rows:
            table = Table(title=shown.title, title_justify="left")
            for heading in shown.rows[0]:
                table.add_column(heading, overflow="fold")
            for row in shown.rows:
                table.add_row(*(Text(cell) for cell in row.values()))
            desk.console.print(table)
    if outcome.files:
        folder = outcome.files[0].parent.parent
        desk.tell("show.files", count=len(outcome.files), folder=folder)
    if outcome.waits_for:
        desk.console.print(Text(outcome.waits_for, style="yellow"))
