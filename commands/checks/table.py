"""Checks as a table for people, or as JSON: what was looked at, what was found, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import typer

from commands.checks.check import Check, Mark
from commands.desk import Desk

#: How each outcome is drawn: sign and colour.
SIGNS = {"good": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "red")}


def tell_checks(desk: Desk, checks: Sequence[Check], *, section: str) -> None:
    """Print the checks; `section` of the catalogue names them and says how it is on the whole.

    Exit 1 where something is wrong.
    """
    bad = sum(one.mark is Mark.BAD for one in checks)
    warned = sum(one.mark is Mark.WARN for one in checks)
    if desk.json:
        named = [asdict(one) | {"check": _name(desk, one, section)} for one in checks]
        desk.print_json({"healthy": not bad, "checks": named})
    else:
        _show(desk, checks, section)
        desk.tell(f"{section}.{'ill' if bad else 'warned' if warned else 'well'}", bad=bad, warned=warned)
    if bad:
        raise typer.Exit(1)


def _name(desk: Desk, one: Check, section: str) -> str:
    kind, _, number = one.name.partition("-")
    return " ".join(filter(None, (desk.say(f"{section}.{kind}"), number)))


def _show(desk: Desk, checks: Sequence[Check], section: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title_justify="left", header_style="bold")
    table.add_column("")
    for key in ("check", "result", "remedy"):
        table.add_column(desk.say(f"column.{key}"), overflow="fold")
    for one in checks:
        sign, style = SIGNS[one.mark]
        cells = (_name(desk, one, section), one.result, one.remedy)
        table.add_row(Text(sign, style=style), *(Text(cell) for cell in cells))
    desk.console.print(table)
