"""A plan's way from draft to force: submit, decide, activate."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.errors import RefusedError, Term
from models.journal import Fact, record
from models.lifecycle import PlanState, plan_after
from models.tables import Item, Person, Plan, PlanItem
from models.workdays import Calendar
from tasks.approvals.ask import ask
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Decided, Subject
from tasks.build_plan import reschedule
from tasks.compare_plans import compare, reread
from tasks.follow_plan import OTHER_ORIGINS
from tasks.store_plan import active_plan
from tasks.unannounced import UNANNOUNCED_KIND

#: What an item takes over from the version row in force.
_CARRIED = (
    "no",
    "position",
    "category",
    "title",
    "standard",
    "remark",
    "phrase",
    "kind",
    "key",
    "origin",
    "figure",
    "days",
    "workdays",
    "shift",
)


def submit_plan(
    session: Session, plan: Plan, staff: Staff, *, title: str, by: Person, approver: Person | None = None
) -> int:
    """Send a draft through its approval and give the approval's number. Twice gives the same one.

    The first version goes by the definition `plan`, a later one by `amendment`. Raises RefusedError
    while a question is open, or when the plan is no draft.
    """
    subject = _subject(session, plan, title)
    if plan.state == PlanState.SUBMITTED.value:
        return ask(session, subject, staff, by=by, approver=approver)
    open_refs = [item.ref for item in plan.items if item.confirm_time or item.confirm_owner]
    if open_refs:
        raise RefusedError("plan_open_questions", count=len(open_refs), refs="、".join(open_refs))
    plan.state = plan_after(PlanState(plan.state), "submit").value
    payload = {"year": plan.year, "version": plan.version}
    record(session, [Fact("plan.submitted", "plan", plan.id, by.email, payload)], at=staff.now)
    return ask(session, subject, staff, by=by, approver=approver)


def _subject(session: Session, plan: Plan, title: str) -> Subject:
    """A plan as its approval sees it; an amendment with how much it changes of what is in force."""
    before = active_plan(session, plan.year)
    if before is None or before.id == plan.id:
        facts = {"items": len(plan.items), "starred": sum(item.key for item in plan.items)}
        return Subject("plan", plan.id, title, "plan", facts)
    refs = compare(before, plan).refs()
    facts = {
        "items": len(plan.items),
        "added": len(refs["added"]),
        "changed": len({*refs["changed"], *(one.after.ref for one in reread(before, plan))}),
        "removed": len(refs["withdrawn"]),
    }
    return Subject("plan", plan.id, title, "amendment", facts)


def plan_decided(session: Session, plan_id: int, decided: Decided) -> None:
    """Let the plan follow its approval; one that a newer version has replaced stays replaced."""
    plan = session.get_one(Plan, plan_id)
    if plan.state != PlanState.SUBMITTED.value:
        return
    action = _ACTIONS[decided.status]
    plan.state = plan_after(PlanState(plan.state), action).value
    payload = {"year": plan.year, "version": plan.version, "opinion": decided.opinion}
    verb = f"plan.{_EVENTS[action]}"
    record(session, [Fact(verb, "plan", plan.id, decided.actor, payload, decided.opinion)], at=decided.at)


#: What the end of an approval, or its coming back, does to a plan.
_ACTIONS = {
    Status.APPROVED: "approve",
    Status.REJECTED: "return",
    Status.RETURNED: "return",
    Status.DRAFT: "withdraw",
    Status.TERMINATED: "withdraw",
}
_EVENTS = {"approve": "approved", "return": "returned", "withdraw": "withdrawn"}


def activate_plan(session: Session, plan: Plan, *, actor: str, at: datetime) -> bool:
    """Put an approved plan in force: its items become the items of the year.

    Items that the version before had and this one lacks are withdrawn and keep their history. Gives
    False where the plan is in force already. Raises RefusedError where it is not approved.
    """
    if plan.state == PlanState.ACTIVE.value:
        return False
    if plan.state != PlanState.APPROVED.value:
        state = Term(f"plan_state.{plan.state}")
        raise RefusedError("plan_not_approved", year=plan.year, version=plan.version, state=state)
    before = active_plan(session, plan.year)
    plan.state = plan_after(PlanState(plan.state), "activate").value
    plan.activated_at = at
    if before is not None:
        before.state = plan_after(PlanState(before.state), "supersede").value
    session.flush()
    _take_over_items(session, plan, at)
    categories = list(dict.fromkeys(item.category for item in plan.items))
    payload = {
        "year": plan.year,
        "version": plan.version,
        "categories": len(categories),
        "items": len(plan.items),
    }
    record(session, [Fact("plan.activated", "plan", plan.id, actor, payload)], at=at)
    return True


def set_deadlines(session: Session, plan: Plan, *, calendar: Calendar, actor: str, at: datetime) -> int:
    """Put the plan's due dates on the workdays known now; gives how many items moved.

    A plan is often written before the holidays of its last weeks are announced: run again after the
    notice, this moves what the notice moves.
    """
    moved = [item.ref for item in plan.items if reschedule(item, calendar=calendar, year=plan.year)]
    if moved:
        session.flush()
        payload = {"year": plan.year, "version": plan.version, "items": moved}
        record(session, [Fact("plan.deadlines_set", "plan", plan.id, actor, payload)], at=at)
    return len(moved)


def _take_over_items(session: Session, plan: Plan, at: datetime) -> None:
    _make_room(session, plan)
    known = {
        ref: number
        for number, ref in session.execute(select(Item.id, Item.ref).where(Item.year == plan.year))
    }
    rows = session.execute(
        select(PlanItem.id, PlanItem.ref, *(getattr(PlanItem, name) for name in _CARRIED)).where(
            PlanItem.plan_id == plan.id
        )
    ).mappings()
    new, changed, refs = [], [], set()
    for row in rows:
        refs.add(row["ref"])
        values = {name: row[name] for name in _CARRIED} | {
            "year": plan.year,
            "ref": row["ref"],
            "plan_item_id": row["id"],
            "hidden": row["kind"] == UNANNOUNCED_KIND,
            "withdrawn_at": None,
        }
        if row["ref"] in known:
            changed.append(values | {"id": known[row["ref"]]})
        else:
            new.append(values)
    if new:
        session.execute(insert(Item), new)
    if changed:
        session.execute(update(Item), changed)
    gone = [number for ref, number in known.items() if ref not in refs]
    for start in range(0, len(gone), 500):
        session.execute(
            update(Item)
            .where(
                Item.id.in_(gone[start : start + 500]),
                Item.origin.not_in(OTHER_ORIGINS),
                Item.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=at, plan_item_id=None)
        )


def _make_room(session: Session, plan: Plan) -> None:
    """Let parts that were numbered like a new item of the plan step aside: the plan's numbers come first."""
    refs = select(PlanItem.ref).where(PlanItem.plan_id == plan.id)
    for part in session.scalars(
        select(Item).where(Item.year == plan.year, Item.origin == "part", Item.ref.in_(refs))
    ):
        part.ref = f"{part.ref}~{part.id}"
    session.flush()
