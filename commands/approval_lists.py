"""What waits for whom, and all approvals there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.approval_views import cast_of, short
from commands.desk import Desk
from commands.show import show_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from models.approval.definition import Definition
    from models.tables import Approval
    from tasks.approvals.inbox import WaitingSeat


def show_waiting(desk: Desk, by: str) -> None:
    """Print the seats that wait, for one person or everybody; a person's unread copies too."""
    from models.database import reading
    from models.substitutes import acting_for
    from tasks.approvals.inbox import copies_for, waiting_for
    from tasks.directory import find_person

    with reading(desk.engine) as session:
        person = find_person(session, by) if by else None
        seats = waiting_for(session, person.id if person else None, desk.clock.today())
        copies = copies_for(session, person.id) if person else []
        reader = person.name if person else ""
        definitions = _definitions(session, seats)
        away = acting_for(session, desk.clock.today())
        acting = {one.holder: away.get(one.holder, one.holder) for one in seats}
        cast = cast_of(session, [*acting, *acting.values()], desk.lang)
    rows: list[dict[str, object]] = [
        {
            "id": one.approval,
            "title": one.title,
            "step": _step(desk, one, definitions),
            "waits_for": cast.acting(acting[one.holder], one.holder),
            "since": _shown(desk, one.opened_on or one.opened_at.astimezone(desk.clock.zone).date()),
            "due_on": one.due_on,
        }
        for one in seats
    ]
    rows += [
        {
            "id": one.approval,
            "title": one.title,
            "step": desk.say("approval_told.copy"),
            "waits_for": reader,
            "since": _shown(desk, one.opened_at.astimezone(desk.clock.zone).date()),
            "due_on": None,
        }
        for one in copies
    ]
    if desk.json:
        kinds = [*(one.kind for one in seats), *("copy" for _ in copies)]
        keys = [*(one.step for one in seats), *("" for _ in copies)]
        rows = [
            {**row, "step": key, "step_name": row["step"], "kind": kind}
            for row, key, kind in zip(rows, keys, kinds, strict=True)
        ]
    show_table(desk, rows, headings={"title": "approval_title"})


def _shown(desk: Desk, when: date) -> date | str:
    """A day or time as tables show it; for programs as it is."""
    return when if desk.json else short(desk, when)


def _definitions(session: Session, seats: Iterable[WaitingSeat]) -> dict[int, Definition]:
    """The definitions that the seats' approvals are pinned to, by the number of their row."""
    from sqlalchemy import select

    from models.kept.read import pinned
    from models.tables import ApprovalDefinition

    wanted = {one.definition for one in seats}
    rows = session.scalars(select(ApprovalDefinition).where(ApprovalDefinition.id.in_(wanted)))
    return {row.id: pinned(session, row.code, row.version, row.sha) for row in rows}


def _step(desk: Desk, seat: WaitingSeat, definitions: dict[int, Definition]) -> str:
    """What the person is to do: decide a step, give advice on it, or rework the request."""
    from tasks.approvals.inbox import REWORK

    if seat.kind == REWORK:
        return desk.say("approval_told.rework")
    step = definitions[seat.definition].by_key.get(seat.step)
    name = step.name.get(desk.lang) or step.name["zh"] if step else seat.step
    if seat.kind == "principal":
        return name
    return desk.say("approval_told.turn", name=name, what=desk.say(f"approval_told.kind_{seat.kind}"))


def show_all(desk: Desk, by: str) -> None:
    """Print every approval, newest first; of a person those with which the person had to do."""
    from sqlalchemy import or_, select

    from models.database import reading
    from models.tables import Approval, ApprovalSeat, Person
    from tasks.directory import find_person

    query = select(Approval, Person.name).join(Person, Person.id == Approval.initiator_id)
    with reading(desk.engine) as session:
        if by:
            me = find_person(session, by).id
            seated = select(ApprovalSeat.approval_id).where(
                or_(ApprovalSeat.person_id == me, ApprovalSeat.closed_by == me)
            )
            query = query.where(or_(Approval.initiator_id == me, Approval.id.in_(seated)))
        rows: list[dict[str, object]] = [
            {
                "id": one.id,
                "title": one.title,
                "approval_status": _status(desk, one),
                "initiator": name,
                "opened_at": _shown(desk, one.opened_at.astimezone(desk.clock.zone)),
                "ended_at": one.closed_at and _shown(desk, one.closed_at.astimezone(desk.clock.zone)),
            }
            for one, name in session.execute(query.order_by(Approval.id.desc()))
        ]
    show_table(desk, rows, headings={"title": "approval_title"})


def _status(desk: Desk, approval: Approval) -> str:
    status = "suspended" if approval.suspended_on else approval.status
    return status if desk.json else desk.say(f"trail_status.{status}")
