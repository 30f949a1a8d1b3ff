"""The plan as those who decide on it read it: each item with who and when, and what an amendment changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.files import write_atomically
from models.messages import Lang, say
from models.settings import Settings
from models.tables import Person, Plan, PlanItem, Unit
from tasks.compare_plans import Change, compare, reread
from tasks.issue.sheets import Page, Value, workbook_bytes
from tasks.store_plan import active_plan
from tasks.unannounced import UNANNOUNCED_KIND

#: Where the sheets lie in the home, each under a name that its content gives.
FOLDER = PurePosixPath("plans")
ROLE = "xlsx"
#: Columns in order: catalogue key and width in characters.
_COLUMNS = (
    ("ref", 7),
    ("category", 16),
    ("title", 44),
    ("standard", 26),
    ("responsible", 30),
    ("phrase", 16),
    ("reading", 30),
    ("remark", 18),
)
_CHANGES = (("ref", 7), ("title", 44), ("change", 22), ("before", 50), ("after", 50))
#: Of more units or people than this the number is given.
_MOST_NAMES = 3


def keep_plan_sheet(session: Session, plan: Plan, settings: Settings) -> list[dict[str, str]]:
    """Write the sheet of a plan into the home; gives its files as rows keep them: role, path, sha256.

    The same plan gives the same file, which is written once. Unannounced items are counted and not shown:
    only who makes them and the coordinator know of them. Raises UnavailableError where the disk fails.
    """
    pages = _pages(session, plan, settings.lang)
    mark = hashlib.sha256(repr(pages).encode()).hexdigest()
    name = say("sheet.plan_file", settings.lang, year=plan.year, version=plan.version)
    path = FOLDER / mark[:16] / f"{name}.xlsx"
    file = settings.home / path
    if not file.exists():
        write_atomically(file, workbook_bytes(pages, author="duban", at=plan.created_at))
    return [{"role": ROLE, "path": str(path), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}]


def _pages(session: Session, plan: Plan, lang: Lang) -> list[Page]:
    before = active_plan(session, plan.year)
    pages = [_whole(session, plan, lang)]
    if before is not None and before.id != plan.id:
        pages.insert(0, _changes(session, before, plan, lang))
    return pages


def _whole(session: Session, plan: Plan, lang: Lang) -> Page:
    names = _names(session)
    shown = [item for item in plan.items if not _hidden(item)]
    hidden = len(plan.items) - len(shown)
    rows: list[Sequence[Value]] = [
        (
            item.ref,
            item.category,
            ("★" if item.key else "") + item.title,
            item.standard,
            _responsible(item, names, lang),
            item.phrase,
            _when(item, lang),
            item.remark,
        )
        for item in shown
    ]
    return Page(
        say("sheet.plan", lang),
        say("sheet.plan_title", lang, title=plan.title, version=plan.version),
        *_heads(_COLUMNS, lang),
        rows,
        centred=(0, 5),
        notes=[say("sheet.plan_hidden", lang, count=hidden)] if hidden else [],
    )


def _changes(session: Session, before: Plan, plan: Plan, lang: Lang) -> Page:
    found = compare(before, plan)
    hidden = {item.ref for one in (before, plan) for item in one.items if _hidden(item)}
    names = _names(session)
    told = {
        "reading": lambda item: say("sheet.plan_slots", lang, reading=item.reading, count=len(item.slots)),
        "responsible": lambda item: _responsible(item, names, lang),
    }
    changed = [
        *found.changed,
        *(
            Change(one.after.ref, one.after.title, one.field, *map(told[one.field], (one.before, one.after)))
            for one in reread(before, plan)
        ),
    ]
    rows: list[tuple[str, str, str, str, str]] = [
        *((one.ref, one.title, say("plan.added", lang), "", one.phrase) for one in found.added),
        *(
            (
                one.ref,
                one.title,
                say("plan.changed", lang, field=say(f"column.{one.field}", lang)),
                one.before,
                one.after,
            )
            for one in changed
        ),
        *((one.ref, one.title, say("plan.withdrawn", lang), one.phrase, "") for one in found.withdrawn),
    ]
    left_out = len({row[0] for row in rows} & hidden)
    notes = [say("sheet.plan_source", lang, source=plan.source_document)] if plan.source_document else []
    notes += [say("sheet.plan_hidden_changes", lang, count=left_out)] if left_out else []
    return Page(
        say("sheet.plan_changes", lang),
        say("sheet.plan_changes_title", lang, version=plan.version, before=before.version),
        *_heads(_CHANGES, lang),
        [row for row in rows if row[0] not in hidden],
        notes=notes,
    )


def _heads(columns: Iterable[tuple[str, float]], lang: Lang) -> tuple[tuple[str, ...], tuple[float, ...]]:
    keys, widths = zip(*columns, strict=True)
    return tuple(say(f"column.{key}", lang) for key in keys), widths


def _hidden(item: PlanItem) -> bool:
    return item.kind == UNANNOUNCED_KIND


class _Names(NamedTuple):
    """The names of units and people by id."""

    units: dict[int, str]
    people: dict[int, str]


def _names(session: Session) -> _Names:
    return _Names(
        dict(session.execute(select(Unit.id, Unit.name)).tuples().all()),
        dict(session.execute(select(Person.id, Person.name)).tuples().all()),
    )


def _responsible(item: PlanItem, names: _Names, lang: Lang) -> str:
    """Lead units with the people who answer for them, then the supporting ones below."""
    units, people = names
    leads = [one for one in item.responsibles if one.role == "lead"]
    supporting = [units[one.unit_id] for one in item.responsibles if one.role == "supporting"]
    owners = list(dict.fromkeys(people[one.owner_id] for one in leads if one.owner_id))
    lines = [_some([units[one.unit_id] for one in leads], lang) or item.lead, _some(owners, lang)]
    if supporting:
        lines.append(say("sheet.plan_supporting", lang, units=_some(supporting, lang)))
    return "\n".join(filter(None, lines))


def _some(names: Sequence[str], lang: Lang) -> str:
    if len(names) <= _MOST_NAMES:
        return "、".join(names)
    return say("sheet.plan_many", lang, first=names[0], count=len(names))


def _when(item: PlanItem, lang: Lang) -> str:
    """How the time was read, and the first due date where a rest day moved it."""
    first = item.slots[0] if item.slots else None
    moved = first is not None and first.due_on is not None and first.due_on != first.nominal_due_on
    shifted = say("sheet.plan_moved", lang, first=first.due_on) if first is not None and moved else ""
    return "\n".join(filter(None, (item.reading, shifted)))
