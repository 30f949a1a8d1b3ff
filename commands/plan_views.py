"""What the plan commands show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.desk import Desk
from commands.show import show_problems, show_table, whole
from models.schedule import Kind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.proposal import Proposal, ProposedItem
    from models.tables import Plan
    from tasks.compare_plans import Difference
    from tasks.store_plan import Stored


def proposal_json(proposal: Proposal) -> dict[str, object]:
    """The proposal in the shape that design.md fixes for scripts."""
    return {
        "categories": len(proposal.categories),
        "items": [_item_json(item) for item in proposal.items],
        "problems": [
            {
                "file": one.file,
                "sheet": one.sheet,
                "row": one.row,
                "column": one.column,
                "message": one.message,
            }
            for one in proposal.problems
        ],
    }


def _item_json(item: ProposedItem) -> dict[str, object]:
    schedule = item.schedule
    slots = schedule.slots
    target = schedule.target
    plain = [whole(one) for one in target] if isinstance(target, tuple) else whole(target)
    return {
        "no": item.no,
        "category": item.category,
        "title": item.title,
        "key": item.key,
        "owner": item.owner,
        "lead": item.lead,
        "supporting": item.supporting,
        "lead_units": list(item.lead_units),
        "supporting_units": list(item.supporting_units),
        "standard": item.standard,
        "remark": item.remark,
        "phrase": schedule.phrase,
        "kind": schedule.kind.value,
        "reading": schedule.reading,
        # What could not be read has no period of its own: its year's end only stands in until confirmed.
        "periods": 0 if schedule.kind is Kind.MISSING else len(slots),
        "target": plain,
        "first_start": _iso(slots[0].start) if slots else None,
        "first_due": _iso(slots[0].due) if slots else None,
        "last_start": _iso(slots[-1].start) if slots else None,
        "last_due": _iso(slots[-1].due) if slots else None,
        "confirm": schedule.confirm,
        "sheet": item.sheet,
        "row": item.row,
    }


def _iso(day: object) -> str | None:
    return str(day) if day is not None else None


def show_proposal(desk: Desk, proposal: Proposal) -> None:
    """Print a proposal: problems first, then every item with its reading."""
    show_problems(desk, proposal.problems)
    rows = [
        {
            "ref": item.ref,
            "title": ("★" if item.key else "") + item.title,
            "owner": item.owner,
            "lead": "、".join(item.lead_units) or item.lead,
            "phrase": item.schedule.phrase,
            "reading": item.schedule.reading,
            "confirm": "？" if item.schedule.confirm else "",
        }
        for item in proposal.items
    ]
    count = {"categories": len(proposal.categories), "items": len(rows)}
    show_table(desk, rows, title=desk.say("plan.proposal", title=proposal.title, **count))
    asked = sum(item.schedule.confirm for item in proposal.items)
    desk.tell("plan.dry_run", asked=asked)


def plan_rows(session: Session, plan: Plan) -> list[dict[str, object]]:
    """One row an item of a stored plan, with names for units and people."""
    from sqlalchemy import select

    from models.tables import Person, Unit

    units = dict(session.execute(select(Unit.id, Unit.name)).tuples().all())
    people = dict(session.execute(select(Person.id, Person.name)).tuples().all())
    rows: list[dict[str, object]] = []
    for item in plan.items:
        leads = [one for one in item.responsibles if one.role == "lead"]
        owners = dict.fromkeys(people.get(one.owner_id or 0, "") for one in leads)
        due = [slot.due_on for slot in item.slots if slot.due_on]
        rows.append(
            {
                "ref": item.ref,
                "title": ("★" if item.key else "") + item.title,
                "lead": _shortened([units[one.unit_id] for one in leads]),
                "owner": _shortened(list(owners)),
                "phrase": item.phrase,
                "reading": item.reading,
                "periods": len(item.slots),
                "first_due": str(due[0]) if due else "",
            }
        )
    return rows


def _shortened(names: list[str]) -> str:
    shown = [name for name in names if name]
    return "、".join(shown) if len(shown) <= 3 else f"{shown[0]}等{len(shown)}"  # noqa: PLR2004


def difference_rows(difference: Difference) -> list[dict[str, str]]:
    """One row a change: `added`, `changed` (which field, before, after) or `withdrawn`."""

    def row(
        change: str, ref: str, title: str, *, field: str = "", before: str = "", after: str = ""
    ) -> dict[str, str]:
        return {
            "change": change,
            "ref": ref,
            "title": title,
            "field": field,
            "before": before,
            "after": after,
        }

    return [
        *(row("added", item.ref, item.title, after=item.phrase) for item in difference.added),
        *(
            row("changed", one.ref, one.title, field=one.field, before=one.before, after=one.after)
            for one in difference.changed
        ),
        *(row("withdrawn", item.ref, item.title, before=item.phrase) for item in difference.withdrawn),
    ]


def difference_json(plan: Plan, difference: Difference, *, fresh: bool) -> dict[str, object]:
    """A version and what it changes, for scripts."""
    return {
        "year": plan.year,
        "version": plan.version,
        "state": plan.state,
        "source_document": plan.source_document,
        "items": len(plan.items),
        "fresh": fresh,
        "changes": difference_rows(difference),
    }


def show_difference(desk: Desk, plan: Plan, difference: Difference) -> None:
    """Print what a version adds, changes and withdraws."""
    rows = [
        {
            "change": _change_words(desk, row),
            **{key: row[key] for key in ("ref", "title", "before", "after")},
        }
        for row in difference_rows(difference)
    ]
    state = desk.say(f"plan_state.{plan.state}")
    show_table(desk, rows, title=desk.say("plan.title", title=plan.title, version=plan.version, state=state))
    if plan.source_document:
        desk.tell("plan.source", source=plan.source_document)


def show_stored(desk: Desk, stored: Stored) -> None:
    """Print which version a file became, and what it changes against the one before."""
    plan = stored.plan
    if not stored.fresh:
        desk.tell("plan.unchanged", year=plan.year, version=plan.version)
        return
    if plan.version > 1:
        show_difference(desk, plan, stored.difference)
    desk.tell("plan.stored", year=plan.year, version=plan.version, items=len(plan.items))


def _change_words(desk: Desk, row: dict[str, str]) -> str:
    field = desk.say(f"column.{row['field']}") if row["field"] else ""
    return desk.say(f"plan.{row['change']}", field=field)
