"""What both are told when work is handed over, and who is told of absences and returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select

from models.lifecycle import OWED_STATES
from models.roles import Role
from models.tables import Absence, Post, Unit, WorkChange, WorkItem
from notifications.calendars import attach_changes
from notifications.telling import Audience, Draft, News, Telling
from notifications.work_rows import MOST_ROWS, WorkRow, row_fact, work_rows


def handed_over(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """The list to both: what the one hands over and what the other takes over, as it stands.

    What goes from the same giver to the same taker for the same reason is one list, however many posts
    it came by. Who left gets no mail. A substitute reads for an absent one, but never of hidden work.
    """
    letter = audiences[0].letter
    pairs: dict[tuple[int, int, str], list[News]] = {}
    for one in news:
        pairs.setdefault((one.payload["from"], one.payload["to"], one.reason), []).append(one)
    for (giver, taker, _), handed in pairs.items():
        numbers, last = [one.id for one in handed], handed[-1]
        rows = _handed(telling, numbers)
        reported = _reported(telling, numbers)
        contributions = sum(one.payload["contributions"] for one in handed)
        for role, meant in (("giver", giver), ("taker", taker)):
            reader = telling.roster.addressee(meant)
            shown = [row for row in rows if reader == meant or not row.hidden]
            if not telling.roster.people[meant].active or not (shown or contributions):
                continue
            files = attach_changes(telling, {reader: [row.id for row in shown]})
            yield Draft(
                letter=letter,
                person_id=reader,
                dedupe=f"{letter}:{last.id}:{role}:{reader}",
                event_id=last.id,
                facts=_list_facts(telling, handed, role, shown, reported),
                on_behalf=(meant,) if reader != meant else (),
                attachments=files.get(reader, ()),
            )


def _handed(telling: Telling, events: Sequence[int]) -> list[WorkRow]:
    subjects = select(WorkChange.work_item_id).where(WorkChange.event_id.in_(events))
    return work_rows(telling.session, WorkItem.id.in_(subjects))


def _reported(telling: Telling, events: Sequence[int]) -> dict[int, date]:
    """The day of the last report on each work item that anybody reported on."""
    query = (
        select(WorkItem.id, WorkItem.reported_on)
        .join(WorkChange, WorkChange.work_item_id == WorkItem.id)
        .where(WorkChange.event_id.in_(events))
    )
    return {number: day for number, day in telling.session.execute(query) if day is not None}


def _list_facts(
    telling: Telling, handed: Sequence[News], role: str, rows: Sequence[WorkRow], reported: Mapping[int, date]
) -> dict[str, object]:
    people, news = telling.roster.people, handed[-1]
    units = list(dict.fromkeys(one.payload["unit"] for one in handed))
    return {
        "role": role,
        "giver": people[news.payload["from"]].name,
        "taker": people[news.payload["to"]].name,
        "unit": "、".join(units) if all(units) else "",
        "reason": news.reason,
        "by": telling.name_of(news.actor) if news.actor != "SYSTEM" else "",
        "rows": [
            row_fact(row, day=telling.today, calendar=telling.calendar)
            | {"reported": reported[row.id].isoformat() if row.id in reported else ""}
            for row in rows[:MOST_ROWS]
        ],
        "total": len(rows),
        "more": max(0, len(rows) - MOST_ROWS),
        "contributions": sum(one.payload["contributions"] for one in handed),
        "approvals": news.payload["approvals"] if role == "giver" else [],
    }


def absences(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """Who acts gets the list of what is due in the time; the absent one and his superior are told.

    Of an absence that is over, or was entered anew since, nobody is told; on the return those who
    acted and the superior are.
    """
    letter = audiences[0].letter
    latest = {one.payload["absence"]: one for one in news}
    stored = {
        one.id: one for one in telling.session.scalars(select(Absence).where(Absence.id.in_(list(latest))))
    }
    superiors = _superiors(telling, {one.subject_id or 0 for one in latest.values()})
    for number, one in latest.items():
        absence = stored.get(number)
        back = one.verb == "person.back"
        if absence is None or (not back and not _still_so(telling, absence, one)):
            continue
        absent, acting = absence.person_id, one.payload["substitute"]
        works = [] if back else _due_meanwhile(telling, absence)
        roles = {superiors.get(absent): "head", absent: "self", acting: "acting"}
        for reader, role in roles.items():
            if reader is None or (back and role == "self") or not telling.roster.people[reader].active:
                continue
            shown = works if role == "acting" else []
            yield Draft(
                letter=letter,
                person_id=reader,
                dedupe=f"{letter}:{one.id}:{reader}",
                event_id=one.id,
                facts=_absence_facts(telling, one, "back" if back else role, absent, acting, shown),
            )


def _still_so(telling: Telling, absence: Absence, news: News) -> bool:
    return (
        absence.ends_on >= max(telling.today, absence.starts_on)
        and absence.substitute_id == news.payload["substitute"]
    )


def _due_meanwhile(telling: Telling, absence: Absence) -> list[WorkRow]:
    """What the absent one owes in the time, of one that has begun overdue work too; nothing hidden."""
    first = date.min if absence.starts_on <= telling.today else absence.starts_on
    rows = work_rows(
        telling.session,
        WorkItem.owner_id == absence.person_id,
        WorkItem.state.in_(OWED_STATES),
        WorkItem.due_on.between(first, absence.ends_on),
    )
    return [row for row in rows if not row.hidden]


def _superiors(telling: Telling, people: set[int]) -> dict[int, int]:
    """The head of each person's department; for the head himself, who stands above the department."""
    query = (
        select(Post.person_id, Unit.id, Unit.head_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.person_id.in_(people), Post.role == Role.MEMBER.value)
        .where(or_(Post.ends_on.is_(None), Post.ends_on >= telling.today))
        .order_by(Post.id.desc())
    )
    found = {}
    for person, unit, head in telling.session.execute(query):
        above = head if head is not None and head != person else telling.roster.leader_over(unit, person)
        if above is not None:
            found[person] = above
    return found


def _absence_facts(
    telling: Telling,
    news: News,
    role: str,
    absent: int,
    acting: int | None,
    works: Sequence[WorkRow],
) -> dict[str, object]:
    people = telling.roster.people
    return {
        "role": role,
        "absent": people[absent].name,
        "acting": people[acting].name if acting else "",
        "kind": news.payload.get("kind", ""),
        "from": news.payload["from"],
        "to": news.payload["to"],
        "on": news.payload.get("on", ""),
        "works": [
            row_fact(row, day=telling.today, calendar=telling.calendar, for_whom=people[absent].name)
            for row in works[:MOST_ROWS]
        ],
        "total": len(works),
        "more": max(0, len(works) - MOST_ROWS),
    }
