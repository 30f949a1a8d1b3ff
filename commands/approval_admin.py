"""What is done with an approval as a whole: submit again, withdraw, suspend, resume, terminate, migrate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.approval_acting import (
    Initiator,
    Number,
    Scene,
    act,
    carry_out,
    look,
    office_of,
    the_coordinator,
    the_initiator,
)
from commands.desk import Desk
from commands.options import By

if TYPE_CHECKING:
    from flows.office import Office
    from flows.stories.step import Outcome
    from models.approval.commands import Migrate
    from models.approval.definition import Definition
    from tasks.approvals.store import Stored

Reason = Annotated[str, typer.Option("--reason", help="原因，必填。 Why, required.")]


def submit(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[
        str, typer.Option("--reason", help="任务报结未达目标的原因。 Why work is short of its target.")
    ] = "",
    by: Initiator = "",
) -> None:
    """撤回或退回的事项改好之后，再次提交。 Submit again after a withdrawal or a return."""
    from commands.approval_views import show_standing
    from models.approval.commands import Submit

    desk: Desk = ctx.obj
    office = office_of(desk)
    found: list[Stored] = []

    def ask(scene: Scene, who: int) -> Submit:
        found.append(scene.stored)
        command = Submit(who, facts=scene.stored.state.facts)
        scene.must_take(command)
        return command

    command = look(office, desk, number, by, the_initiator, ask)
    outcome = _resubmit(desk, office, found[0], command.by, reason)
    show_standing(desk, office, number, outcome)


def _resubmit(desk: Desk, office: Office, stored: Stored, by: int, reason: str) -> Outcome | None:
    """Let the subject go the way that it went to be submitted, so that it and its approval stay one."""
    from flows.run import run_flow
    from models.tables import Person, Plan, Publication
    from tasks.work import Hand, finish

    if stored.subject == "plan":
        with office.read() as session:
            year = session.get_one(Plan, stored.subject_id).year
        return run_flow(office, "annual_plan", year=year)
    if stored.subject == "publication":
        with office.read() as session:
            publication = session.get_one(Publication, stored.subject_id)
            flow, period = _FLOWS[publication.kind], publication.period
        return run_flow(office, flow, period=period)
    with office.write() as session:
        person = session.get_one(Person, by)
        hand = Hand(person, desk.clock.now(), desk.clock.today(), desk.settings.coordinator)
        staff = office.staff(session, stored.number)
        finish(session, stored.subject_id, hand, words="", staff=staff, reason=reason)
    return None


#: Which flow writes a returned document anew and submits it.
_FLOWS = {
    "bulletin": "half_year_inspection",
    "report": "half_year_report",
}


def withdraw(
    ctx: typer.Context,
    number: Number,
    opinion: Annotated[str, typer.Option("--opinion", help="原因。 Why.")] = "",
    by: Initiator = "",
) -> None:
    """撤回申请；有人办理之后一般不能撤回。 The initiator takes the request back."""
    from models.approval.commands import Withdraw

    act(ctx, number, by, the_initiator, lambda _, who: Withdraw(who, opinion))


def suspend(ctx: typer.Context, number: Number, reason: Reason = "", by: By = "") -> None:
    """挂起：谁都不能办，时限停止计算。 Stop it and its clocks."""
    from models.approval.commands import Suspend

    act(ctx, number, by, the_coordinator, lambda _, who: Suspend(who, reason))


def resume(ctx: typer.Context, number: Number, by: By = "") -> None:
    """恢复办理，时限顺延。 Let it go on; deadlines move."""
    from models.approval.commands import Resume

    act(ctx, number, by, the_coordinator, lambda _, who: Resume(who))


def terminate(ctx: typer.Context, number: Number, reason: Reason = "", by: By = "") -> None:
    """作废，写明原因；不能恢复。 End it for good, with the reason."""
    from models.approval.commands import Terminate

    act(ctx, number, by, the_coordinator, lambda _, who: Terminate(who, reason))


def migrate(
    ctx: typer.Context,
    number: Number,
    version: Annotated[int, typer.Option("--to-version", min=1, help="改按第几版办理。 The version.")],
    renamed: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="旧=新", help="改了代号的步骤，可写多次。 Renamed steps."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看不改。 Show only.")] = False,
    by: By = "",
) -> None:
    """让正在办的审批改按流程的另一版办理。 Move a running approval to another version."""
    from models.approval.commands import Migrate
    from tasks.approvals.definitions import publish

    desk: Desk = ctx.obj
    office = office_of(desk)
    mapping = _mapping(renamed or [])
    rows: list[dict[str, object]] = []

    def make(scene: Scene, who: int) -> Migrate:
        command = Migrate(who, _version(scene, version), mapping)
        scene.must_take(command)
        rows.extend(_moves(scene, command))
        return command

    command = look(office, desk, number, by, the_coordinator, make)
    if dry_run:
        _show_moves(desk, number, version, rows)
        return
    assert isinstance(command, Migrate)  # noqa: S101  # `make` gave it
    assert command.to is not None  # noqa: S101  # the same
    with office.write() as session:
        publish(session, command.to, at=desk.clock.now())
    carry_out(desk, office, number, command)


def _mapping(renamed: list[str]) -> dict[str, str]:
    """Old key → new key, from words such as `review=check`. Raises InputError."""
    from models.errors import InputError

    pairs = [one.partition("=") for one in renamed]
    if not all(old and new for old, _, new in pairs):
        raise InputError("approval_map", words="、".join(renamed))
    return {old.strip(): new.strip() for old, _, new in pairs}


def _version(scene: Scene, version: int) -> Definition:
    """A version of the approval's definition: the one in use now, or one that was used before."""
    from sqlalchemy import select

    from models.approval.catalogue import definition_for
    from models.errors import NotFoundError
    from models.kept.read import pinned
    from models.tables import ApprovalDefinition

    code = scene.stored.definition.code
    used = select(ApprovalDefinition).where(
        ApprovalDefinition.code == code, ApprovalDefinition.version == version
    )
    row = scene.session.scalar(used)
    if row is not None:
        return pinned(scene.session, code, version, row.sha)
    current = definition_for(code, scene.desk.settings.definitions)
    if current.version != version:
        raise NotFoundError("approval_version_unknown", code=code, version=version, current=current.version)
    return current


