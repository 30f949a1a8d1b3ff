"""`duban cockpit`: the pages that managers see in Prefect's UI, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from models.pages import Lines, Page, Table

#: Columns up to this width are never made narrower.
_SHORT = 12


def cockpit(
    ctx: typer.Context,
    page: Annotated[
        str,
        typer.Argument(
            metavar="[看板]",
            help="lights 亮灯、waiting 等谁办、calendar 行事历、matrix 清单矩阵、inspection 检查对比、"
            "figures 统计数字、mail 邮件台账；all 为全部，默认首页。 Which page.",
        ),
    ] = "index",
) -> None:
    """督办看板：亮灯、待办、行事历、矩阵、检查、数字、邮件一览。 How the work stands, page by page."""
    from flows.stories.cockpit import FRONT, PAGES, collect_page, collect_pages
    from models.errors import NotFoundError

    desk: Desk = ctx.obj
    if page not in {FRONT, "all", *PAGES}:
        raise NotFoundError("cockpit_page", page=page, known=", ".join((FRONT, *PAGES, "all")))
    pages = collect_pages(desk.office) if page == "all" else [collect_page(desk.office, page)]
    if desk.json:
        desk.print_json([one.plain() for one in pages] if page == "all" else pages[0].plain())
        return
    for one in pages:
        _show(desk, one)


def _show(desk: Desk, page: Page) -> None:
    from rich.text import Text

    from models.pages import Lines

    desk.console.print(Text(page.title, style="bold"))
    desk.console.print(Text(page.summary))
    for block in page.blocks:
        desk.console.print()
        if isinstance(block, Lines):
            _show_lines(desk, block, page)
        else:
            _show_table(desk, block, page)
    desk.console.print()


def _show_lines(desk: Desk, block: Lines, page: Page) -> None:
    """Sentences; links lead nowhere on a terminal."""
    from rich.text import Text

    from models.pages import Cell, shown

    if block.title:
        desk.console.print(Text(block.title, style="italic"))
    for one in block.lines:
        if not (isinstance(one, Cell) and one.ref):
            desk.console.print(Text(f"  {shown(one, desk.lang, year=page.day.year)}"))


def _show_table(desk: Desk, block: Table, page: Page) -> None:
    from rich.text import Text

    from commands.show import LEAST, print_table
    from models.column_widths import width_of
    from models.pages import Cell, value_of

    heads = block.heads(desk.lang)
    cells = [
        [
            (text, "bold" if isinstance(content, Cell) and content.strong and value_of(content) else "")
            for content, text in zip(row, texts, strict=True)
        ]
        for row, texts in zip(block.rows, block.texts(desk.lang, year=page.day.year), strict=True)
    ]
    columns = zip(heads, *([text for text, _ in row] for row in cells), strict=True)
    natural = [max(width_of(line) for text in column for line in text.split("\n")) for column in columns]
    # Names, days and numbers stay on one line.
    least = [width if width <= _SHORT else LEAST for width in natural]
    print_table(desk, heads, cells, least=least, title=block.title)
    if block.note:
        desk.console.print(Text(block.note))
