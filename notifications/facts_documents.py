"""What the letters say that carry issued documents: calendar, slip, checklist, bulletin, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select

from models.documents import WITH_WORK
from models.periods import read_period
from models.tables import Figure, Publication
from notifications.facts_owed import (
    Owed,
    Where,
    owed,
    owed_by_all,
    owed_by_owners,
    owed_by_units,
    owed_facts,
    shown_in,
)
from notifications.telling import Audience, Draft, News, Nobody, Telling, Who
from notifications.work_rows import WorkRow, principals

#: Most figures that a letter repeats from its document.
_MOST_FIGURES = 12
#: So many documents share their queries.
_AT_ONCE = 500
_COLUMNS = (
    Publication.id,
    Publication.kind,
    Publication.period,
    Publication.unit_id,
    Publication.version,
    Publication.title,
    Publication.files,
    Publication.changes,
)
#: Who reads, for whom, and the work that is shown.
_Reader = tuple[int, tuple[int, ...], Owed]


def documents(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One letter per document and reader; documents of the same kind and period share their queries."""
    events = {one.subject_id: one.id for one in news}
    by_kind = {audience.kind: audience for audience in audiences}
    issued = select(*_COLUMNS).where(Publication.id.in_(list(events)), Publication.kind.in_(list(by_kind)))
    groups: dict[tuple[str, str], list[Any]] = {}
    for publication in telling.session.execute(issued.order_by(Publication.id)):
        groups.setdefault((publication.kind, publication.period), []).append(publication)
    for (kind, period), publications in groups.items():
        where = shown_in(kind, read_period(period)) if kind in WITH_WORK else None
        for start in range(0, len(publications), _AT_ONCE):
            some = publications[start : start + _AT_ONCE]
            units = [one.unit_id for one in some if one.unit_id]
            rows = owed_by_units(telling, where, units) if where is not None and units else {}
            figures = _figures(telling, [one.id for one in some])
            for one in some:
                readers = _readers(telling, by_kind[kind], one.unit_id, where=where, rows=rows)
                about = figures.get(one.id, [])
                yield from _letters(
                    telling, by_kind[kind], one, readers, figures=about, event_id=events[one.id]
                )


def attached(files: Sequence[Mapping[str, str]], roles: Sequence[str]) -> tuple[str, ...]:
    """The paths of a document's files with these roles, in the order of the roles."""
    return tuple(file["path"] for role in roles for file in files if file["role"] == role)


def file_names(paths: Sequence[str]) -> list[str]:
    """The names under which files are attached."""
    return [PurePosixPath(path).name for path in paths]


def _letters(
    telling: Telling,
    audience: Audience,
    publication: Any,  # noqa: ANN401  # a row of `_COLUMNS`
    readers: Iterator[_Reader],
    *,
    figures: Sequence[Mapping[str, object]],
    event_id: int,
) -> Iterator[Draft | Nobody]:
    paths = attached(publication.files, audience.files)
    common = {
        "title": publication.title,
        "period": publication.period,
        "version": publication.version,
        "changes": publication.changes,
        "unit": _unit_name(telling, publication.unit_id),
        "files": file_names(paths),
        "figures": figures,
    }
    nobody = True
    for reader, principals_of, shown in readers:
        nobody = False
        yield Draft(
            letter=audience.letter,
            person_id=reader,
            dedupe=f"{publication.kind}:{publication.id}:{reader}",
            event_id=event_id,
            facts=common | owed_facts(telling, shown, reader),
            on_behalf=principals_of,
            thread=f"{publication.kind}-{publication.period}-{publication.unit_id}",
            attachments=paths,
        )
    if nobody:
        yield Nobody(audience.letter, publication.title)


def _readers(
    telling: Telling,
    audience: Audience,
    unit_id: int,
    *,
    where: Where | None,
    rows: Mapping[int, Sequence[WorkRow]],
) -> Iterator[_Reader]:
    """Who reads: an owner of his own work, others of that of the unit and below; everybody once."""
    seen: set[int] = set()
    for who in audience.who:
        if who is Who.OWNER and where is not None:
            for reader, own in owed_by_owners(telling, where):
                seen.add(reader)
                yield reader, principals(own, reader), owed(telling, own, reader)
            continue
        for meant in telling.people(who, unit_id=unit_id):
            reader = telling.roster.addressee(meant)
            if reader not in seen:
                seen.add(reader)
                acts_for = (meant,) if meant != reader else ()
                yield reader, acts_for, _of_unit(telling, unit_id, reader, where=where, rows=rows)


def _of_unit(
    telling: Telling,
    unit_id: int,
    reader: int,
    *,
    where: Where | None,
    rows: Mapping[int, Sequence[WorkRow]],
) -> Owed:
    """The work of a unit and all below it, of the whole bureau for 0; nothing where none is shown."""
    if where is None:
        return Owed()
    return owed(telling, rows[unit_id], reader) if unit_id else owed_by_all(telling, where, reader)


def _unit_name(telling: Telling, unit_id: int) -> str:
    node = telling.roster.units.get(unit_id)
    return node.name if node else ""


def _figures(telling: Telling, ids: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    rows = telling.session.execute(
        select(Figure.publication_id, Figure.label, Figure.value, Figure.unit)
        .where(Figure.publication_id.in_(ids))
        .order_by(Figure.publication_id, Figure.id)
    )
    found: dict[int, list[dict[str, object]]] = {}
    for row in rows:
        figures = found.setdefault(row.publication_id, [])
        if len(figures) < _MOST_FIGURES:
            figures.append({"label": row.label, "value": row.value, "unit": row.unit})
    return found
