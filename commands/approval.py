"""`duban approval`: what waits for a decision, how each approval stands, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from commands import approval_admin, approval_code, approval_definitions, approval_people, approval_sign
from commands.approval_acting import Number
from commands.desk import Desk

app = typer.Typer(name="approval", help="审批。 Approvals.", no_args_is_help=True)


@app.callback()
def noun() -> None:
    """审批。 Approvals."""


@app.command("list")
def list_(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option("--as", metavar="姓名或邮箱", help="只看等待某人办理的。 Waiting for this person.")
    ] = "",
    every: Annotated[
        bool, typer.Option("--all", help="也列出已办结的；与 --as 同用时列其经手的。 Finished ones too.")
    ] = False,
) -> None:
    """列出等待办理的审批：轮到谁，哪一步，何时到期。 List what waits for a decision."""
    from commands.approval_lists import show_all, show_waiting

    show_all(ctx.obj, by) if every else show_waiting(ctx.obj, by)


@app.command()
def show(ctx: typer.Context, number: Number) -> None:
    """显示一件审批：各步骤、各人的意见、轮到谁。 Show one approval."""
    from commands.approval_show import show_approval

    show_approval(ctx.obj, number)


@app.command()
def trail(ctx: typer.Context, number: Number) -> None:
    """显示一件审批的全部经过。 Show all that happened to an approval."""
    from commands.approval_show import show_trail

    show_trail(ctx.obj, number)


@app.command()
def sheet(ctx: typer.Context, number: Number) -> None:
    """打印审批单（docx），含意见、签名、时间和核验指纹。 Write the approval form."""
    from commands.approval_acting import office_of
    from tasks.issue.approval_form import issue_approval_form

    desk: Desk = ctx.obj
    office = office_of(desk)
    with office.read() as session:
        lang = desk.settings.lang
        file = issue_approval_form(session, desk.settings, number, lang=lang)
    if desk.json:
        desk.print_json({"id": number, "file": str(file)})
    else:
        desk.tell("approval_told.written", file=file)


#: The other verbs, by the heading under which the help lists them.
_VERBS: dict[str, dict[str, Callable[..., None]]] = {
    "签批 · Signing": {
        "approve": approval_sign.approve,
        "reject": approval_sign.reject,
        "return": approval_sign.return_,
        "draft": approval_sign.draft,
        "decline": approval_sign.decline,
        "take-back": approval_sign.take_back,
    },
    "由谁签批 · Who signs": {
        "transfer": approval_people.transfer,
        "delegate": approval_people.delegate,
        "add-signer": approval_people.add_signer,
        "remove-signer": approval_people.remove_signer,
        "reassign": approval_people.reassign,
    },
    "催办、抄送和说明 · Around it": {
        "urge": approval_people.urge,
        "cc": approval_people.cc,
        "read": approval_people.read,
        "comment": approval_people.comment,
        "code": approval_code.code,
    },
    "整件 · As a whole": {
        "submit": approval_admin.submit,
        "withdraw": approval_admin.withdraw,
        "suspend": approval_admin.suspend,
        "resume": approval_admin.resume,
        "terminate": approval_admin.terminate,
        "migrate": approval_admin.migrate,
    },
    "流程 · Definitions": {
        "lint": approval_definitions.lint,
        "diagram": approval_definitions.diagram,
    },
}
for panel, verbs in _VERBS.items():
    for name, verb in verbs.items():
        app.command(name, rich_help_panel=panel)(verb)
