"""`duban doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import typer

from commands.desk import Desk


def doctor(ctx: typer.Context) -> None:
    """检查安装：版本、数据库、邮件、节假日、字体，并说明如何处理。 What is wrong, and how to mend it."""
    from commands.checks.examination import examine
    from commands.checks.table import tell_checks

    desk: Desk = ctx.obj
    tell_checks(desk, examine(desk), section="doctor")
