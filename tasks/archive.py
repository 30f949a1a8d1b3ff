"""Filing a year (归档): its closed work is put away for good, with a list of what was filed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.errors import NotFoundError, RefusedError
from models.files import write_atomically
from models.journal import Fact, record, set_digest
from models.lifecycle import OPEN_STATES, Action, State, after
from models.tables import Event, Item, WorkItem
from tasks.archive_list import Filing, files_to_file, list_bytes, list_name, works_to_file
from tasks.directory import find_coordinator
from tasks.work import Hand

#: Most work items that a refusal names by number.
_MOST_NAMED = 10


class Filed(NamedTuple):
    """How many work items were filed now, how many are still open, the list where any were filed."""

    works: int
    left_open: int
    file: Path | None = None


def archive_year(
    session: Session, year: int, hand: Hand, filing: Filing, *, closed_only: bool = False
) -> Filed:
    """File all closed work of a plan year, with one event and a list in `home/archive/<year>`.

    Filed work changes no more. With `closed_only` what is open may stay open and be filed later.
    Filing again changes nothing. Raises NotFoundError for a year without work; RefusedError for
    anybody but the coordinator, and while work of the year is open.
    """
    coordinator = find_coordinator(session, hand.coordinator)
    if coordinator is None or coordinator.id != hand.person.id:
        raise RefusedError("archive_not_coordinator", name=hand.person.name)
    of_year = WorkItem.item_id.in_(select(Item.id).where(Item.year == year))
    counted = select(WorkItem.state, func.count()).where(of_year).group_by(WorkItem.state)
    states = dict(session.execute(counted).tuples().all())
    if not states:
        raise NotFoundError("archive_nothing", year=year)
    left = sum(states.get(one.value, 0) for one in OPEN_STATES)
    if left and not closed_only:
        raise RefusedError("archive_open", year=year, count=left, numbers=_open_numbers(session, year))
    if not states.get(State.CLOSED.value):
        return Filed(0, left)
    works, files = works_to_file(session, year), files_to_file(session, year)
    content = list_bytes(works, files, filing, year=year, author=hand.person.name, at=hand.at)
    path = filing.home / "archive" / f"{year}" / list_name(year, _volume(session, year), filing.lang)
    write_atomically(path, content)
    session.execute(
        update(WorkItem)
        .where(of_year, WorkItem.state == State.CLOSED.value)
        .values(state=after(State.CLOSED, Action.ARCHIVE).value, look_on=None)
        .execution_options(synchronize_session=False)
    )
    payload = {
        "year": year,
        "count": len(works),
        "digest": set_digest(sorted(one.id for one in works)),
        "file": path.relative_to(filing.home).as_posix(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    record(session, [Fact("work.archived", "year", year, hand.actor, payload)], at=hand.at)
    return Filed(len(works), left, path)


def _volume(session: Session, year: int) -> int:
    """The number of the list: what was left open goes into a later one."""
    filed = select(func.count()).where(
        Event.verb == "work.archived", Event.subject == "year", Event.subject_id == year
    )
    return 1 + (session.scalar(filed) or 0)


def _open_numbers(session: Session, year: int) -> str:
    found = session.scalars(
        select(WorkItem.id)
        .join(Item, Item.id == WorkItem.item_id)
        .where(Item.year == year, WorkItem.state.in_(OPEN_STATES))
        .order_by(WorkItem.due_on, WorkItem.id)
        .limit(_MOST_NAMED + 1)
    ).all()
    named = "、".join(str(one) for one in found[:_MOST_NAMED])
    return named + "…" * (len(found) > _MOST_NAMED)
