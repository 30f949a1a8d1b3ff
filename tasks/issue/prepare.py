"""Documents put on paper, before they are kept: what their newest versions say, and what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, select
from sqlalchemy.orm import Session

from models.tables import Publication
from tasks.figures import CountedFigure
from tasks.issue.changes import differences, digest
from tasks.issue.draft import Draft, Edition
from tasks.issue.staging import Staging
from tasks.issue.text import file_stem

DRAFT, RETURNED = "draft", "returned"
#: What a newer draft replaces: the approver's copy and one that came back.
UNISSUED = (DRAFT, RETURNED)

#: A document's kind, period and unit: the same through all its versions.
Identity = tuple[str, str, int]


@dataclass(frozen=True)
class Prepared:
    """A document as its newest version has it, or a new version on paper, ready to be kept.

    `row` is the publication's, `newest` the version that was the newest one (0: none); a new version has
    `files` that wait for their places, by paths relative to the home.
    """

    row: Mapping[str, Any]
    newest: int
    figures: tuple[CountedFigure, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """Which document it is."""
        return self.row["kind"], self.row["period"], self.row["unit_id"]

    @property
    def fresh(self) -> bool:
        """Whether it is a new version."""
        return bool(self.row["version"] > self.newest)


def prepare(session: Session, drafts: Sequence[Draft], files: Staging) -> list[Prepared]:
    """Put on paper what says something new; one SELECT, nothing is written into the database."""
    newest = _newest([(draft.kind, draft.period.key, draft.unit_id) for draft in drafts])
    rows = session.execute(select(*KNOWN).join(newest, _is_same(newest))).mappings()
    known = {(row["kind"], row["period"], row["unit_id"]): dict(row) for row in rows}
    return [_prepared(one, known.get((one.kind, one.period.key, one.unit_id)), files) for one in drafts]


def is_overtaken(session: Session, prepared: Sequence[Prepared]) -> bool:
    """Whether somebody else issued one of the documents since they were prepared; one SELECT."""
    rows = session.execute(select(_newest([one.identity for one in prepared])))
    versions = {(kind, period, unit): version for kind, period, unit, version in rows}
    return any(versions.get(one.identity, 0) != one.newest for one in prepared)


def newest_ids(session: Session, documents: Sequence[Identity]) -> dict[Identity, int]:
    """The publication that is each document's newest version; one SELECT."""
    newest = _newest(documents)
    same = (Publication.kind, Publication.period, Publication.unit_id)
    rows = session.execute(select(*same, Publication.id).join(newest, _is_same(newest)))
    return {(kind, period, unit): number for kind, period, unit, number in rows}


#: What is known of a version.
KNOWN = (
    Publication.id,
    Publication.kind,
    Publication.period,
    Publication.unit_id,
    Publication.version,
    Publication.title,
    Publication.state,
    Publication.files,
    Publication.content,
    Publication.body,
    Publication.changes,
)


def _newest(documents: Sequence[Identity]) -> Subquery:
    """The newest version of each document: kind, period, unit, version."""
    kinds, periods, units = (
        (set(column) for column in zip(*documents, strict=True)) if documents else ((),) * 3
    )
    same = (Publication.kind, Publication.period, Publication.unit_id)
    return (
        select(*same, func.max(Publication.version).label("version"))
        .where(Publication.kind.in_(kinds), Publication.period.in_(periods), Publication.unit_id.in_(units))
        .group_by(*same)
        .subquery()
    )


def _is_same(newest: Subquery) -> ColumnElement[bool]:
    return and_(
        *(getattr(Publication, name) == newest.c[name] for name in ("kind", "period", "unit_id", "version"))
    )


def _prepared(draft: Draft, old: Mapping[str, Any] | None, files: Staging) -> Prepared:
    content = digest(draft.body)
    if old is not None and old["content"] == content:
        return Prepared(old, old["version"])
    newest = old["version"] if old else 0
    changes = tuple(differences(old["body"], draft.body)) if old else ()
    # On paper a change is one against what readers have: nobody has the draft that this one replaces.
    seen = old is not None and old["state"] not in UNISSUED
    edition = Edition(newest + 1, changes if seen else ())
    folder, names, waiting = Path("documents", draft.period.key, draft.kind), [], {}
    for sheet in draft.render(edition):
        path = (folder / f"{file_stem(sheet.name)}_v{edition.version}.{sheet.ending}").as_posix()
        waiting[path], sha256 = files.put(path, sheet.content)
        names.append({"role": sheet.role, "path": path, "sha256": sha256})
    row = {
        "kind": draft.kind,
        "period": draft.period.key,
        "unit_id": draft.unit_id,
        "version": edition.version,
        "title": draft.title,
        "files": names,
        "content": content,
        "body": draft.body,
        "changes": list(changes),
    }
    return Prepared(row, newest, draft.figures, waiting)
