"""The digest: one mail a person a day, with everything that is not told alone, most urgent first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import Date, and_, bindparam, select
from sqlalchemy.orm import Session

from models.journal import SYSTEM, Fact, newest_payload, record
from models.lifecycle import OPEN_STATES, OWED_STATES
from models.settings import Settings
from models.supervision.facts import Light
from models.tables import WorkItem
from notifications.approval_rows import waiting_rows
from notifications.audience import notice_row, write_notices
from notifications.brief import briefs, leading
from notifications.budget import read_wishes, spent
from notifications.calendars import attach_changes
from notifications.entries import Waiting, collect, not_collected, settle_entries, waiting_entries
from notifications.finished import finish_letter
from notifications.morning import morning, told_before
from notifications.news import unreachable
from notifications.parts import Layout, lay_out, lines
from notifications.standings import read_standings
from notifications.telling import Draft, Part, Telling, Told, begin_telling, common_facts
from notifications.work_rows import MOST_ROWS, by_reader, work_rows

#: The event that says what a day's digests came to.
DIGESTED = "mail.digested"
#: How many other overdue items are named by title.
_NAMED = 3


@dataclass
class _Reader:
    """What one reader's digest would say, and why it goes out or not."""

    layout: Layout = field(default_factory=Layout)
    waiting: Sequence[Mapping[str, Any]] = ()
    brief: Mapping[str, Any] | None = None
    morning: Mapping[str, Any] | None = None
    #: Whether there is a reason to write at all, and one that waits for nothing.
    due: bool = False
    pressing: bool = False
    #: Whether the week's budget is spent.
    over: bool = False
    hour: time | None = None


def tell_digests(session: Session, settings: Settings, *, at: datetime, today: date) -> Told:
    """Write the digests of `today` in the caller's transaction: once a workday, nothing on rest days.

    What happened since the last time is collected; each reader whose turn it is, or for whom something
    presses, gets one mail with all that waits. A day that was missed is made up by the next; a second
    run on a day changes nothing, so that nobody gets two digests a day. What is not pressing waits
    where the week's budget is spent. A fixed number of statements, whatever the number of people.
    """
    telling, since = begin_telling(session, settings, today), last_digested(session)
    if not telling.calendar.is_workday(today) or (since is not None and since >= today):
        return Told()
    collected = collect(session, settings, at=at, today=today)
    entries = waiting_entries(session)
    readers = _readers(telling, entries, at=at, since=since)
    going = {person: one for person, one in readers.items() if one.due and (one.pressing or not one.over)}
    held = sum(1 for one in readers.values() if one.due and one.over and not one.pressing)
    dropped = [number for one in readers.values() for number in one.layout.dropped]
    dropped += [one.id for one in entries if not telling.roster.people[one.person_id].active]
    told = [number for one in going.values() for number in one.layout.told]
    counts = {
        "day": today.isoformat(),
        "digests": len(going),
        "entries": len(told),
        "dropped": len(dropped),
        "held": held,
        "over_budget": sum(1 for one in going.values() if one.over),
        "silent": len(_responsible(telling) - going.keys()),
    }
    [event_id] = record(session, [Fact(DIGESTED, "day", None, SYSTEM, counts)], at=at)
    _write(telling, going, event_id=event_id, at=at)
    settle_entries(session, told=told, dropped=dropped, key=_key(today), at=at)
    return Told(len(going), collected.skipped)


def next_digest(
    session: Session, settings: Settings, *, at: datetime, today: date, person_id: int
) -> dict[str, object] | None:
    """What the next digest of a person would say if it were written now; None for nothing.

    Only reads. Whether it would be written today, by the person's wish and budget, makes no difference.
    """
    telling = begin_telling(session, settings, today)
    entries = [*waiting_entries(session), *not_collected(telling)]
    readers = _readers(telling, entries, at=at, since=last_digested(session), asked=person_id)
    found = readers.get(person_id)
    if found is None or not found.due:
        return None
    return _facts(telling, person_id, found)


def last_digested(session: Session) -> date | None:
    """The last day whose digests were written."""
    last = newest_payload(session, DIGESTED)
    return date.fromisoformat(last["day"]) if last else None


def _key(today: date) -> str:
    return f"digest:{today.isoformat()}:"


def _readers(
    telling: Telling, entries: Sequence[Waiting], *, at: datetime, since: date | None, asked: int = 0
) -> dict[int, _Reader]:
    """Everybody who may get a digest, with all that it would say; for who is `asked` it is the day."""
    today = telling.today
    standings = read_standings(telling, [(one, lines()[one.letter]) for one in entries])
    ordered = sorted(entries, key=lambda one: one.person_id)
    found = {
        person: _Reader(lay_out(telling, list(theirs), standings))
        for person, theirs in groupby(ordered, key=lambda one: one.person_id)
    }
    for person, rows in waiting_rows(telling).items():
        found.setdefault(person, _Reader()).waiting = rows
    wishes = read_wishes(telling.session, telling.settings)
    coordinators = [telling.roster.addressee(one) for one in telling.roster.coordinator()]
    weekly = {
        one
        for one in {*found, *leading(telling), *coordinators}
        if wishes.of(one).weekly(since=since, today=today)
    } | {asked}
    for person, one in found.items():
        one.pressing = one.layout.pressing
        turn = one.pressing or person == asked or wishes.of(person).turn(since=since, today=today)
        one.due = bool(one.layout.parts) and turn
        # What waits for a decision had a letter of its own; once a week it is said again.
        one.due |= bool(one.waiting) and person in weekly
    _add_morning(telling, found, weekly, at=at)
    _add_briefs(telling, found, weekly)
    _add_others(telling, found)
    written = spent(telling.session, telling.settings, today)
    for person, one in found.items():
        wish = wishes.of(person)
        one.hour, one.over = wish.hour, 0 < wish.budget <= written.get(person, 0)
    return {person: one for person, one in found.items() if not _cut_off(telling, person)}


