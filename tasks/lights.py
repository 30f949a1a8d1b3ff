"""The light of one work item: set for good when it ends, and explained in one sentence."""

from __future__ import annotations

from datetime import UTC, date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import NotFoundError
from models.lifecycle import ExtensionState
from models.messages import Lang, say
from models.supervision.explain import explain
from models.supervision.facts import Numbers, Work
from models.supervision.judge import Verdict, judge, measure
from models.tables import Extension, Item, LightChange, WorkItem
from tasks.supervise import last_supervised
from tasks.sweep.ruled import rules_in_force
from tasks.sweep.workday_counts import stored_calendar


def settle(session: Session, work: WorkItem, *, on: date, event_id: int) -> None:
    """Give a work item that has just ended (closed, archived, cancelled) its last light.

    `on` is the local day, `event_id` the event of the act that ended it, to which the change of light
    belongs. The sweep leaves the work item alone from then on.
    """
    verdict = _judged(session, work, on)
    if verdict.light != work.light:
        session.add(
            LightChange(
                event_id=event_id,
                work_item_id=work.id,
                on=on,
                was=work.light,
                light=verdict.light,
                rule=verdict.rule,
                **verdict.numbers._asdict(),
            )
        )
    work.light = verdict.light
    work.look_on = None


def explain_light(session: Session, work_id: int, lang: Lang, today: date | None = None) -> str:
    """Why the work item shows the light that it shows, in one sentence. Raises NotFoundError.

    It is told since when the light shines, with the numbers of `today` (a local day; the last supervised
    one unless given) while the rules still give this light. Where they do not any more, because of what
    happened since the last sweep, it is told from the change that is on record, with the numbers and
    rules of that day, and then what the next sweep will find.
    """
    work = session.get(WorkItem, work_id)
    if work is None:
        raise NotFoundError("work_unknown", id=work_id)
    swept = last_supervised(session)
    last = session.scalars(
        select(LightChange)
        .where(LightChange.work_item_id == work_id)
        .order_by(LightChange.id.desc())
        .limit(1)
    ).first()
    if last is None and swept is None:
        return say("light_shown.none", lang)
    days = (today, swept, last.on if last is not None else None)
    day = max(one for one in days if one is not None)
    now = _judged(session, work, day)
    if now.light == work.light:
        since = last.on if last is not None else day
        return explain(now, rules_in_force(session), lang, on=since, changed=last is not None)
    found = explain(now, rules_in_force(session), lang, on=day)
    if last is None:
        return say("light_next.first", lang, found=found)
    numbers = Numbers(*(getattr(last, name) for name in Numbers._fields))
    table = rules_in_force(session, last.event_id)
    told = explain(Verdict(last.light, last.rule, numbers), table, lang, on=last.on, changed=True)
    return say("light_next.then", lang, told=told, found=found)


def _judged(session: Session, work: WorkItem, day: date) -> Verdict:
    facts = facts_of(session, work)
    calendar = stored_calendar(session, [day, work.start_on, work.due_on])
    return judge(rules_in_force(session).lights, measure(facts, day, calendar))


def facts_of(session: Session, work: WorkItem) -> Work:
    """What the rules may ask about a work item."""
    item = session.get_one(Item, work.item_id)
    asked = select(Extension.id).where(
        Extension.work_item_id == work.id,
        Extension.state == ExtensionState.ASKED.value,
        Extension.late.is_(False),
    )
    return Work(
        state=work.state,
        kind=item.kind,
        star=item.key,
        hidden=item.hidden,
        category=item.category,
        origin=item.origin,
        start_on=work.start_on,
        due_on=work.due_on,
        assigned_on=work.assigned_at.astimezone(UTC).date() if work.assigned_at else None,
        submitted_on=work.submitted_on,
        closed_on=work.closed_on,
        reported_on=work.reported_on,
        target=work.target,
        done=work.done,
        waits=session.scalar(asked) is not None,
    )
