"""Who is told: the table from events to people and letters, and the telling of what goes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, insert, select
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.documents import DocumentKind
from models.following import AT_ONCE, newest_event, open_cursor, place_of
from models.settings import Settings
from models.tables import Notice
from notifications.facts_approvals import approvals
from notifications.facts_assigned import assigned, opened
from notifications.facts_changes import plan_changed
from notifications.facts_codes import CODE_LETTER, codes, locks
from notifications.facts_collections import collections
from notifications.facts_contributions import asked_contributions, planned_contributions
from notifications.facts_digest import ladder
from notifications.facts_documents import documents
from notifications.facts_extension import extensions_decided
from notifications.facts_hand_over import absences, handed_over
from notifications.facts_progress import progress
from notifications.facts_runs import failed_runs
from notifications.facts_steps import steps
from notifications.facts_urged import urged
from notifications.news import chunks, compose, read_news
from notifications.outbox import State
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
    # Whoever asked waits for the answer.
    Audience("work_item.extended", "extension_decided", (Who.OWNER,), extensions_decided),
    Audience("work_item.extension_refused", "extension_decided", (Who.OWNER,), extensions_decided),
    Audience("run.failed", "run_failed", (Who.COORDINATOR,), failed_runs),
    Audience("approval.*", "approval_asked", (Who.SIGNER,), approvals, files=("docx", "xlsx")),
    Audience("approval.*", "approval_reminded", (Who.SIGNER,), approvals),
    Audience("approval_code.issued", CODE_LETTER, (Who.SIGNER,), codes),
    Audience(
        "publication.issued",
        "calendar",
        (Who.OWNER, Who.COORDINATOR),
        documents,
        kind=DocumentKind.CALENDAR,
        files=("member", "ics"),
    ),
    Audience(
        "publication.issued", "slip", (Who.UNIT_HEAD,), documents, kind=DocumentKind.SLIP, files=("docx",)
    ),
    Audience(
        "publication.issued",
        "checklist",
        (Who.UNIT_HEAD,),
        documents,
        kind=DocumentKind.CHECKLIST,
        files=("docx", "xlsx"),
    ),
    Audience(
        "publication.issued",
        "bulletin",
        (Who.BRANCH_HEADS, Who.PARTY_GROUP, Who.COORDINATOR),
        documents,
        kind=DocumentKind.BULLETIN,
        files=("docx",),
    ),
    Audience(
        "publication.issued",
        "report",
        (Who.PARTY_SECRETARY, Who.COORDINATOR),
        documents,
        kind=DocumentKind.REPORT,
        files=("docx",),
    ),
    Audience(
        "approval_gate.locked",
        "approval_locked",
        (Who.SIGNER, Who.COORDINATOR),
        locks,
        part=Part.GUARDED,
        pressing=True,
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
    telling = begin_telling(session, settings, today)
    after, head = open_cursor(session, FOLLOWER).event_id or 0, newest_event(session)
    return sum((_keep(session, telling, one, at) for one in _portions(telling, after, head)), Told())


def tell_on(engine: Engine, settings: Settings, *, at: datetime, today: date) -> Told:
    """The same in as many transactions as it takes: composed while others write, kept a portion at a time.

    Where it stops in the middle the next telling goes on: what was kept is known by its keys.
    """
    with reading(engine) as view:
        telling, told = begin_telling(view, settings, today), Told()
        after, head = place_of(view, FOLLOWER) or 0, newest_event(view)
        for portion in _portions(telling, after, head):
            with unit_of_work(engine) as session:
                told += _keep(session, telling, portion, at)
    return told


class _Portion(NamedTuple):
    """Some letters. With the last ones of some events it says `through` which event all is told."""

    drafts: Mapping[str, Draft]
    skipped: Sequence[Skipped]
    news: Sequence[News]
    through: int = 0


def _portions(telling: Telling, after: int, head: int) -> Iterator[_Portion]:
    """What the events after one and up to another tell."""
    through = after
    for news in read_news(telling.session, ALONE, after=after, head=head):
        last: _Portion | None = None
        for drafts, skipped in compose(telling, news, ALONE):
            if last is not None:
                yield last
            last = _Portion(drafts, skipped, news)
        through = news[-1].id if len(news) == AT_ONCE else head
        if last is not None:
            yield last._replace(through=through)
    if through != head:
        yield _Portion({}, (), (), head)


def _keep(session: Session, telling: Telling, portion: _Portion, at: datetime) -> Told:
    urgent = {one.id for one in portion.news if one.payload.get("urgent") is True}
    rows = [_notice(telling, one, at=at, urgent=one.event_id in urgent) for one in portion.drafts.values()]
    count = write_notices(session, rows)
    if portion.through:
        cursor = open_cursor(session, FOLLOWER)
        cursor.event_id = max(cursor.event_id or 0, portion.through)
        session.flush()
    return Told(count, tuple(portion.skipped))


_TELL = insert(Notice)
_TOLD = select(Notice.dedupe).where(Notice.dedupe.in_(bindparam("keys", expanding=True)))


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


def _notice(telling: Telling, draft: Draft, *, at: datetime, urgent: bool) -> dict[str, object]:
    return notice_row(
        draft,
        facts={**draft.facts, **common_facts(telling, draft.person_id, on_behalf=draft.on_behalf)},
        at=at,
        leaves=at if urgent else telling.hours.leave(at),
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
