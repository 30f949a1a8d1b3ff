"""Publish documents: a new version only when they say something new, with its changes in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, func, select, tuple_, update
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.errors import NotFoundError, RefusedError
from models.files import write_atomically
from models.journal import Fact, record
from models.periods import Period
from models.tables import Figure, Publication
from tasks.approvals.subject import Decided
from tasks.figures import CountedFigure
from tasks.issue.changes import differences, digest
from tasks.issue.text import file_stem

DRAFT, RETURNED, ISSUED, SUPERSEDED = "draft", "returned", "issued", "superseded"
#: What a newer draft replaces: the approver's copy and one that came back.
UNISSUED = (DRAFT, RETURNED)


@dataclass(frozen=True)
class Edition:
    """Which version is being written, and what it changes."""

    version: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One file of a document: its role, its readable name without ending, its bytes."""

    role: str
    name: str
    ending: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """A document that is ready to be written: what it says and how it is put on paper.

    `body` decides whether anything is new; `render` is called only if so. `unit_id` 0 is the bureau.
    """

    kind: str
    period: Period
    title: str
    body: dict[str, object]
    render: Callable[[Edition], Iterable[Sheet]]
    unit_id: int = 0
    figures: tuple[CountedFigure, ...] = ()


@dataclass(frozen=True)
class Issued:
    """A document as it now stands; `fresh` says whether this call made the version.

    `files` are {role, path relative to the home, sha256}.
    """

    publication_id: int
    kind: str
    period: str
    unit_id: int
    version: int
    title: str
    state: str
    files: tuple[dict[str, str], ...]
    changes: tuple[str, ...]
    fresh: bool


def publish(
    session: Session, draft: Draft, *, home: Path, at: datetime, actor: str, needs_approval: bool = False
) -> Issued:
    """Write one document unless its newest version already says the same.

    A new version supersedes the older ones and is told by the event `publication.issued`; one that
    needs approval stays a draft without that event until `release`. Files are written atomically
    under `home/documents/<period>/<kind>`.
    """
    return publish_all(session, [draft], home=home, at=at, actor=actor, needs_approval=needs_approval)[0]


def publish_all(
    session: Session,
    drafts: Sequence[Draft],
    *,
    home: Path,
    at: datetime,
    actor: str,
    needs_approval: bool = False,
) -> tuple[Issued, ...]:
    """The same for many documents at once, with a fixed number of statements."""
    newest = _newest(session, drafts)
    state = DRAFT if needs_approval else ISSUED
    results: list[Publication] = []
    fresh: list[tuple[Draft, Publication]] = []
    for draft in drafts:
        old = newest.get((draft.kind, draft.period.key, draft.unit_id))
        if old is not None and old.content == digest(draft.body):
            results.append(old)
            continue
        made = _write(draft, old, state=state, home=home, at=at)
        fresh.append((draft, made))
        results.append(made)
    session.add_all([publication for _, publication in fresh])
    session.flush()
    session.add_all(_figures(fresh))
    _supersede(session, [publication for _, publication in fresh], drafts_only=needs_approval)
    if not needs_approval:
        record(session, [_fact(publication, actor) for _, publication in fresh], at=at)
    made_now = {publication.id for _, publication in fresh}
    return tuple(_issued(publication, publication.id in made_now) for publication in results)


def release(session: Session, publication_id: int, *, at: datetime, actor: str) -> Issued:
    """Turn an approved draft into the issued document, with its event.

    Releasing an issued one changes nothing. Raises NotFoundError for an unknown id and
    RefusedError for a draft that a newer one has superseded.
    """
    publication = session.get(Publication, publication_id)
    if publication is None:
        raise NotFoundError("document_unknown", number=publication_id)
    if publication.state == ISSUED:
        return _issued(publication, fresh=False)
    if publication.state != DRAFT:
        raise RefusedError("document_superseded", title=publication.title, version=publication.version)
    publication.state = ISSUED
    publication.issued_at = at
    session.flush()
    _supersede(session, [publication], drafts_only=False)
    record(session, [_fact(publication, actor)], at=at)
    return _issued(publication, fresh=True)


