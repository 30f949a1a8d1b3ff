"""Keep a proposal as the next version of the year's plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from models.errors import InputError, NotFoundError
from models.journal import Fact, record
from models.lifecycle import PlanState, plan_after
from models.messages import say
from models.proposal import Problem, Proposal, ProposedItem
from models.settings import Settings
from models.tables import Plan, PlanItem, PlanSlot, Responsible
from models.workdays import Calendar
from tasks.approvals.ask import end_approval
from tasks.approvals.staff import Staff
from tasks.build_plan import build_item
from tasks.compare_plans import COMPARED, Difference, compare
from tasks.directory import load_directory
from tasks.standing_rules import propose_rules

Row = TypeVar("Row", PlanSlot, Responsible)

#: An item whose words are all the same keeps what the coordinator confirmed in the version before.
_CONFIRMED = (
    "kind",
    "reading",
    "days",
    "workdays",
    "shift",
    "confirm_time",
    "confirm_owner",
    "owner_note",
)
#: Versions that wait for nothing any more once a newer one is imported.
_PENDING = (PlanState.DRAFT, PlanState.RETURNED, PlanState.SUBMITTED, PlanState.APPROVED)


@dataclass(frozen=True)
class Stored:
    """The version that keeps the proposal; `fresh` is False where nothing changed."""

    plan: Plan
    difference: Difference
    fresh: bool
    problems: tuple[Problem, ...] = ()


def store_plan(
    session: Session,
    proposal: Proposal,
    *,
    settings: Settings,
    calendar: Calendar,
    actor: str,
    at: datetime,
    source_document: str = "",
) -> Stored:
    """Store a proposal as a draft: version 1, or n+1 with its difference from version n.

    A file that says what the newest version says changes nothing, whatever its bytes. Items keep
    their numbers; those whose words are unchanged keep what was confirmed. Raises InputError for a
    proposal without items or without an organisation to resolve its owners in.
    """
    if not proposal.items:
        raise InputError("plan_empty", file=proposal.source)
    directory = load_directory(session, date(proposal.year, 1, 1), date(proposal.year, 12, 31))
    if not directory.units:
        raise InputError("organisation_missing")
    newest = newest_plan(session, proposal.year)
    proposed: list[tuple[ProposedItem, str]] = [(item, "plan") for item in proposal.items]
    proposed += [(item, "rule") for item in propose_rules(settings.rules, proposal, directory)]
    plan = Plan(
        year=proposal.year,
        version=newest.version + 1 if newest else 1,
        state=PlanState.DRAFT.value,
        title=proposal.title,
        source=proposal.source,
        sha256=proposal.sha256,
        source_document=source_document,
        created_at=at,
    )
    plan.items = [
        build_item(
            item,
            position=n,
            settings=settings,
            calendar=calendar,
            directory=directory,
            year=proposal.year,
            origin=origin,
        )
        for n, (item, origin) in enumerate(proposed)
    ]
    difference = compare(newest, plan)
    if newest is not None and not difference:
        return Stored(newest, difference, fresh=False, problems=proposal.problems)
    if newest is not None:
        _keep_confirmed(newest, plan)
        if PlanState(newest.state) in _PENDING:
            newest.state = plan_after(PlanState(newest.state), "supersede").value
            staff = Staff(session, settings, calendar, at=at, today=at.astimezone(settings.zone).date())
            reason = say("approval.newer_version", settings.lang, version=newest.version + 1)
            end_approval(session, "plan", newest.id, staff, reason=reason)
    session.add(plan)
    session.flush()
    payload = {
        "year": plan.year,
        "version": plan.version,
        "items": len(plan.items),
        "changes": difference.refs(),
        "source_document": source_document,
    }
    record(session, [Fact("plan.imported", "plan", plan.id, actor, payload)], at=at)
    return Stored(plan, difference, fresh=True, problems=proposal.problems)


def newest_plan(session: Session, year: int) -> Plan | None:
    """The newest version of a year's plan with its items, slots and responsible units."""
    return session.scalar(_whole_plan().where(Plan.year == year).order_by(Plan.version.desc()).limit(1))


def find_plan(session: Session, year: int, version: int | None = None) -> Plan:
    """A version of a year's plan, the newest by default. Raises NotFoundError."""
    if version is None:
        plan = newest_plan(session, year)
    else:
        plan = session.scalar(_whole_plan().where(Plan.year == year, Plan.version == version))
    if plan is not None:
        return plan
    newest = session.scalar(select(func.max(Plan.version)).where(Plan.year == year))
    if newest is None:
        raise NotFoundError("plan_unknown", year=year)
    raise NotFoundError("plan_version_unknown", year=year, version=version, newest=newest)


def active_plan(session: Session, year: int) -> Plan | None:
    """The version in force."""
    return session.scalar(_whole_plan().where(Plan.year == year, Plan.state == PlanState.ACTIVE.value))


def _whole_plan() -> Select[tuple[Plan]]:
    return select(Plan).options(
        selectinload(Plan.items).selectinload(PlanItem.slots),
        selectinload(Plan.items).selectinload(PlanItem.responsibles),
    )


def _keep_confirmed(before: Plan, after: Plan) -> None:
    old = {item.ref: item for item in before.items}
    for item in after.items:
        twin = old.get(item.ref)
        if twin is None or any(getattr(twin, name) != getattr(item, name) for name in COMPARED):
            continue
        for name in _CONFIRMED:
            setattr(item, name, getattr(twin, name))
        item.slots = [_copy(PlanSlot, slot) for slot in twin.slots]
        item.responsibles = [_copy(Responsible, one) for one in twin.responsibles]


def _copy(kind: type[Row], row: Row) -> Row:
    """The same row for another parent."""
    names = [c.key for c in kind.__table__.columns if c.key not in {"id", "plan_item_id"}]
    return kind(**{name: getattr(row, name) for name in names})
