"""`duban init`: make a home ready to work in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from models.journal import Verdict

From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="把这个 SQLite 数据库迁入空的 PostgreSQL。 Move this SQLite database to an empty PostgreSQL.",
    ),
]


def init(ctx: typer.Context, old: From = None) -> None:
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
    moved = _take_over(old, engine) if old else None
    if desk.json:
        told = {"home": str(desk.home), "database": LATEST, "upgraded_from": before}
        desk.print_json(told | ({"events": moved.count, "head": moved.head} if moved else {}))
    elif moved:
        desk.tell("init.taken_over", file=old, count=moved.count, head=moved.head)
    else:
        desk.tell("init.done" if before != LATEST else "init.ready", home=desk.home)


def _take_over(old: Path, target: Engine) -> Verdict:
    from models.database import open_database
    from models.takeover import take_over

    source = open_database(f"sqlite:///{old.resolve()}")
    try:
        return take_over(source, target)
    finally:
        source.dispose()
