"""What the letters say that carry issued documents: calendar, slip, checklist, bulletin, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from sqlalchemy import or_, select

from models.lifecycle import OPEN_STATES
from models.periods import Period, read_period
from models.tables import Figure, Item, Publication, WorkItem
from notifications.telling import Audience, Draft, News, Nobody, Telling, Who
from notifications.work_rows import (
    MOST_ROWS,
    WorkRow,
    by_reader,
    for_whom,
    principals,
    row_fact,
    work_rows,
)

#: Workdays that a unit has to sign for a document.
ANSWER_WORKDAYS = 3
#: Most figures that a letter repeats from its document.
_MOST_FIGURES = 12


def documents(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One letter per document and reader; documents of the same kind and period share their queries."""
    events = {one.subject_id: one for one in news}
    found = list(telling.session.scalars(select(Publication).where(Publication.id.in_(list(events)))))
    figures = _figures(telling, [one.id for one in found])
    by_kind = {audience.kind: audience for audience in audiences}
    groups: dict[tuple[str, str], list[Publication]] = {}
    for publication in found:
        groups.setdefault((publication.kind, publication.period), []).append(publication)
    for (kind, period), publications in groups.items():
        if kind not in by_kind:
            continue
        rows = _rows(telling, kind, read_period(period))
        for publication in publications:
            event_id = events[publication.id].id
            yield from _letters(
                telling, by_kind[kind], publication, rows=rows, figures=figures, event_id=event_id
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
    publication: Publication,
    *,
    rows: Sequence[WorkRow],
    figures: Mapping[int, list[dict[str, object]]],
    event_id: int,
) -> Iterator[Draft | Nobody]:
    readers = _readers(telling, audience, publication, rows)
    if not readers:
        yield Nobody(audience.letter, publication.title)
    paths = attached(publication.files, audience.files)
    common = {
        "title": publication.title,
        "period": publication.period,
        "version": publication.version,
        "changes": publication.changes,
        "unit": _unit_name(telling, publication.unit_id),
        "files": file_names(paths),
        "figures": figures.get(publication.id, []),
    }
    for reader, (principals_of, owed) in readers.items():
        yield Draft(
            letter=audience.letter,
            person_id=reader,
            dedupe=f"{publication.kind}:{publication.id}:{reader}",
            event_id=event_id,
            facts=common | _owed(telling, owed, reader),
            on_behalf=principals_of,
            thread=f"{publication.kind}-{publication.period}-{publication.unit_id}",
            attachments=paths,
        )


def _readers(
    telling: Telling, audience: Audience, publication: Publication, rows: Sequence[WorkRow]
) -> dict[int, tuple[tuple[int, ...], Sequence[WorkRow]]]:
    """Who reads, for whom, and which rows: an owner his own, a head those of the unit and below."""
    found: dict[int, tuple[tuple[int, ...], Sequence[WorkRow]]] = {}
    below = telling.roster.below(publication.unit_id)
    bureau = not publication.unit_id
    shown = [row for row in rows if (bureau or row.unit_id in below) and not row.hidden]
    for who in audience.who:
        if who is Who.OWNER:
            for reader, owed in by_reader(telling.roster, rows).items():
                found.setdefault(reader, (principals(owed, reader), owed))
            continue
        for meant in telling.people(who, unit_id=publication.unit_id):
            reader = telling.roster.addressee(meant)
            found.setdefault(reader, ((meant,) if meant != reader else (), shown))
    return found


def _rows(telling: Telling, kind: str, period: Period) -> list[WorkRow]:
    """The work due in a period; for owners also what begins in it, for units what was carried over."""
    if kind not in {"calendar", "slip", "checklist"}:
        return []
    due = WorkItem.due_on.between(period.start, period.end)
    begins = WorkItem.start_on.between(period.start, period.end)
    beside = begins if kind == "calendar" else WorkItem.due_on < period.start
    shown = (or_(due, beside), WorkItem.state.in_(OPEN_STATES), Item.withdrawn_at.is_(None))
    return work_rows(telling.session, *shown)


def _owed(telling: Telling, owed: Sequence[WorkRow], reader: int) -> dict[str, object]:
    acted_for = {absent for absent, acting in telling.roster.acting.items() if acting == reader}
    shown = owed[:MOST_ROWS]
    return {
        "rows": [
            row_fact(
                row,
                day=telling.today,
                calendar=telling.calendar,
                for_whom=for_whom(telling.roster, row, reader),
            )
            for row in shown
        ],
        "total": len(owed),
        # Whether the reader answers for all of it, himself or for somebody absent.
        "own": bool(owed) and all(row.owner_id == reader or row.owner_id in acted_for for row in owed),
        "more": len(owed) - len(shown),
        "late": sum(1 for row in owed if row.due_on and row.due_on < telling.today),
        "answer_by": telling.calendar.add(telling.today, ANSWER_WORKDAYS).isoformat(),
    }


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
