"""What needs the coordinator's hand, as one list in the morning; nothing where nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Date, bindparam, func, or_, select

from models.database import Instant
from models.lifecycle import OPEN_STATES, ExtensionState, State
from models.tables import (
    AddressTrouble,
    Collection,
    Extension,
    HandIn,
    Item,
    MailServer,
    Notice,
    Person,
    WorkItem,
)
from notifications import reasons
from notifications.address import is_deliverable
from notifications.outbox import State as Mail
from notifications.telling import Telling
from notifications.work_rows import work_rows

#: Work that has begun and was not signed for within so many workdays is named.
UNREAD_WORKDAYS = 5
#: Mail that has been waiting after a failure for so long is named.
_STUCK = timedelta(days=1)
_DECEMBER = 12
#: Lines shown of one kind; the list says how many more there are.
_SHOWN = 8

_NOW = bindparam("now", type_=Instant)


class Trouble(NamedTuple):
    """One line: its kind, a key that stays the same while the trouble does, and what it says.

    What is `hidden` names unannounced work: it is for the coordinator's eyes, not for a substitute's.
    """

    kind: str
    key: str
    facts: dict[str, object]
    hidden: bool = False


def morning(telling: Telling, *, at: datetime, own: bool) -> dict[str, Any] | None:
    """The list of what needs a hand at `at`; None where nothing does. A fixed number of statements.

    `own` says that the coordinator reads it, and not somebody who acts for him.
    """
    found = [one for part in _KINDS for one in part(telling, at) if own or not one.hidden]
    if not found:
        return None
    kinds = dict.fromkeys(one.kind for one in found)
    return {
        "count": len(found),
        "keys": sorted(one.key for one in found),
        "parts": [_part(kind, [one for one in found if one.kind == kind]) for kind in kinds],
    }


def told_before(telling: Telling, reader: int) -> set[str]:
    """The keys of what the reader's last digest named already."""
    facts = telling.session.scalar(_LAST, {"person": reader})
    listed = facts.get("morning") if facts else None
    return set(listed["keys"]) if listed else set()


_LAST = (
    select(Notice.facts)
    .where(Notice.letter == "digest", Notice.person_id == bindparam("person"))
    .order_by(Notice.id.desc())
    .limit(1)
)


def _part(kind: str, found: Sequence[Trouble]) -> dict[str, object]:
    return {
        "kind": kind,
        "count": len(found),
        "rows": [one.facts for one in found[:_SHOWN]],
        "more": max(0, len(found) - _SHOWN),
    }


