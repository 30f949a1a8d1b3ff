"""`duban init`: make a home ready to work in."""

from __future__ import annotations

import typer

from commands.desk import Desk


def init(ctx: typer.Context) -> None:
    """建立数据目录和数据库；再次运行即升级。 Set up, or upgrade, the home directory."""
    from importlib.resources import files

    from models.database import open_database
    from models.migrate import LATEST, migrate, revision

    desk: Desk = ctx.obj
    desk.home.mkdir(parents=True, exist_ok=True)
    for name in ("duban.toml", "holidays.csv"):
        target = desk.home / name
        if not target.exists():
            template = files("models").joinpath("catalogues", f"home_{name}")
            target.write_text(template.read_text("utf-8"), "utf-8")
    engine = open_database(desk.settings.database)
    before = revision(engine)
    if before != LATEST:
        migrate(engine)
    if desk.json:
        desk.print_json({"home": str(desk.home), "database": LATEST, "upgraded_from": before})
    else:
        desk.tell("init.done" if before != LATEST else "init.ready", home=desk.home)
