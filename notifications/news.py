"""Reading the event log on from where a follower stopped, and putting what is new into drafts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.tables import Cursor, Event
from notifications.address import is_deliverable
from notifications.telling import Audience, Draft, News, Nobody, Skipped, Telling

#: Events read at once, and keys compared or rows written in one statement.
_EVENTS, ROWS = 2000, 1000


def open_cursor(session: Session, follower: str) -> Cursor:
    """The follower's place, locked: two tellers take turns, also the very first time."""
    cursor = session.get(Cursor, follower, with_for_update=True)
    if cursor is not None:
        return cursor
    try:
        with session.begin_nested():
            session.add(Cursor(name=follower, event_id=None))
    except IntegrityError:
        session.expire_all()  # another teller was first: wait for its place
    return session.get_one(Cursor, follower, with_for_update=True)


def newest_event(session: Session) -> int:
    """The id of the last event; 0 where nothing happened yet."""
    return session.scalar(_HEAD) or 0


_HEAD = select(func.max(Event.id))


def read_news(
    session: Session, audiences: Iterable[Audience], *, after: int, head: int
) -> Iterator[list[News]]:
    """The events up to `head` that somebody is told of, in order, a batch at a time."""
    statement = _news_of(tuple(sorted({audience.verb for audience in audiences})))
    while rows := session.connection().execute(statement, {"after": after, "head": head}).all():
        after = rows[-1].id
        yield [
            News(row.id, row.verb, row.subject_id, row.actor, json.loads(row.payload), row.reason)
            for row in rows
        ]
        if len(rows) < _EVENTS:
            return


@cache
def _news_of(verbs: tuple[str, ...]) -> Select[Any]:
    """Built once: putting a statement together takes longer than running it."""
    return (
        select(Event.id, Event.verb, Event.subject_id, Event.actor, Event.payload, Event.reason)
        .where(or_(*(_heard(verb) for verb in verbs)))
        .where(Event.id > bindparam("after"), Event.id <= bindparam("head"))
        .order_by(Event.id)
        .limit(_EVENTS)
    )


def _heard(verb: str) -> ColumnElement[bool]:
    return Event.verb.startswith(verb[:-1], autoescape=True) if verb.endswith(".*") else Event.verb == verb


def compose(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> tuple[dict[str, Draft], list[Skipped]]:
    """What these events tell the people who can be reached, by key; and who is not told, and why."""
    drafts, skipped = dict[str, Draft](), list[Skipped]()
    for one in _drafts(telling, news, audiences):
        if isinstance(one, Nobody):
            skipped.append(Skipped(one.subject, one.letter, "nobody"))
            continue
        reason = unreachable(telling, one.person_id)
        if reason:
            skipped.append(Skipped(telling.roster.people[one.person_id].name, one.letter, reason))
        else:
            drafts.setdefault(one.dedupe, one)
    return drafts, skipped


def _drafts(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """Lines of the table with the same verb and composer are told together."""
    happened = {one.verb for one in news}
    for verb, composer in dict.fromkeys((audience.verb, audience.compose) for audience in audiences):
        lines = [one for one in audiences if (one.verb, one.compose) == (verb, composer)]
        verbs = {one for one in happened if lines[0].hears(one)}
        heard = [one for one in news if one.verb in verbs]
        if heard:
            yield from composer(telling, heard, lines)


def unreachable(telling: Telling, person_id: int) -> str:
    """Why a person gets no mail; nothing if he can."""
    person = telling.roster.people[person_id]
    if not person.active:
        return "inactive"
    return "" if is_deliverable(person.email) else "address"


def chunks(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    """Keys in portions that fit into one statement."""
    return (keys[start : start + ROWS] for start in range(0, len(keys), ROWS))