def _add_morning(telling: Telling, found: dict[int, _Reader], weekly: set[int], *, at: datetime) -> None:
    """The coordinator's list: a reason to write where it names something new, and once a week."""
    coordinator = next(iter(telling.roster.coordinator()), None)
    if coordinator is None:
        return
    person = telling.roster.addressee(coordinator)
    listed = morning(telling, at=at, own=person == coordinator)
    if listed is None:
        return
    fresh = not set(listed["keys"]) <= told_before(telling, person)
    reader = found.setdefault(person, _Reader())
    reader.morning = listed
    reader.pressing |= fresh
    reader.due |= fresh or person in weekly


def _add_briefs(telling: Telling, found: dict[int, _Reader], weekly: Collection[int]) -> None:
    """The leaders' five lines: once a week, and above what presses."""
    leaders = leading(telling)
    wanted = {
        one
        for one in leaders
        if one in weekly
        or (one in found and found[one].due and (found[one].waiting or found[one].layout.has(Part.ESCALATED)))
    }
    waiting = {person: one.waiting for person, one in found.items()}
    for person, brief in briefs(telling, wanted, waiting).items():
        reader = found.setdefault(person, _Reader())
        reader.brief = brief
        reader.due |= person in weekly


def _add_others(telling: Telling, found: Mapping[int, _Reader]) -> None:
    """What else is overdue with readers who are told of overdue work: named, not listed again."""
    parts = {
        person: part["facts"]
        for person, one in found.items()
        for part in one.layout.parts
        if part["letter"] == "overdue"
    }
    if not parts:
        return
    acted_for = [absent for absent, acting in telling.roster.acting.items() if acting in parts]
    others = work_rows(telling.session, _OVERDUE, day=telling.today, owners=sorted({*parts, *acted_for}))
    for reader, rows in by_reader(telling.roster, others).items():
        if reader in parts:
            told = {row["id"] for row in parts[reader]["rows"]}
            titles = [row.title for row in rows if row.id not in told]
            parts[reader]["also"] = {"count": len(titles), "titles": titles[:_NAMED]}


_OVERDUE = and_(
    WorkItem.state.in_(OWED_STATES),
    # What waits for a decision that was asked for in time is not overdue.
    WorkItem.light != Light.WAITING.value,
    WorkItem.owner_id.in_(bindparam("owners", expanding=True)),
    WorkItem.due_on < bindparam("day", type_=Date),
)


def _write(telling: Telling, going: Mapping[int, _Reader], *, event_id: int, at: datetime) -> None:
    """The notices, each to leave at its reader's hour."""
    files = attach_changes(
        telling, {person: one.layout.dated for person, one in going.items() if one.layout.dated}
    )
    rows = []
    for person, one in going.items():
        draft = Draft(
            letter="digest",
            person_id=person,
            dedupe=f"{_key(telling.today)}{person}",
            event_id=event_id,
            facts={},
            thread=f"digest-{person}",
            attachments=(*one.layout.attachments, *files.get(person, ())),
        )
        leaves = telling.hours.leave(at, one.hour)
        finished = finish_letter(draft.letter, telling.settings.lang, _facts(telling, person, one))
        rows.append(notice_row(draft, facts=finished, at=at, leaves=leaves))
    write_notices(telling.session, rows)


def _facts(telling: Telling, person: int, one: _Reader) -> dict[str, object]:
    on_behalf = [principal for principal in one.layout.on_behalf if principal != person]
    shown = one.waiting[:MOST_ROWS]
    return {
        **common_facts(telling, person, on_behalf=on_behalf),
        "day": telling.today.isoformat(),
        "brief": one.brief,
        "morning": one.morning,
        "waiting": {
            "count": len(one.waiting),
            "rows": list(shown),
            "more": len(one.waiting) - len(shown),
        },
        "parts": one.layout.parts,
    }


def _responsible(telling: Telling) -> set[int]:
    """Who answers for open work today and can be written to: whom silence spares a mail."""
    roster = telling.roster
    owners = {roster.addressee(one) for one in telling.session.scalars(_OWNERS) if one is not None}
    return {one for one in owners if not _cut_off(telling, one)}


_OWNERS = select(WorkItem.owner_id).where(WorkItem.state.in_(OPEN_STATES)).distinct()


def _cut_off(telling: Telling, person: int) -> bool:
    """Whether no mail reaches a person: what waits keeps waiting until it does."""
    return bool(unreachable(telling, person)) or telling.roster.people[person].email in telling.bounced
