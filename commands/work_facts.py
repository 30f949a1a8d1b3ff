"""A work item with everything around it as plain values, for `--json`."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from commands.show import whole
from models.supervision.pace import Pace
from tasks.story import Happened, Story


def facts_of(story: Story, light: str, pace: Pace | None, zone: tzinfo) -> dict[str, object]:
    """All of it; `light` is the sentence that explains the light, instants are in `zone`."""
    urges = [one for one in story.events if one.verb == "work_item.urged"]
    return {
        **_own(story),
        "substitute": story.substitute or None,
        "explanation": light,
        "reported_on": story.work.reported_on,
        "submitted_on": story.work.submitted_on,
        "returns": story.work.returns,
        "made_up": story.made_up,
        "pace": pace and {"done": pace.done, "elapsed": pace.elapsed, "behind": pace.behind},
        "extensions": [_plain(one, zone) for one in story.extensions],
        "supporting": [_plain(one, zone) for one in story.helpers],
        "parent": story.parent and _plain(story.parent, zone),
        "parts": [_plain(one, zone) for one in story.parts],
        "evidence": [
            _plain(one, zone) | {"reused": [_plain(other, zone) for other in one.reused]}
            for one in story.evidence
        ],
        "changes": [_plain(one, zone) for one in story.changes],
        "rungs": [_plain(one, zone) for one in story.rungs],
        "urges": [
            {"at": _local(one.at, zone), "by": one.name, "words": one.payload.get("words", "")}
            for one in urges
        ],
        "history": [_happened(one, zone) for one in story.events],
    }


def _own(story: Story) -> dict[str, object]:
    """The columns of `duban work list`, and some more."""
    work, item, owner = story.work, story.item, story.owner
    return {
        "id": work.id,
        "year": item.year,
        "ref": item.ref,
        "title": item.title,
        "category": item.category,
        "key": item.key,
        "hidden": item.hidden,
        "origin": item.origin,
        "unit": story.unit.name,
        "period": work.period,
        "state": work.state,
        "light": work.light,
        "owner": owner and owner.name,
        "owner_email": owner and owner.email,
        "start_on": work.start_on,
        "due_on": work.due_on,
        "original_due_on": work.original_due_on,
        "closed_on": work.closed_on,
        "target": whole(work.target),
        "done": whole(work.done),
    }


def _happened(one: Happened, zone: tzinfo) -> dict[str, object]:
    return {
        "at": _local(one.at, zone),
        "actor": one.actor,
        "verb": one.verb,
        "payload": dict(one.payload),
        "reason": one.reason,
        "event": one.id,
    }


def _plain(row: NamedTuple, zone: tzinfo) -> dict[str, Any]:
    return {
        key: _local(value, zone) if isinstance(value, datetime) else value
        for key, value in row._asdict().items()
    }


def _local(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(timespec="minutes")
