"""Ask for a later due date (延期), take the request back, and follow what was decided on it.

The engine's approvals carry yes and no, not a date: an approver who wants another day returns the
request with words, and it is asked anew.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.approval.state import Status
from models.errors import InputError, NotFoundError, RefusedError
from models.lifecycle import OWED_STATES, Action, ExtensionState, State, after
from models.messages import Lang, say
from models.tables import LOOK_NOW, Extension, Item, Unit, WorkItem
from tasks.approvals.ask import ask, end_approval
from tasks.approvals.staff import Staff
from tasks.approvals.subject import Decided, Subject
from tasks.directory import find_coordinator
from tasks.extensions import end_overtaken, waiting_extension
from tasks.steps import Hand, find_work, mine, name_for_approval, told


def ask_extension(
    session: Session,
    number: int,
    hand: Hand,
    *,
    until: date,
    reason: str,
    progress: str = "",
    staff: Staff,
) -> Extension:
    """Ask for a later due date; gives the request, whose approval has begun.

    By who answers for the work, so many workdays before the due date as the settings say; nearer to it
    only the coordinator may still file it; after it anybody who answers, but then the work counts as
    overdue meanwhile (domain.md B.4). `until` moves to the workday before it if it is a rest day:
    nobody gets more than was asked for. The same request again gives the one that waits. Raises
    InputError without a reason or for a day that cannot be, RefusedError with the rule that forbids it.
    """
    if not reason.strip():
        raise InputError("extension_reason", id=number)
    work = mine(session, number, hand)
    end_overtaken(session, staff, work_id=work.id)
    after(State(work.state), Action.EXTEND, work.id)
    due = work.due_on
    if due is None:
        raise RefusedError("extension_undated", id=number)
    until = staff.add_workdays(until + timedelta(days=1), -1)
    waiting = waiting_extension(session, work.id)
    if waiting is not None:
        if waiting.to_due_on == until:
            return waiting
        raise RefusedError("extension_waiting", id=number, until=waiting.to_due_on, on=waiting.asked_on)
    late = hand.today > due
    granted = _granted(session, work)
    _check_dates(session, work, due, until, hand, staff)
    _check_rules(session, work, due, hand, staff, granted=granted)
    extension = Extension(
        work_item_id=work.id,
        person_id=hand.person.id,
        asked_at=hand.at,
        asked_on=hand.today,
        late=late,
        from_due_on=due,
        to_due_on=until,
        reason=reason.strip(),
        progress=progress.strip(),
        state=ExtensionState.ASKED.value,
    )
    session.add(extension)
    work.look_on = LOOK_NOW
    session.flush()
    told(
        session,
        work,
        hand,
        "extension_asked",
        extension=extension.id,
        until=until.isoformat(),
        reason=reason.strip(),
        progress=progress.strip(),
        late=late,
    )
    facts = {"days": (until - due).days, "times": granted}
    title = _title(session, work, extension, staff.settings.lang)
    ask(session, Subject("extension", extension.id, title, "extension", facts), staff, by=hand.person)
    return extension


def withdraw_extension(session: Session, number: int, hand: Hand, *, staff: Staff) -> Extension:
    """Take the waiting request of a work item back. Raises NotFoundError where none waits."""
    work = mine(session, number, hand)
    extension = waiting_extension(session, work.id)
    if extension is None:
        raise NotFoundError("extension_none", id=number)
    end_approval(session, "extension", extension.id, staff, reason=hand.person.name)
    _decide(extension, ExtensionState.WITHDRAWN, hand)
    work.look_on = LOOK_NOW
    told(session, work, hand, "extension_withdrawn", extension=extension.id)
    return extension


def extension_decided(session: Session, number: int, decided: Decided) -> None:
    """Let a work item follow what was decided on its request for a later due date.

    What came back to its asker, with or without another date proposed, was not granted: it is asked
    anew. What was overtaken meanwhile changes nothing.
    """
    extension = session.get_one(Extension, number)
    if extension.state != ExtensionState.ASKED.value or decided.status is Status.RUNNING:
        return
    work = find_work(session, extension.work_item_id)
    if decided.status in {Status.REJECTED, Status.RETURNED}:
        _decide(extension, ExtensionState.REFUSED, decided)
        told(
            session,
            work,
            decided,
            "extension_refused",
            extension=extension.id,
            returned=decided.status is Status.RETURNED,
            words=decided.opinion,
        )
    elif decided.status is Status.APPROVED and work.state in OWED_STATES:
        _grant(session, work, extension, decided)
    else:
        _decide(extension, ExtensionState.WITHDRAWN, decided)
        told(session, work, decided, "extension_withdrawn", extension=extension.id, words=decided.opinion)
    if work.look_on is not None:
        work.look_on = LOOK_NOW


def _grant(session: Session, work: WorkItem, extension: Extension, decided: Decided) -> None:
    """Move the due date; the original one and the plan's own stay what they are."""
    _decide(extension, ExtensionState.GRANTED, decided)
    until = min(extension.to_due_on, _limit(session, work) or extension.to_due_on)
    extension.granted_due_on = until
    was, work.due_on = work.due_on, until
    work.sequence += 1
    told(
        session,
        work,
        decided,
        "extended",
        extension=extension.id,
        to=until.isoformat(),
        words=decided.opinion,
        **{"from": was.isoformat() if was else ""},
    )


