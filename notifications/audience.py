"""Who is told: the table from events to people and letters, and the telling itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.settings import Settings
from models.tables import Cursor, Event, Notice
from notifications.address import is_deliverable
from notifications.facts_approvals import approvals
from notifications.facts_assigned import assigned, opened
from notifications.facts_digest import digests
from notifications.facts_documents import documents
from notifications.facts_progress import progress
from notifications.facts_steps import steps
from notifications.outbox import State
from notifications.telling import (
    Audience,
    Draft,
    News,
    Nobody,
    Skipped,
    Telling,
    Told,
    Who,
    begin_telling,
    common_facts,
)

#: The follower's name in the cursor table.
FOLLOWER = "notices"
#: Events read at once, and keys compared or rows written in one statement.
_EVENTS, _ROWS = 2000, 1000

#: What happened → with which letter → who is told. What is not in it is told to nobody.
AUDIENCES = (
    Audience("work.assigned", "assigned", (Who.OWNER,), assigned),
    Audience("work_item.opened", "assigned", (Who.OWNER,), opened),
    Audience("work_item.returned", "returned", (Who.OWNER,), steps),
    Audience("work_item.closed", "closed", (Who.OWNER,), steps),
    Audience("approval.*", "approval_asked", (Who.SIGNER,), approvals, files=("docx", "xlsx")),
    Audience("approval.*", "approval_reminded", (Who.SIGNER,), approvals),
    Audience("approval.*", "approval_copied", (Who.READER,), approvals, files=("docx", "xlsx")),
    Audience("approval.*", "approval_decided", (Who.INITIATOR, Who.COORDINATOR), approvals),
    Audience(
        "publication.issued",
        "calendar",
        (Who.OWNER, Who.COORDINATOR),
        documents,
        kind="calendar",
        files=("member", "ics"),
    ),
    Audience("publication.issued", "slip", (Who.UNIT_HEAD,), documents, kind="slip", files=("docx",)),
    Audience(
        "publication.issued",
        "checklist",
        (Who.UNIT_HEAD,),
        documents,
        kind="checklist",
        files=("docx", "xlsx"),
    ),
    Audience(
        "publication.issued",
        "bulletin",
        (Who.BRANCH_HEADS, Who.PARTY_GROUP, Who.COORDINATOR),
        documents,
        kind="bulletin",
        files=("docx",),
    ),
    Audience(
        "publication.issued",
        "report",
        (Who.PARTY_SECRETARY, Who.COORDINATOR),
        documents,
        kind="report",
        files=("docx",),
    ),
    Audience("day.supervised", "due_soon", (Who.OWNER,), digests),
    Audience("day.supervised", "overdue", (Who.OWNER, Who.LEADER_OVER), digests),
    Audience("day.supervised", "escalated", (Who.LEADER_OVER,), digests),
    Audience("month.closed", "progress", (Who.LEADERS, Who.COORDINATOR), progress),
)


def tell(session: Session, settings: Settings, *, at: datetime, today: date) -> Told:
    """Write the notices of all events since the last telling, in the caller's transaction.

    Letters go to whoever acts on `today`. Telling again gives nothing: the cursor moves in the same
    transaction, and every notice has a key that is written once.
    """
    cursor, head = _open_cursor(session), session.scalar(_HEAD)
    if head is None or cursor.event_id == head:
        return Told()
    telling: Telling | None = None
    notices, skipped = 0, list[Skipped]()
    for news in _read_news(session, cursor.event_id or 0, head):
        telling = telling or begin_telling(session, settings, today)
        told = _tell(telling, news, at)
        notices += told.notices
        skipped += told.skipped
    cursor.event_id = head
    session.flush()
    return Told(notices, tuple(skipped))


def _open_cursor(session: Session) -> Cursor:
    """The follower's place, locked: two tellers take turns, also the very first time."""
    cursor = session.get(Cursor, FOLLOWER, with_for_update=True)
    if cursor is not None:
        return cursor
    try:
        with session.begin_nested():
            session.add(Cursor(name=FOLLOWER, event_id=None))
    except IntegrityError:
        session.expire_all()  # another teller was first: wait for its place
    return session.get_one(Cursor, FOLLOWER, with_for_update=True)


