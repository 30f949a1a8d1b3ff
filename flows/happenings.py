"""What happened as Prefect's event feed tells it: a story in Chinese, whatever the number of items.

Events of the same kind that come together are told as one, so that a period with a hundred thousand
branches has as many entries as one with ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from models.following import Happened
from models.messages import Lang, catalogue, say

#: The follower's name in the cursor table: how far Prefect was told.
FOLLOWER = "prefect"
#: Makes the ids of our events: the same event sent again has the same id.
NAMESPACE = UUID("5d0f7c52-6a7e-4c0e-9a43-6475b1000001")
#: Rungs of the ladder that are climbed after the due date.
_LATE_RUNGS = frozenset({"urge", "head", "leader"})
#: At most so many related resources are named with one event.
MOST_RELATED = 20
#: The log's verbs that are told, and by which words of their payload they are put together; what is not
#: in it is told to nobody in Prefect. `*` takes all verbs of a kind.
TOLD: Mapping[str, tuple[str, ...]] = {
    "plan.imported": ("year", "version"),
    "plan.submitted": ("year", "version"),
    "plan.approved": ("year", "version"),
    "plan.returned": ("year", "version"),
    "plan.activated": ("year", "version"),
    "work.expanded": (),
    "work.assigned": (),
    "work.handed_over": (),
    "work.archived": (),
    "work_item.opened": (),
    "work_item.accepted": (),
    "work_item.feedback": (),
    "work_item.submitted": (),
    "work_item.returned": (),
    "work_item.closed": (),
    "work_item.extended": (),
    "work_item.extension_refused": (),
    "work_item.urged": (),
    "approval.submit": ("subject",),
    "approval.approve": ("subject",),
    "approval.reject": ("subject",),
    "approval.return": ("subject",),
    "approval.terminate": ("subject",),
    "publication.issued": ("kind", "period"),
    "month.issued": ("period",),
    "checklists.issued": ("period",),
    "month.closed": ("period",),
    "inspection.opened": ("period",),
    "inspection.released": ("period",),
    "finding.recorded": (),
    "day.supervised": ("day",),
    "mail.digested": ("day",),
    "mail_server.failed": (),
    "mail_server.recovered": (),
    "organisation.imported": (),
    "unit.ended": (),
    "collection.opened": (),
    "run.failed": ("flow",),
}


@dataclass
class _Group:
    """Events that are told as one."""

    first: Happened
    last: Happened
    count: int = 0
    numbers: list[int] = field(default_factory=list)


def tell_happenings(
    happened: Iterable[Happened], lang: Lang, at: datetime | None = None
) -> list[dict[str, Any]]:
    """The events as Prefect takes them, in order of the first of each kind.

    `at` is when they are said to have occurred, where the day is simulated: Prefect forgets old events.
    """
    groups: dict[tuple[object, ...], _Group] = {}
    for one in happened:
        if one.verb not in TOLD:
            continue
        same = (one.verb, *(str(one.payload.get(name)) for name in TOLD[one.verb]))
        group = groups.setdefault(same, _Group(one, one))
        group.last, group.count = one, group.count + 1
        if one.subject_id is not None and len(group.numbers) < MOST_RELATED:
            group.numbers.append(one.subject_id)
    if at is not None:
        for group in groups.values():
            group.last = replace(group.last, at=at)
    told = [_event(group, lang) for group in groups.values()]
    return told + [
        _overdue(group, count, lang)
        for group in groups.values()
        if group.last.verb == "day.supervised" and (count := _late(group.last))
    ]


def follow_up_event(
    name: str,
    *,
    event: int,
    at: datetime,
    flow: str,
    order: int,
    about: Mapping[str, str | int],
    lang: Lang,
) -> dict[str, Any]:
    """The event that starts the flow that follows; its trigger looks for `duban.follow-up`."""
    title = say(f"follows.{flow}", lang, about=" ".join(str(one) for one in about.values()))
    resource = {
        "prefect.resource.id": f"duban.order.{order}",
        "prefect.resource.name": title.strip(),
        "duban.follow-up": flow,
    }
    return {
        "id": str(uuid5(NAMESPACE, f"{order}/{name}")),
        "event": name,
        "occurred": at.isoformat(),
        "resource": resource,
        "related": [],
        "payload": {"order": order, "event": event, **about},
    }


def _event(group: _Group, lang: Lang) -> dict[str, Any]:
    one = group.last
    name = f"duban.{one.verb.replace('_', '-')}"
    kind = one.subject.replace("_", "-")
    number = "" if one.subject_id is None else f".{one.subject_id}"
    return {
        "id": str(uuid5(NAMESPACE, f"{group.first.id}-{one.id}/{one.verb}")),
        "event": name,
        "occurred": one.at.isoformat(),
        "resource": {
            "prefect.resource.id": f"duban.{kind}{number}",
            "prefect.resource.name": _sentence(group, lang),
        },
        "related": _related(group, kind),
        "payload": {
            "count": group.count,
            "first_event": group.first.id,
            "last_event": one.id,
            "actor": one.actor,
            **{name: one.payload.get(name) for name in TOLD[one.verb]},
        },
    }


def _late(one: Happened) -> int:
    """How many reminders of overdue work a day's supervision brought."""
    counts: Mapping[str, int] = one.payload.get("counts", {})
    return sum(count for rung, count in counts.items() if rung.partition("-")[0] in _LATE_RUNGS)


def _overdue(group: _Group, count: int, lang: Lang) -> dict[str, Any]:
    """One event a day for all that is overdue: as many as items would drown the feed."""
    told = _event(group, lang)
    name = say("happened.work_item_overdue", lang, day=group.last.payload["day"], count=count)
    told["id"] = str(uuid5(NAMESPACE, f"{group.last.id}/overdue"))
    told["event"] = "duban.work-item.overdue"
    told["resource"] = {"prefect.resource.id": "duban.work-item", "prefect.resource.name": name}
    told["payload"] |= {"count": count}
    return told


def _sentence(group: _Group, lang: Lang) -> str:
    """The catalogue's sentence for the verb; that for many where there are many."""
    one = group.last
    key = one.verb.replace(".", "_")
    many = f"happened.{key}_many"
    chosen = many if group.count > 1 and many in catalogue(lang) else f"happened.{key}"
    return say(chosen, lang, **_facts(group, lang))


def _facts(group: _Group, lang: Lang) -> dict[str, object]:
    payload = group.last.payload
    facts: dict[str, object] = {
        "count": group.count,
        "number": group.last.subject_id or "",
        "actor": group.last.actor,
        "reason": group.last.reason,
    }
    for name in ("year", "version", "period", "day", "title", "words", "items", "branches"):
        facts[name] = payload.get(name, "")
    document = f"document.{payload.get('kind', '')}"
    facts["document"] = say(document, lang) if document in catalogue(lang) else ""
    return facts


def _related(group: _Group, kind: str) -> Sequence[dict[str, str]]:
    """The things that it is about, and the unit and period by which the feed can be filtered."""
    payload = group.last.payload
    found = [
        {"prefect.resource.id": f"duban.{kind}.{number}", "prefect.resource.role": kind}
        for number in group.numbers
    ]
    if payload.get("unit_id"):
        found.append(
            {"prefect.resource.id": f"duban.unit.{payload['unit_id']}", "prefect.resource.role": "unit"}
        )
    period = payload.get("period") or payload.get("day") or payload.get("year")
    if period:
        found.append({"prefect.resource.id": f"duban.period.{period}", "prefect.resource.role": "period"})
    return found
