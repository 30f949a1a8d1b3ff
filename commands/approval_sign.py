"""What signers do with their seats: approve, reject, return, advise, keep for later, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.approval_acting import (
    Default,
    Number,
    Opinion,
    Signer,
    act,
    act_on_all,
    the_only_approver,
    the_only_signer,
)

if TYPE_CHECKING:
    from models.approval.commands import SeatCommand

Numbers = Annotated[list[int], typer.Argument(help="审批编号，可列多个。 Approval numbers, one or more.")]
Seat = Annotated[
    int, typer.Option("--seat", help="同时有几个席位待办时，办哪一个。 Which of several own seats.")
]


def approve(
    ctx: typer.Context, numbers: Numbers, opinion: Opinion = "", seat: Seat = 0, by: Signer = ""
) -> None:
    """同意；受委派的，记为建议。后续步骤随即进行。 Approve; an adviser's counts as advice."""
    from models.approval.commands import Approve

    _sign_all(ctx, numbers, by, Approve, opinion=opinion, seat=seat)


def reject(
    ctx: typer.Context, numbers: Numbers, opinion: Opinion = "", seat: Seat = 0, by: Signer = ""
) -> None:
    """不同意，写明意见；受委派的，记为建议。 Reject, with an opinion; an adviser's counts as advice."""
    from models.approval.commands import Reject

    _sign_all(ctx, numbers, by, Reject, opinion=opinion, seat=seat)


def return_(
    ctx: typer.Context,
    number: Number,
    opinion: Annotated[str, typer.Option("--opinion", help="退回意见，必填。 Opinion, required.")] = "",
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="previous|initiator|步骤",
            help="退到哪里：上一步、申请人（默认），或某一步的代号或名称。 Where to.",
        ),
    ] = "initiator",
    straight_back: Annotated[
        bool | None,
        typer.Option(
            "--straight-back/--in-order",
            help="改好后直接送回本步骤，或按顺序再走一遍；不填按流程规定。 How it comes back.",
        ),
    ] = None,
    seat: Seat = 0,
    by: Signer = "",
) -> None:
    """退回，写明意见。 Send it back, with an opinion."""
    from models.approval.commands import Return
    from models.approval.definition import Resubmit

    ways = {None: None, True: Resubmit.TO_RETURNER, False: Resubmit.IN_ORDER}
    act(
        ctx,
        number,
        by,
        the_only_signer,
        lambda scene, who: Return(who, opinion, seat, scene.step(to), ways[straight_back]),
    )


def draft(
    ctx: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(help="意见草稿；空白即清除。 The draft; empty clears it.")],
    seat: Seat = 0,
    by: Signer = "",
) -> None:
    """暂存意见，不作决定。 Keep an opinion for later; decides nothing."""
    from models.approval.commands import KeepDraft

    _sign(ctx, number, by, KeepDraft, opinion=words, seat=seat)


def decline(
    ctx: typer.Context, number: Number, opinion: Opinion = "", seat: Seat = 0, by: Signer = ""
) -> None:
    """受委派的人不提意见，退还委派人。 An adviser gives the seat back without advice."""
    from models.approval.commands import Decline

    _sign(ctx, number, by, Decline, opinion=opinion, seat=seat)


def take_back(
    ctx: typer.Context,
    number: Number,
    opinion: Annotated[str, typer.Option("--opinion", help="原因。 Why.")] = "",
    by: Annotated[
        str, typer.Option("--as", metavar="姓名或邮箱", help="谁取回自己的同意。 Whose approval it was.")
    ] = "",
) -> None:
    """取回本人已作的同意；后面的人已办理的不能取回。 Take one's own approval back."""
    from models.approval.commands import TakeBack

    act(ctx, number, by, the_only_approver, lambda _, who: TakeBack(who, opinion))


def _sign_all(ctx: typer.Context, numbers: list[int], by: str, kind: type[SeatCommand], **words: Any) -> None:  # noqa: ANN401  # the command's own fields
    if len(numbers) == 1:
        _sign(ctx, numbers[0], by, kind, **words)
    else:
        act_on_all(ctx, numbers, by, the_only_signer, lambda _, who: kind(who, **words))


def _sign(
    ctx: typer.Context,
    number: int,
    by: str,
    kind: type[SeatCommand],
    default: Default = the_only_signer,
    **words: Any,  # noqa: ANN401  # the command's own fields
) -> None:
    act(ctx, number, by, default, lambda _, who: kind(who, **words))
