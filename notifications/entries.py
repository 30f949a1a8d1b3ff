"""Entries: what waits for its reader's next digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, String, bindparam, cast, insert, select, update
from sqlalchemy.orm import Session

from models.following import newest_event, open_cursor
from models.settings import Settings
from models.tables import Cursor, Entry, Notice
from notifications.audience import DIGEST
from notifications.news import chunks, compose, read_news
from notifications.telling import Draft, Skipped, Telling, Told, begin_telling

#: The follower's name in the cursor table.
FOLLOWER = "digests"
#: Rows named in one statement.
_ROWS = 20_000


class Waiting(NamedTuple):
    """An entry that waits; `id` 0 is one that is not kept yet."""

    id: int
    letter: str
    person_id: int
    facts: Mapping[str, Any]
    attachments: Sequence[str]
    on_behalf: Sequence[int]
    pressing: bool


def collect(session: Session, settings: Settings, *, at: datetime, today: date) -> Told:
    """Keep what happened since the last time as entries of their readers' next digests.

    In the caller's transaction; again it gives nothing. `Told.notices` counts the new entries.
    """
    cursor, head = open_cursor(session, FOLLOWER), newest_event(session)
    if cursor.event_id == head or not head:
        return Told()
    telling = begin_telling(session, settings, today)
    count, skipped = 0, list[Skipped]()
    for drafts, left_out in _drafts(telling, after=cursor.event_id or 0, head=head):
        count += _store(session, drafts, at)
        skipped += left_out
    cursor.event_id = head
    session.flush()
    return Told(count, tuple(skipped))


def not_collected(telling: Telling) -> list[Waiting]:
    """What `collect` would keep now; nothing is written."""
    cursor = telling.session.get(Cursor, FOLLOWER)
    after = (cursor.event_id if cursor else None) or 0
    found: dict[str, Draft] = {}
    for drafts, _ in _drafts(telling, after=after, head=newest_event(telling.session)):
        found = drafts | found
    kept = _kept(telling.session, list(found))
    return [
        Waiting(0, one.letter, one.person_id, one.facts, one.attachments, one.on_behalf, one.pressing)
        for key, one in found.items()
        if key not in kept
    ]


def waiting_entries(session: Session) -> list[Waiting]:
    """All entries that wait, oldest first."""
    return [Waiting(*row) for row in session.connection().execute(_WAITING)]


def settle_entries(
    session: Session, *, told: Sequence[int], dropped: Sequence[int], key: str, at: datetime
) -> None:
    """Tie entries to the digests that tell them (`key` + the reader's number), or drop them."""
    connection = session.connection()
    for ids in _portions(told):
        connection.execute(_TIE, {"key": key, "ids": ids})
    for ids in _portions(dropped):
        connection.execute(_DROP, {"at": at, "ids": ids})


def _drafts(
    telling: Telling, *, after: int, head: int
) -> Iterable[tuple[dict[str, Draft], Sequence[Skipped]]]:
    for news in read_news(telling.session, DIGEST, after=after, head=head):
        yield from compose(telling, news, DIGEST)


def _store(session: Session, drafts: Mapping[str, Draft], at: datetime) -> int:
    """Insert what was not kept before."""
    kept = _kept(session, list(drafts))
    rows = [_row(one, at) for key, one in drafts.items() if key not in kept]
    if rows:
        session.connection().execute(_KEEP, rows)
    return len(rows)


def _row(draft: Draft, at: datetime) -> dict[str, object]:
    return {
        "dedupe": draft.dedupe,
        "letter": draft.letter,
        "person_id": draft.person_id,
        "facts": draft.facts,
        "attachments": list(draft.attachments),
        "on_behalf": list(draft.on_behalf),
        "pressing": draft.pressing,
        "event_id": draft.event_id,
        "created_at": at,
    }


def _kept(session: Session, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(keys):
        found.update(session.connection().execute(_KNOWN, {"keys": some}).scalars())
    return found


def _portions(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _ROWS] for start in range(0, len(ids), _ROWS))


# Built once: putting a statement together takes longer than running it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_KEEP = insert(Entry)
_KNOWN = select(Entry.dedupe).where(Entry.dedupe.in_(bindparam("keys", expanding=True)))
_WAITING = (
    select(
        Entry.id,
        Entry.letter,
        Entry.person_id,
        Entry.facts,
        Entry.attachments,
        Entry.on_behalf,
        Entry.pressing,
    )
    .where(Entry.notice_id.is_(None), Entry.dropped_at.is_(None))
    .order_by(Entry.id)
)
_TIE = (
    update(Entry)
    .where(Entry.id.in_(_IDS))
    .values(
        notice_id=select(Notice.id)
        .where(Notice.dedupe == bindparam("key", type_=String) + cast(Entry.person_id, String))
        .scalar_subquery()
    )
)
_DROP = (
    update(Entry).where(Entry.id.in_(_IDS)).values(dropped_at=bindparam("at", type_=Entry.dropped_at.type))
)
