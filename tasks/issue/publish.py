"""Publish documents: a new version only when they say something new, with its changes in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.database import reading, unit_of_work
from models.errors import NotFoundError, RefusedError
from models.journal import Fact, record
from models.tables import Figure, Publication
from tasks.approvals.subject import Decided
from tasks.figures import CountedFigure
from tasks.issue.draft import Draft
from tasks.issue.prepare import DRAFT, KNOWN, RETURNED, UNISSUED, Prepared, is_overtaken, newest_ids, prepare
from tasks.issue.staging import bring, staging

ISSUED, SUPERSEDED = "issued", "superseded"


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


#: Reads what documents there are to write.
Collect = Callable[[Session], Sequence[Draft]]
#: What else belongs into the transaction that keeps them.
Also = Callable[[Session, Sequence[Issued]], None]


def issue(
    engine: Engine,
    collect: Collect,
    *,
    home: Path,
    at: datetime,
    actor: str,
    needs_approval: bool = False,
    also: Also | None = None,
) -> tuple[Issued, ...]:
    """Write documents, each unless its newest version already says the same; gives them in their order.

    They are read and put on paper while others write, and kept in one short transaction; where somebody
    else issued one of them meanwhile, all are looked at anew. A new version supersedes the older ones and
    is told by the event `publication.issued`; one that needs approval stays a draft without that event
    until `release`. Files lie in `home/documents/<period>/<kind>`. Raises UnavailableError where the disk
    does not take them.
    """
    while True:
        with staging(home) as files:
            with reading(engine, steady=True) as session:
                prepared = prepare(session, collect(session), files)
            with unit_of_work(engine) as session:
                if is_overtaken(session, prepared):
                    continue
                kept = keep(session, prepared, home=home, at=at, actor=actor, needs_approval=needs_approval)
                if also is not None:
                    also(session, kept)
                return kept


def keep(
    session: Session,
    prepared: Sequence[Prepared],
    *,
    home: Path,
    at: datetime,
    actor: str,
    needs_approval: bool = False,
) -> tuple[Issued, ...]:
    """Make versions of what was prepared; a fixed number of statements.

    What fails afterwards leaves files that no row names; the next version with these names replaces them.
    """
    state = DRAFT if needs_approval else ISSUED
    stands = {"state": state, "created_at": at, "issued_at": None if needs_approval else at}
    rows = [one.row if not one.fresh else {**one.row, **stands} for one in prepared]
    made = [number for number, one in enumerate(prepared) if one.fresh]
    if made:
        session.execute(insert(Publication), [rows[number] for number in made])
        ids = newest_ids(session, [prepared[number].identity for number in made])
        for number in made:
            rows[number] = {**rows[number], "id": ids[prepared[number].identity]}
        fresh = [rows[number] for number in made]
        _keep_figures(session, [(rows[number]["id"], prepared[number].figures) for number in made])
        _supersede(session, fresh, drafts_only=needs_approval)
        if not needs_approval:
            record(session, [_fact(row, actor) for row in fresh], at=at)
        bring(home, {path: waiting for number in made for path, waiting in prepared[number].files.items()})
    return tuple(_issued(row, fresh=one.fresh) for row, one in zip(rows, prepared, strict=True))


def release(session: Session, publication_id: int, *, at: datetime, actor: str) -> Issued:
    """Turn an approved draft into the issued document, with its event.

    Releasing an issued one changes nothing. Raises NotFoundError for an unknown id and
    RefusedError for a draft that a newer one has superseded.
    """
    publication = session.get(Publication, publication_id)
    if publication is None:
        raise NotFoundError("document_unknown", number=publication_id)
    if publication.state == ISSUED:
        return _issued(_row(publication), fresh=False)
    if publication.state != DRAFT:
        raise RefusedError("document_superseded", title=publication.title, version=publication.version)
    publication.state = ISSUED
    publication.issued_at = at
    session.flush()
    row = _row(publication)
    _supersede(session, [row], drafts_only=False)
    record(session, [_fact(row, actor)], at=at)
    return _issued(row, fresh=True)


def publication_decided(session: Session, publication_id: int, decided: Decided) -> None:
    """Let a draft follow its approval: it is issued, or lies returned until it is written anew."""
    publication = session.get_one(Publication, publication_id)
    if publication.state != DRAFT:
        return
    if decided.status is Status.APPROVED:
        release(session, publication_id, at=decided.at, actor=decided.actor)
    else:
        publication.state = RETURNED


def _keep_figures(session: Session, figures: Iterable[tuple[int, Sequence[CountedFigure]]]) -> None:
    rows = [
        {
            "publication_id": publication,
            "key": figure.key,
            "label": figure.label,
            "value": figure.value,
            "unit": figure.unit,
            "rule": figure.rule,
            "work_items": list(figure.work_items),
            "events": list(figure.events),
        }
        for publication, own in figures
        for figure in own
    ]
    if rows:
        session.execute(insert(Figure), rows)


def _supersede(session: Session, rows: Sequence[Mapping[str, Any]], *, drafts_only: bool) -> None:
    """Put older versions of new ones out of force; a new draft leaves the issued version in force."""
    replacing = [row for row in rows if row["version"] > 1]
    if not replacing:
        return
    states = UNISSUED if drafts_only else (*UNISSUED, ISSUED)
    kinds, periods, units = ({row[name] for row in replacing} for name in ("kind", "period", "unit_id"))
    newer = Publication.__table__.alias()
    # Numbers are given one writer after another: those between belong to the same call.
    ids = [row["id"] for row in replacing]
    exists_newer = select(newer.c.id).where(
        newer.c.id.between(min(ids), max(ids)),
        newer.c.kind == Publication.kind,
        newer.c.period == Publication.period,
        newer.c.unit_id == Publication.unit_id,
        newer.c.version > Publication.version,
    )
    session.execute(
        update(Publication)
        .where(
            Publication.kind.in_(kinds),
            Publication.period.in_(periods),
            Publication.unit_id.in_(units),
            Publication.state.in_(states),
            exists_newer.exists(),
        )
        .values(state=SUPERSEDED)
        .execution_options(synchronize_session="fetch")
    )


def _row(publication: Publication) -> dict[str, Any]:
    return {column.key: getattr(publication, column.key) for column in KNOWN}


def _fact(row: Mapping[str, Any], actor: str) -> Fact:
    payload = {name: row[name] for name in ("kind", "period", "version", "unit_id", "title", "changes")}
    return Fact("publication.issued", "publication", row["id"], actor, payload)


def _issued(row: Mapping[str, Any], *, fresh: bool) -> Issued:
    return Issued(
        row["id"],
        row["kind"],
        row["period"],
        row["unit_id"],
        row["version"],
        row["title"],
        row["state"],
        tuple(row["files"]),
        tuple(row["changes"]),
        fresh,
    )