def _decide(extension: Extension, state: ExtensionState, by: Hand | Decided) -> None:
    extension.state, extension.decided_at = state.value, by.at


def _check_dates(session: Session, work: WorkItem, due: date, until: date, hand: Hand, staff: Staff) -> None:
    """Refuse a day that is no later, that has passed, that is too far away, or that the whole forbids."""
    if until <= max(due, hand.today - timedelta(days=1)):
        raise InputError("extension_day", id=work.id, until=until, due=due)
    days, most = (until - due).days, staff.settings.extension_days
    if days > most:
        last = staff.add_workdays(due + timedelta(days=most + 1), -1)
        raise RefusedError("extension_days", id=work.id, days=days, most=most, last=last)
    limit = _limit(session, work)
    if limit is not None and until > limit:
        raise RefusedError("extension_parent", id=work.id, parent=work.parent_id, until=until, due=limit)


def _check_rules(
    session: Session, work: WorkItem, due: date, hand: Hand, staff: Staff, *, granted: int
) -> None:
    """Refuse what was granted often enough, and what is asked too shortly before the due date."""
    if granted >= staff.settings.extension_times:
        raise RefusedError("extension_times", id=work.id, times=granted, most=staff.settings.extension_times)
    before = staff.settings.extension_workdays_before
    if hand.today > due or staff.workdays_between(hand.today, due) >= before:
        return
    coordinator = find_coordinator(session, hand.coordinator)
    if coordinator is None or coordinator.id != hand.person.id:
        last = staff.add_workdays(due, -before)
        raise RefusedError("extension_late", id=work.id, before=before, due=due, last=last)


def _granted(session: Session, work: WorkItem) -> int:
    """How often the work item's due date was moved on request."""
    query = select(func.count(Extension.id)).where(
        Extension.work_item_id == work.id, Extension.state == ExtensionState.GRANTED.value
    )
    return session.scalar(query) or 0


def _limit(session: Session, work: WorkItem) -> date | None:
    """The day beyond which a part may not go: the due date of what it is a part of."""
    return session.get_one(WorkItem, work.parent_id).due_on if work.parent_id is not None else None


def _title(session: Session, work: WorkItem, extension: Extension, lang: Lang) -> str:
    """What approvers read in lists: 延期：38　…（第一党支部）由3月31日至4月15日."""
    item = session.get_one(Item, work.item_id)
    unit = session.get_one(Unit, work.unit_id)
    return say(
        "extension.title",
        lang,
        ref=item.ref,
        title=name_for_approval(item, lang),
        unit=unit.name,
        due=_day(extension.from_due_on, extension.to_due_on, lang),
        until=_day(extension.to_due_on, extension.from_due_on, lang),
    )


def _day(day: date, beside: date, lang: Lang) -> str:
    """A day as titles name it; with its year where the other one lies in another year."""
    if lang == "en":
        return day.isoformat()
    return f"{day.month}月{day.day}日" if day.year == beside.year else f"{day.year}年{day.month}月{day.day}日"