def publication_decided(session: Session, publication_id: int, decided: Decided) -> None:
    """Let a draft follow its approval: it is issued, or lies returned until it is written anew."""
    publication = session.get_one(Publication, publication_id)
    if publication.state != DRAFT:
        return
    if decided.status is Status.APPROVED:
        release(session, publication_id, at=decided.at, actor=decided.actor)
    else:
        publication.state = RETURNED


def _newest(session: Session, drafts: Sequence[Draft]) -> dict[tuple[str, str, int], Publication]:
    kinds = {draft.kind for draft in drafts}
    periods = {draft.period.key for draft in drafts}
    newest = (
        select(Publication.kind, Publication.period, Publication.unit_id, func.max(Publication.version))
        .where(Publication.kind.in_(kinds), Publication.period.in_(periods))
        .group_by(Publication.kind, Publication.period, Publication.unit_id)
    )
    identity = tuple_(Publication.kind, Publication.period, Publication.unit_id, Publication.version)
    found = session.scalars(select(Publication).where(identity.in_(newest)))
    return {(one.kind, one.period, one.unit_id): one for one in found}


def _write(draft: Draft, old: Publication | None, *, state: str, home: Path, at: datetime) -> Publication:
    changes = tuple(differences(old.body, draft.body)) if old else ()
    # On paper a change is one against what readers have: nobody has the draft that this one replaces.
    seen = old is not None and old.state not in UNISSUED
    edition = Edition(old.version + 1 if old else 1, changes if seen else ())
    folder = Path("documents", draft.period.key, draft.kind)
    return Publication(
        kind=draft.kind,
        period=draft.period.key,
        unit_id=draft.unit_id,
        version=edition.version,
        title=draft.title,
        state=state,
        files=[_put(sheet, edition, folder=folder, home=home) for sheet in draft.render(edition)],
        content=digest(draft.body),
        body=draft.body,
        changes=list(changes),
        created_at=at,
        issued_at=at if state == ISSUED else None,
    )


def _put(sheet: Sheet, edition: Edition, *, folder: Path, home: Path) -> dict[str, str]:
    path = folder / f"{file_stem(sheet.name)}_v{edition.version}.{sheet.ending}"
    write_atomically(home / path, sheet.content)
    return {
        "role": sheet.role,
        "path": path.as_posix(),
        "sha256": hashlib.sha256(sheet.content).hexdigest(),
    }


def _figures(fresh: Sequence[tuple[Draft, Publication]]) -> list[Figure]:
    return [
        Figure(
            publication_id=publication.id,
            key=figure.key,
            label=figure.label,
            value=figure.value,
            unit=figure.unit,
            rule=figure.rule,
            work_items=list(figure.work_items),
            events=list(figure.events),
        )
        for draft, publication in fresh
        for figure in draft.figures
    ]


def _supersede(session: Session, publications: Sequence[Publication], *, drafts_only: bool) -> None:
    """Put older versions out of force; a new draft leaves the issued version in force."""
    replacing = [one for one in publications if one.version > 1]
    if not replacing:
        return
    states = UNISSUED if drafts_only else (*UNISSUED, ISSUED)
    newer = Publication.__table__.alias()
    exists_newer = select(newer.c.id).where(
        and_(
            newer.c.id.in_([one.id for one in replacing]),
            newer.c.kind == Publication.kind,
            newer.c.period == Publication.period,
            newer.c.unit_id == Publication.unit_id,
            newer.c.version > Publication.version,
        )
    )
    session.execute(
        update(Publication)
        .where(Publication.state.in_(states), exists_newer.exists())
        .values(state=SUPERSEDED)
        .execution_options(synchronize_session="fetch")
    )


def _fact(publication: Publication, actor: str) -> Fact:
    payload = {
        "kind": publication.kind,
        "period": publication.period,
        "version": publication.version,
        "unit_id": publication.unit_id,
        "title": publication.title,
        "changes": publication.changes,
    }
    return Fact("publication.issued", "publication", publication.id, actor, payload)


def _issued(publication: Publication, fresh: bool) -> Issued:  # noqa: FBT001  # said by its name
    return Issued(
        publication.id,
        publication.kind,
        publication.period,
        publication.unit_id,
        publication.version,
        publication.title,
        publication.state,
        tuple(publication.files),
        tuple(publication.changes),
        fresh,
    )