def _bounced(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """Addresses that mail comes back from."""
    for address, status, words in telling.session.execute(_BOUNCED):
        facts = {"name": telling.name_of(address), "address": address, "status": status, "words": words}
        yield Trouble("bounced", f"bounced:{address}", facts)


_BOUNCED = (
    select(AddressTrouble.address, AddressTrouble.status, AddressTrouble.words)
    .where(AddressTrouble.suppressed, AddressTrouble.cleared_at.is_(None))
    .order_by(AddressTrouble.last_at.desc())
)


def _undelivered(telling: Telling, at: datetime) -> Iterator[Trouble]:
    """Mails that were given up, and those that fail again and again."""
    rows = telling.session.execute(_UNDELIVERED, {"before": at - _STUCK})
    for number, letter, name, state, error in rows:
        kind = "parked" if state == Mail.PARKED else "deferred"
        facts = {
            "letter": letter,
            "name": name,
            "number": number,
            "reason": reasons.words(error, telling.settings.lang),
        }
        yield Trouble(kind, f"{kind}:{number}", facts)


_UNDELIVERED = (
    select(Notice.id, Notice.letter, Person.name, Notice.state, Notice.error)
    .join(Person, Person.id == Notice.person_id)
    .where(
        or_(
            Notice.state == Mail.PARKED,
            (Notice.state == Mail.WAITING)
            & (Notice.error != "")
            & (Notice.created_at < bindparam("before", type_=Instant)),
        )
    )
    .order_by(Notice.state, Notice.id.desc())
)


def _servers(telling: Telling, at: datetime) -> Iterator[Trouble]:
    """Mail servers that are left alone for now."""
    for name, words in telling.session.execute(_SERVERS, {"now": at}):
        facts = {"server": name, "words": reasons.words(words, telling.settings.lang)}
        yield Trouble("server", f"server:{name}", facts)


_SERVERS = select(MailServer.name, MailServer.trouble).where(MailServer.open_until > _NOW)


def _owners(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """People who owe work and cannot be written to: no usable address, or no longer there."""
    roster = telling.roster
    for person_id, count in telling.session.execute(_OWED):
        person = roster.people[person_id]
        if person.active and is_deliverable(person.email):
            continue
        kind = "address" if person.active else "gone"
        yield Trouble(kind, f"{kind}:{person_id}", {"name": person.name, "count": count})


_OWED = (
    select(WorkItem.owner_id, func.count())
    .where(WorkItem.state.in_(OPEN_STATES), WorkItem.owner_id.is_not(None))
    .group_by(WorkItem.owner_id)
    .order_by(WorkItem.owner_id)
)


def _unowned(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """Open work that nobody answers for."""
    for row in work_rows(telling.session, _NOBODY_S, _ALIVE):
        facts = {
            "id": row.id,
            "title": row.title,
            "unit": row.unit,
            "due": row.due_on.isoformat() if row.due_on else "",
        }
        yield Trouble("unowned", f"unowned:{row.id}", facts, row.hidden)


_NOBODY_S = WorkItem.owner_id.is_(None)
_ALIVE = WorkItem.state.in_(OPEN_STATES)


def _unread(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """Owners who have not signed for work that has begun."""
    day = telling.calendar.add(telling.today, -UNREAD_WORKDAYS)
    before = datetime.combine(day, time.max, telling.settings.zone).astimezone(UTC)
    rows = telling.session.execute(_UNREAD, {"before": before, "day": telling.today})
    for person_id, count, oldest in rows:
        name = telling.roster.people[person_id].name
        facts = {"name": name, "count": count, "since": _local(telling, oldest)}
        yield Trouble("unread", f"unread:{person_id}", facts)


_UNREAD = (
    select(
        WorkItem.owner_id,
        func.count(),
        func.min(WorkItem.assigned_at, type_=Instant),
    )
    .join(Item, Item.id == WorkItem.item_id)
    .where(WorkItem.state == State.ASSIGNED, WorkItem.owner_id.is_not(None), WorkItem.parent_id.is_(None))
    .where(WorkItem.assigned_at <= bindparam("before", type_=Instant))
    .where(WorkItem.start_on <= bindparam("day", type_=Date))
    .group_by(WorkItem.owner_id)
    .order_by(func.count().desc(), WorkItem.owner_id)
)


def _extensions(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """Requests for a later date that are not decided."""
    for number, title, hidden, name, asked_on, to_due_on in telling.session.execute(_ASKED):
        facts = {
            "title": title,
            "name": name,
            "on": asked_on.isoformat(),
            "due": to_due_on.isoformat(),
        }
        yield Trouble("extension", f"extension:{number}", facts, hidden)


def _gaps(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """Collections that are past their day and not complete."""
    for number, title, due_on, count in telling.session.execute(_GAPS, {"day": telling.today}):
        facts = {"title": title, "due": due_on.isoformat(), "count": count}
        yield Trouble("gap", f"gap:{number}", facts)


_GAPS = (
    select(Collection.id, Collection.title, Collection.due_on, func.count(HandIn.id))
    .join(HandIn, HandIn.collection_id == Collection.id)
    .where(Collection.closed_at.is_(None), Collection.due_on < bindparam("day", type_=Date))
    .where(HandIn.handed_in_at.is_(None), HandIn.excused == "")
    .group_by(Collection.id, Collection.title, Collection.due_on)
    .order_by(Collection.due_on)
)


def _holidays(telling: Telling, _at: datetime) -> Iterator[Trouble]:
    """Years in which work is due and whose holiday notice is not known."""
    first, last = telling.session.execute(_DUE_YEARS).one()
    days = [date(year, 1, 1) for year in range(first.year, last.year + 1)] if first else []
    # The years around this one are what the calendar was loaded for.
    known = [day for day in days if abs(day.year - telling.today.year) <= 1]
    for year in telling.calendar.unannounced(known):
        # The notice for the next year comes in November.
        if year == telling.today.year or (year > telling.today.year and telling.today.month == _DECEMBER):
            yield Trouble("holidays", f"holidays:{year}", {"year": year})


_DUE_YEARS = select(func.min(WorkItem.due_on), func.max(WorkItem.due_on)).where(_ALIVE)


def _local(telling: Telling, at: datetime) -> str:
    return at.astimezone(telling.settings.zone).date().isoformat()


_ASKED = (
    select(
        Extension.id,
        Item.title,
        Item.hidden,
        Person.name,
        Extension.asked_on,
        Extension.to_due_on,
    )
    .join(WorkItem, WorkItem.id == Extension.work_item_id)
    .join(Item, Item.id == WorkItem.item_id)
    .join(Person, Person.id == Extension.person_id)
    .where(Extension.state == ExtensionState.ASKED)
    .order_by(Extension.id)
)
#: In the order in which they are listed.
_KINDS = (
    _servers,
    _bounced,
    _undelivered,
    _owners,
    _unowned,
    _unread,
    _extensions,
    _gaps,
    _holidays,
)
