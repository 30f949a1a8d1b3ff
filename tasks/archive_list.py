"""The list of what is filed: a spreadsheet of work items, and one of their evidence with its hashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.lifecycle import ExtensionState, State
from models.messages import Lang, say
from models.tables import Evidence, Extension, Item, Person, Unit, WorkItem
from tasks.issue.sheets import Page, Value, workbook_bytes
from tasks.issue.text import file_stem

#: Columns with their widths in characters.
_WORK = {
    "id": 7,
    "ref": 6,
    "category": 12,
    "title": 38,
    "unit": 14,
    "period": 10,
    "owner": 8,
    "original_due_on": 11,
    "due_on": 11,
    "closed_on": 11,
    "remark": 8,
    "target": 6,
    "done": 6,
    "evidence": 6,
}
_FILES = {
    "id": 7,
    "title": 28,
    "file": 26,
    "file_kind": 14,
    "file_size": 9,
    "uploaded_at": 17,
    "actor": 8,
    "sha256": 36,
    "stored": 6,
}


class Filing(NamedTuple):
    """Where the list goes and how it is written: the home, the language, the bureau's zone."""

    home: Path
    lang: Lang
    zone: tzinfo


class FiledWork(NamedTuple):
    """A work item as the list has it."""

    id: int
    ref: str
    category: str
    title: str
    unit: str
    period: str
    owner: str | None
    original_due_on: date | None
    due_on: date | None
    closed_on: date | None
    target: float | None
    done: float
    #: Whether a later date was granted for it.
    extended: bool


class FiledFile(NamedTuple):
    """A file of evidence as the list has it; `at` is when it was uploaded."""

    work_id: int
    title: str
    name: str
    kind: str
    size: int
    at: datetime
    by: str
    sha256: str


def works_to_file(session: Session, year: int) -> list[FiledWork]:
    """The closed work items of a plan year, in the plan's order."""
    granted = select(Extension.id).where(
        Extension.work_item_id == WorkItem.id, Extension.state == ExtensionState.GRANTED.value
    )
    rows = session.execute(
        select(
            WorkItem.id,
            Item.ref,
            Item.category,
            Item.title,
            Unit.name,
            WorkItem.period,
            Person.name,
            WorkItem.original_due_on,
            WorkItem.due_on,
            WorkItem.closed_on,
            WorkItem.target,
            WorkItem.done,
            granted.exists(),
        )
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .outerjoin(Person, Person.id == WorkItem.owner_id)
        .where(Item.year == year, WorkItem.state == State.CLOSED.value)
        .order_by(Item.position, Unit.position, WorkItem.due_on, WorkItem.id)
    )
    return [FiledWork(*row) for row in rows]


def files_to_file(session: Session, year: int) -> list[FiledFile]:
    """The evidence of those work items, in the order of uploading."""
    rows = session.execute(
        select(
            WorkItem.id,
            Item.title,
            Evidence.name,
            Evidence.kind,
            Evidence.size,
            Evidence.at,
            Person.name,
            Evidence.sha256,
        )
        .join(WorkItem, WorkItem.id == Evidence.work_item_id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Person, Person.id == Evidence.person_id)
        .where(Item.year == year, WorkItem.state == State.CLOSED.value)
        .order_by(WorkItem.id, Evidence.id)
    )
    return [FiledFile(*row) for row in rows]


def list_name(year: int, volume: int, lang: Lang) -> str:
    """What the list's file is called."""
    return f"{file_stem(say('archive.name', lang, year=year, volume=volume))}.xlsx"


def list_bytes(
    works: Sequence[FiledWork],
    files: Sequence[FiledFile],
    filing: Filing,
    *,
    year: int,
    author: str,
    at: datetime,
) -> bytes:
    """The list as a spreadsheet; evidence whose file is missing from the store is marked."""
    lang = filing.lang
    count = Counter(one.work_id for one in files)
    pages = [
        Page(
            name=say("archive.works", lang),
            title=say("archive.works_title", lang, year=year, count=len(works)),
            heads=_heads(_WORK, lang),
            widths=tuple(_WORK.values()),
            rows=[_work_row(one, count[one.id], lang) for one in works],
        ),
        Page(
            name=say("archive.files", lang),
            title=say("archive.files_title", lang, year=year, count=len(files)),
            heads=_heads(_FILES, lang),
            widths=tuple(_FILES.values()),
            rows=[_file_row(one, filing) for one in files],
            notes=[say("archive.note", lang)],
        ),
    ]
    return workbook_bytes(pages, author=author, at=at)


def _heads(columns: dict[str, int], lang: Lang) -> tuple[str, ...]:
    return tuple(say(f"archive_column.{key}", lang) for key in columns)


def _work_row(work: FiledWork, evidence: int, lang: Lang) -> list[Value]:
    return [
        work.id,
        work.ref,
        work.category,
        work.title,
        work.unit,
        work.period,
        work.owner or "",
        *(str(day or "") for day in (work.original_due_on, work.due_on, work.closed_on)),
        _remark(work, lang),
        work.target,
        work.done if work.target is not None else None,
        evidence or None,
    ]


def _remark(work: FiledWork, lang: Lang) -> str:
    """Whether it was extended, and whether it was made up after its date in force."""
    remarks = []
    if work.extended:
        remarks.append(say("archive.extended", lang))
    if work.due_on and work.closed_on and work.closed_on > work.due_on:
        remarks.append(say("archive.made_up", lang))
    return say("life.comma", lang).join(remarks)


def _file_row(file: FiledFile, filing: Filing) -> list[Value]:
    stored = (filing.home / "evidence" / file.sha256).is_file()
    return [
        file.work_id,
        file.title,
        file.name,
        file.kind,
        file.size,
        file.at.astimezone(filing.zone).strftime("%Y-%m-%d %H:%M"),
        file.by,
        file.sha256,
        say("archive.stored" if stored else "archive.missing", filing.lang),
    ]
