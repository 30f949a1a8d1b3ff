"""`duban doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from commands.checks.check import Check

#: How each outcome is drawn: sign and colour.
SIGNS = {"good": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "red")}


def doctor(ctx: typer.Context) -> None:
    """检查安装：版本、数据库、邮件、节假日、字体，并说明如何处理。 What is wrong, and how to mend it."""
    from commands.checks.examination import examine

    desk: Desk = ctx.obj
    checks = examine(desk)
    bad = sum(one.mark == "bad" for one in checks)
    warned = sum(one.mark == "warn" for one in checks)
    if desk.json:
        named = [asdict(one) | {"check": desk.say(f"doctor.{one.name}")} for one in checks]
        desk.print_json({"healthy": not bad, "checks": named})
    else:
        _show(desk, checks)
        key = "doctor.ill" if bad else "doctor.warned" if warned else "doctor.well"
        desk.tell(key, bad=bad, warned=warned)
    if bad:
        raise typer.Exit(1)


def _show(desk: Desk, checks: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title_justify="left", header_style="bold")
    table.add_column("")
    for key in ("check", "result", "remedy"):
        table.add_column(desk.say(f"column.{key}"), overflow="fold")
    for one in checks:
        sign, style = SIGNS[one.mark]
        cells = (desk.say(f"doctor.{one.name}"), one.result, one.remedy)
        table.add_row(Text(sign, style=style), *(Text(cell) for cell in cells))
    desk.console.print(table)