def _heard(verb: str) -> ColumnElement[bool]:
    return Event.verb.startswith(verb[:-1], autoescape=True) if verb.endswith(".*") else Event.verb == verb


_HEAD = select(func.max(Event.id))
_NEWS = (
    select(Event.id, Event.verb, Event.subject_id, Event.actor, Event.payload, Event.reason)
    .where(or_(*(_heard(verb) for verb in sorted({audience.verb for audience in AUDIENCES}))))
    .where(Event.id > bindparam("after"), Event.id <= bindparam("head"))
    .order_by(Event.id)
    .limit(_EVENTS)
)


def _read_news(session: Session, after: int, head: int) -> Iterator[list[News]]:
    """The events that somebody is told of, in order, a batch at a time."""
    while rows := session.connection().execute(_NEWS, {"after": after, "head": head}).all():
        after = rows[-1].id
        yield [
            News(row.id, row.verb, row.subject_id, row.actor, json.loads(row.payload), row.reason)
            for row in rows
        ]
        if len(rows) < _EVENTS:
            return


def _tell(telling: Telling, news: Sequence[News], at: datetime) -> Told:
    drafts, skipped = dict[str, Draft](), list[Skipped]()
    for one in _compose(telling, news):
        if isinstance(one, Nobody):
            skipped.append(Skipped(one.subject, one.letter, "nobody"))
            continue
        reason = _unreachable(telling, one.person_id)
        if reason:
            skipped.append(Skipped(telling.roster.people[one.person_id].name, one.letter, reason))
        else:
            drafts.setdefault(one.dedupe, one)
    return Told(_store(telling, drafts, at), tuple(skipped))


def _compose(telling: Telling, news: Sequence[News]) -> Iterator[Draft | Nobody]:
    happened = {one.verb for one in news}
    for verb in dict.fromkeys(audience.verb for audience in AUDIENCES):
        audiences = [audience for audience in AUDIENCES if audience.verb == verb]
        verbs = {one for one in happened if audiences[0].hears(one)}
        heard = [one for one in news if one.verb in verbs]
        if heard:
            yield from audiences[0].compose(telling, heard, audiences)


def _unreachable(telling: Telling, person_id: int) -> str:
    """Why a person gets no mail; nothing if he can."""
    person = telling.roster.people[person_id]
    if not person.active:
        return "inactive"
    return "" if is_deliverable(person.email) else "address"


_TELL = insert(Notice)
_TOLD = select(Notice.dedupe).where(Notice.dedupe.in_(bindparam("keys", expanding=True)))


def _store(telling: Telling, drafts: dict[str, Draft], at: datetime) -> int:
    """Insert what was not told before."""
    connection, count = telling.session.connection(), 0
    for keys in _chunks(list(drafts)):
        told = set(connection.execute(_TOLD, {"keys": keys}).scalars())
        rows = [_notice(telling, drafts[key], at) for key in keys if key not in told]
        if rows:
            connection.execute(_TELL, rows)
        count += len(rows)
    return count


def _notice(telling: Telling, draft: Draft, at: datetime) -> dict[str, object]:
    return {
        "dedupe": draft.dedupe,
        "letter": draft.letter,
        "person_id": draft.person_id,
        "facts": {**draft.facts, **common_facts(telling, draft.person_id, on_behalf=draft.on_behalf)},
        "thread": draft.thread,
        "attachments": list(draft.attachments),
        "event_id": draft.event_id,
        "created_at": at,
        "not_before": at,
        "state": State.WAITING.value,
        "attempts": 0,
        "error": "",
    }


def _chunks(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + _ROWS] for start in range(0, len(keys), _ROWS))
