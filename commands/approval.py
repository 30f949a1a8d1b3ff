"""`duban approval`: what waits for a decision."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.desk import Desk

app = typer.Typer(name="approval", help="审批。 Approvals.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="审批编号，见 duban approval list。 Approval number.")]
Decider = Annotated[
    str, typer.Option("--as", metavar="姓名或邮箱", help="由谁办理；默认为该件的审批人。 Who decides.")
]


@app.callback()
def noun() -> None:
    """审批。 Approvals."""


@app.command("list")
def list_(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option("--as", metavar="姓名或邮箱", help="只看等待某人办理的。 Waiting for this person.")
    ] = "",
) -> None:
    """列出等待审批的事项。 List what waits for a decision."""
    from commands.show import show_table
    from models.database import reading
    from models.tables import Person
    from tasks.approvals import waiting_for
    from tasks.directory import find_person

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        person = find_person(session, by) if by else None
        found = waiting_for(session, person, today=desk.clock.today())
        rows = [
            {
                "id": one.id,
                "title": one.title,
                "approver": session.get_one(Person, one.approver_id).name,
                "asked_at": one.asked_at.astimezone(desk.clock.zone),
            }
            for one in found
        ]
    show_table(desk, rows, headings={"title": "approval_title"})


@app.command()
def show(ctx: typer.Context, number: Number) -> None:
    """显示一件审批。 Show one approval."""
    from models.database import reading
    from models.errors import NotFoundError
    from models.tables import Approval, Person

    desk: Desk = ctx.obj
    with reading(desk.engine) as session:
        one = session.get(Approval, number)
        if one is None:
            raise NotFoundError("approval_unknown", id=number)
        facts = {
            "id": one.id,
            "title": one.title,
            "approval_state": one.state,
            "approver": session.get_one(Person, one.approver_id).name,
            "asked_at": one.asked_at.astimezone(desk.clock.zone).isoformat(timespec="minutes"),
            "decided_by": one.decided_by,
            "opinion": one.opinion,
        }
    if desk.json:
        desk.print_json(facts)
        return
    named = facts | {
        "approval_state": desk.say(f"approval_state.{facts['approval_state']}"),
        "asked_at": str(facts["asked_at"]).replace("T", " ")[:16],
    }
    for key, value in named.items():
        name = desk.say(f"column.{'approval_title' if key == 'title' else key}")
        desk.tell("show.fact", name=name, value=value or "")


@app.command()
def approve(
    ctx: typer.Context,
    number: Number,
    opinion: Annotated[str, typer.Option("--opinion", help="意见。 Opinion.")] = "",
    by: Decider = "",
) -> None:
    """批准；后续步骤随即进行。 Approve, and let the next steps follow."""
    _decide(ctx, number, approve=True, opinion=opinion, by=by)


@app.command("return")
def return_(
    ctx: typer.Context,
    number: Number,
    opinion: Annotated[str, typer.Option("--opinion", help="退回意见，必填。 Opinion.")] = "",
    by: Decider = "",
) -> None:
    """退回，写明意见。 Send it back."""
    _decide(ctx, number, approve=False, opinion=opinion, by=by)


def _decide(ctx: typer.Context, number: int, *, approve: bool, opinion: str, by: str) -> None:
    from commands.show import show_outcome
    from flows.follow import follow_decision
    from flows.office import Office
    from models.errors import NotFoundError
    from models.tables import Approval, Person
    from tasks.decide import decide_subject
    from tasks.directory import find_person

    desk: Desk = ctx.obj
    office = Office(desk.settings, desk.engine, desk.clock, desk.lang)
    with office.write() as session:
        asked = session.get(Approval, number)
        if asked is None:
            raise NotFoundError("approval_unknown", id=number)
        person = find_person(session, by) if by else session.get_one(Person, asked.approver_id)
        decided = decide_subject(
            session,
            number,
            approve=approve,
            opinion=opinion,
            by=person,
            at=desk.clock.now(),
            today=desk.clock.today(),
        )
    if not desk.json:
        desk.tell("approval.decided", id=number, state=desk.say(f"approval_state.{decided.state}"))
    outcome = follow_decision(office, decided)
    if outcome is not None:
        show_outcome(desk, outcome)
    elif desk.json:
        desk.print_json({"id": number, "state": decided.state})
