"""Who is told: the table from events to people and letters, and the telling of what goes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from models.settings import Settings
from models.tables import Notice
from notifications.facts_approvals import approvals
from notifications.facts_assigned import assigned, opened
from notifications.facts_changes import plan_changed
from notifications.facts_collections import collections
from notifications.facts_contributions import asked_contributions, planned_contributions
from notifications.facts_digest import ladder
from notifications.facts_documents import documents
from notifications.facts_extension import extensions_decided
from notifications.facts_hand_over import absences, handed_over
from notifications.facts_progress import progress
from notifications.facts_steps import steps
from notifications.facts_urged import urged
from notifications.news import chunks, compose, newest_event, open_cursor, read_news
from notifications.outbox import State
from notifications.quiet import Hours, working_hours
from notifications.telling import (
    Audience,
    Draft,
    Lapse,
    News,
    Part,
    Skipped,
    Telling,
    Told,
    Way,
    Who,
    begin_telling,
    common_facts,
)

#: The follower's name in the cursor table.
FOLLOWER = "notices"

#: What happened → with which letter → who is told. What is not in it is told to nobody. Letters with a
#: `part` go into their reader's next digest, the others alone.
AUDIENCES = (
    Audience("work.assigned", "assigned", (Who.OWNER,), assigned),
    Audience("work.handed_over", "handed_over", (Who.BOTH_SIDES,), handed_over),
    Audience("work_item.urged", "urged", (Who.OWNER,), urged),
    Audience("approval.*", "approval_asked", (Who.SIGNER,), approvals, files=("docx", "xlsx")),
    Audience("approval.*", "approval_reminded", (Who.SIGNER,), approvals),
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
    Audience(
        "day.supervised",
        "escalated",
        (Who.LEADER_OVER,),
        ladder,
        part=Part.ESCALATED,
        pressing=True,
        lapses=Lapse.WORK,
    ),
    Audience(
        "day.supervised",
        "overseen",
        (Who.UNIT_HEAD,),
        ladder,
        part=Part.ESCALATED,
        pressing=True,
        lapses=Lapse.WORK,
    ),
    Audience(
        "day.supervised",
        "absent",
        (Who.UNIT_HEAD,),
        ladder,
        part=Part.ESCALATED,
        pressing=True,
        lapses=Lapse.WORK,
    ),
    Audience("day.supervised", "overdue", (Who.OWNER,), ladder, part=Part.OVERDUE, lapses=Lapse.WORK),
    Audience(
        "day.supervised", "due_today", (Who.OWNER,), ladder, part=Part.DUE, pressing=True, lapses=Lapse.WORK
    ),
    Audience("day.supervised", "due_soon", (Who.OWNER,), ladder, part=Part.SOON, lapses=Lapse.WORK),
    Audience("day.supervised", "silent", (Who.OWNER,), ladder, part=Part.SILENT, lapses=Lapse.WORK),
    Audience(
        "collection.*", "collection_chased", (Who.ASKED,), collections, part=Part.FORMS, lapses=Lapse.FORM
    ),
    Audience(
        "collection.*", "collection_gaps", (Who.UNIT_HEAD, Who.COORDINATOR), collections, part=Part.GAPS
    ),
    Audience(
        "work_item.returned",
        "returned",
        (Who.OWNER,),
        steps,
        part=Part.RETURNED,
        pressing=True,
        lapses=Lapse.WORK,
    ),
    Audience(
        "work_item.opened", "opened", (Who.OWNER,), opened, part=Part.NEW, lapses=Lapse.WORK, dated=True
    ),
    Audience(
        "work.contributions_asked",
        "contribution_asked",
        (Who.SUPPORTER,),
        planned_contributions,
        part=Part.NEW,
        lapses=Lapse.WORK,
    ),
    Audience(
        "work_item.contribution_asked",
        "contribution_asked",
        (Who.SUPPORTER,),
        asked_contributions,
        part=Part.NEW,
        lapses=Lapse.WORK,
    ),
    Audience("collection.*", "collection_asked", (Who.ASKED,), collections, part=Part.NEW, lapses=Lapse.FORM),
    Audience("work.expanded", "plan_changed", (Who.OWNER,), plan_changed, part=Part.CHANGED, dated=True),
    Audience("unit.ended", "plan_changed", (Who.OWNER,), plan_changed, part=Part.CHANGED, dated=True),
    Audience("person.absent", "absence", (Who.AROUND_ABSENCE,), absences, part=Part.CHANGED),
    Audience("person.back", "absence", (Who.AROUND_ABSENCE,), absences, part=Part.CHANGED),
    Audience(
        "work_item.extended",
        "extension_decided",
        (Who.OWNER,),
        extensions_decided,
        part=Part.DECIDED,
        dated=True,
    ),
    Audience(
        "work_item.extension_refused",
        "extension_decided",
        (Who.OWNER,),
        extensions_decided,
        part=Part.DECIDED,
        dated=True,
    ),
    Audience(
        "approval.*", "approval_decided", (Who.INITIATOR, Who.COORDINATOR), approvals, part=Part.DECIDED
    ),
    Audience("work_item.closed", "closed", (Who.OWNER,), steps, part=Part.DECIDED),
    Audience(
        "approval.*",
        "approval_copied",
        (Who.READER,),
        approvals,
        files=("docx", "xlsx"),
        part=Part.INFORMATION,
    ),
    Audience("month.closed", "progress", (Who.LEADERS, Who.COORDINATOR), progress, part=Part.INFORMATION),
)

#: The table by the way that its letters take.
ALONE = tuple(one for one in AUDIENCES if one.way is Way.ALONE)
DIGEST = tuple(one for one in AUDIENCES if one.way is Way.DIGEST)


def tell(session: Session, settings: Settings, *, at: datetime, today: date) -> Told:
    """Write the notices of all events since the last telling that go alone, in the caller's transaction.

    Letters go to whoever acts on `today`, in working hours unless the event is marked urgent. Telling
    again gives nothing: the cursor moves in the same transaction, and every notice has a key that is
    written once.
    """
    cursor, head = open_cursor(session, FOLLOWER), newest_event(session)
    if cursor.event_id == head or not head:
        return Told()
    telling: Telling | None = None
    notices, skipped = 0, list[Skipped]()
    for news in read_news(session, ALONE, after=cursor.event_id or 0, head=head):
        telling = telling or begin_telling(session, settings, today)
        drafts, left_out = compose(telling, news, ALONE)
        notices += _store(telling, drafts, news, at)
        skipped += left_out
    cursor.event_id = head
    session.flush()
    return Told(notices, tuple(skipped))


_TELL = insert(Notice)
_TOLD = select(Notice.dedupe).where(Notice.dedupe.in_(bindparam("keys", expanding=True)))


def _store(telling: Telling, drafts: Mapping[str, Draft], news: Sequence[News], at: datetime) -> int:
    """Insert what was not told before."""
    hours = working_hours(telling.settings, telling.calendar)
    urgent = {one.id for one in news if one.payload.get("urgent") is True}
    return write_notices(
        telling.session,
        [_notice(telling, one, hours, at=at, urgent=one.event_id in urgent) for one in drafts.values()],
    )


def write_notices(session: Session, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the notices whose keys are new; gives how many."""
    connection, count = session.connection(), 0
    by_key = {str(row["dedupe"]): row for row in rows}
    for keys in chunks(list(by_key)):
        told = set(connection.execute(_TOLD, {"keys": keys}).scalars())
        fresh = [by_key[key] for key in keys if key not in told]
        if fresh:
            connection.execute(_TELL, fresh)
        count += len(fresh)
    return count


def _notice(telling: Telling, draft: Draft, hours: Hours, *, at: datetime, urgent: bool) -> dict[str, object]:
    return notice_row(
        draft,
        facts={**draft.facts, **common_facts(telling, draft.person_id, on_behalf=draft.on_behalf)},
        at=at,
        leaves=at if urgent else hours.leave(at),
    )


def notice_row(
    draft: Draft, *, facts: Mapping[str, object], at: datetime, leaves: datetime
) -> dict[str, object]:
    """The outbox's row of a letter that is written `at` and may leave from `leaves` on."""
    return {
        "dedupe": draft.dedupe,
        "letter": draft.letter,
        "person_id": draft.person_id,
        "facts": facts,
        "thread": draft.thread,
        "attachments": list(draft.attachments),
        "event_id": draft.event_id or None,
        "created_at": at,
        "not_before": leaves,
        "state": State.WAITING.value,
        "attempts": 0,
        "error": "",
    }
