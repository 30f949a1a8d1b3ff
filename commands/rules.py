"""`duban rules`: the standing rules that the bureau may switch on."""

from __future__ import annotations

import typer

from commands.desk import Desk


def rules(ctx: typer.Context) -> None:
    """列出常规事项（三会一课等）及是否启用。 List the standing rules."""
    from commands.show import show_table
    from tasks.standing_rules import catalogue, switched_on

    desk: Desk = ctx.obj
    on = {rule.key for rule, _ in switched_on(desk.settings.rules)}
    rows = [
        {
            "rule": rule.key,
            "title": rule.title if desk.lang == "zh" else rule.title_en,
            "unit_kind": "、".join(rule.kinds),
            "phrase": rule.phrase,
            "basis": rule.basis,
            "on": "✓" if rule.key in on else "",
        }
        for rule in catalogue().values()
    ]
    show_table(desk, rows)
    if not desk.json:
        desk.tell("rules.how", file=desk.home / "duban.toml")
