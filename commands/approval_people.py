"""Who decides and who knows: transfer, delegate, add and remove signers, reassign, urge, copies, remarks."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.approval_acting import (
    Initiator,
    Number,
    Opinion,
    Signer,
    act,
    the_coordinator,
    the_initiator,
    the_only_reader,
    the_only_signer,
)
from commands.options import By

To = Annotated[str, typer.Option("--to", metavar="姓名或邮箱", help="交给谁。 To whom.")]
People = Annotated[list[str], typer.Argument(metavar="姓名或邮箱…", help="哪些人。 Who.")]


def transfer(ctx: typer.Context, number: Number, to: To, opinion: Opinion = "", by: Signer = "") -> None:
    """转办：把自己的席位交给别人，由其决定。 Hand the own seat over."""
    from models.approval.commands import Transfer

    act(ctx, number, by, the_only_signer, lambda scene, who: Transfer(who, opinion, to=scene.person(to)))


def delegate(ctx: typer.Context, number: Number, to: To, opinion: Opinion = "", by: Signer = "") -> None:
    """委派：请别人提意见，提出后仍由本人决定。 Ask for advice; the seat comes back."""
    from models.approval.commands import Delegate

    act(ctx, number, by, the_only_signer, lambda scene, who: Delegate(who, opinion, to=scene.person(to)))


def add_signer(
    ctx: typer.Context,
    number: Number,
    people: People,
    before: Annotated[bool, typer.Option("--before", help="在本人之前签。 Before the own seat.")] = False,
    beside: Annotated[bool, typer.Option("--beside", help="与本人同时签。 Beside it.")] = False,
    after: Annotated[bool, typer.Option("--after", help="在本人之后签。 After it.")] = False,
    opinion: Opinion = "",
    by: Signer = "",
) -> None:
    """加签：请更多的人一起签，各有一票。 Add signers, each with a vote."""
    from models.approval.commands import AddSigner
    from models.approval.state import Placing

    wanted = {Placing.BEFORE: before, Placing.PARALLEL: beside, Placing.AFTER: after}
    placings = [placing for placing, chosen in wanted.items() if chosen]
    if len(placings) != 1:
        raise typer.BadParameter(ctx.obj.say("approval_told.one_placing"))
    act(
        ctx,
        number,
        by,
        the_only_signer,
        lambda scene, who: AddSigner(who, opinion, people=scene.people(people), placing=placings[0]),
    )


def remove_signer(
    ctx: typer.Context, number: Number, people: People, opinion: Opinion = "", by: By = ""
) -> None:
    """减签：去掉尚未签的人，由加签的人或协调人办。 Take undecided seats away."""
    from models.approval.commands import RemoveSigner

    act(
        ctx,
        number,
        by,
        the_coordinator,
        lambda scene, who: RemoveSigner(who, scene.people(people), opinion),
    )


def reassign(
    ctx: typer.Context,
    number: Number,
    holder: Annotated[str, typer.Option("--from", metavar="姓名或邮箱", help="现在在谁手里。 Whose seat.")],
    to: To,
    opinion: Opinion = "",
    by: By = "",
) -> None:
    """改派：协调人把某人的席位改交他人，如人已调离。 The coordinator moves somebody's seat."""
    from models.approval.commands import Reassign

    act(
        ctx,
        number,
        by,
        the_coordinator,
        lambda scene, who: Reassign(who, scene.person(holder), scene.person(to), opinion),
    )


def urge(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="附言。 Words.")] = "",
    by: Initiator = "",
) -> None:
    """催办：提醒现在轮到的人；记录在案，有次数限制。 Urge whose turn it is."""
    from models.approval.commands import Urge

    act(ctx, number, by, the_initiator, lambda _, who: Urge(who, words))


def cc(ctx: typer.Context, number: Number, people: People, by: By = "") -> None:
    """抄送：请人阅知，不影响办理。 Give people a copy; it never blocks."""
    from models.approval.commands import Copy

    act(ctx, number, by, the_coordinator, lambda scene, who: Copy(who, scene.people(people)))


def read(
    ctx: typer.Context,
    number: Number,
    by: Annotated[
        str, typer.Option("--as", metavar="姓名或邮箱", help="谁已阅；只有一人未阅时可不填。 Who has read.")
    ] = "",
) -> None:
    """登记已阅。 Record that a copy was read."""
    from models.approval.commands import Read

    act(ctx, number, by, the_only_reader, lambda _, who: Read(who))


def comment(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="说明。 The remark.")],
    by: By = "",
) -> None:
    """补充一句说明，记入轨迹。 Add a remark to the trail."""
    from models.approval.commands import Comment

    act(ctx, number, by, the_coordinator, lambda _, who: Comment(who, words))