def _moves(scene: Scene, command: Migrate) -> list[dict[str, object]]:
    """Where every step that counts now would be found."""
    from commands.approval_views import name_of_step

    lang, stored, to = scene.desk.lang, scene.stored, command.to
    assert to is not None  # noqa: S101  # a migration without a version was refused
    keys = [run.key for run in stored.state.steps.values() if run.live]
    open_keys = {run.key for run in stored.state.open_runs()}
    after = {key: to.by_key[command.mapping.get(key, key)] for key in keys}
    rows: list[dict[str, object]] = [
        {
            "step_before": f"{name_of_step(stored, key, lang)} [{key}]",
            "step_after": f"{step.name.get(lang) or step.name['zh']} [{step.key}]",
            "step_state": scene.desk.say(f"approval_told.{'step_open' if key in open_keys else 'step_done'}"),
        }
        for key, step in after.items()
    ]
    reached = {step.key for step in after.values()}
    rows += [
        {
            "step_before": "",
            "step_after": f"{step.name.get(lang) or step.name['zh']} [{step.key}]",
            "step_state": scene.desk.say("approval_told.step_ahead"),
        }
        for step in to.by_key.values()
        if step.key not in reached
    ]
    return rows


def _show_moves(desk: Desk, number: int, version: int, rows: list[dict[str, object]]) -> None:
    from commands.show import show_table

    if desk.json:
        desk.print_json({"id": number, "to_version": version, "changed": False, "steps": rows})
        return
    show_table(desk, rows)
    desk.tell("approval_told.fits", id=number, version=version)
