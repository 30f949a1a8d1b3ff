"""Definitions of approvals: every fault of a file at once, and what one looks like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.approval.definition import Definition
    from models.approval.faults import Fault
    from models.approval.path_taken import PathTaken
    from models.errors import InputError


def lint(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[文件…]", help="流程文件；默认检查自带的和数据目录 approvals 中的。 Files."),
    ] = None,
) -> None:
    """检查审批流程文件，一次列出全部问题和行号。 List every fault of definition files."""
    desk: Desk = ctx.obj
    found = dict(_faults(list(files) if files else None, desk.settings.definitions))
    clashes = [] if any(found.values()) else [one.sentence(desk.lang) for one in _clashes(desk, files)]
    if desk.json:
        desk.print_json(
            {
                "files": [
                    {
                        "file": name,
                        "faults": [
                            {
                                "line": one.line,
                                "where": one.where,
                                "code": one.code,
                                "words": one.sentence(desk.lang),
                            }
                            for one in faults
                        ],
                    }
                    for name, faults in found.items()
                ],
                "clashes": clashes,
            }
        )
    else:
        for name, faults in found.items():
            desk.tell(
                "approval_lint.faulty" if faults else "approval_lint.fine", file=name, count=len(faults)
            )
            for one in faults:
                desk.tell("approval_lint.fault", words=one.sentence(desk.lang))
        for words in clashes:
            desk.tell("approval_lint.clash", words=words)
    if clashes or any(found.values()):
        raise typer.Exit(1)


def _faults(files: list[Path] | None, folder: Path) -> Iterator[tuple[str, list[Fault]]]:
    """Each file with its faults; without files the shipped ones and the bureau's own."""
    from importlib.resources import files as resources

    from models.approval.catalogue import read_file
    from models.approval.faults import DefinitionFaultsError
    from models.approval.read_definition import lint as lint_page

    if files is None:
        shipped = resources("models").joinpath("catalogues", "approvals")
        for page in sorted(shipped.iterdir(), key=lambda one: one.name):
            if page.name.endswith(".yaml"):
                yield page.name, lint_page(page.read_text("utf-8"), source=page.name)
        files = sorted(folder.glob("*.yaml"))
    for file in files:
        try:
            read_file(file)
            yield str(file), []
        except DefinitionFaultsError as error:
            yield str(file), list(error.faults)


def _clashes(desk: Desk, files: list[Path] | None) -> Iterator[InputError]:
    """What is wrong between files that are each fine: one code twice, one version with two texts."""
    from models.approval.catalogue import contradict, definitions_in, read_file, shipped
    from models.errors import InputError

    try:
        known = [*shipped().values(), *_published(desk)]
        own = (
            [read_file(file) for file in files]
            if files
            else definitions_in(desk.settings.definitions).values()
        )
    except InputError as error:
        yield error
        return
    for one in own:
        if any(contradict(one, other) for other in known):
            yield InputError("approval_definition_changed", code=one.code, version=one.version)


def _published(desk: Desk) -> list[Definition]:
    """The versions that approvals were begun under; none where no database is set up yet."""
    from sqlalchemy import select

    from models.database import reading
    from models.errors import UnavailableError
    from models.kept.read import pinned
    from models.tables import ApprovalDefinition

    if not desk.home.exists():  # looking must not set it up
        return []
    try:
        with reading(desk.engine) as session:
            rows = session.scalars(select(ApprovalDefinition)).all()
            return [pinned(session, row.code, row.version, row.sha) for row in rows]
    except UnavailableError:
        return []


def diagram(
    ctx: typer.Context,
    which: Annotated[
        str, typer.Argument(metavar="流程|编号", help="流程代号（如 plan），或审批编号。 A code or a number.")
    ],
    svg: Annotated[Path | None, typer.Option("--svg", help="画成图片文件。 Write a picture.")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="输出 Mermaid 文本。 Mermaid text.")] = False,
) -> None:
    """画出一个流程，或一件审批走到哪里。 Draw a definition, or how far an approval came."""
    from models.approval import diagram as drawing
    from models.approval.diagram_svg import svg as draw

    desk: Desk = ctx.obj
    if svg is not None and mermaid:
        raise typer.BadParameter(desk.say("approval_told.one_drawing"))
    definition, path = _drawn(desk, which)
    if svg is not None:
        svg.write_text(draw(definition, desk.lang, path), "utf-8")
        if not desk.json:
            desk.tell("approval_told.written", file=svg)
    words = drawing.mermaid(definition, desk.lang, path)
    lines = drawing.outline(definition, desk.lang, path)
    if desk.json:
        facts = {"code": definition.code, "version": definition.version}
        desk.print_json({**facts, "outline": lines, "mermaid": words, "svg": svg and str(svg)})
    elif mermaid:
        typer.echo(words.rstrip())
    elif svg is None:
        for line in lines:
            desk.console.print(line, markup=False, soft_wrap=True)


def _drawn(desk: Desk, which: str) -> tuple[Definition, PathTaken | None]:
    """A definition by its code; by the number of an approval also how far that one came."""
    from commands.approval_views import cast_of, people_of
    from models.approval.catalogue import definition_for
    from models.approval.path_taken import PathTaken
    from models.database import reading
    from tasks.approvals.store import load

    if not which.isdecimal():
        return definition_for(which, desk.settings.definitions), None
    with reading(desk.engine) as session:
        definition, state = load(session, int(which))
        people = set(people_of(state))
        cast = cast_of(session, people, desk.lang)
    return definition, PathTaken.of(state, {one: cast.name(one) for one in people if one})
